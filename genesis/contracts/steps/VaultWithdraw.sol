// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, RecordKey, Refusal, StakeLayout, TypeHash, VaultWithdrawBody} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Distress} from "../liquidation/Distress.sol";
import {Vaults} from "../liquidation/Vault.sol";
import {Keys} from "../records/Keys.sol";
import {Margins} from "../risk/Margin.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `vaultWithdraw`, section 8.25 of the specification
library VaultWithdraw {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Vaults for Entry;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == VaultWithdrawBody.WIDTH, Refusal.MALFORMED);
        (uint256 id, uint256 shares) = (body.get(VaultWithdrawBody.VAULT), body.get(VaultWithdrawBody.SHARES));
        Signer memory signer = Action.authenticate(draft, body, TypeHash.VAULT_WITHDRAW, abi.encode(id, shares));
        Entry memory vault = draft.touch(Keys.vault(id));
        draft.require_(vault.exists(), Refusal.VAULT_NOT_FOUND);
        Entry memory stake = draft.touch(Keys.stake(id, signer.id));
        draft.require_(stake.exists() && stake.get(StakeLayout.SHARES) >= shares, Refusal.BALANCE_TOO_LOW);
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        draft.require_(timestamp >= stake.get(StakeLayout.LOCKED_UNTIL), Refusal.VAULT_LOCKED);
        // Equity, after haircuts and at the conservative price: who leaves does not gain by what is not
        // sold yet.
        Distress memory distress = Vaults.distressOf(draft, id);
        draft.require_(distress.initialEquity >= 0, Refusal.VAULT_INSOLVENT);
        uint256 amount = vault.cashDown(distress.initialEquity, shares);
        draft.require_(amount > 0, Refusal.AMOUNT_MUST_BE_POSITIVE);

        uint256 from = Vaults.accountOf(id);
        Ledger.moveCash(draft, Keys.account(from), signer.key, int256(amount));
        vault.turnDay(distress.value, timestamp);
        vault.grow(-int256(shares), -int256(amount));
        uint256 left = stake.get(StakeLayout.SHARES) - shares;
        if (left == 0) stake.remove();
        else stake.set(StakeLayout.SHARES, left);
        Margins.requireFree(draft, Margins.compute(draft, from, draft.existing(Keys.account(from)).value));
    }
}
