// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Kernel} from "../Protocol.sol";
import {Q96} from "./Q96.sol";

/// @title Black-76, section 5.1 of the specification
/// @notice Twin of `state/pricing/black76.ts`, bit by bit; formulas, domains and errors are written
/// there. Unchecked as `Q96` is, and for the same reason.
library Black76 {
    /// @dev WAD: deltaCall in 1, gamma in 1 per USD, the rest in USD.
    struct Values {
        int256 call;
        int256 put;
        int256 deltaCall;
        int256 gamma;
        int256 vega;
        int256 theta;
    }

    int256 private constant WAD = 1e18;
    int256 private constant YEAR = 365 days;

    /// @notice Root of the time to expiry in years.
    function sqrtYears(uint256 tauSeconds) internal pure returns (int256) {
        assert(tauSeconds <= uint256(Kernel.TAU_SECONDS_MAX));
        return Q96.isqrt((int256(tauSeconds) << 192) / YEAR);
    }

    /// @notice sigma sqrt(T).
    function totalVolatility(int256 sigma, int256 rootYears) internal pure returns (int256) {
        return (sigma * rootYears) / WAD;
    }

    /// @notice ln(F/K), 0 < F, K < 2^159.
    function logMoneyness(int256 forward, int256 strike) internal pure returns (int256) {
        unchecked {
            return forward <= strike ? -Q96.ln((strike << 96) / forward) : Q96.ln((forward << 96) / strike);
        }
    }

    /// @notice Undiscounted price, rounded down, where the caller has ln(F/K) and sigma sqrt(T).
    function price(int256 forward, int256 strike, int256 logRatio, int256 totalVol, bool isCall)
        internal
        pure
        returns (int256)
    {
        unchecked {
            int256 a = logRatio < 0 ? -logRatio : logRatio;
            // Bounds are powers of two, and what is negative is large as an unsigned number.
            assert(
                uint256((forward - 1) | (strike - 1)) < uint256(Kernel.SCENARIO_FORWARD_MAX)
                    && uint256(a | totalVol) < uint256(Kernel.LOG_AND_VOLATILITY_BOUND)
            );
            int256 share = _share(a, totalVol);
            if (forward <= strike) {
                int256 call = (forward * share) >> 96;
                return isCall ? call : call + strike - forward;
            }
            int256 put = (strike * share) >> 96;
            return isCall ? put + forward - strike : put;
        }
    }

    /// @dev What an option out of the money is worth over min(F, K).
    function _share(int256 a, int256 s) private pure returns (int256) {
        unchecked {
            if (s < Kernel.TOTAL_VOLATILITY_MIN) return 0;
            int256 half = s >> 1;
            int256 shift = (a << 96) / s;
            int256 h = half - shift;
            int256 distance = h < 0 ? -h : h;
            // Decided before the square is taken: with a tiny s it would not fit 256 bits.
            if (distance >= Kernel.NORMAL_BOUND) return h < 0 ? int256(0) : Kernel.Q96;
            return _shareOf(h, Q96.gauss(distance), Q96.mills(distance), _tailMills(half + shift));
        }
    }

    function _shareOf(int256 h, int256 gauss, int256 millsH, int256 millsG) private pure returns (int256 share) {
        unchecked {
            share = h < 0 ? (gauss * (millsH - millsG)) >> 96 : Kernel.Q96 - ((gauss * (millsH + millsG)) >> 96);
            // The error of M can leave a worthless option a hair below zero.
            if (share < 0) share = 0;
        }
    }

    /// @dev M(z), 0 beyond the bound: there it is multiplied by less than 2^-96.
    function _tailMills(int256 z) private pure returns (int256) {
        return z >= Kernel.NORMAL_BOUND ? int256(0) : Q96.mills(z);
    }

    /// @notice Values and sensitivities where the caller has ln(F/K) and the root of the time.
    function values(int256 forward, int256 strike, int256 logRatio, int256 sigma, int256 rootYears)
        internal
        pure
        returns (Values memory)
    {
        assert(forward >= Kernel.FORWARD_MIN && forward <= Kernel.FORWARD_MAX);
        assert(strike >= Kernel.FORWARD_MIN && strike <= Kernel.FORWARD_MAX);
        assert(sigma >= 0 && sigma <= Kernel.VOLATILITY_MAX);
        unchecked {
            int256 a = logRatio < 0 ? -logRatio : logRatio;
            assert(uint256(a) < uint256(Kernel.LOG_AND_VOLATILITY_BOUND));
            int256 s = totalVolatility(sigma, rootYears);
            bool callIsOut = forward <= strike;
            if (s < Kernel.TOTAL_VOLATILITY_MIN) return _certain(0, forward, strike, callIsOut ? int256(0) : WAD);
            int256 half = s >> 1;
            int256 shift = (a << 96) / s;
            int256 h = half - shift;
            int256 distance = h < 0 ? -h : h;
            if (distance >= Kernel.NORMAL_BOUND) {
                int256 certain = h < 0 ? int256(0) : callIsOut ? forward : strike;
                return _certain(certain, forward, strike, callIsOut && h < 0 ? int256(0) : WAD);
            }
            Terms memory terms = Terms(h, s, Q96.gauss(distance), Q96.mills(distance), _tailMills(half + shift));
            return _valuesOf(forward, strike, sigma, rootYears, terms);
        }
    }

    /// @dev Of one option: h, sigma sqrt(T), exp(-h^2/2), M(|h|), M(g).
    struct Terms {
        int256 h;
        int256 s;
        int256 gauss;
        int256 millsH;
        int256 millsG;
    }

    function _valuesOf(int256 forward, int256 strike, int256 sigma, int256 rootYears, Terms memory terms)
        private
        pure
        returns (Values memory result)
    {
        unchecked {
            bool callIsOut = forward <= strike;
            (int256 lower, int256 upper) = callIsOut ? (forward, strike) : (strike, forward);
            int256 density = (terms.gauss * Kernel.NORMAL_PEAK) >> 96; // phi(h).
            int256 out = (lower * _shareOf(terms.h, terms.gauss, terms.millsH, terms.millsG)) >> 96;
            int256 delta;
            int256 densityD1;
            if (callIsOut) {
                // d1 = h.
                int256 tail = (terms.gauss * terms.millsH) >> 96;
                delta = terms.h < 0 ? tail : Kernel.Q96 - tail;
                densityD1 = density;
            } else {
                // d1 = g, and phi(g) = phi(h) K / F.
                delta = Kernel.Q96 - (((terms.gauss * terms.millsG) >> 96) * lower) / upper;
                densityD1 = (density * lower) / upper;
            }
            int256 weighted = (density * lower) >> 96; // F phi(d1) = K phi(d2) = min(F, K) phi(h).
            (result.call, result.put) = callIsOut ? (out, out + upper - lower) : (out + upper - lower, out);
            result.deltaCall = Q96.toWad(delta);
            result.gamma = (Q96.toWad((densityD1 << 96) / terms.s) * WAD) / forward;
            result.vega = (weighted * rootYears) >> 96;
            result.theta = -(((weighted * sigma) / WAD) << 95) / rootYears;
        }
    }

    /// @dev Where nothing is left to chance: `out` is the price of the option out of the money.
    function _certain(int256 out, int256 forward, int256 strike, int256 deltaCall)
        private
        pure
        returns (Values memory result)
    {
        result.call = forward <= strike ? out : out + forward - strike;
        result.put = result.call + strike - forward;
        result.deltaCall = deltaCall;
    }
}
