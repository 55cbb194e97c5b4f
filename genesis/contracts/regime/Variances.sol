// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Kernel, Model, RegimeLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";

/// @title Variances of hourly returns, section 10.4 of the specification
/// @notice Twin of `state/regime/variance.ts`. Variances and returns are multiples of 2^-96. Arithmetic
/// of the model is unchecked: `test/state/regime/int256.test.ts` finds it inside of int256 for any prices.
library Variances {
    using Drafts for Entry;

    int256 private constant DAY = 24;
    /// @dev Of the four variances, 16 bits each; and from one of their fields to the next.
    uint256 private constant HALF_LIVES = uint256(
        Model.HALF_LIFE_VARIANCE12 | (Model.HALF_LIFE_VARIANCE72 << 16) | (Model.HALF_LIFE_VARIANCE720 << 32)
            | (Model.HALF_LIFE_VARIANCE8760 << 48)
    );
    uint256 private constant NEXT_VARIANCE = RegimeLayout.VARIANCE72 - RegimeLayout.VARIANCE12;

    function mul(int256 a, int256 b) internal pure returns (int256) {
        unchecked {
            return (a * b) >> 96;
        }
    }

    function sqrt(int256 x) internal pure returns (int256) {
        unchecked {
            return Q96.isqrt(x << 96);
        }
    }

    /// @notice Share of its past that an average of this half-life loses over `steps`.
    function lossOf(int256 halfLife, int256 steps) internal pure returns (int256) {
        unchecked {
            return Kernel.Q96 - Q96.exp(-(Kernel.LN_2 * steps / halfLife));
        }
    }

    /// @notice Long-term variance of an hour.
    function longTerm(Entry memory regime) internal pure returns (int256) {
        unchecked {
            return _at(regime, RegimeLayout.LONG_TERM_SUM) / _at(regime, RegimeLayout.LONG_TERM_HOURS);
        }
    }

    /// @notice Variance of the next day, of the autoregression.
    function ofDay(Entry memory regime) internal pure returns (int256) {
        unchecked {
            return DAY * _weighted(regime) + mul(Model.HAR_WEIGHT_LONG_TERM, DAY * longTerm(regime));
        }
    }

    /// @notice ln(price / last price), at most six deviations of its hours either way.
    function winsorised(Entry memory regime, uint256 price, int256 span) internal pure returns (int256) {
        unchecked {
            int256 variance = _weighted(regime) + mul(Model.HAR_WEIGHT_LONG_TERM, longTerm(regime));
            int256 most = sqrt(Model.WINSOR_SQUARE * span * variance);
            return Integer.clamp(Q96.ln((int256(price) << 96) / _at(regime, RegimeLayout.BAR_PRICE)), -most, most);
        }
    }

    /// @notice Every variance after a return over `span` hours.
    function move(Entry memory regime, int256 r, int256 span) internal pure {
        unchecked {
            int256 square = mul(r, r);
            int256 perHour = square / span;
            for (uint256 i = 0; i < 4; i++) {
                int256 loss = lossOf(int256((HALF_LIVES >> (16 * i)) & 0xffff), span);
                _average(regime, RegimeLayout.VARIANCE12 + i * NEXT_VARIANCE, perHour, loss);
            }
            int256 sum = _at(regime, RegimeLayout.LONG_TERM_SUM);
            int256 known = _at(regime, RegimeLayout.LONG_TERM_HOURS);
            int256 most = int256(Model.LONG_TERM_HOURS);
            int256 over = Integer.max(0, known + span - most);
            regime.set(RegimeLayout.LONG_TERM_SUM, uint256(sum - sum * over / known + square));
            regime.set(RegimeLayout.LONG_TERM_HOURS, uint256(Integer.min(known + span, most)));
        }
    }

    /// @notice Covariance after a bar; unchanged where the leader's last bar is not of the same hours.
    function pair(Entry memory regime, Entry memory leader) internal pure {
        unchecked {
            if (!leader.exists() || leader.get(RegimeLayout.HOUR) != regime.get(RegimeLayout.HOUR)) return;
            uint256 span = regime.get(RegimeLayout.BAR_HOURS);
            if (leader.get(RegimeLayout.BAR_HOURS) != span) return;
            int256 loss = lossOf(Model.PAIR_HALF_LIFE, int256(span));
            int256 own = regime.getInt(RegimeLayout.BAR_RETURN);
            int256 other = leader.getInt(RegimeLayout.BAR_RETURN);
            int256 covariance = regime.getInt(RegimeLayout.COVARIANCE);
            covariance += mul(loss, mul(own, other) / int256(span) - covariance);
            regime.setInt(RegimeLayout.COVARIANCE, covariance);
            _average(regime, RegimeLayout.OWN_VARIANCE, mul(own, own) / int256(span), loss);
            _average(regime, RegimeLayout.LEADER_VARIANCE, mul(other, other) / int256(span), loss);
        }
    }

    /// @notice Covariance over the root of both variances, between -1 and 1; 0 where nothing is known.
    function correlation(int256 covariance, int256 a, int256 b) internal pure returns (int256) {
        unchecked {
            int256 root = Q96.isqrt(a * b);
            return root == 0 ? int256(0) : Integer.clamp((covariance << 96) / root, -Kernel.Q96, Kernel.Q96);
        }
    }

    function _weighted(Entry memory regime) private pure returns (int256) {
        unchecked {
            return mul(Model.HAR_WEIGHT_VARIANCE12, _at(regime, RegimeLayout.VARIANCE12))
                + mul(Model.HAR_WEIGHT_VARIANCE72, _at(regime, RegimeLayout.VARIANCE72))
                + mul(Model.HAR_WEIGHT_VARIANCE720, _at(regime, RegimeLayout.VARIANCE720));
        }
    }

    function _average(Entry memory regime, uint256 field, int256 perHour, int256 loss) private pure {
        unchecked {
            int256 mean = _at(regime, field);
            regime.set(field, uint256(mean + mul(loss, perHour - mean)));
        }
    }

    function _at(Entry memory regime, uint256 field) private pure returns (int256) {
        return int256(regime.get(field));
    }
}
