// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ChainLayout,
    InstrumentLayout,
    Limit,
    MarkBody,
    OptionChain,
    ParametersLayout,
    RecordKey,
    Refusal,
    UnderlyingLayout
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Options} from "../pricing/Options.sol";
import {Settling, SettlingPrice} from "../pricing/Settling.sol";
import {Instruments} from "../records/Instruments.sol";
import {Keys} from "../records/Keys.sol";
import {Term, Terms} from "../records/Terms.sol";
import {Freshness} from "../risk/Freshness.sol";
import {Scenarios, ScenarioSet} from "../risk/Scenarios.sol";
import {Assets} from "./mark/Assets.sol";
import {Funding} from "./mark/Funding.sol";

/// @title Transaction `mark`, section 8.14 of the specification
library Mark {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Instruments for Entry;
    using Terms for Term[];

    /// @dev What the instruments of a step are marked from.
    struct Source {
        uint256 id; // Of the underlying.
        Entry underlying;
        Entry parameters;
        uint256 timestamp; // Of the chain [seconds].
        ScenarioSet scenarios;
        Term[] terms;
    }

    uint256 private constant INSTRUMENTS_AT = MarkBody.INSTRUMENTS + 1;
    uint256 private constant ID_WIDTH = 4;

    function apply_(Draft memory draft, bytes memory body) internal view {
        (uint256 count, uint256 assets) = _checkShape(draft, body);
        Source memory source;
        source.id = body.get(MarkBody.UNDERLYING);
        source.underlying = draft.touch(Keys.underlying(source.id));
        draft.require_(source.underlying.exists(), Refusal.UNDERLYING_NOT_FOUND);
        draft.require_(count + assets > 0, Refusal.MALFORMED);
        source.timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        source.parameters = draft.existing(RecordKey.PARAMETERS);
        bool isFresh = Freshness.isPriceFresh(source.underlying, source.parameters, source.timestamp);
        draft.require_(isFresh, Refusal.PRICES_STALE);

        source.scenarios = Scenarios.load(source.underlying, source.parameters);
        source.terms = Terms.list(source.underlying.value);
        for (uint256 i = 0; i < count; i++) {
            _mark(draft, source, body.get(Fields.inside(INSTRUMENTS_AT + ID_WIDTH * i, ID_WIDTH)));
        }
        uint256 place = INSTRUMENTS_AT + ID_WIDTH * count + 1;
        Assets.move(draft, body, place, assets, source.id, source.underlying, source.parameters, source.timestamp);
    }

    /// @return count of instruments
    /// @return assets their count
    function _checkShape(Draft memory draft, bytes memory body) private view returns (uint256 count, uint256 assets) {
        draft.require_(body.length >= INSTRUMENTS_AT, Refusal.MALFORMED);
        count = body.byteAt(MarkBody.INSTRUMENTS);
        draft.require_(count <= Limit.MAX_MARKS_PER_STEP, Refusal.MALFORMED);
        uint256 place = INSTRUMENTS_AT + ID_WIDTH * count;
        draft.require_(body.length > place, Refusal.MALFORMED);
        assets = body.byteAt(place);
        draft.require_(assets <= Limit.MAX_ASSETS_PER_MARK, Refusal.MALFORMED);
        draft.require_(body.length == place + 1 + Assets.ID_WIDTH * assets, Refusal.MALFORMED);
    }

    function _mark(Draft memory draft, Source memory source, uint256 id) private view {
        Entry memory instrument = draft.touch(Keys.instrument(id));
        draft.require_(instrument.exists(), Refusal.INSTRUMENT_NOT_FOUND);
        bool isOfSource = instrument.get(InstrumentLayout.UNDERLYING) == source.id;
        draft.require_(isOfSource, Refusal.INSTRUMENT_OF_OTHER_UNDERLYING);
        draft.require_(_isLive(instrument, source.timestamp), Refusal.INSTRUMENT_EXPIRED);

        uint256 kind = instrument.get(InstrumentLayout.KIND);
        uint256 price;
        bool isFresh = true;
        if (kind == Instruments.PERPETUAL) price = _markPerpetual(draft, source, instrument);
        else if (kind == Instruments.FUTURE) price = _markFuture(draft, source, instrument);
        else (price, isFresh) = _markOption(draft, source, instrument);

        int256 perLot = instrument.valuePerLot(price);
        draft.require_(perLot < int256(Limit.MARK_PER_LOT_BOUND), Refusal.MARK_OUT_OF_RANGE);
        instrument.set(InstrumentLayout.MARK_PRICE, price);
        instrument.setInt(InstrumentLayout.MARK_PER_LOT, perLot);
        if (!isFresh) return;
        instrument.set(InstrumentLayout.MARK_TIME, source.timestamp);
        instrument.set(InstrumentLayout.MARK_SEQUENCE, source.underlying.get(UnderlyingLayout.PRICE_SEQUENCE));
    }

    /// @dev Neither settled nor expired.
    function _isLive(Entry memory instrument, uint256 timestamp) private pure returns (bool) {
        uint256 expiry = instrument.get(InstrumentLayout.EXPIRY);
        bool isExpired = expiry != 0 && expiry <= timestamp;
        return !isExpired && instrument.get(InstrumentLayout.STATUS) != Instruments.SETTLED;
    }

    /// @dev The mark price [1e-8 USD] after funding, which moves the premium.
    function _markPerpetual(Draft memory draft, Source memory source, Entry memory instrument)
        private
        view
        returns (uint256 price)
    {
        Funding.accrue(instrument, source.underlying, source.parameters, source.timestamp);
        int256 index = int256(source.underlying.get(UnderlyingLayout.INDEX_PRICE));
        price = uint256(index * (Integer.WAD + instrument.getInt(InstrumentLayout.PREMIUM)) / Integer.WAD);
        _setLinearRisk(draft, source, instrument, price);
    }

    function _markFuture(Draft memory draft, Source memory source, Entry memory instrument)
        private
        view
        returns (uint256)
    {
        (, SettlingPrice memory parts) = _termOf(draft, source, instrument);
        _setLinearRisk(draft, source, instrument, parts.moving);
        return parts.fixedPart + parts.moving;
    }

    /// @return price [1e-8 USD]
    /// @return isFresh whether the slice is young enough to add risk on
    function _markOption(Draft memory draft, Source memory source, Entry memory instrument)
        private
        view
        returns (uint256 price, bool isFresh)
    {
        (Term memory term, SettlingPrice memory parts) = _termOf(draft, source, instrument);
        draft.require_(term.volatilityTime != 0, Refusal.VOLATILITY_MISSING);
        uint256 forward = parts.fixedPart + parts.moving;
        bool isPriced = forward <= OptionChain.HIGHEST_PRICED
            && instrument.get(InstrumentLayout.STRIKE) <= OptionChain.HIGHEST_PRICED
            && instrument.valuePerLot(forward) < int256(Limit.MARK_PER_LOT_BOUND);
        draft.require_(isPriced, Refusal.MARK_OUT_OF_RANGE);
        price = Options.mark(instrument, term, parts, source.scenarios, source.timestamp);
        uint256 oldest = source.parameters.get(ParametersLayout.MAX_VOLATILITY_AGE);
        isFresh = source.timestamp - term.volatilityTime <= oldest;
    }

    function _termOf(Draft memory draft, Source memory source, Entry memory instrument)
        private
        view
        returns (Term memory term, SettlingPrice memory parts)
    {
        bool isPosted;
        (isPosted, term) = source.terms.find(instrument.get(InstrumentLayout.EXPIRY));
        draft.require_(isPosted, Refusal.FORWARD_MISSING);
        parts = Settling.price(source.underlying, term.expiry, term.forward, source.timestamp);
    }

    /// @dev Where the value of a lot is out of range its risk array would be too.
    /// @param moving part of its price that still moves [1e-8 USD]
    function _setLinearRisk(Draft memory draft, Source memory source, Entry memory instrument, uint256 moving)
        private
        view
    {
        int256 perLot = instrument.valuePerLot(moving);
        draft.require_(perLot < int256(Limit.MARK_PER_LOT_BOUND), Refusal.MARK_OUT_OF_RANGE);
        instrument.setLinearRisk(perLot, source.scenarios.linear);
    }
}
