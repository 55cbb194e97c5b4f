// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, Kernel, Limit, ParametersLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";

/// @title Reputation, section 9.10 of the specification
/// @notice Twin of `state/risk/reputation.ts`. Amounts in 1e-6 USD, scores in 1e-6 USD day.
library Reputation {
    using Drafts for Entry;
    using Fields for bytes;

    int256 private constant DAY = 1 days;
    int256 private constant HOUR = 1 hours;
    /// @dev Equity over initial margin that counts as held with a buffer: 11 / 10.
    int256 private constant BUFFER_OVER = 11;
    int256 private constant BUFFER_UNDER = 10;
    /// @dev Margin held through certain stress counts 1 + this many times.
    int256 private constant STRESS_WEIGHT = 3;
    /// @dev Share of the score that an hour below initial margin costs: 1 / this.
    int256 private constant LOST_PER_HOUR = 5;

    /// @notice Maintenance by the initial factor and by reputation, never below maintenance; what
    /// reputation takes off is at most a share of the decayed fees.
    function initialOf(int256 maintenance, Entry memory parameters, bytes memory account)
        internal
        pure
        returns (int256)
    {
        int256 plain = Integer.wadMulUp(maintenance, int256(parameters.get(ParametersLayout.INITIAL_FACTOR)));
        int256 paid = int256(account.get(AccountLayout.FEES_PAID));
        int256 relief = Integer.wadMulDown(paid, int256(parameters.get(ParametersLayout.REPUTATION_RELIEF)));
        int256 earned = Integer.max(Integer.wadMulUp(plain, _factor(parameters, account)), plain - relief);
        return Integer.max(earned, maintenance);
    }

    /// @notice Changes the account after a trade that left `initial` margin against `initialEquity`.
    /// @param stress of the underlying [1e-18]
    /// @param now_ time of the chain [seconds]
    function update(
        Entry memory account,
        Entry memory parameters,
        int256 initial,
        int256 initialEquity,
        int256 fee,
        uint256 stress,
        uint256 now_
    ) internal pure {
        int256 elapsed = int256(now_ - account.get(AccountLayout.REPUTATION_TIME));
        int256 kept = _keptAfter(elapsed, int256(parameters.get(ParametersLayout.REPUTATION_HALF_LIFE)));
        bool isBuffered = initialEquity * BUFFER_UNDER >= initial * BUFFER_OVER;
        int256 score = int256(account.get(AccountLayout.SCORE)) * kept / Kernel.Q96;
        if (isBuffered) {
            score += _earnedDown(int256(account.get(AccountLayout.MARGIN_HELD)), elapsed, int256(stress));
        } else if (initialEquity < initial) {
            score -= _lostUp(score, elapsed);
        }
        account.set(AccountLayout.SCORE, uint256(score));
        int256 feesPaid = int256(account.get(AccountLayout.FEES_PAID)) * kept / Kernel.Q96 + fee;
        account.set(AccountLayout.FEES_PAID, uint256(feesPaid));
        int256 held = isBuffered ? Integer.min(initial, int256(Limit.REPUTATION_MARGIN_MAX)) : int256(0);
        account.set(AccountLayout.MARGIN_HELD, uint256(held));
        account.set(AccountLayout.REPUTATION_TIME, now_);
    }

    /// @notice Takes all that was earned, when the account is put up for auction.
    function slash(Entry memory account) internal pure {
        account.set(AccountLayout.SCORE, 0);
        account.set(AccountLayout.FEES_PAID, 0);
        account.set(AccountLayout.MARGIN_HELD, 0);
    }

    /// @dev Factor on initial margin [1e-18], rounded up: worst without a score, half way to best at
    /// the scale.
    function _factor(Entry memory parameters, bytes memory account) private pure returns (int256) {
        int256 worst = int256(parameters.get(ParametersLayout.REPUTATION_WORST));
        int256 best = int256(parameters.get(ParametersLayout.REPUTATION_BEST));
        int256 score = int256(account.get(AccountLayout.SCORE));
        return worst - (worst - best) * score / (score + int256(parameters.get(ParametersLayout.REPUTATION_SCALE)));
    }

    /// @dev 2^(-elapsed / half-life), rounded down.
    function _keptAfter(int256 elapsed, int256 halfLife) private pure returns (int256) {
        if (elapsed == 0) return Kernel.Q96;
        return Q96.exp(-Integer.divUp(elapsed * Kernel.LN_2, halfLife));
    }

    /// @dev Margin x time, more of it under stress. Idle time is worth a day at most.
    function _earnedDown(int256 margin, int256 elapsed, int256 stress) private pure returns (int256) {
        return margin * Integer.min(elapsed, DAY) * (Integer.WAD + STRESS_WEIGHT * stress) / (DAY * Integer.WAD);
    }

    /// @dev A share for each hour, of one hour at most.
    function _lostUp(int256 score, int256 elapsed) private pure returns (int256) {
        return Integer.divUp(score * Integer.min(elapsed, HOUR), LOST_PER_HOUR * HOUR);
    }
}
