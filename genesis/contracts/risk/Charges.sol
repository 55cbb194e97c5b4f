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

    /// @dev Of the positions in one underlying and expiry, delta x size [1e-6 USD].
    struct Exposure {
        uint256 underlying;
        uint256 expiry;
        int256 delta;
    }

    /// @notice On deltas hedged across expiries: per underlying the lesser of long and short.
    function calendar(Portfolio memory portfolio) internal pure returns (int256) {
        (Exposure[] memory exposures, uint256 count) = _exposures(portfolio);
        int256 hedged = 0;
        for (uint256 i = 0; i < count; i++) {
            (int256 long, int256 short) = _takeUnderlying(exposures, i, count);
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

    /// @dev Sums by underlying and expiry: the first `count` of the list.
    function _exposures(Portfolio memory portfolio)
        private
        pure
        returns (Exposure[] memory exposures, uint256 count)
    {
        exposures = new Exposure[](portfolio.instruments.length);
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            Entry memory instrument = portfolio.instruments[i];
            uint256 underlying = instrument.get(InstrumentLayout.UNDERLYING);
            uint256 expiry = instrument.get(InstrumentLayout.EXPIRY);
            uint256 k = 0;
            while (k < count && (exposures[k].expiry != expiry || exposures[k].underlying != underlying)) k++;
            if (k == count) {
                (exposures[k].underlying, exposures[k].expiry) = (underlying, expiry);
                count++;
            }
            exposures[k].delta += portfolio.sizeAt(i) * instrument.getInt(InstrumentLayout.DELTA);
        }
    }

    /// @dev Long and short of the underlying of exposure `from`, which are 0 from then on.
    function _takeUnderlying(Exposure[] memory exposures, uint256 from, uint256 count)
        private
        pure
        returns (int256 long, int256 short)
    {
        uint256 underlying = exposures[from].underlying;
        for (uint256 i = from; i < count; i++) {
            if (exposures[i].underlying != underlying) continue;
            int256 delta = exposures[i].delta;
            if (delta > 0) long += delta;
            else short -= delta;
            exposures[i].delta = 0;
        }
    }
}
