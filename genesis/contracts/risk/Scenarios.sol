// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit} from "../Protocol.sol";
import {Integer} from "../lib/Integer.sol";

/// @title The 35 scenarios, section 9.1 of the specification
/// @notice Twin of `state/risk/scenarios.ts`: nine price moves at three volatilities, eight tails.
library Scenarios {
    uint256 internal constant COUNT = Limit.SCENARIOS;

    uint256 private constant GRID = 27;
    /// @dev Quarters of the scan range by move, as signed bytes: 0, 1, -1, 2, -2, 3, -3, 4, -4.
    bytes private constant QUARTERS = hex"0001ff02fe03fd04fc";
    /// @dev Tail moves [1e-2] as signed 16-bit numbers: -66, -33, 50, 100, 200, 300, 400, 500.
    bytes private constant TAILS = hex"ffbeffdf0032006400c8012c019001f4";
    /// @dev [1e-2] of the scan range.
    int256 private constant TAIL_WEIGHT = 77;

    /// @notice Dampened move of a linear product in every scenario [1e-18].
    function linearMoves(int256 scanRange) internal pure returns (int256[] memory moves) {
        moves = new int256[](COUNT);
        for (uint256 s = 0; s < GRID; s++) {
            moves[s] = scanRange * int8(uint8(QUARTERS[s / 3])) / 4;
        }
        for (uint256 tail = 0; tail < COUNT - GRID; tail++) {
            int256 percent = int16((uint16(uint8(TAILS[2 * tail])) << 8) | uint8(TAILS[2 * tail + 1]));
            int256 share = Integer.min(Integer.WAD, TAIL_WEIGHT * scanRange / Integer.abs(percent));
            moves[GRID + tail] = percent * Integer.WAD / 100 * share / Integer.WAD;
        }
    }
}
