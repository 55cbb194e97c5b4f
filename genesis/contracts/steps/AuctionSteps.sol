// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {EndAuctionBody, Refusal, StartAuctionBody} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {EndAuction} from "./EndAuction.sol";
import {StartAuction} from "./StartAuction.sol";

/// @title Steps by which auctions begin and end
contract AuctionSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == StartAuctionBody.TYPE) StartAuction.apply_(draft, transaction);
        else if (kind == EndAuctionBody.TYPE) EndAuction.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
