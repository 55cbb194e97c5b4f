// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PoolLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";

/// @title Losses that nobody has paid, section 11.6 of the specification
/// @notice Twin of `state/ledger/deficit.ts`. Amounts in 1e-6 USD, rates 1e-18.
library Deficit {
    using Drafts for Entry;

    /// @notice Adds `amount` to the insurance fund, after what is left of losses; takes it where negative.
    function addIncome(Entry memory pool, int256 amount) internal pure {
        int256 deficit = pool.getInt(PoolLayout.DEFICIT);
        int256 paid = Integer.clamp(amount, 0, deficit);
        if (paid > 0) {
            int256 left = deficit - paid;
            int256 lost = Integer.WAD - int256(pool.get(PoolLayout.WITHDRAWAL_RATE));
            pool.setInt(PoolLayout.DEFICIT, left);
            pool.set(PoolLayout.WITHDRAWAL_RATE, uint256(Integer.WAD - Integer.divUp(lost * left, deficit)));
        }
        pool.setInt(PoolLayout.INSURANCE, pool.getInt(PoolLayout.INSURANCE) + amount - paid);
        keepRate(pool);
    }

    /// @notice The rate goes back to one when nothing is left of the loss.
    function keepRate(Entry memory pool) internal pure {
        if (pool.getInt(PoolLayout.DEFICIT) == 0) pool.set(PoolLayout.WITHDRAWAL_RATE, uint256(Integer.WAD));
    }

    /// @notice Sets the rate after the loss has grown.
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
