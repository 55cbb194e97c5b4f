// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, Limit} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";

/// @notice Terms of an instrument that is listed.
struct Listing {
    uint256 kind;
    uint256 underlying;
    uint256 expiry; // Seconds; 0 for a perpetual.
    uint256 strike; // 1e-8 USD; 0 for a linear instrument.
    uint256 tickSize; // 1e-8 USD.
    uint256 lotSize; // 1e-8 units.
    uint256 openInterestCap; // Lots.
    uint256 maxOrderLots;
}

/// @title An instrument as listed
library Listings {
    using Drafts for Entry;

    /// @dev 1e8 price units and 1e8 size units per dollar, less the 1e6 of micro-dollars.
    uint256 private constant PRICE_TIMES_SIZE_PER_MICRO = 1e10;
    uint256 private constant TICK_VALUE_BOUND = 2 ** 40;
    uint256 private constant OPEN_INTEREST_BOUND = 2 ** 62;

    /// @notice A tick of a lot is worth whole micro-dollars, and nothing grows out of its field.
    function areSizesValid(uint256 tickSize, uint256 lotSize) internal pure returns (bool) {
        uint256 product = tickSize * lotSize; // 1e-16 USD
        return product > 0 && product % PRICE_TIMES_SIZE_PER_MICRO == 0
            && product / PRICE_TIMES_SIZE_PER_MICRO < TICK_VALUE_BOUND && lotSize < Limit.LOT_SIZE_BOUND;
    }

    function areCapsValid(uint256 openInterestCap, uint256 maxOrderLots) internal pure returns (bool) {
        return maxOrderLots > 0 && maxOrderLots < Limit.ORDER_FIELD_BOUND && openInterestCap < OPEN_INTEREST_BOUND;
    }

    /// @notice Trading, unmarked and without open interest: what is not among the terms is zero.
    function write(Entry memory instrument, Listing memory listing) internal pure {
        instrument.put(new bytes(InstrumentLayout.WIDTH));
        instrument.set(InstrumentLayout.KIND, listing.kind);
        instrument.set(InstrumentLayout.UNDERLYING, listing.underlying);
        instrument.set(InstrumentLayout.EXPIRY, listing.expiry);
        instrument.set(InstrumentLayout.STRIKE, listing.strike);
        instrument.set(InstrumentLayout.TICK_SIZE, listing.tickSize);
        instrument.set(InstrumentLayout.LOT_SIZE, listing.lotSize);
        instrument.set(InstrumentLayout.TICK_VALUE, listing.tickSize * listing.lotSize / PRICE_TIMES_SIZE_PER_MICRO);
        instrument.set(InstrumentLayout.OPEN_INTEREST_CAP, listing.openInterestCap);
        instrument.set(InstrumentLayout.MAX_ORDER_LOTS, listing.maxOrderLots);
    }
}
