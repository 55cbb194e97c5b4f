// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Owners} from "../ledger/Owners.sol";
import {Book, Tally} from "./Tally.sol";
import {Size} from "./Size.sol";

/// @notice Sums over underlyings, in multiples so small that they are whole.
struct Sums {
    int256 shortOptions; // [1e-34 USD]
    int256 hedged; // [1e-6 USD]
    int256 gross; // [1e-6 USD]
    int256 liquidity; // [1e-30 USD]
    int256 concentration; // [1e-12 USD]
    int256 crowded; // Scan loss of what pays for concentration [1e-6 USD].
    int256 confidence; // [1e-24 USD]
    int256 peg; // [1e-24 USD]
}

/// @title Charges of margin beside the scan, sections 9.5 and 9.6 of the specification
/// @notice Twin of `state/risk/charges.ts`. Amounts in 1e-6 USD, each rounded up once.
library Charges {
    using Drafts for Entry;
    using Fields for bytes;

    /// @dev price [1e-8 USD] x size [1e-8 units] / this = 1e-6 USD.
    int256 private constant PRICE_TIMES_SIZE_PER_MICRO = 1e10;

    /// @param owner value of the record of the account's owner, empty where there is none
    function sum(Tally memory tally, bytes memory owner, Entry memory parameters)
        internal
        pure
        returns (Sums memory sums)
    {
        unchecked {
            int256 floor = int256(parameters.get(ParametersLayout.CONFIDENCE_FLOOR));
            for (uint256 i = 0; i < tally.count; i++) {
                Book memory book = tally.books[i];
                bytes memory underlying = book.underlying;
                int256 index = int256(underlying.get(UnderlyingLayout.INDEX_PRICE));
                sums.shortOptions += book.shortOptions * index;
                sums.hedged += book.hedged;
                sums.gross += book.gross;
                int256 exposure = int256(Owners.exposureOf(owner, book.id)) * index;
                if (exposure > 0) _addSize(sums, book, exposure, parameters);
                int256 doubt = floor - int256(underlying.get(UnderlyingLayout.CONFIDENCE));
                if (doubt > 0) {
                    doubt = Integer.wadMulUp(doubt, int256(parameters.get(ParametersLayout.CONFIDENCE_CHARGE)));
                    sums.confidence += (Integer.abs(book.delta) + book.pledged) * doubt;
                }
                if (book.pledged > 0) sums.peg += book.pledged * _unpegged(underlying, index, parameters);
            }
        }
    }

    /// @notice The larger of `scan` and the least margin of short options, and the charges of maintenance.
    /// @param offsets do positions offset each other? Else nothing is hedged across expiries
    function maintenance(int256 scan, Sums memory sums, Entry memory parameters, bool offsets)
        internal
        pure
        returns (int256)
    {
        unchecked {
            int256 least = Integer.divUp(
                sums.shortOptions * int256(parameters.get(ParametersLayout.SHORT_OPTION_MINIMUM)),
                PRICE_TIMES_SIZE_PER_MICRO * Integer.WAD
            );
            int256 calendar = offsets ? int256(parameters.get(ParametersLayout.CALENDAR_CHARGE)) : int256(0);
            return Integer.max(scan, least) + Integer.wadMulUp(sums.hedged, calendar)
                + Integer.wadMulUp(sums.gross, int256(parameters.get(ParametersLayout.CONTINGENCY))) + ofSize(sums);
        }
    }

    /// @notice What size adds to maintenance: liquidity and concentration.
    function ofSize(Sums memory sums) internal pure returns (int256) {
        unchecked {
            return Integer.divUp(sums.liquidity, Integer.WAD * Size.MILLION)
                + Integer.divUp(sums.concentration, Size.MILLION);
        }
    }

    /// @notice The charges of initial margin alone.
    /// @param crowding sum of the open-interest charges [1e-24 USD]
    function initial(Sums memory sums, int256 crowding) internal pure returns (int256) {
        unchecked {
            return Integer.divUp(crowding, Integer.WAD) + Integer.divUp(sums.confidence, Integer.WAD)
                + Integer.divUp(sums.peg, Integer.WAD);
        }
    }

    function _addSize(Sums memory sums, Book memory book, int256 exposure, Entry memory parameters) private pure {
        unchecked {
            bytes memory underlying = book.underlying;
            int256 volume = int256(underlying.get(UnderlyingLayout.AVERAGE_DAILY_VOLUME));
            int256 range = int256(underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE));
            int256 whole = Integer.wadMulUp(range, int256(parameters.get(ParametersLayout.LIQUIDITY_CHARGE)));
            sums.liquidity += Integer.abs(book.delta) * whole * Size.impactUp(exposure, Integer.max(volume, 1));
            int256 share = int256(parameters.get(ParametersLayout.CONCENTRATION_SHARE));
            int256 threshold = Integer.max(Integer.wadMulDown(volume, share), 1);
            int256 excess = Size.concentrationUp(exposure, threshold);
            sums.concentration += book.loss * excess;
            if (excess > 0) sums.crowded += book.loss;
        }
    }

    /// @dev Charge on collateral for how far the index is below its peg [1e-18].
    function _unpegged(bytes memory underlying, int256 index, Entry memory parameters) private pure returns (int256) {
        unchecked {
            int256 peg = int256(underlying.get(UnderlyingLayout.PEG));
            if (peg == 0) return 0;
            int256 gap = int256(parameters.get(ParametersLayout.PEG_FLOOR)) - index * Integer.WAD / peg;
            return Integer.wadMulUp(Integer.max(gap, 0), int256(parameters.get(ParametersLayout.PEG_CHARGE)));
        }
    }
}
