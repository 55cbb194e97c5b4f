// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout} from "../Protocol.sol";
import {Scenarios} from "./Scenarios.sol";

/// @title P&L in each scenario, summed over positions [1e-6 USD]
library Pnl {
    /// @notice Adds `size` times the risk array of an instrument. Sizes are below 2^63 and array values
    /// at most 2^52, so forty summands are far from 2^255.
    function addArray(int256[] memory pnl, bytes memory instrument, int256 size) internal pure {
        (uint256 arrayAt, uint256 count) = (InstrumentLayout.RISK_ARRAY, Scenarios.COUNT);
        assembly ("memory-safe") {
            let from := add(add(instrument, 32), arrayAt)
            let cell := add(pnl, 32)
            for { let end := add(cell, mul(count, 32)) } lt(cell, end) { cell := add(cell, 32) } {
                mstore(cell, add(mload(cell), mul(size, sar(192, mload(from)))))
                from := add(from, 8)
            }
        }
    }

    /// @notice Adds `times` as much as `other`, scenario by scenario: `times` is below 2^20, and a sum of
    /// positions and pledges below 2^194.
    function addAll(int256[] memory pnl, int256[] memory other, int256 times) internal pure {
        assembly ("memory-safe") {
            let from := add(other, 32)
            let cell := add(pnl, 32)
            for { let end := add(cell, mul(mload(pnl), 32)) } lt(cell, end) { cell := add(cell, 32) } {
                mstore(cell, add(mload(cell), mul(times, mload(from))))
                from := add(from, 32)
            }
        }
    }

    /// @notice The largest in any scenario, without its sign.
    function largest(int256[] memory pnl) internal pure returns (int256 size) {
        assembly ("memory-safe") {
            let cell := add(pnl, 32)
            for { let end := add(cell, mul(mload(pnl), 32)) } lt(cell, end) { cell := add(cell, 32) } {
                let value := mload(cell)
                if slt(value, 0) { value := sub(0, value) }
                if sgt(value, size) { size := value }
            }
        }
    }

    /// @notice Loss in the worst scenario, 0 where none loses.
    function worstLoss(int256[] memory pnl) internal pure returns (int256 loss) {
        assembly ("memory-safe") {
            let worst := 0
            let cell := add(pnl, 32)
            for { let end := add(cell, mul(mload(pnl), 32)) } lt(cell, end) { cell := add(cell, 32) } {
                let value := mload(cell)
                if slt(value, worst) { worst := value }
            }
            loss := sub(0, worst)
        }
    }
}
