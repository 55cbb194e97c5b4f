// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DeleverageBody, Refusal} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {Deleverage} from "./Deleverage.sol";

/// @title Steps of rounds of deleveraging
contract RoundSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == DeleverageBody.TYPE) Deleverage.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
