// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, ParametersLayout, PoolLayout, RecordKey} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Deficit} from "./Deficit.sol";

/// @title Interest on cash, section 11.1 of the specification
/// @notice Twin of `state/ledger/interest.ts`. Indices are sums of rates [1e-18].
library Interest {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    int256 private constant SECONDS_PER_YEAR = 31_536_000;

    /// @notice Interest since the account was settled [1e-6 USD], rounded down; negative where owed.
    /// @param account value of an account record
    function sinceDown(bytes memory account, Entry memory pool) internal pure returns (int256) {
        int256 cash = account.getInt(AccountLayout.CASH);
        int256 earned = int256(indexOf(pool, cash)) - int256(account.get(AccountLayout.INTEREST_INDEX));
        return Integer.wadMulDown(cash, earned);
    }

    /// @notice The index of cash of this sign.
    function indexOf(Entry memory pool, int256 cash) internal pure returns (uint256) {
        return pool.get(cash < 0 ? PoolLayout.BORROW_INDEX : PoolLayout.SUPPLY_INDEX);
    }

    /// @notice Carries both indices to `timestamp` [seconds] at the rate of the cash as it is; what
    /// borrowers pay and lenders do not get goes to the insurance fund.
    function advance(Draft memory draft, Entry memory parameters, uint256 timestamp) internal view {
        Entry memory pool = draft.existing(RecordKey.POOL);
        int256 elapsed = int256(timestamp) - int256(pool.get(PoolLayout.INTEREST_TIME));
        if (elapsed == 0) return;
        (int256 lent, int256 borrowed) = (pool.getInt(PoolLayout.CASH_POSITIVE), pool.getInt(PoolLayout.CASH_NEGATIVE));
        int256 used = _utilisation(lent, borrowed);
        int256 paid = Integer.divUp(_borrowRateUp(parameters, used) * elapsed, SECONDS_PER_YEAR);
        int256 kept = int256(parameters.get(ParametersLayout.INTEREST_RESERVE));
        int256 earned = paid * used * (Integer.WAD - kept) / (Integer.WAD * Integer.WAD);
        int256 left = (borrowed * paid - lent * earned) / Integer.WAD; // Never negative.

        pool.set(PoolLayout.BORROW_INDEX, pool.get(PoolLayout.BORROW_INDEX) + uint256(paid));
        pool.set(PoolLayout.SUPPLY_INDEX, pool.get(PoolLayout.SUPPLY_INDEX) + uint256(earned));
        pool.set(PoolLayout.INTEREST_TIME, timestamp);
        pool.setInt(PoolLayout.CLEARING, pool.getInt(PoolLayout.CLEARING) - left);
        pool.setInt(PoolLayout.INSURANCE, pool.getInt(PoolLayout.INSURANCE) + left);
        Deficit.settle(pool, left);
    }

    /// @dev Share of what is lent that is borrowed [1e-18], at most one.
    function _utilisation(int256 lent, int256 borrowed) private pure returns (int256) {
        if (borrowed == 0) return 0;
        return borrowed >= lent ? Integer.WAD : borrowed * Integer.WAD / lent;
    }

    /// @dev Yearly [1e-18]: two straight lines that meet at the kink.
    function _borrowRateUp(Entry memory parameters, int256 used) private pure returns (int256) {
        int256 kink = int256(parameters.get(ParametersLayout.BORROW_KINK));
        int256 slope = int256(parameters.get(ParametersLayout.BORROW_SLOPE));
        int256 steep = int256(parameters.get(ParametersLayout.BORROW_STEEP));
        int256 below = Integer.divUp(slope * Integer.min(used, kink), kink);
        int256 beyond = Integer.divUp(steep * Integer.max(used - kink, 0), Integer.WAD - kink);
        return int256(parameters.get(ParametersLayout.BORROW_BASE)) + below + beyond;
    }
}
