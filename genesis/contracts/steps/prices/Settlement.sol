// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, UnderlyingLayout} from "../../Protocol.sol";
import {Drafts, Entry} from "../../lib/Draft.sol";

/// @title The average that settles expiries, section 10.3 of the specification
/// @notice Times are in seconds, sums in 1e-8 USD x seconds.
library Settlement {
    using Drafts for Entry;

    uint256 private constant WINDOW = Limit.SETTLEMENT_WINDOW_SECONDS;
    uint256 private constant DAY = 86_400;

    /// @notice Carries the average to a post at `time`. Index and `oracleTime` are still the old ones.
    function advance(Entry memory underlying, uint256 time) internal pure {
        if (underlying.get(UnderlyingLayout.INDEX_PRICE) == 0) {
            underlying.set(UnderlyingLayout.SETTLEMENT_EXPIRY, _firstExpiry(time));
            return;
        }
        _closeWindows(underlying, time);
        underlying.set(UnderlyingLayout.PRICE_SECONDS, _sumAt(underlying, time));
    }

    /// @dev Opens and closes windows at their exact seconds, the index being the old one all the way.
    function _closeWindows(Entry memory underlying, uint256 time) private pure {
        uint256 expiry = underlying.get(UnderlyingLayout.SETTLEMENT_EXPIRY);
        while (time >= expiry - WINDOW) {
            uint256 opens = expiry - WINDOW;
            // A window that opened by the old post has its sum already.
            if (opens > underlying.get(UnderlyingLayout.ORACLE_TIME)) {
                underlying.set(UnderlyingLayout.WINDOW_PRICE_SECONDS, _sumAt(underlying, opens));
            }
            if (time < expiry) return;
            uint256 windowSum = _sumAt(underlying, expiry) - underlying.get(UnderlyingLayout.WINDOW_PRICE_SECONDS);
            underlying.set(UnderlyingLayout.LAST_SETTLEMENT_PRICE, windowSum / WINDOW);
            underlying.set(UnderlyingLayout.LAST_SETTLEMENT_EXPIRY, expiry);
            expiry += DAY;
            // Several days without a post: all between have the same average, the last one counts.
            if (time > expiry + DAY) expiry = time - (time - expiry) % DAY;
            underlying.set(UnderlyingLayout.SETTLEMENT_EXPIRY, expiry);
        }
    }

    /// @dev Index price x seconds up to `time`, with the values before the post.
    function _sumAt(Entry memory underlying, uint256 time) private pure returns (uint256) {
        uint256 elapsed = time - underlying.get(UnderlyingLayout.ORACLE_TIME);
        return underlying.get(UnderlyingLayout.PRICE_SECONDS) + underlying.get(UnderlyingLayout.INDEX_PRICE) * elapsed;
    }

    /// @dev The first 08:00 UTC whose whole window is not before `time`.
    function _firstExpiry(uint256 time) private pure returns (uint256) {
        uint256 from = time + WINDOW;
        uint256 sinceEight = (from + DAY - Limit.EXPIRY_SECOND_OF_DAY) % DAY;
        return from + (DAY - sinceEight) % DAY;
    }
}
