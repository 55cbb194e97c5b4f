// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PoolLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";

/// @title Losses that nobody has paid, section 11.6 of the specification
/// @notice Twin of `state/ledger/deficit.ts`. Amounts in 1e-6 USD, rates 1e-18. What goes to the deficit, or comes
/// from it, goes through the insurance fund: the ledger knows of no losses.
library Deficit {
    using Drafts for Entry;

    /// @notice An income that the insurance fund has just had first pays what is left of losses.
    function settle(Entry memory pool, int256 income) internal pure {
        int256 deficit = pool.getInt(PoolLayout.DEFICIT);
        int256 paid = Integer.clamp(income, 0, deficit);
        if (paid == 0) return;
        int256 lost = Integer.WAD - int256(pool.get(PoolLayout.WITHDRAWAL_RATE));
        lost = Integer.divUp(lost * (deficit - paid), deficit);
        pool.set(PoolLayout.WITHDRAWAL_RATE, uint256(Integer.WAD - lost));
        pay(pool, paid);
    }

    /// @notice The fund pays `amount` of the loss; the rate stays, until nothing is left of it.
    function pay(Entry memory pool, int256 amount) internal pure {
        pool.setInt(PoolLayout.INSURANCE, pool.getInt(PoolLayout.INSURANCE) - amount);
        int256 left = pool.getInt(PoolLayout.DEFICIT) - amount;
        pool.setInt(PoolLayout.DEFICIT, left);
        if (left == 0) pool.set(PoolLayout.WITHDRAWAL_RATE, uint256(Integer.WAD));
    }

    /// @notice The fund gets `amount` that nobody has paid.
    function grow(Entry memory pool, int256 amount) internal pure {
        pool.setInt(PoolLayout.INSURANCE, pool.getInt(PoolLayout.INSURANCE) + amount);
        pool.setInt(PoolLayout.DEFICIT, pool.getInt(PoolLayout.DEFICIT) + amount);
    }

    /// @notice Sets the rate after the loss has grown and its account has been paid.
    function fixRate(Entry memory pool) internal pure {
        int256 shared = Integer.max(pool.getInt(PoolLayout.CASH_POSITIVE), 1);
        int256 lost = Integer.divUp(pool.getInt(PoolLayout.DEFICIT) * Integer.WAD, shared);
        pool.set(PoolLayout.WITHDRAWAL_RATE, uint256(Integer.WAD - Integer.min(lost, Integer.WAD)));
    }

    /// @notice What a withdrawal of `amount` leaves behind, rounded up.
    function withheldUp(Entry memory pool, int256 amount) internal pure returns (int256) {
        int256 lost = Integer.WAD - int256(pool.get(PoolLayout.WITHDRAWAL_RATE));
        return Integer.min(Integer.divUp(amount * lost, Integer.WAD), pool.getInt(PoolLayout.DEFICIT));
    }

    /// @notice What a withdrawal of `amount` leaves to the fund, rounded up, while losses are in the open
    /// that the fund does not cover.
    function provisionUp(Entry memory pool, int256 amount) internal pure returns (int256) {
        int256 flagged = int256(pool.get(PoolLayout.FLAGGED));
        int256 uncovered = Integer.max(flagged - pool.getInt(PoolLayout.INSURANCE), 0);
        int256 cash = pool.getInt(PoolLayout.CASH_POSITIVE);
        return Integer.divUp(amount * Integer.min(uncovered, cash), Integer.max(cash, 1));
    }
}
