// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Kernel, OptionChain} from "../Protocol.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";
import {Term} from "../records/Terms.sol";

/// @title Implied volatility of a slice, section 10.5 of the specification
/// @notice Twin of `volatilityAt` in `state/pricing/surface.ts`.
library Volatility {
    int256 private constant WAD = 1e18;
    int256 private constant SECONDS_PER_YEAR = 31_536_000;

    /// @notice Volatility [1e-18, yearly] at ln(K/F) [2^-96].
    function at_(Term memory term, int256 logStrikeOverForward) internal pure returns (int256) {
        int256 theta = Q96.fromWad(int256(term.theta));
        int256 rho = Q96.fromWad(term.rho);
        int256 phi = (Q96.fromWad(int256(term.psi)) << 96) / theta;
        int256 wing = OptionChain.WING * _root(theta);
        int256 slope = phi * Integer.clamp(logStrikeOverForward, -wing, wing) >> 96;
        int256 curve = _root(((slope + rho) * (slope + rho) >> 96) + Kernel.Q96 - (rho * rho >> 96));
        int256 variance = (theta * (Kernel.Q96 + (rho * slope >> 96) + curve) >> 96) / 2;
        int256 life = int256(term.expiry - term.volatilityTime);
        return Q96.isqrt(variance * SECONDS_PER_YEAR * WAD * WAD / (life << 96));
    }

    function _root(int256 x) private pure returns (int256) {
        return Q96.isqrt(x << 96);
    }
}
