// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, InstrumentLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Instruments} from "../records/Instruments.sol";
import {Equity} from "./Equity.sol";
import {Pnl} from "./Pnl.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";
import {Scenarios} from "./Scenarios.sol";
import {Size} from "./Size.sol";

/// @notice What a portfolio holds in one underlying [1e-6 USD].
struct Book {
    uint256 id;
    uint256 group;
    bytes underlying; // Value of its record.
    int256 delta; // Of the positions, for a price move of 100 %.
    int256 hedged; // Delta that is hedged across expiries.
    int256 gross; // Sum of |size x mark|.
    int256 shortOptions; // [1e-8 units of the underlying].
    int256 pledged; // Counted value of collateral at the index.
    int256 loss; // In the worst scenario or, where nothing offsets, the sum of the positions' own.
    int256[] pnl; // In each scenario, where positions offset.
}

/// @notice A portfolio summed per underlying: the first `count` books.
struct Tally {
    Book[] books;
    uint256 count;
    int256 unrealised; // Sum of the values of the positions [1e-6 USD].
    int256 crowding; // Sum of the open-interest charges [1e-24 USD].
}

/// @title What equity, scan and charges are computed from
/// @notice Twin of `state/risk/book.ts`.
library Tallies {
    using Drafts for Entry;
    using Fields for bytes;
    using Instruments for Entry;
    using Pnl for int256[];
    using Portfolios for Portfolio;

    /// @dev Delta of the positions in one book and expiry.
    struct Expiry {
        uint256 book;
        uint256 expiry;
        int256 delta;
    }

    /// @param offsets do positions offset each other?
    function compute(Portfolio memory portfolio, bool offsets) internal pure returns (Tally memory tally) {
        unchecked {
            uint256 count = portfolio.instruments.length;
            tally.books = new Book[](count + portfolio.assets.length);
            Expiry[] memory expiries = new Expiry[](count);
            uint256 expiryCount = 0;
            for (uint256 i = 0; i < count; i++) {
                Entry memory instrument = portfolio.instruments[i];
                uint256 place = _placeOf(tally, instrument.get(InstrumentLayout.UNDERLYING), portfolio.underlyings[i]);
                int256 delta = _addPosition(tally, tally.books[place], portfolio, i, offsets);
                uint256 expiry = instrument.get(InstrumentLayout.EXPIRY);
                uint256 k = 0;
                while (k < expiryCount && (expiries[k].expiry != expiry || expiries[k].book != place)) k++;
                if (k == expiryCount) (expiries[expiryCount++].book, expiries[k].expiry) = (place, expiry);
                expiries[k].delta += delta;
            }
            _setHedged(tally, expiries, expiryCount);
            for (uint256 i = 0; i < portfolio.assets.length; i++) _addPledge(tally, portfolio, i, offsets);
        }
    }

    /// @dev Where the book of an underlying is, opened where there is none.
    function _placeOf(Tally memory tally, uint256 id, Entry memory underlying) private pure returns (uint256 place) {
        unchecked {
            while (place < tally.count && tally.books[place].id != id) place++;
            if (place < tally.count) return place;
            Book memory book = tally.books[tally.count++];
            (book.id, book.group) = (id, underlying.get(UnderlyingLayout.GROUP));
            (book.underlying, book.pnl) = (underlying.value, new int256[](Scenarios.COUNT));
        }
    }

    /// @return delta of the position
    function _addPosition(Tally memory tally, Book memory book, Portfolio memory portfolio, uint256 index, bool offsets)
        private
        pure
        returns (int256 delta)
    {
        unchecked {
            Entry memory instrument = portfolio.instruments[index];
            int256 size = portfolio.sizeAt(index);
            delta = size * instrument.getInt(InstrumentLayout.DELTA);
            int256 atMark = size * instrument.getInt(InstrumentLayout.MARK_PER_LOT);
            book.delta += delta;
            book.gross += Integer.abs(atMark);
            tally.unrealised += atMark + Equity.costOf(portfolio, index);
            if (size < 0 && instrument.isOption()) {
                book.shortOptions -= size * int256(instrument.get(InstrumentLayout.LOT_SIZE));
            }
            if (offsets) {
                book.pnl.addArray(instrument.value, size);
            } else {
                int256[] memory alone = new int256[](Scenarios.COUNT);
                alone.addArray(instrument.value, size);
                book.loss += alone.worstLoss();
            }
            int256 crowding = Size.crowdingUp(instrument, book.underlying, portfolio.parameters);
            tally.crowding += Integer.abs(delta) * crowding;
        }
    }

    /// @dev Per book the lesser of what is long and what is short, each expiry netted.
    function _setHedged(Tally memory tally, Expiry[] memory expiries, uint256 count) private pure {
        unchecked {
            for (uint256 place = 0; place < tally.count; place++) {
                (int256 long, int256 short) = (int256(0), int256(0));
                for (uint256 k = 0; k < count; k++) {
                    if (expiries[k].book != place) continue;
                    int256 delta = expiries[k].delta;
                    if (delta > 0) long += delta;
                    else short -= delta;
                }
                tally.books[place].hedged = Integer.min(long, short);
            }
        }
    }

    function _addPledge(Tally memory tally, Portfolio memory portfolio, uint256 index, bool offsets) private pure {
        unchecked {
            Entry memory underlying = portfolio.assetUnderlyings[index];
            Book memory book =
                tally.books[_placeOf(tally, portfolio.assets[index].get(AssetLayout.UNDERLYING), underlying)];
            int256 pledge = int256(Equity.pledgeDown(portfolio, index, underlying.get(UnderlyingLayout.INDEX_PRICE)));
            book.pledged += pledge;
            if (!offsets) return;
            int256[] memory moves = Scenarios.linearMoves(int256(underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE)));
            int256[] memory pnl = book.pnl;
            for (uint256 s = 0; s < Scenarios.COUNT; s++) pnl[s] += Integer.divDown(pledge * moves[s], Integer.WAD);
        }
    }
}
