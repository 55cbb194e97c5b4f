// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Refusal, TradeBody} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {Trade} from "./Trade.sol";

/// @title Steps of trading
contract TradeSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        bool isTrade = transaction.length > 0 && transaction.byteAt(0) == TradeBody.TYPE;
        draft.require_(isTrade, Refusal.UNKNOWN_TRANSACTION_TYPE);
        Trade.apply_(draft, transaction);
    }
}
