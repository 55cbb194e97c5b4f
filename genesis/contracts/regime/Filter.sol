// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Kernel, Model} from "../Protocol.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";
import {Variances} from "./Variances.sol";

/// @notice Probabilities [2^-96] of calm and stress; what is left of one is normal.
struct Belief {
    int256 calm;
    int256 stress;
}

/// @title The filter of calm, normal and stress, section 10.4 of the specification
/// @notice Twin of `state/regime/filter.ts`.
library Filter {
    function normal(Belief memory belief) internal pure returns (int256) {
        unchecked {
            return Kernel.Q96 - belief.calm - belief.stress;
        }
    }

    /// @notice What a day with this squared standardised return says of the day that was.
    function updated(Belief memory belief, int256 moved) internal pure returns (Belief memory) {
        unchecked {
            moved = Integer.min(moved, Model.SQUARE_CAP);
            int256 calm =
                _likelihood(belief.calm, moved, Model.INVERSE_TWICE_SQUARE_0, Model.INVERSE_DEVIATION_0);
            int256 middle =
                _likelihood(normal(belief), moved, Model.INVERSE_TWICE_SQUARE_1, Model.INVERSE_DEVIATION_1);
            int256 stress =
                _likelihood(belief.stress, moved, Model.INVERSE_TWICE_SQUARE_2, Model.INVERSE_DEVIATION_2);
            int256 total = calm + middle + stress;
            return Belief((calm << 96) / total, (stress << 96) / total);
        }
    }

    /// @notice The belief `span` days later, with macro stress `tilt` between 0 and 1.
    function predicted(Belief memory belief, int256 tilt, uint256 span) internal pure returns (Belief memory) {
        unchecked {
            int256 tilted = Kernel.Q96 + Model.TILT_STRESS * tilt;
            int256 calmToStress = Variances.mul(Model.TRANSITION_CALM_TO_STRESS, tilted);
            int256 calmToNormal = Variances.mul(Model.TRANSITION_CALM_TO_NORMAL, Kernel.Q96 + tilt);
            int256 normalToStress = Variances.mul(Model.TRANSITION_NORMAL_TO_STRESS, tilted);
            int256 calmStays = Kernel.Q96 - calmToNormal - calmToStress;
            int256 stressStays = Kernel.Q96 - Model.TRANSITION_STRESS_TO_CALM - Model.TRANSITION_STRESS_TO_NORMAL;
            (int256 calm, int256 stress) = (belief.calm, belief.stress);
            if (span > Model.MAX_FILTER_DAYS) span = Model.MAX_FILTER_DAYS;
            for (uint256 i = 0; i < span; i++) {
                int256 middle = Kernel.Q96 - calm - stress;
                (calm, stress) = (
                    Variances.mul(calm, calmStays) + Variances.mul(middle, Model.TRANSITION_NORMAL_TO_CALM)
                        + Variances.mul(stress, Model.TRANSITION_STRESS_TO_CALM),
                    Variances.mul(calm, calmToStress) + Variances.mul(middle, normalToStress)
                        + Variances.mul(stress, stressStays)
                );
            }
            return Belief(calm, stress);
        }
    }

    /// @notice Expected square of a standardised day.
    function square(Belief memory belief) internal pure returns (int256) {
        unchecked {
            return Variances.mul(belief.calm, Model.DEVIATION_SQUARE_0)
                + Variances.mul(normal(belief), Model.DEVIATION_SQUARE_1)
                + Variances.mul(belief.stress, Model.DEVIATION_SQUARE_2);
        }
    }

    /// @notice Mean of three values of the states, weighted by their probabilities, rounded down.
    function mean(Belief memory belief, int256 calm, int256 middle, int256 stress)
        internal
        pure
        returns (int256)
    {
        unchecked {
            return (belief.calm * calm + normal(belief) * middle + belief.stress * stress) >> 96;
        }
    }

    function _likelihood(int256 probability, int256 moved, int256 inverseTwiceSquare, int256 inverse)
        private
        pure
        returns (int256)
    {
        unchecked {
            int256 density = Q96.exp(-Variances.mul(moved, inverseTwiceSquare));
            return Variances.mul(Variances.mul(probability, density), inverse);
        }
    }
}
