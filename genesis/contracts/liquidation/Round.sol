// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountPosition, InstrumentLayout, PartLayout, PoolLayout, RoundLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Claims} from "../ledger/Claims.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Positions} from "../ledger/Positions.sol";
import {Accounts} from "../records/Accounts.sol";
import {Instruments} from "../records/Instruments.sol";
import {Keys} from "../records/Keys.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";
import {Slices} from "./Slice.sol";

/// @title A round of deleveraging, section 11.5 of the specification
/// @notice Twin of `state/liquidation/round.ts`.
library Rounds {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Portfolios for Portfolio;

    /// @dev What a holder closes.
    struct Part {
        int256 lots; // Signed as the holder's position.
        int256 cost; // [1e-6 USD]
        int256 haircut; // Of its profit [1e-6 USD].
    }

    /// @notice Begins the round of the position in `instrument`.
    /// @param id of the account
    /// @param value of the account [1e-6 USD]
    function begin(Entry memory round, uint256 id, Entry memory instrument, Portfolio memory portfolio, int256 value)
        internal
        pure
    {
        Entry memory pool = portfolio.pool;
        uint256 number = pool.get(PoolLayout.ROUNDS) + 1;
        pool.set(PoolLayout.ROUNDS, number);
        round.put(new bytes(RoundLayout.WIDTH));
        round.set(RoundLayout.ACCOUNT, id);
        round.set(RoundLayout.NUMBER, number);
        round.setInt(RoundLayout.MARK_PER_LOT, instrument.getInt(InstrumentLayout.MARK_PER_LOT));
        round.set(RoundLayout.STATUS, instrument.get(InstrumentLayout.STATUS));
        _setTerms(round, instrument, portfolio, value);
        instrument.set(InstrumentLayout.STATUS, Instruments.DELEVERAGING);
    }

    /// @dev How much is closed of how much, and what a lot bears of what is owed, by the risk of the positions.
    function _setTerms(Entry memory round, Entry memory instrument, Portfolio memory portfolio, int256 value)
        private
        pure
    {
        int256 risk = 0;
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            int256 held = Integer.abs(portfolio.sizeAt(i));
            risk += held * Slices.weightOf(portfolio.instruments[i]);
            if (portfolio.instruments[i].key == instrument.key) round.set(RoundLayout.LOTS, uint256(held));
        }
        int256 haircut = Integer.divUp(Integer.max(-value, 0) * Slices.weightOf(instrument), risk);
        round.set(RoundLayout.OPEN_INTEREST, instrument.get(InstrumentLayout.OPEN_INTEREST));
        round.set(RoundLayout.HAIRCUT_PER_LOT, uint256(haircut));
    }

    /// @notice Ends it; an instrument that expired meanwhile stays settled, or pruned.
    function end(Entry memory round, Entry memory instrument) internal pure {
        bool isOn = instrument.exists() && instrument.get(InstrumentLayout.STATUS) == Instruments.DELEVERAGING;
        if (isOn) instrument.set(InstrumentLayout.STATUS, round.get(RoundLayout.STATUS));
        round.remove();
    }

    /// @notice Weighs a holder: how many of its lots hedge nothing.
    /// @param held size of its position
    /// @param part record of the holder in the round
    function weigh(
        Draft memory draft,
        uint256 instrumentId,
        Entry memory round,
        uint256 holder,
        int256 held,
        Entry memory part
    ) internal view {
        uint256 free = uint256(_freeLots(draft, instrumentId, holder, held));
        part.put(new bytes(PartLayout.WIDTH));
        part.set(PartLayout.ROUND, round.get(RoundLayout.NUMBER));
        part.set(PartLayout.FREE, free);
        round.set(RoundLayout.WEIGHED, round.get(RoundLayout.WEIGHED) + uint256(Integer.abs(held)));
        round.set(RoundLayout.FREE, round.get(RoundLayout.FREE) + free);
    }

    /// @dev Lots that can go before the delta of the account in the underlying turns.
    function _freeLots(Draft memory draft, uint256 instrumentId, uint256 holder, int256 held)
        private
        view
        returns (int256)
    {
        Entry memory instrument = draft.existing(Keys.instrument(instrumentId));
        int256 delta = instrument.getInt(InstrumentLayout.DELTA);
        if (delta == 0) return Integer.abs(held);
        int256 net = _netDelta(draft, holder, instrument.get(InstrumentLayout.UNDERLYING));
        if (net == 0 || (net > 0) != ((held > 0) == (delta > 0))) return 0;
        return Integer.min(Integer.abs(net) / Integer.abs(delta), Integer.abs(held));
    }

    function _netDelta(Draft memory draft, uint256 holder, uint256 underlying) private view returns (int256 net) {
        bytes memory account = draft.existing(Keys.account(holder)).value;
        uint256 list = Accounts.positionsPlace(account);
        uint256 count = Accounts.positionCount(account);
        for (uint256 i = 0; i < count; i++) {
            uint256 place = Accounts.positionAt(list, i);
            uint256 id = account.get(Fields.inside(place, AccountPosition.INSTRUMENT));
            Entry memory instrument = draft.existing(Keys.instrument(id));
            if (instrument.get(InstrumentLayout.UNDERLYING) != underlying) continue;
            int256 size = account.getInt(Fields.inside(place, AccountPosition.SIZE));
            net += size * instrument.getInt(InstrumentLayout.DELTA);
        }
    }

    /// @notice Closes the part of a holder against the account, at the price of the round.
    /// @param left size of the account's position
    /// @param holder the account that holds `place`, its position in its record
    /// @param weighed record of the holder in the round
    function close(
        Draft memory draft,
        uint256 instrumentId,
        Entry memory round,
        int256 left,
        uint256 holder,
        uint256 place,
        Entry memory weighed
    ) internal view {
        Part memory part = _partOf(draft, round, left, holder, place, weighed.get(PartLayout.FREE));
        weighed.remove();
        if (part.lots == 0) return;
        Entry memory instrument = draft.existing(Keys.instrument(instrumentId));
        uint256 account = round.get(RoundLayout.ACCOUNT);
        Positions.change(draft, holder, instrumentId, instrument, -part.lots, part.cost);
        Positions.change(draft, account, instrumentId, instrument, part.lots, -part.cost);
        // One of the two was long by these lots, and no longer is.
        uint256 openInterest = instrument.get(InstrumentLayout.OPEN_INTEREST);
        instrument.set(InstrumentLayout.OPEN_INTEREST, openInterest - uint256(Integer.abs(part.lots)));
        Ledger.moveCash(draft, Keys.account(holder), Keys.account(account), part.haircut);
        Claims.grow(draft, holder, part.haircut);
    }

    function _partOf(
        Draft memory draft,
        Entry memory round,
        int256 left,
        uint256 holder,
        uint256 place,
        uint256 free
    ) private view returns (Part memory part) {
        bytes memory account = draft.existing(Keys.account(holder)).value;
        int256 held = account.getInt(Fields.inside(place, AccountPosition.SIZE));
        int256 quote = account.getInt(Fields.inside(place, AccountPosition.QUOTE));
        int256 price = round.getInt(RoundLayout.MARK_PER_LOT);
        int256 lots = Integer.min(_partUp(round, Integer.abs(held), int256(free)), Integer.abs(left));
        // Unrealised profit on them, rounded down: all that it may give up.
        int256 profit = Integer.max((held * price + quote) * lots / Integer.abs(held), 0);
        part.lots = held > 0 ? lots : -lots;
        part.cost = part.lots * price;
        part.haircut = Integer.min(int256(round.get(RoundLayout.HAIRCUT_PER_LOT)) * lots, profit);
    }

    /// @dev Of lots that hedge nothing the same share as all others, of the rest only where those are not enough.
    function _partUp(Entry memory round, int256 held, int256 free) private pure returns (int256) {
        int256 lots = int256(round.get(RoundLayout.LOTS));
        int256 allFree = int256(round.get(RoundLayout.FREE));
        if (lots <= allFree) return Integer.divUp(free * lots, allFree);
        int256 rest = int256(round.get(RoundLayout.OPEN_INTEREST)) - allFree;
        return free + Integer.divUp((held - free) * (lots - allFree), rest);
    }

    /// @notice Size and place of a position; 0 where there is none.
    function positionIn(Draft memory draft, uint256 id, uint256 instrument)
        internal
        view
        returns (int256 size, uint256 place)
    {
        bytes memory account = draft.existing(Keys.account(id)).value;
        bool isHeld;
        (isHeld, place) = Accounts.findPosition(account, instrument);
        if (isHeld) size = account.getInt(Fields.inside(place, AccountPosition.SIZE));
    }
}
