// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, OptionChain, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";

/// @notice The scenarios of one underlying, and what its volatility shocks follow from.
struct ScenarioSet {
    int256[] moves; // Of the price [1e-18].
    int256[] dampings; // Share of the P&L that counts [1e-18].
    int256[] linear; // Dampened moves of a linear product [1e-18].
    int256 up; // Volatility scan range [1e-18].
    int256 down; // Volatility scan range [1e-18].
    int256 floor; // Least volatility of a shock up [1e-18].
}

/// @title The 35 scenarios, section 9.1 of the specification
/// @notice Twin of `state/risk/scenarios.ts`: nine price moves at three volatilities, eight tails.
library Scenarios {
    using Drafts for Entry;

    uint256 internal constant COUNT = Limit.SCENARIOS;

    uint256 private constant GRID = 27;
    uint256 private constant SECONDS_PER_DAY = 86_400;
    /// @dev Quarters of the scan range by move, as signed bytes: 0, 1, -1, 2, -2, 3, -3, 4, -4.
    bytes private constant QUARTERS = hex"0001ff02fe03fd04fc";
    /// @dev Tail moves [1e-2] as signed 16-bit numbers: -66, -33, 50, 100, 200, 300, 400, 500.
    bytes private constant TAILS = hex"ffbeffdf0032006400c8012c019001f4";
    /// @dev [1e-2] of the scan range.
    int256 private constant TAIL_WEIGHT = 77;

    /// @notice All that marks of an underlying need.
    function load(Entry memory underlying, Entry memory parameters) internal pure returns (ScenarioSet memory set) {
        int256 scanRange = int256(underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE));
        (set.moves, set.dampings) = (new int256[](COUNT), new int256[](COUNT));
        set.linear = new int256[](COUNT);
        for (uint256 s = 0; s < COUNT; s++) {
            (set.moves[s], set.dampings[s]) = _scenario(s, scanRange);
            set.linear[s] = set.moves[s] * set.dampings[s] / Integer.WAD;
        }
        set.up = int256(underlying.get(UnderlyingLayout.VOLATILITY_SCAN_UP));
        set.down = int256(underlying.get(UnderlyingLayout.VOLATILITY_SCAN_DOWN));
        set.floor = int256(parameters.get(ParametersLayout.VOLATILITY_FLOOR));
    }

    /// @notice Dampened move of a linear product in every scenario [1e-18].
    function linearMoves(int256 scanRange) internal pure returns (int256[] memory moves) {
        moves = new int256[](COUNT);
        for (uint256 s = 0; s < COUNT; s++) {
            (int256 move, int256 damping) = _scenario(s, scanRange);
            moves[s] = move * damping / Integer.WAD;
        }
    }

    /// @notice 0 volatility up, 1 same, 2 down.
    function volatilityOf(uint256 s) internal pure returns (uint256) {
        return s < GRID ? s % 3 : 0;
    }

    /// @notice Volatilities up, same, down [1e-18] of an option of `tau` seconds.
    function volatilityShocks(ScenarioSet memory set, int256 sigma, uint256 tau)
        internal
        pure
        returns (int256[3] memory shocks)
    {
        int256 power = tau <= OptionChain.SHOCK_SECONDS ? OptionChain.SHORT_POWER : OptionChain.LONG_POWER;
        int256 ratio = int256((OptionChain.SHOCK_SECONDS << 96) / (tau > SECONDS_PER_DAY ? tau : SECONDS_PER_DAY));
        int256 scale = Q96.exp(Q96.ln(ratio) * power / Integer.WAD);
        int256 up = sigma * (set.up * scale / Integer.WAD) >> 96;
        int256 down = sigma * (set.down * scale / Integer.WAD) >> 96;
        shocks = [Integer.max(sigma + up, set.floor), sigma, Integer.max(sigma - down, 0)];
    }

    /// @dev Move of the price and the share of its P&L that counts [1e-18].
    function _scenario(uint256 s, int256 scanRange) private pure returns (int256 move, int256 damping) {
        if (s < GRID) return (scanRange * int8(uint8(QUARTERS[s / 3])) / 4, Integer.WAD);
        uint256 place = 2 * (s - GRID);
        int256 percent = int16((uint16(uint8(TAILS[place])) << 8) | uint8(TAILS[place + 1]));
        damping = Integer.min(Integer.WAD, TAIL_WEIGHT * scanRange / Integer.abs(percent));
        return (percent * Integer.WAD / 100, damping);
    }
}
