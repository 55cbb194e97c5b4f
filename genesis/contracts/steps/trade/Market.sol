// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ChainLayout,
    InstrumentLayout,
    ParametersLayout,
    RecordKey,
    Refusal,
    UnderlyingLayout
} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Instruments} from "../../records/Instruments.sol";
import {Keys} from "../../records/Keys.sol";

/// @notice What every fill of a trade shares.
struct Market {
    uint256 id;
    Entry instrument;
    Entry underlying;
    Entry parameters;
    uint256 timestamp; // Of the chain [seconds].
    uint256 domainSeparator;
    uint256 openInterestBefore; // [lots]
}

/// @title The market of a trade, rules 1 to 3 of section 8.12 of the specification
library Markets {
    using Drafts for Draft;
    using Drafts for Entry;

    function open(Draft memory draft, uint256 id) internal view returns (Market memory market) {
        Entry memory chain = draft.existing(RecordKey.CHAIN);
        Entry memory instrument = draft.touch(Keys.instrument(id));
        draft.require_(instrument.exists(), Refusal.INSTRUMENT_NOT_FOUND);
        market.timestamp = chain.get(ChainLayout.TIMESTAMP);
        draft.require_(Instruments.isTradable(instrument, market.timestamp), Refusal.INSTRUMENT_NOT_TRADING);
        market.parameters = draft.existing(RecordKey.PARAMETERS);
        market.underlying = draft.existing(Keys.underlying(instrument.get(InstrumentLayout.UNDERLYING)));
        draft.require_(instrument.get(InstrumentLayout.MARK_TIME) > 0, Refusal.PRICES_STALE);
        market.id = id;
        market.instrument = instrument;
        market.domainSeparator = chain.get(ChainLayout.DOMAIN_SEPARATOR);
        market.openInterestBefore = instrument.get(InstrumentLayout.OPEN_INTEREST);
    }

    /// @notice How far from the mark it may trade [1e-8 USD], rounded down.
    function reach(Market memory market) internal pure returns (int256) {
        Entry memory parameters = market.parameters;
        uint256 reached = market.instrument.get(InstrumentLayout.MARK_PRICE) * parameters.get(ParametersLayout.PRICE_BAND);
        if (market.instrument.get(InstrumentLayout.STRIKE) > 0) {
            uint256 index = market.underlying.get(UnderlyingLayout.INDEX_PRICE);
            reached += index * parameters.get(ParametersLayout.OPTION_BAND);
        }
        return int256(reached / 1e18);
    }
}
