// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Days of the Gregorian calendar, counted from 1970-01-01
/// @notice Twin of `state/math/calendar.ts`.
library Calendar {
    uint256 private constant DAYS_PER_ERA = 146_097;
    /// @dev 1970-01-01 counted from 0000-03-01.
    uint256 private constant EPOCH_SHIFT = 719_468;
    uint256 private constant FRIDAY = 5;

    function isFriday(uint256 day) internal pure returns (bool) {
        return (day + 4) % 7 == FRIDAY;
    }

    /// @notice A Friday after which its month has no other.
    function isLastFriday(uint256 day) internal pure returns (bool) {
        return isFriday(day) && monthOf(day) != monthOf(day + 7);
    }

    /// @notice 1 to 12 (H. Hinnant, "chrono-compatible low-level date algorithms").
    function monthOf(uint256 day) internal pure returns (uint256) {
        uint256 ofEra = (day + EPOCH_SHIFT) % DAYS_PER_ERA;
        uint256 year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        uint256 ofYear = ofEra - (365 * year + year / 4 - year / 100);
        uint256 fromMarch = (5 * ofYear + 2) / 153;
        return fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
    }
}
