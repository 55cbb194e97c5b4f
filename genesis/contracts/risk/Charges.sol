// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, ParametersLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";

/// @title Charges added to scan risk, sections 9.5 and 9.6 of the specification
/// @notice Amounts in 1e-6 USD, rounded up.
library Charges {
    using Drafts for Entry;
    using Portfolios for Portfolio;

    /// @notice On deltas hedged across expiries: per underlying the lesser of long and short.
    function calendar(Portfolio memory portfolio) internal pure returns (int256) {
        uint256 count = portfolio.instruments.length;
        int256[] memory deltas = _deltasByExpiry(portfolio);
        bool[] memory isCounted = new bool[](count);
        int256 hedged = 0;
        for (uint256 i = 0; i < count; i++) {
            if (isCounted[i]) continue;
            uint256 underlying = portfolio.instruments[i].get(InstrumentLayout.UNDERLYING);
            int256 long = 0;
            int256 short = 0;
            for (uint256 j = i; j < count; j++) {
                if (portfolio.instruments[j].get(InstrumentLayout.UNDERLYING) != underlying) continue;
                isCounted[j] = true;
                if (deltas[j] > 0) long += deltas[j];
                else short -= deltas[j];
            }
            hedged += Integer.min(long, short);
        }
        return Integer.wadMulUp(hedged, int256(portfolio.parameters.get(ParametersLayout.CALENDAR_CHARGE)));
    }

    /// @notice On gross notional.
    function contingency(Portfolio memory portfolio) internal pure returns (int256) {
        int256 gross = 0;
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            gross += Integer.abs(portfolio.sizeAt(i) * portfolio.instruments[i].getInt(InstrumentLayout.MARK_PER_LOT));
        }
        return Integer.wadMulUp(gross, int256(portfolio.parameters.get(ParametersLayout.CONTINGENCY)));
    }

    /// @dev Size x delta summed over positions of one underlying and expiry; the sum stands at the
    /// first of them, the others are 0.
    function _deltasByExpiry(Portfolio memory portfolio) private pure returns (int256[] memory deltas) {
        uint256 count = portfolio.instruments.length;
        deltas = new int256[](count);
        for (uint256 i = 0; i < count; i++) {
            Entry memory instrument = portfolio.instruments[i];
            uint256 first = 0;
            while (!_isSameExpiry(portfolio.instruments[first], instrument)) first++;
            deltas[first] += portfolio.sizeAt(i) * instrument.getInt(InstrumentLayout.DELTA);
        }
    }

    function _isSameExpiry(Entry memory a, Entry memory b) private pure returns (bool) {
        return a.get(InstrumentLayout.EXPIRY) == b.get(InstrumentLayout.EXPIRY)
            && a.get(InstrumentLayout.UNDERLYING) == b.get(InstrumentLayout.UNDERLYING);
    }
}
