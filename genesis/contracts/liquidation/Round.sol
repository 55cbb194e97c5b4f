// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountPosition, ClaimLayout, InstrumentLayout, PoolLayout, RoundLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
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
        _setShares(round, instrument, portfolio, value);
        instrument.set(InstrumentLayout.STATUS, Instruments.DELEVERAGING);
    }

    /// @dev Of what each holder closes, and of what the account owes by the risk of its positions.
    function _setShares(Entry memory round, Entry memory instrument, Portfolio memory portfolio, int256 value)
        private
        pure
    {
        int256 risk = 0;
        int256 size = 0;
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            int256 held = Integer.abs(portfolio.sizeAt(i));
            risk += held * Slices.weightOf(portfolio.instruments[i]);
            if (portfolio.instruments[i].key == instrument.key) size = held;
        }
        int256 openInterest = int256(instrument.get(InstrumentLayout.OPEN_INTEREST));
        int256 haircut = Integer.divUp(Integer.max(-value, 0) * Slices.weightOf(instrument), risk);
        round.set(RoundLayout.SHARE, uint256(Integer.divUp(size * Integer.WAD, openInterest)));
        round.set(RoundLayout.HAIRCUT_PER_LOT, uint256(haircut));
    }

    /// @notice Ends it; an instrument that expired meanwhile stays settled, or pruned.
    function end(Entry memory round, Entry memory instrument) internal pure {
        bool isOn = instrument.exists() && instrument.get(InstrumentLayout.STATUS) == Instruments.DELEVERAGING;
        if (isOn) instrument.set(InstrumentLayout.STATUS, round.get(RoundLayout.STATUS));
        round.remove();
    }

    /// @notice Closes the part of a holder against the account, at the price of the round.
    /// @param left size of the account's position
    /// @param holder the account that holds `place`, its position in its record
    function close(
        Draft memory draft,
        uint256 instrumentId,
        Entry memory round,
        int256 left,
        uint256 holder,
        uint256 place
    ) internal view {
        Part memory part = _partOf(draft, round, left, holder, place);
        Entry memory instrument = draft.existing(Keys.instrument(instrumentId));
        uint256 account = round.get(RoundLayout.ACCOUNT);
        Positions.change(draft, holder, instrumentId, instrument, -part.lots, part.cost);
        Positions.change(draft, account, instrumentId, instrument, part.lots, -part.cost);
        // One of the two was long by these lots, and no longer is.
        uint256 openInterest = instrument.get(InstrumentLayout.OPEN_INTEREST);
        instrument.set(InstrumentLayout.OPEN_INTEREST, openInterest - uint256(Integer.abs(part.lots)));
        Ledger.moveCash(draft, Keys.account(holder), Keys.account(account), part.haircut);
        _claim(draft, round, holder, part.haircut);
    }

    /// @dev What the holder gave up, and that it took part.
    function _claim(Draft memory draft, Entry memory round, uint256 holder, int256 haircut) private view {
        Entry memory claim = draft.touch(Keys.claim(holder));
        if (!claim.exists()) claim.put(new bytes(ClaimLayout.WIDTH));
        claim.set(ClaimLayout.AMOUNT, claim.get(ClaimLayout.AMOUNT) + uint256(haircut));
        claim.set(ClaimLayout.ROUND, round.get(RoundLayout.NUMBER));
    }

    function _partOf(Draft memory draft, Entry memory round, int256 left, uint256 holder, uint256 place)
        private
        view
        returns (Part memory part)
    {
        bytes memory account = draft.existing(Keys.account(holder)).value;
        int256 held = account.getInt(Fields.inside(place, AccountPosition.SIZE));
        int256 quote = account.getInt(Fields.inside(place, AccountPosition.QUOTE));
        int256 share = int256(round.get(RoundLayout.SHARE));
        int256 price = round.getInt(RoundLayout.MARK_PER_LOT);
        int256 lots = Integer.min(Integer.divUp(Integer.abs(held) * share, Integer.WAD), Integer.abs(left));
        // Unrealised profit on them, rounded down: all that it may give up.
        int256 profit = Integer.max((held * price + quote) * lots / Integer.abs(held), 0);
        part.lots = held > 0 ? lots : -lots;
        part.cost = part.lots * price;
        part.haircut = Integer.min(int256(round.get(RoundLayout.HAIRCUT_PER_LOT)) * lots, profit);
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
