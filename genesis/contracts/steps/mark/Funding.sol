// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, ParametersLayout, UnderlyingLayout} from "../../Protocol.sol";
import {Drafts, Entry} from "../../lib/Draft.sol";
import {Integer} from "../../lib/Integer.sol";
import {Instruments} from "../../records/Instruments.sol";

/// @title Premium and funding of a perpetual, section 10.2 of the specification
library Funding {
    using Drafts for Entry;
    using Instruments for Entry;

    int256 private constant PICO_PER_MICRO = 1e6;
    int256 private constant SECONDS_PER_HOUR = 3_600;

    /// @notice Carries premium and funding to `timestamp` [seconds]. The rate of the time that passed
    /// is that of the premium before it.
    function accrue(
        Entry memory instrument,
        Entry memory underlying,
        Entry memory parameters,
        uint256 timestamp
    ) internal pure {
        uint256 since = instrument.get(InstrumentLayout.FUNDING_TIME);
        if (since == 0 || instrument.get(InstrumentLayout.MARK_PRICE) == 0) {
            instrument.setInt(InstrumentLayout.PREMIUM, 0);
        } else {
            int256 elapsed = int256(timestamp) - int256(since);
            if (elapsed == 0) return; // Samples wait for time to weigh them by.
            _charge(instrument, underlying, parameters, elapsed);
            instrument.setInt(InstrumentLayout.PREMIUM, _premiumAfter(instrument, parameters, elapsed));
        }
        instrument.set(InstrumentLayout.PREMIUM_NOTIONAL, 0);
        instrument.setInt(InstrumentLayout.PREMIUM_WEIGHTED, 0);
        instrument.set(InstrumentLayout.FUNDING_TIME, timestamp);
    }

    function _charge(Entry memory instrument, Entry memory underlying, Entry memory parameters, int256 elapsed)
        private
        pure
    {
        int256 share = int256(parameters.get(ParametersLayout.FUNDING_SHARE));
        int256 most = int256(parameters.get(ParametersLayout.FUNDING_CLAMP));
        int256 rate = Integer.clamp(instrument.getInt(InstrumentLayout.PREMIUM) * share / Integer.WAD, -most, most);
        int256 perLot = instrument.valuePerLot(underlying.get(UnderlyingLayout.INDEX_PRICE)) * PICO_PER_MICRO;
        int256 accrued = perLot * rate * elapsed / (Integer.WAD * SECONDS_PER_HOUR);
        int256 index = instrument.getInt(InstrumentLayout.FUNDING_INDEX);
        instrument.setInt(InstrumentLayout.FUNDING_INDEX, index + accrued);
        instrument.setInt(InstrumentLayout.FUNDING_RATE, rate);
    }

    /// @dev Towards the average of the trades since, or towards zero without any.
    function _premiumAfter(Entry memory instrument, Entry memory parameters, int256 elapsed)
        private
        pure
        returns (int256)
    {
        int256 premium = instrument.getInt(InstrumentLayout.PREMIUM);
        int256 notional = int256(instrument.get(InstrumentLayout.PREMIUM_NOTIONAL));
        int256 weighted = instrument.getInt(InstrumentLayout.PREMIUM_WEIGHTED);
        int256 target = notional == 0 ? int256(0) : weighted * Integer.WAD / notional;
        int256 smoothing = int256(parameters.get(ParametersLayout.PREMIUM_SECONDS));
        int256 most = int256(parameters.get(ParametersLayout.PREMIUM_CLAMP));
        return Integer.clamp(premium + (target - premium) * elapsed / (elapsed + smoothing), -most, most);
    }
}
