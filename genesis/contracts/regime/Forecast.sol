// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Kernel, Model, RegimeLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";
import {Term} from "../records/Terms.sol";
import {Belief, Filter} from "./Filter.sol";
import {Variances} from "./Variances.sol";

/// @title What a regime predicts and publishes, section 10.4 of the specification
/// @notice Twin of `state/regime/forecast.ts`. Variances and ranges inside are multiples of 2^-96.
library Forecast {
    using Drafts for Entry;
    using Filter for Belief;

    int256 private constant WAD = 1e18;
    int256 private constant DAY = 24;
    int256 private constant IMPLIED_DAYS = 30;

    /// @notice Implied at-the-money variance of a day, from slices at most `maxAge` seconds old; 0: none.
    function impliedVariance(Term[] memory terms, uint256 time, uint256 maxAge) internal pure returns (int256) {
        (bool hasNear, bool hasFar) = (false, false);
        Term memory near;
        Term memory far;
        for (uint256 i = 0; i < terms.length; i++) {
            Term memory term = terms[i];
            if (term.volatilityTime == 0 || time - term.volatilityTime > maxAge) continue;
            if (_life(term) <= int256(Model.IMPLIED_SECONDS)) (hasNear, near) = (true, term);
            else if (!hasFar) (hasFar, far) = (true, term);
        }
        int256 variance;
        if (hasNear && hasFar) variance = _between(near, far);
        else if (hasNear || hasFar) variance = _alone(hasNear ? near : far);
        return Q96.fromWad(variance) / IMPLIED_DAYS;
    }

    function _life(Term memory term) private pure returns (int256) {
        unchecked {
            return int256(term.expiry) - int256(term.volatilityTime);
        }
    }

    function _between(Term memory near, Term memory far) private pure returns (int256) {
        unchecked {
            (int256 from, int256 to) = (_life(near), _life(far));
            int256 rise = int256(far.theta) - int256(near.theta);
            return int256(near.theta) + rise * (int256(Model.IMPLIED_SECONDS) - from) / (to - from);
        }
    }

    function _alone(Term memory one) private pure returns (int256) {
        unchecked {
            int256 life = _life(one);
            if (life < int256(Model.IMPLIED_SHORTEST) || life > int256(Model.IMPLIED_LONGEST)) return 0;
            return int256(one.theta) * int256(Model.IMPLIED_SECONDS) / life;
        }
    }

    /// @notice Publishes what takes force at the next bar.
    /// @param scanMultiplier governed, 1e-18
    function publish(Entry memory regime, Entry memory underlying, bool isLeader, int256 scanMultiplier, int256 implied)
        internal
        pure
    {
        Belief memory belief = Belief(_at(regime, RegimeLayout.CALM), _at(regime, RegimeLayout.STRESS));
        int256 volatility = Variances.sqrt(_variance(regime, belief, implied));
        int256 longTerm = Variances.sqrt(Variances.longTerm(regime) * DAY);
        int256 weight = _priorWeight(regime);
        _publishRange(regime, underlying, scanMultiplier, volatility, longTerm, weight);
        _publishTerms(regime, belief, isLeader, weight);
        int256 fee = _feeMultiplier(volatility, longTerm, _at(underlying, UnderlyingLayout.FEE_MULTIPLIER));
        regime.set(RegimeLayout.NEXT_FEE_MULTIPLIER, uint256(_mixed(WAD, fee, weight)));
        regime.set(RegimeLayout.VOLATILITY, uint256(Integer.clamp(Q96.toWad(volatility), 0, Model.VOLATILITY_CAP)));
    }

    /// @dev Of the next day: the mean of autoregression and filter, then the implied one within its band.
    function _variance(Entry memory regime, Belief memory belief, int256 implied) private pure returns (int256) {
        unchecked {
            int256 filtered = Variances.mul(DAY * _at(regime, RegimeLayout.VARIANCE8760), belief.square());
            int256 variance = (Variances.ofDay(regime) + filtered) >> 1;
            if (implied == 0) return variance;
            int256 low = Variances.mul(Model.BLEND_LOW, variance);
            int256 held = Integer.clamp(implied, low, Variances.mul(Model.BLEND_HIGH, variance));
            return Variances.mul(Model.BLEND_MODEL, variance) + Variances.mul(Model.BLEND_IMPLIED, held);
        }
    }

    /// @dev What genesis said still counts so much [1e-18].
    function _priorWeight(Entry memory regime) private pure returns (int256) {
        unchecked {
            int256 fade = int256(Model.FADE_HOURS);
            int256 left = int256(Model.WARM_UP_HOURS) + fade - _at(regime, RegimeLayout.OBSERVED_HOURS);
            return Integer.clamp(left, 0, fade) * WAD / fade;
        }
    }

    function _publishRange(
        Entry memory regime,
        Entry memory underlying,
        int256 scanMultiplier,
        int256 volatility,
        int256 longTerm,
        int256 weight
    ) private pure {
        unchecked {
            int256 penalty = _at(regime, RegimeLayout.PENALTY);
            int256 multiplier = Q96.fromWad(Integer.wadMulDown(scanMultiplier, penalty));
            int256 low = _lowest(regime, multiplier, volatility, longTerm);
            int256 high = Variances.mul(Kernel.Q96 + Model.BUFFER, low);
            int256 last = Q96.fromWad(_at(regime, RegimeLayout.NEXT_SCAN_RANGE));
            int256 range = Q96.toWad(Integer.clamp(last, low, high));
            int256 prior = Integer.wadMulDown(_at(regime, RegimeLayout.PRIOR_SCAN_RANGE), weight);
            int256 floor = Integer.max(_at(underlying, UnderlyingLayout.SCAN_FLOOR), prior);
            int256 ceiling = Integer.max(floor, _at(underlying, UnderlyingLayout.SCAN_CEILING));
            regime.set(RegimeLayout.NEXT_SCAN_RANGE, uint256(Integer.clamp(range, floor, ceiling)));
        }
    }

    /// @dev Lowest range that holds against procyclicality: a weight on stress, a share of the long-term range.
    function _lowest(Entry memory regime, int256 multiplier, int256 volatility, int256 longTerm)
        private
        pure
        returns (int256)
    {
        unchecked {
            int256 core = Variances.mul(multiplier, volatility);
            int256 slow = Variances.sqrt(_at(regime, RegimeLayout.VARIANCE8760) * DAY);
            int256 stressed =
                Variances.mul(Variances.mul(multiplier, Model.STRESS_MULTIPLE), Integer.max(longTerm, slow));
            int256 weighted = Variances.mul(Kernel.Q96 - Model.STRESS_WEIGHT, core)
                + Variances.mul(Model.STRESS_WEIGHT, Integer.max(core, stressed));
            return Integer.max(weighted, Variances.mul(Model.FLOOR_SHARE, Variances.mul(multiplier, longTerm)));
        }
    }

    function _publishTerms(Entry memory regime, Belief memory belief, bool isLeader, int256 weight) private pure {
        int256 up = belief.mean(Model.VOLATILITY_UP_0, Model.VOLATILITY_UP_1, Model.VOLATILITY_UP_2);
        int256 down = belief.mean(Model.VOLATILITY_DOWN_0, Model.VOLATILITY_DOWN_1, Model.VOLATILITY_DOWN_2);
        _mix(regime, RegimeLayout.NEXT_VOLATILITY_UP, RegimeLayout.PRIOR_VOLATILITY_UP, up, weight);
        _mix(regime, RegimeLayout.NEXT_VOLATILITY_DOWN, RegimeLayout.PRIOR_VOLATILITY_DOWN, down, weight);
        if (isLeader) regime.set(RegimeLayout.NEXT_CORRELATION, uint256(WAD));
        else _mix(regime, RegimeLayout.NEXT_CORRELATION, RegimeLayout.PRIOR_CORRELATION, _correlation(regime), weight);
        regime.set(RegimeLayout.NEXT_STRESS, uint256(Q96.toWad(belief.stress)));
    }

    /// @dev The lower band of the correlation with the leader [1e-18], at least 0.
    function _correlation(Entry memory regime) private pure returns (int256) {
        unchecked {
            int256 estimate = Variances.correlation(
                regime.getInt(RegimeLayout.COVARIANCE),
                _at(regime, RegimeLayout.OWN_VARIANCE),
                _at(regime, RegimeLayout.LEADER_VARIANCE)
            );
            return Integer.clamp(Q96.toWad(estimate) - Model.CORRELATION_MARGIN, 0, WAD);
        }
    }

    /// @dev Volatility over its long-term mean [1e-18]; the last value while that is less than a fifth off.
    function _feeMultiplier(int256 volatility, int256 longTerm, int256 last) private pure returns (int256) {
        unchecked {
            if (longTerm == 0) return last;
            int256 target =
                Integer.clamp(volatility * WAD / longTerm, Model.FEE_MULTIPLIER_LOW, Model.FEE_MULTIPLIER_HIGH);
            return Integer.abs(target - last) * WAD >= last * Model.FEE_MULTIPLIER_BAND ? target : last;
        }
    }

    function _mix(Entry memory regime, uint256 field, uint256 prior, int256 model, int256 weight) private pure {
        regime.set(field, uint256(_mixed(_at(regime, prior), model, weight)));
    }

    function _mixed(int256 prior, int256 model, int256 weight) private pure returns (int256) {
        unchecked {
            return model + Integer.wadMulDown(prior - model, weight);
        }
    }

    function _at(Entry memory entry, uint256 field) private pure returns (int256) {
        return int256(entry.get(field));
    }
}
