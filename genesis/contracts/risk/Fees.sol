// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Instruments} from "../records/Instruments.sol";

/// @title What a party pays for its fills, section 11 of the specification
/// @notice Twin of `state/risk/fees.ts`.
library Fees {
    using Drafts for Entry;
    using Instruments for Entry;

    /// @dev price [1e-8 USD] x size [1e-8 units] / this = 1e-6 USD.
    int256 private constant PRICE_TIMES_SIZE_PER_MICRO = 1e10;

    /// @notice Before factors [1e-24 USD]: cost x rate; for an option the notional x rate, and at most a
    /// share of the premium. A cost is below 2^110, this below 2^165.
    /// @param lots without sign
    /// @param rate [1e-18]
    function base(
        Entry memory instrument,
        Entry memory underlying,
        Entry memory parameters,
        int256 lots,
        int256 cost,
        int256 rate
    ) internal pure returns (int256) {
        if (!instrument.isOption()) return cost * rate;
        int256 units = lots * int256(instrument.get(InstrumentLayout.LOT_SIZE));
        int256 capped = cost * int256(parameters.get(ParametersLayout.OPTION_FEE_CAP));
        return Integer.min(_valueUp(units, underlying) * rate, capped);
    }

    /// @notice All factors of a fee in one [1e-18], rounded up.
    /// @param relief share of the traded lots' risk that the account lost [1e-18]
    /// @param concentration that the party added on [1e-18]
    function factor(Entry memory underlying, Entry memory parameters, int256 relief, int256 concentration)
        internal
        pure
        returns (int256)
    {
        int256 discount = int256(parameters.get(ParametersLayout.REDUCING_DISCOUNT));
        int256 discounted = Integer.WAD - Integer.wadMulDown(relief, discount);
        int256 surcharge = int256(parameters.get(ParametersLayout.CONCENTRATION_FEE));
        int256 dearer = Integer.WAD + Integer.wadMulUp(concentration, surcharge);
        int256 multiplier = int256(underlying.get(UnderlyingLayout.FEE_MULTIPLIER));
        return Integer.wadMulUp(Integer.wadMulUp(multiplier, discounted), dearer);
    }

    /// @notice The fee [1e-6 USD], rounded up once.
    function fee(int256 base_, int256 factor_) internal pure returns (int256) {
        return Integer.divUp(base_ * factor_, Integer.WAD * Integer.WAD);
    }

    /// @notice Concentration that the party adds on [1e-18], rounded up: the mean of its owner's before
    /// and after, for as many of the traded lots as its position grew by.
    /// @param units of the owner after the trade [1e-8 units]
    /// @param grown lots by which the position grew, above 0
    /// @param lots traded, without sign
    function concentrationAdded(
        Entry memory underlying,
        Entry memory parameters,
        int256 units,
        int256 grownUnits,
        int256 grown,
        int256 lots
    ) internal pure returns (int256) {
        int256 before = _concentration(underlying, parameters, units - grownUnits);
        int256 afterward = _concentration(underlying, parameters, units);
        return Integer.divUp((before + afterward) * grown, 2 * lots);
    }

    /// @dev Share of what the market tolerates of one owner that `units` fill: of a part of daily volume
    /// [1e-18], rounded up, at most all of it.
    function _concentration(Entry memory underlying, Entry memory parameters, int256 units)
        private
        pure
        returns (int256)
    {
        int256 exposure = _valueUp(units, underlying);
        int256 volume = int256(underlying.get(UnderlyingLayout.AVERAGE_DAILY_VOLUME));
        int256 share = int256(parameters.get(ParametersLayout.CONCENTRATION_SHARE));
        int256 tolerated = Integer.max(Integer.wadMulDown(volume, share), 1);
        return exposure >= tolerated ? Integer.WAD : Integer.divUp(exposure * Integer.WAD, tolerated);
    }

    /// @dev At the index [1e-6 USD], rounded up.
    function _valueUp(int256 units, Entry memory underlying) private pure returns (int256) {
        return Integer.divUp(units * int256(underlying.get(UnderlyingLayout.INDEX_PRICE)), PRICE_TIMES_SIZE_PER_MICRO);
    }
}
