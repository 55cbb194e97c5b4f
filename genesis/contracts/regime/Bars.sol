// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Model, RegimeLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";

/// @notice What a post found: index [1e-8 USD], its time [seconds], the sum of both up to then.
struct Seen {
    uint256 index;
    uint256 time;
    uint256 priceSeconds;
}

/// @title Hourly bars, section 10.4 of the specification
/// @notice Twin of `state/regime/bar.ts`.
library Bars {
    using Drafts for Entry;

    uint256 private constant HOUR = 3_600;

    function endsHour(Seen memory old, uint256 time) internal pure returns (bool) {
        return time / HOUR > old.time / HOUR;
    }

    function opensWindow(Seen memory old, uint256 time) internal pure returns (bool) {
        unchecked {
            uint256 opening = _windowOf(time / HOUR + 1);
            return opening > old.time && opening <= time;
        }
    }

    /// @notice The bar of the hour of `old`, which has ended: hour and price [1e-8 USD].
    function barOf(Entry memory regime, Seen memory old) internal pure returns (uint256 hour, uint256 price) {
        unchecked {
            hour = old.time / HOUR + 1;
            if (regime.get(RegimeLayout.HOUR) == 0) return (hour, old.index);
            uint256 opening = _windowOf(hour);
            uint256 before =
                opening > old.time ? _sumAt(old, opening) : regime.get(RegimeLayout.WINDOW_PRICE_SECONDS);
            price = (_sumAt(old, hour * HOUR) - before) / Model.BAR_WINDOW_SECONDS;
        }
    }

    /// @notice Opens the window of the hour of `time`, if that is the first post in it.
    function openWindow(Entry memory regime, Seen memory old, uint256 time) internal pure {
        if (!opensWindow(old, time)) return;
        regime.set(RegimeLayout.WINDOW_PRICE_SECONDS, _sumAt(old, _windowOf(time / HOUR + 1)));
    }

    function _windowOf(uint256 hour) private pure returns (uint256) {
        unchecked {
            return hour * HOUR - Model.BAR_WINDOW_SECONDS;
        }
    }

    function _sumAt(Seen memory old, uint256 time) private pure returns (uint256) {
        unchecked {
            return old.priceSeconds + old.index * (time - old.time);
        }
    }
}
