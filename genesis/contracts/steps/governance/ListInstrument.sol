// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ChainLayout,
    Limit,
    ListInstrumentAction,
    OptionChain,
    RecordKey,
    Refusal
} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Instruments} from "../../records/Instruments.sol";
import {Keys} from "../../records/Keys.sol";
import {Listing, Listings} from "../../records/Listings.sol";

/// @title Governance `listInstrument`, section 8.4 of the specification
library ListInstrument {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant KIND_BOUND = 4;
    uint256 private constant SECONDS_PER_DAY = 86_400;

    function apply_(Draft memory draft, bytes memory action) internal view {
        _checkShape(draft, action);
        Entry memory instrument = draft.touch(Keys.instrument(action.get(ListInstrumentAction.INSTRUMENT)));
        draft.require_(!instrument.exists(), Refusal.ALREADY_LISTED);
        Entry memory underlying = draft.touch(Keys.underlying(action.get(ListInstrumentAction.UNDERLYING)));
        draft.require_(underlying.exists(), Refusal.UNDERLYING_NOT_FOUND);
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        bool isValid = _hasValidSizes(action) && _hasValidTerms(action, timestamp);
        draft.require_(isValid, Refusal.LISTING_INVALID);
        _write(instrument, action);
    }

    function _checkShape(Draft memory draft, bytes memory action) private view {
        draft.require_(action.length == ListInstrumentAction.WIDTH, Refusal.MALFORMED);
        draft.require_(action.get(ListInstrumentAction.KIND) < KIND_BOUND, Refusal.MALFORMED);
        draft.require_(action.get(ListInstrumentAction.EXPIRY) < Limit.TIME_BOUND, Refusal.MALFORMED);
    }

    function _hasValidSizes(bytes memory action) private pure returns (bool) {
        uint256 openInterestCap = action.get(ListInstrumentAction.OPEN_INTEREST_CAP);
        return Listings.areSizesValid(action.get(ListInstrumentAction.TICK_SIZE), action.get(ListInstrumentAction.LOT_SIZE))
            && Listings.areCapsValid(openInterestCap, action.get(ListInstrumentAction.MAX_ORDER_LOTS));
    }

    /// @dev A perpetual, or a future or option that expires at 08:00 UTC.
    function _hasValidTerms(bytes memory action, uint256 timestamp) private pure returns (bool) {
        if (action.get(ListInstrumentAction.INSTRUMENT) >= OptionChain.FIRST_ID) return false;
        uint256 kind = action.get(ListInstrumentAction.KIND);
        uint256 expiry = action.get(ListInstrumentAction.EXPIRY);
        uint256 strike = action.get(ListInstrumentAction.STRIKE);
        if (kind == Instruments.PERPETUAL) return expiry == 0 && strike == 0;
        if ((kind != Instruments.FUTURE) != (strike > 0) || strike > OptionChain.HIGHEST_PRICED) return false;
        return expiry > timestamp && expiry <= timestamp + OptionChain.MAX_LIFE_SECONDS
            && expiry % SECONDS_PER_DAY == Limit.EXPIRY_SECOND_OF_DAY;
    }

    function _write(Entry memory instrument, bytes memory action) private pure {
        Listing memory listing;
        listing.kind = action.get(ListInstrumentAction.KIND);
        listing.underlying = action.get(ListInstrumentAction.UNDERLYING);
        listing.expiry = action.get(ListInstrumentAction.EXPIRY);
        listing.strike = action.get(ListInstrumentAction.STRIKE);
        listing.tickSize = action.get(ListInstrumentAction.TICK_SIZE);
        listing.lotSize = action.get(ListInstrumentAction.LOT_SIZE);
        listing.openInterestCap = action.get(ListInstrumentAction.OPEN_INTEREST_CAP);
        listing.maxOrderLots = action.get(ListInstrumentAction.MAX_ORDER_LOTS);
        Listings.write(instrument, listing);
    }
}
