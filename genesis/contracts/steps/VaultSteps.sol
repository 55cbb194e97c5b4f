// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {RedeemClaimBody, Refusal, VaultDepositBody, VaultWithdrawBody} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {Forced} from "./Forced.sol";
import {RedeemClaim} from "./RedeemClaim.sol";
import {VaultDeposit} from "./VaultDeposit.sol";
import {VaultWithdraw} from "./VaultWithdraw.sol";

/// @title Steps of vault shares and claims, forced from L1 too
contract VaultSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        if (transaction.length > 0 && transaction.byteAt(0) == Forced.TYPE) {
            transaction = Forced.open(draft, transaction);
        }
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == VaultDepositBody.TYPE) VaultDeposit.apply_(draft, transaction);
        else if (kind == VaultWithdrawBody.TYPE) VaultWithdraw.apply_(draft, transaction);
        else if (kind == RedeemClaimBody.TYPE) RedeemClaim.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
