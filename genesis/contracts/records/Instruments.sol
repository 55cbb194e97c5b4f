// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";

/// @title An instrument and its mark
library Instruments {
    using Drafts for Entry;

    /// @notice Thrown where the twin can not hold a risk array exactly.
    error RiskOutOfRange(int256 value);

    uint256 internal constant PERPETUAL = 0;
    uint256 internal constant FUTURE = 1;
    uint256 internal constant CALL = 2;
    uint256 internal constant PUT = 3;
    uint256 internal constant TRADING = 0;
    uint256 internal constant SETTLED = 2;
    uint256 internal constant DELEVERAGING = 3;

    /// @dev 1e8 price units and 1e8 size units per dollar, less the 1e6 of micro-dollars.
    int256 private constant PRICE_TIMES_SIZE_PER_MICRO = 1e10;
    int256 private constant SAFE_BOUND = 2 ** 52;
    uint256 private constant RISK_WIDTH = 8;

    /// @notice Neither expired nor settled nor in a round of deleveraging: its orders fill, if only to reduce.
    function isTradable(Entry memory instrument, uint256 timestamp) internal pure returns (bool) {
        uint256 expiry = instrument.get(InstrumentLayout.EXPIRY);
        bool isLive = expiry == 0 || expiry > timestamp;
        return isLive && instrument.get(InstrumentLayout.STATUS) < SETTLED;
    }

    function isOption(Entry memory instrument) internal pure returns (bool) {
        return instrument.get(InstrumentLayout.KIND) >= CALL;
    }

    /// @notice Worth of one lot at `price` [1e-8 USD] in 1e-6 USD, to the nearest.
    function valuePerLot(Entry memory instrument, uint256 price) internal pure returns (int256) {
        int256 lotSize = int256(instrument.get(InstrumentLayout.LOT_SIZE));
        return Integer.divNearest(int256(price) * lotSize, PRICE_TIMES_SIZE_PER_MICRO);
    }

    /// @notice Sets greeks and risk array of a linear instrument, section 9.1 of the specification.
    /// @param perLot worth of one lot at the mark [1e-6 USD]; 0 where no price moves it any more
    /// @param moves of the price in each scenario [1e-18]
    function setLinearRisk(Entry memory instrument, int256 perLot, int256[] memory moves) internal pure {
        instrument.setInt(InstrumentLayout.DELTA, perLot); // A price move of 100 % moves all of it.
        instrument.setInt(InstrumentLayout.GAMMA, 0);
        instrument.setInt(InstrumentLayout.VEGA, 0);
        instrument.setInt(InstrumentLayout.THETA, 0);
        bytes memory record = instrument.value;
        for (uint256 s = 0; s < moves.length; s++) {
            int256 value = _pnl(perLot, moves[s]);
            setRisk(record, s, value);
        }
    }

    // One mark step computes and stores 2,240 of these: without checks that can not fail.

    /// @dev perLot x move / WAD, to the nearest. Of two factors below 2^65 nothing overflows.
    function _pnl(int256 perLot, int256 move) private pure returns (int256) {
        unchecked {
            int256 product = perLot * move;
            return (product < 0 ? product - Integer.WAD / 2 : product + Integer.WAD / 2) / Integer.WAD;
        }
    }

    /// @notice P&L of a lot in `scenario` [1e-6 USD]. It fits 64 bits; the rest of the word is written back.
    function setRisk(bytes memory record, uint256 scenario, int256 value) internal pure {
        if (value > SAFE_BOUND || value < -SAFE_BOUND) revert RiskOutOfRange(value);
        uint256 offset = InstrumentLayout.RISK_ARRAY + RISK_WIDTH * scenario;
        assembly ("memory-safe") {
            let place := add(add(record, 32), offset)
            mstore(place, or(shl(192, value), and(mload(place), shr(64, not(0)))))
        }
    }
}
