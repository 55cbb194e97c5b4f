// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BidBody, Refusal} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {Bid} from "./Bid.sol";
import {Forced} from "./Forced.sol";

/// @title Bids, sent by the sequencer or forced from L1
contract BidSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        bool isForced = transaction.length > 0 && transaction.byteAt(0) == Forced.TYPE;
        if (isForced) transaction = Forced.open(draft, transaction);
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == BidBody.TYPE) Bid.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
