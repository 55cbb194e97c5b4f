// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ChainLayout,
    Limit,
    OptionChain,
    RecordKey,
    Refusal,
    RollBody,
    UnderlyingLayout
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Calendar} from "../math/Calendar.sol";
import {Instruments} from "../records/Instruments.sol";
import {Keys} from "../records/Keys.sol";
import {Listing, Listings} from "../records/Listings.sol";
import {Freshness} from "../risk/Freshness.sol";

/// @title Transaction `roll`, section 8.17 of the specification
library Roll {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant STRIKES_AT = RollBody.STRIKES + 1;
    uint256 private constant STRIKE_WIDTH = 8;
    uint256 private constant SECONDS_PER_DAY = 86_400;

    function apply_(Draft memory draft, bytes memory body) internal view {
        uint256 count = _checkShape(draft, body);
        draft.require_(count > 0, Refusal.MALFORMED);
        uint256 id = body.get(RollBody.UNDERLYING);
        Entry memory underlying = draft.touch(Keys.underlying(id));
        draft.require_(underlying.exists(), Refusal.UNDERLYING_NOT_FOUND);
        uint256 step = underlying.get(UnderlyingLayout.STRIKE_STEP);
        draft.require_(step > 0 && id < OptionChain.UNDERLYINGS, Refusal.OPTIONS_NOT_LISTED);
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        Entry memory parameters = draft.existing(RecordKey.PARAMETERS);
        draft.require_(Freshness.isPriceFresh(underlying, parameters, timestamp), Refusal.PRICES_STALE);
        Listing memory listing = _terms(underlying, id, body.get(RollBody.EXPIRY));
        draft.require_(_isListedExpiry(listing.expiry, timestamp), Refusal.EXPIRY_NOT_LISTED);
        for (uint256 i = 0; i < count; i++) {
            listing.strike = body.get(Fields.inside(STRIKES_AT + STRIKE_WIDTH * i, STRIKE_WIDTH));
            bool isListed = _isListedStrike(listing.strike, step, underlying.get(UnderlyingLayout.INDEX_PRICE));
            draft.require_(isListed, Refusal.STRIKE_NOT_LISTED);
            _list(draft, listing, step, Instruments.CALL);
            _list(draft, listing, step, Instruments.PUT);
        }
    }

    /// @return count of strikes
    function _checkShape(Draft memory draft, bytes memory body) private view returns (uint256 count) {
        draft.require_(body.length >= STRIKES_AT, Refusal.MALFORMED);
        count = body.byteAt(RollBody.STRIKES);
        draft.require_(count <= Limit.MAX_STRIKES_PER_ROLL, Refusal.MALFORMED);
        draft.require_(body.length == STRIKES_AT + STRIKE_WIDTH * count, Refusal.MALFORMED);
    }

    function _terms(Entry memory underlying, uint256 id, uint256 expiry) private pure returns (Listing memory listing) {
        listing.underlying = id;
        listing.expiry = expiry;
        listing.tickSize = underlying.get(UnderlyingLayout.OPTION_TICK_SIZE);
        listing.lotSize = underlying.get(UnderlyingLayout.OPTION_LOT_SIZE);
        listing.openInterestCap = underlying.get(UnderlyingLayout.OPTION_OPEN_INTEREST_CAP);
        listing.maxOrderLots = underlying.get(UnderlyingLayout.OPTION_MAX_ORDER_LOTS);
    }

    /// @dev Days, weeks, months, quarters, as far out as each goes.
    function _isListedExpiry(uint256 expiry, uint256 timestamp) private pure returns (bool) {
        if (expiry <= timestamp || expiry % SECONDS_PER_DAY != Limit.EXPIRY_SECOND_OF_DAY) return false;
        uint256 day = expiry / SECONDS_PER_DAY;
        uint256 ahead = (expiry - timestamp) / SECONDS_PER_DAY;
        if (day < OptionChain.DAY_ZERO || day >= OptionChain.DAY_ZERO + OptionChain.DAYS) return false;
        if (ahead < OptionChain.DAILY) return true;
        if (ahead < OptionChain.WEEKLY) return Calendar.isFriday(day);
        if (ahead < OptionChain.MONTHLY) return Calendar.isLastFriday(day);
        return ahead < OptionChain.QUARTERLY && Calendar.isLastFriday(day) && Calendar.monthOf(day) % 3 == 0;
    }

    function _isListedStrike(uint256 strike, uint256 step, uint256 index) private pure returns (bool) {
        return strike > 0 && strike % step == 0 && strike / step < OptionChain.STRIKES
            && strike * OptionChain.STRIKE_REACH >= index && strike <= index * OptionChain.STRIKE_REACH;
    }

    /// @dev The id says the terms: underlying, day, strike, put.
    function _list(Draft memory draft, Listing memory listing, uint256 step, uint256 kind) private view {
        uint256 day = listing.expiry / SECONDS_PER_DAY - OptionChain.DAY_ZERO;
        uint256 put = kind == Instruments.PUT ? 1 : 0;
        uint256 id = OptionChain.FIRST_ID | listing.underlying << 27 | day << 14 | listing.strike / step << 1 | put;
        Entry memory instrument = draft.touch(Keys.instrument(id));
        draft.require_(!instrument.exists(), Refusal.ALREADY_LISTED);
        listing.kind = kind;
        Listings.write(instrument, listing);
    }
}
