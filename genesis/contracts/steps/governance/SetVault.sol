// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, NewAccount, Refusal, SetVaultAction, VaultLayout} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Vaults} from "../../liquidation/Vault.sol";
import {Keys} from "../../records/Keys.sol";

/// @title Governance `setVault`, section 8.4 of the specification
library SetVault {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant LOCK_SECONDS_MAX = 30 days;
    uint8 private constant SCOPE_REDUCE_ONLY = 2;

    function apply_(Draft memory draft, bytes memory action) internal view {
        draft.require_(action.length == SetVaultAction.WIDTH, Refusal.MALFORMED);
        uint256 lockSeconds = action.get(SetVaultAction.LOCK_SECONDS);
        draft.require_(lockSeconds <= LOCK_SECONDS_MAX, Refusal.PARAMETER_OUT_OF_BOUNDS);
        uint256 id = action.get(SetVaultAction.VAULT);
        uint256 accountId = Vaults.accountOf(id);
        Entry memory vault = draft.touch(Keys.vault(id));
        Entry memory account = draft.touch(Keys.account(accountId));
        if (!account.exists()) account.put(NewAccount.VALUE);
        if (!vault.exists()) vault.put(new bytes(VaultLayout.WIDTH));
        address operator = address(uint160(vault.get(VaultLayout.OPERATOR)));
        if (operator != address(0)) draft.touch(Keys.session(accountId, operator)).remove();
        operator = address(uint160(action.get(SetVaultAction.OPERATOR)));
        if (operator != address(0)) {
            // No cap, no list of markets.
            bytes memory session = abi.encodePacked(SCOPE_REDUCE_ONLY, uint64(Limit.TIME_BOUND - 1), uint128(0), uint8(0));
            draft.touch(Keys.session(accountId, operator)).put(session);
        }
        vault.set(VaultLayout.OPERATOR, uint160(operator));
        vault.set(VaultLayout.LOSS_CAP, action.get(SetVaultAction.LOSS_CAP));
        vault.set(VaultLayout.LOCK_SECONDS, lockSeconds);
    }
}
