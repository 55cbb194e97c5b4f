// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PostPricesBody, Refusal} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {PostPrices} from "./PostPrices.sol";

/// @title The step that takes in what publishers post
contract OracleSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == PostPricesBody.TYPE) PostPrices.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
