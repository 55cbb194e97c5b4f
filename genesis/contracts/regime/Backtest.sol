// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Model, RegimeLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";

/// @title The running back-test and its traffic light, section 10.4 of the specification
/// @notice Twin of `state/regime/backtest.ts`.
library Backtest {
    using Drafts for Entry;

    uint256 private constant WAD = 1e18;
    uint256 private constant HOURS = 24;
    uint256 private constant WINDOW = (1 << Model.BACKTEST_DAYS) - 1;

    /// @notice Observes the day that ends with the bar, where it is a day without a gap at either end.
    /// @param price of the bar [1e-8 USD]
    function observe(Entry memory regime, uint256 hour, uint256 price) internal pure {
        unchecked {
            if (hour - regime.get(RegimeLayout.DAY_HOUR) != HOURS) return;
            uint256 from = regime.get(RegimeLayout.DAY_PRICE);
            uint256 move = price < from ? from - price : price - from;
            uint256 exception = move * WAD > from * regime.get(RegimeLayout.DAY_SCAN_RANGE) ? 1 : 0;
            uint256 outcomes = regime.get(RegimeLayout.OUTCOMES);
            if (regime.get(RegimeLayout.OBSERVATIONS) > 0) _count(regime, _pairOf(outcomes & 1, exception));
            _count(regime, RegimeLayout.OBSERVATIONS);
            if (exception == 1) _count(regime, RegimeLayout.EXCEPTIONS);
            outcomes = ((outcomes << 1) | exception) & WINDOW;
            regime.set(RegimeLayout.OUTCOMES, outcomes);
            regime.set(RegimeLayout.PENALTY, _penaltyAfter(regime.get(RegimeLayout.PENALTY), _ones(outcomes)));
        }
    }

    function _pairOf(uint256 was, uint256 is_) private pure returns (uint256) {
        if (was == 0) return is_ == 0 ? RegimeLayout.QUIET_AFTER_QUIET : RegimeLayout.EXCEPTION_AFTER_QUIET;
        return is_ == 0 ? RegimeLayout.QUIET_AFTER_EXCEPTION : RegimeLayout.EXCEPTION_AFTER_EXCEPTION;
    }

    function _count(Entry memory regime, uint256 field) private pure {
        unchecked {
            regime.set(field, regime.get(field) + 1);
        }
    }

    /// @dev Counted in pairs of bits, then in fours, in bytes; the product leaves the sum of all bytes in the highest.
    function _ones(uint256 word) private pure returns (uint256) {
        unchecked {
            word -= (word >> 1) & (type(uint256).max / 3);
            word = (word & (type(uint256).max / 5)) + ((word >> 2) & (type(uint256).max / 5));
            word = (word + (word >> 4)) & (type(uint256).max / 17);
            return (word * (type(uint256).max / 255)) >> 248;
        }
    }

    /// @dev Green ends every penalty, yellow and red raise it and never lower it.
    function _penaltyAfter(uint256 penalty, uint256 exceptions) private pure returns (uint256) {
        unchecked {
            if (exceptions <= Model.GREEN_EXCEPTIONS) return WAD;
            uint256 level = _level(exceptions - Model.GREEN_EXCEPTIONS);
            return level > penalty ? level : penalty;
        }
    }

    function _level(uint256 beyond) private pure returns (uint256) {
        if (beyond == 1) return uint256(Model.PENALTY_0);
        if (beyond == 2) return uint256(Model.PENALTY_1);
        if (beyond == 3) return uint256(Model.PENALTY_2);
        if (beyond == 4) return uint256(Model.PENALTY_3);
        return uint256(beyond == 5 ? Model.PENALTY_4 : Model.PENALTY_5);
    }
}
