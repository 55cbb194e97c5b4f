// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BeginBlockBody, DepositBody, PruneBody, Refusal, RollBody} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {BeginBlock} from "./BeginBlock.sol";
import {Deposit} from "./Deposit.sol";
import {Governance} from "./Governance.sol";
import {Prune} from "./Prune.sol";
import {Roll} from "./Roll.sol";

/// @title Steps of the chain itself, and of bytes that are no transaction
contract ChainSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == BeginBlockBody.TYPE) BeginBlock.apply_(draft, transaction);
        else if (kind == DepositBody.TYPE) Deposit.apply_(draft, transaction);
        else if (kind == Governance.TYPE) Governance.apply_(draft, transaction);
        else if (kind == PruneBody.TYPE) Prune.apply_(draft, transaction);
        else if (kind == RollBody.TYPE) Roll.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
