// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Integer arithmetic with the rounding in the name
/// @notice Twin of `state/math/integer.ts`. `/` truncates toward zero there and here alike; what
/// leaves 256 bits reverts.
library Integer {
    int256 internal constant WAD = 1e18;

    /// @notice x without its sign, for all that is narrower than 256 bits.
    function abs(int256 x) internal pure returns (int256) {
        unchecked {
            return x < 0 ? -x : x;
        }
    }

    function min(int256 a, int256 b) internal pure returns (int256) {
        return a < b ? a : b;
    }

    function max(int256 a, int256 b) internal pure returns (int256) {
        return a > b ? a : b;
    }

    function clamp(int256 x, int256 low, int256 high) internal pure returns (int256) {
        return min(max(x, low), high);
    }

    /// @notice floor(x / y), y > 0.
    function divDown(int256 x, int256 y) internal pure returns (int256) {
        unchecked {
            return x < 0 ? (x + 1) / y - 1 : x / y;
        }
    }

    /// @notice ceil(x / y), y > 0.
    function divUp(int256 x, int256 y) internal pure returns (int256) {
        unchecked {
            return x > 0 ? (x - 1) / y + 1 : x / y;
        }
    }

    /// @notice Nearest, halves away from zero, y > 0.
    function divNearest(int256 x, int256 y) internal pure returns (int256) {
        return x < 0 ? -((-x + y / 2) / y) : (x + y / 2) / y;
    }

    function wadMulDown(int256 x, int256 wad) internal pure returns (int256) {
        return divDown(x * wad, WAD);
    }

    function wadMulUp(int256 x, int256 wad) internal pure returns (int256) {
        return divUp(x * wad, WAD);
    }
}
