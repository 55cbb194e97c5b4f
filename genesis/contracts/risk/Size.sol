// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";

/// @title What size costs: exposure against daily volume, open interest against its cap
/// @notice Twin of `state/risk/size.ts`. Exposures are units x price [1e-16 USD], volumes [1e-6 USD].
library Size {
    using Drafts for Entry;
    using Fields for bytes;

    int256 internal constant MILLION = 1e6;

    /// @dev 1e12 over the 1e10 of an exposure that is not yet in micro-dollars.
    int256 private constant SQUARE_PER_PRICE_SIZE = 100;
    /// @dev Beyond it nothing is told apart.
    int256 private constant CONCENTRATION_MAX = 1e9;

    /// @notice sqrt(min(1, exposure / volume)) in millionths, rounded up.
    function impactUp(int256 exposure, int256 volume) internal pure returns (int256) {
        unchecked {
            return _rootUp(Integer.min(_square(exposure, volume), MILLION * MILLION));
        }
    }

    /// @notice sqrt(max(1, exposure / threshold)) - 1 in millionths, rounded up, at most a thousand.
    function concentrationUp(int256 exposure, int256 threshold) internal pure returns (int256) {
        unchecked {
            int256 square = _square(exposure, threshold);
            if (square <= MILLION * MILLION) return 0;
            return Integer.min(_rootUp(square) - MILLION, CONCENTRATION_MAX);
        }
    }

    /// @notice What open interest adds to the fraction of notional that is initial margin [1e-18].
    function crowdingUp(Entry memory instrument, bytes memory underlying, Entry memory parameters)
        internal
        pure
        returns (int256)
    {
        unchecked {
            int256 cap = int256(instrument.get(InstrumentLayout.OPEN_INTEREST_CAP)) * Integer.WAD;
            int256 lower = cap / Integer.WAD * int256(parameters.get(ParametersLayout.OPEN_INTEREST_SHARE));
            int256 above = int256(instrument.get(InstrumentLayout.OPEN_INTEREST)) * Integer.WAD - lower;
            if (above <= 0 || cap == lower) return 0;
            int256 range = int256(underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE));
            int256 base = Integer.wadMulDown(range, int256(parameters.get(ParametersLayout.INITIAL_FACTOR)));
            if (base >= Integer.WAD) return 0;
            int256 share = Integer.divUp(Integer.min(above, cap - lower) * Integer.WAD, cap - lower);
            return Integer.wadMulUp(Integer.WAD - base, share);
        }
    }

    function _square(int256 exposure, int256 volume) private pure returns (int256) {
        return Integer.divUp(exposure * SQUARE_PER_PRICE_SIZE, volume);
    }

    /// @dev Newton's method from above, which falls until it is there. n is below 2^200.
    function _rootUp(int256 n) private pure returns (int256) {
        unchecked {
            int256 root = 1;
            while (root * root < n) root <<= 3;
            for (int256 next = root;; root = next) {
                next = (root + n / root) >> 1;
                if (next >= root) break;
            }
            return root * root < n ? root + 1 : root;
        }
    }
}
