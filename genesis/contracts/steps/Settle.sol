// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountPosition,
    ChainLayout,
    InstrumentLayout,
    Limit,
    RecordKey,
    Refusal,
    SettleBody,
    UnderlyingLayout
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Positions} from "../ledger/Positions.sol";
import {Accounts} from "../records/Accounts.sol";
import {Instruments} from "../records/Instruments.sol";
import {Keys} from "../records/Keys.sol";

/// @title Transaction `settle`, section 8.15 of the specification
library Settle {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Instruments for Entry;

    uint256 private constant ACCOUNTS_AT = SettleBody.ACCOUNTS + 1;
    uint256 private constant ACCOUNT_WIDTH = 21;

    function apply_(Draft memory draft, bytes memory body) internal view {
        uint256 count = _checkShape(draft, body);
        uint256 id = body.get(SettleBody.INSTRUMENT);
        Entry memory instrument = draft.touch(Keys.instrument(id));
        draft.require_(instrument.exists(), Refusal.INSTRUMENT_NOT_FOUND);
        bool isSettled = instrument.get(InstrumentLayout.STATUS) == Instruments.SETTLED;
        if (!isSettled) _fixPrice(draft, instrument);

        uint256 previous = 0;
        for (uint256 i = 0; i < count; i++) {
            uint256 account = body.get(Fields.inside(ACCOUNTS_AT + ACCOUNT_WIDTH * i, ACCOUNT_WIDTH));
            draft.require_(i == 0 || account > previous, Refusal.ACCOUNTS_NOT_ASCENDING);
            _settle(draft, id, instrument, account);
            previous = account;
        }
    }

    /// @return count of accounts
    function _checkShape(Draft memory draft, bytes memory body) private view returns (uint256 count) {
        draft.require_(body.length >= ACCOUNTS_AT, Refusal.MALFORMED);
        count = body.byteAt(SettleBody.ACCOUNTS);
        draft.require_(count <= Limit.MAX_SETTLEMENTS_PER_STEP, Refusal.MALFORMED);
        draft.require_(body.length == ACCOUNTS_AT + ACCOUNT_WIDTH * count, Refusal.MALFORMED);
    }

    /// @dev The first settle step of an instrument takes the last average for good.
    function _fixPrice(Draft memory draft, Entry memory instrument) private view {
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        uint256 expiry = instrument.get(InstrumentLayout.EXPIRY);
        draft.require_(expiry != 0 && expiry <= timestamp, Refusal.NOT_EXPIRED);
        Entry memory underlying = draft.existing(Keys.underlying(instrument.get(InstrumentLayout.UNDERLYING)));
        bool isAveraged = underlying.get(UnderlyingLayout.LAST_SETTLEMENT_EXPIRY) >= expiry;
        draft.require_(isAveraged, Refusal.SETTLEMENT_PRICE_MISSING);

        uint256 price = underlying.get(UnderlyingLayout.LAST_SETTLEMENT_PRICE);
        instrument.set(InstrumentLayout.STATUS, Instruments.SETTLED);
        instrument.set(InstrumentLayout.SETTLEMENT_PRICE, price);
        uint256 value = _settlementValue(instrument, price);
        instrument.set(InstrumentLayout.MARK_PRICE, value);
        instrument.setInt(InstrumentLayout.MARK_PER_LOT, instrument.valuePerLot(value));
        instrument.set(InstrumentLayout.MARK_TIME, timestamp);
        int256[] memory still = new int256[](Limit.SCENARIOS); // Nothing moves it any more.
        instrument.setLinearRisk(0, still);
    }

    /// @dev What a unit is worth at expiry [1e-8 USD]: the average, or what it is beyond the strike.
    function _settlementValue(Entry memory instrument, uint256 average) private pure returns (uint256) {
        uint256 kind = instrument.get(InstrumentLayout.KIND);
        uint256 strike = instrument.get(InstrumentLayout.STRIKE);
        if (kind == Instruments.CALL) return average > strike ? average - strike : 0;
        if (kind == Instruments.PUT) return strike > average ? strike - average : 0;
        return average;
    }

    /// @dev Winners may be paid before losers have paid: clearing carries the difference, and ends at
    /// zero.
    function _settle(Draft memory draft, uint256 id, Entry memory instrument, uint256 account) private view {
        bytes32 key = Keys.account(account);
        Entry memory holder = draft.touch(key);
        draft.require_(holder.exists(), Refusal.ACCOUNT_NOT_FOUND);
        (bool isHeld, uint256 place) = Accounts.findPosition(holder.value, id);
        draft.require_(isHeld, Refusal.NO_POSITION);

        int256 size = holder.value.getInt(Fields.inside(place, AccountPosition.SIZE));
        int256 amount = size * instrument.getInt(InstrumentLayout.MARK_PER_LOT);
        Ledger.moveSigned(draft, Ledger.CLEARING, key, amount);
        Positions.change(draft, account, id, instrument, -size, 0);
        if (size > 0) {
            uint256 openInterest = instrument.get(InstrumentLayout.OPEN_INTEREST);
            instrument.set(InstrumentLayout.OPEN_INTEREST, openInterest - uint256(size));
        }
    }
}
