// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, RecordKey, Refusal, StakeLayout, TypeHash, VaultDepositBody, VaultLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Vaults} from "../liquidation/Vault.sol";
import {Holdings} from "../records/Holdings.sol";
import {Keys} from "../records/Keys.sol";
import {Margins} from "../risk/Margin.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `vaultDeposit`, section 8.24 of the specification
library VaultDeposit {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Vaults for Entry;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == VaultDepositBody.WIDTH, Refusal.MALFORMED);
        (uint256 id, uint256 amount) = (body.get(VaultDepositBody.VAULT), body.get(VaultDepositBody.AMOUNT));
        Signer memory signer = Action.authenticate(draft, body, TypeHash.VAULT_DEPOSIT, abi.encode(id, amount));
        Entry memory vault = draft.touch(Keys.vault(id));
        draft.require_(vault.exists(), Refusal.VAULT_NOT_FOUND);
        int256 balance = Holdings.balanceOf(draft, signer.account, Holdings.CASH);
        draft.require_(balance >= int256(amount), Refusal.BALANCE_TOO_LOW);
        // Worth without haircuts: who comes in does not gain by them.
        int256 value = Vaults.distressOf(draft, id).value;
        draft.require_(value >= 0, Refusal.VAULT_INSOLVENT);
        uint256 shares = vault.sharesDown(value, amount);
        draft.require_(shares > 0, Refusal.AMOUNT_MUST_BE_POSITIVE);

        Ledger.moveCash(draft, signer.key, Keys.account(Vaults.accountOf(id)), int256(amount));
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        vault.turnDay(value, timestamp);
        vault.grow(int256(shares), int256(amount));
        Entry memory stake = draft.touch(Keys.stake(id, signer.id));
        if (!stake.exists()) stake.put(new bytes(StakeLayout.WIDTH));
        stake.set(StakeLayout.SHARES, stake.get(StakeLayout.SHARES) + shares);
        stake.set(StakeLayout.LOCKED_UNTIL, timestamp + vault.get(VaultLayout.LOCK_SECONDS));
        Margins.requireFree(draft, Margins.compute(draft, signer.id, signer.account.value));
    }
}
