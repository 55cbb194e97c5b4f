// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, InstrumentLayout, RecordKey, Refusal, SetInstrumentAction} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Instruments} from "../../records/Instruments.sol";
import {Keys} from "../../records/Keys.sol";
import {Listings} from "../../records/Listings.sol";

/// @title Governance `setInstrument`, section 8.4 of the specification
library SetInstrument {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory action) internal view {
        draft.require_(action.length == SetInstrumentAction.WIDTH, Refusal.MALFORMED);
        uint256 status = action.get(SetInstrumentAction.STATUS);
        draft.require_(status < Instruments.SETTLED, Refusal.MALFORMED);
        Entry memory instrument = draft.touch(Keys.instrument(action.get(SetInstrumentAction.INSTRUMENT)));
        draft.require_(instrument.exists(), Refusal.INSTRUMENT_NOT_FOUND);
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        draft.require_(Instruments.isTradable(instrument, timestamp), Refusal.INSTRUMENT_NOT_TRADING);
        uint256 openInterestCap = action.get(SetInstrumentAction.OPEN_INTEREST_CAP);
        uint256 maxOrderLots = action.get(SetInstrumentAction.MAX_ORDER_LOTS);
        draft.require_(Listings.areCapsValid(openInterestCap, maxOrderLots), Refusal.LISTING_INVALID);
        instrument.set(InstrumentLayout.STATUS, status);
        instrument.set(InstrumentLayout.OPEN_INTEREST_CAP, openInterestCap);
        instrument.set(InstrumentLayout.MAX_ORDER_LOTS, maxOrderLots);
    }
}
