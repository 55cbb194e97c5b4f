// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Model, ParametersLayout, RegimeLayout, UnderlyingLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Keys} from "../records/Keys.sol";
import {Term} from "../records/Terms.sol";
import {Backtest} from "./Backtest.sol";
import {Bars, Seen} from "./Bars.sol";
import {Belief, Filter} from "./Filter.sol";
import {Forecast} from "./Forecast.sol";
import {MacroSeries} from "./MacroSeries.sol";
import {Variances} from "./Variances.sol";

/// @notice A bar that closes: its hour and price [1e-8 USD], and the time of the post that ends it [seconds].
struct Bar {
    uint256 hour;
    uint256 price;
    uint256 time;
}

/// @title Predictive parameters inside the step that posts a price, section 10.4 of the specification
/// @notice Twin of `state/regime/regime.ts`.
library Regimes {
    using Drafts for Draft;
    using Drafts for Entry;
    using Filter for Belief;

    uint256 private constant TRADABLE = 0;
    uint256 private constant DAY_HOURS = 24;

    /// @notice What the underlying is before a post.
    function seen(Entry memory underlying) internal pure returns (Seen memory) {
        return Seen(
            underlying.get(UnderlyingLayout.INDEX_PRICE),
            underlying.get(UnderlyingLayout.ORACLE_TIME),
            underlying.get(UnderlyingLayout.PRICE_SECONDS)
        );
    }

    /// @notice Advances what the post at `time` after `old` ends: a bar, a day, a close of a macro series.
    /// @param underlying as posted, with `terms`
    function advance(
        Draft memory draft,
        uint256 id,
        Entry memory underlying,
        Entry memory parameters,
        Seen memory old,
        Term[] memory terms,
        uint256 time
    ) internal view {
        if (old.index == 0) return;
        uint256 role = underlying.get(UnderlyingLayout.ROLE);
        if (role != TRADABLE) return MacroSeries.advance(draft, role, old, time);
        bool endsHour = Bars.endsHour(old, time);
        if (!endsHour && !Bars.opensWindow(old, time)) return;
        Entry memory regime = draft.existing(Keys.regime(id));
        if (endsHour) {
            _takeForce(underlying, regime);
            (uint256 hour, uint256 price) = Bars.barOf(regime, old);
            bool isLeader = underlying.get(UnderlyingLayout.LEADER) == id;
            _move(draft, underlying, regime, isLeader, Bar(hour, price, time));
            uint256 maxAge = parameters.get(ParametersLayout.MAX_VOLATILITY_AGE);
            int256 implied = Forecast.impliedVariance(terms, time, maxAge);
            int256 multiplier = int256(parameters.get(ParametersLayout.SCAN_MULTIPLIER));
            Forecast.publish(regime, underlying, isLeader, multiplier, implied);
        }
        Bars.openWindow(regime, old, time);
    }

    /// @dev What the regime published at its last bar.
    function _takeForce(Entry memory underlying, Entry memory regime) private pure {
        underlying.set(UnderlyingLayout.PRICE_SCAN_RANGE, regime.get(RegimeLayout.NEXT_SCAN_RANGE));
        underlying.set(UnderlyingLayout.VOLATILITY_SCAN_UP, regime.get(RegimeLayout.NEXT_VOLATILITY_UP));
        underlying.set(UnderlyingLayout.VOLATILITY_SCAN_DOWN, regime.get(RegimeLayout.NEXT_VOLATILITY_DOWN));
        underlying.set(UnderlyingLayout.CORRELATION, regime.get(RegimeLayout.NEXT_CORRELATION));
        underlying.set(UnderlyingLayout.FEE_MULTIPLIER, regime.get(RegimeLayout.NEXT_FEE_MULTIPLIER));
        underlying.set(UnderlyingLayout.STRESS, regime.get(RegimeLayout.NEXT_STRESS));
    }

    function _move(Draft memory draft, Entry memory underlying, Entry memory regime, bool isLeader, Bar memory bar)
        private
        view
    {
        unchecked {
            Entry memory leader;
            if (!isLeader) leader = draft.touch(Keys.regime(underlying.get(UnderlyingLayout.LEADER)));
            uint256 last = regime.get(RegimeLayout.HOUR);
            if (last == 0) {
                // The first bar is where returns start from.
                regime.set(RegimeLayout.HOUR, bar.hour);
                regime.set(RegimeLayout.BAR_PRICE, bar.price);
                _startDay(regime, underlying, bar);
                return;
            }
            uint256 span = bar.hour - last;
            if (span > Model.MAX_BAR_HOURS) span = Model.MAX_BAR_HOURS;
            int256 r = Variances.winsorised(regime, bar.price, int256(span));
            Variances.move(regime, r, int256(span));
            uint256 counted = span < Model.MAX_OBSERVED_HOURS ? span : Model.MAX_OBSERVED_HOURS;
            regime.set(RegimeLayout.OBSERVED_HOURS, regime.get(RegimeLayout.OBSERVED_HOURS) + counted);
            regime.set(RegimeLayout.HOUR, bar.hour);
            regime.set(RegimeLayout.BAR_PRICE, bar.price);
            regime.setInt(RegimeLayout.BAR_RETURN, r);
            regime.set(RegimeLayout.BAR_HOURS, span);
            regime.setInt(RegimeLayout.DAY_RETURN, regime.getInt(RegimeLayout.DAY_RETURN) + r);
            if (!isLeader) Variances.pair(regime, leader);
            if (bar.hour / DAY_HOURS > last / DAY_HOURS) _closeDay(draft, underlying, regime, bar);
        }
    }

    /// @dev The first bar of a day ends the one before: the filter learns of it, and the range is tested by it.
    function _closeDay(Draft memory draft, Entry memory underlying, Entry memory regime, Bar memory bar) private view {
        unchecked {
            uint256 from = regime.get(RegimeLayout.DAY_HOUR);
            int256 variance = int256((bar.hour - from) * regime.get(RegimeLayout.DAY_VARIANCE));
            int256 r = regime.getInt(RegimeLayout.DAY_RETURN);
            int256 square = (Variances.mul(r, r) << 96) / (variance > 0 ? variance : int256(1));
            Belief memory belief =
                Belief(int256(regime.get(RegimeLayout.CALM)), int256(regime.get(RegimeLayout.STRESS)));
            uint256 span = bar.hour / DAY_HOURS - from / DAY_HOURS;
            belief = belief.updated(square).predicted(MacroSeries.tilt(draft, bar.time), span);
            regime.set(RegimeLayout.CALM, uint256(belief.calm));
            regime.set(RegimeLayout.STRESS, uint256(belief.stress));
            Backtest.observe(regime, bar.hour, bar.price);
            regime.set(RegimeLayout.DAY_VARIANCE, regime.get(RegimeLayout.VARIANCE8760));
            regime.setInt(RegimeLayout.DAY_RETURN, 0);
            _startDay(regime, underlying, bar);
        }
    }

    function _startDay(Entry memory regime, Entry memory underlying, Bar memory bar) private pure {
        regime.set(RegimeLayout.DAY_HOUR, bar.hour);
        regime.set(RegimeLayout.DAY_PRICE, bar.price);
        regime.set(RegimeLayout.DAY_SCAN_RANGE, underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE));
    }
}
