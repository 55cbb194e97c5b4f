// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Refusal, VaultLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Keys} from "../records/Keys.sol";
import {Portfolios} from "../risk/Portfolio.sol";
import {Distress, Distresses} from "./Distress.sol";

/// @title What a backstop vault is worth, and its shares
/// @notice Twin of `state/liquidation/vault.ts`. Values in 1e-6 USD.
library Vaults {
    using Drafts for Draft;
    using Drafts for Entry;

    /// @dev Shares and value that every vault has beside its own: a dollar of each.
    int256 private constant GHOST = 1e6;
    uint256 private constant SECONDS_PER_DAY = 86_400;
    /// @dev Owner 17 zero bytes, 'v' and the id: an address that nobody has a key of. Subaccount 0.
    uint256 private constant OWNER_PREFIX = 0x76;

    /// @notice The account of a vault.
    function accountOf(uint256 vault) internal pure returns (uint256) {
        return ((OWNER_PREFIX << 16) | vault) << 8;
    }

    /// @notice Shares for a deposit, rounded down. `value` is not negative.
    function sharesDown(Entry memory vault, int256 value, uint256 amount) internal pure returns (uint256) {
        return amount * (vault.get(VaultLayout.SHARES) + uint256(GHOST)) / uint256(value + GHOST);
    }

    /// @notice Cash for shares, rounded down. `value` is not negative.
    function cashDown(Entry memory vault, int256 value, uint256 burnt) internal pure returns (uint256) {
        return burnt * uint256(value + GHOST) / (vault.get(VaultLayout.SHARES) + uint256(GHOST));
    }

    /// @notice Its account at fresh prices.
    function distressOf(Draft memory draft, uint256 vault) internal view returns (Distress memory distress) {
        uint256 id = accountOf(vault);
        distress = Distresses.compute(Portfolios.load(draft, id, draft.existing(Keys.account(id)).value));
        draft.require_(distress.isFresh, Refusal.MARKS_STALE);
    }

    /// @notice A new day begins with what the vault is worth.
    function turnDay(Entry memory vault, int256 value, uint256 timestamp) internal pure {
        uint256 day = timestamp / SECONDS_PER_DAY;
        if (day == vault.get(VaultLayout.DAY)) return;
        vault.set(VaultLayout.DAY, day);
        vault.setInt(VaultLayout.DAY_VALUE, value);
    }

    /// @notice Shares and value of the day grow by what came in, or fall where negative.
    function grow(Entry memory vault, int256 shares, int256 cash) internal pure {
        vault.set(VaultLayout.SHARES, uint256(int256(vault.get(VaultLayout.SHARES)) + shares));
        vault.setInt(VaultLayout.DAY_VALUE, vault.getInt(VaultLayout.DAY_VALUE) + cash);
    }
}
