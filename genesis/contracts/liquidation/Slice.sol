// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountCollateral, AccountPosition, InstrumentLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Positions} from "../ledger/Positions.sol";
import {Accounts} from "../records/Accounts.sol";
import {Keys} from "../records/Keys.sol";
import {Pnl} from "../risk/Pnl.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";
import {Scenarios} from "../risk/Scenarios.sol";
import {Distresses} from "./Distress.sol";

/// @notice What a share comes to in whole lots and token units, in the order of the account.
struct Slice {
    uint256[] instruments; // Ids.
    int256[] lots; // Signed.
    uint256[] assets; // Ids.
    uint256[] amounts; // [token units]
    bool isEmpty; // Nothing at all is in it.
    int256 share; // Of the risk that is in it [1e-18]: what it is paid by.
    int256 collateral; // Price of the collateral in it [1e-6 USD].
}

/// @title Moves a share of a portfolio to a bidder, section 11.4 of the specification
/// @notice Twin of `state/liquidation/slice.ts`. Sizes of 64 bits, balances of 128 and risk of 53 leave
/// room in 256.
library Slices {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Pnl for int256[];
    using Portfolios for Portfolio;

    /// @notice Whole lots and token units of `share`, rounded down. A copy: it outlives the portfolio.
    function cut(Portfolio memory portfolio, int256 share) internal pure returns (Slice memory slice) {
        unchecked {
            (int256 all, int256 taken) = _cutPositions(portfolio, share, slice);
            bool hasUnits = _cutCollateral(portfolio, share, slice);
            slice.isEmpty = taken == 0 && (all > 0 || !hasUnits);
            slice.share = all == 0 ? share : taken * Integer.WAD / all;
        }
    }

    /// @notice Least share that takes a lot or, without positions, a token unit [1e-18]: what can not be
    /// cut is sold whole.
    function leastShare(Portfolio memory portfolio) internal pure returns (int256) {
        int256 largest = 1;
        uint256 count = portfolio.instruments.length;
        for (uint256 i = 0; i < count; i++) largest = Integer.max(largest, Integer.abs(portfolio.sizeAt(i)));
        if (count == 0) {
            for (uint256 i = 0; i < portfolio.assets.length; i++) {
                largest = Integer.max(largest, int256(Distresses.balanceAt(portfolio, i)));
            }
        }
        return Integer.divUp(Integer.WAD, largest);
    }

    /// @notice Moves it, without the cash. Funding is settled on both sides.
    /// @param instruments of the account `from`, in its order
    function move(
        Draft memory draft,
        uint256 from,
        uint256 to,
        Entry[] memory instruments,
        Slice memory slice
    ) internal view {
        unchecked {
            (bytes32 seller, bytes32 bidder) = (Keys.account(from), Keys.account(to));
            (Entry memory giver, Entry memory taker) = (draft.existing(seller), draft.existing(bidder));
            for (uint256 i = 0; i < slice.lots.length; i++) {
                (uint256 id, int256 lots) = (slice.instruments[i], slice.lots[i]);
                if (lots == 0) continue;
                int256 sold = Accounts.sizeOf(giver.value, id);
                int256 bought = Accounts.sizeOf(taker.value, id);
                int256 grown = _longLots(sold - lots, bought + lots) - _longLots(sold, bought);
                int256 cost = lots * instruments[i].getInt(InstrumentLayout.MARK_PER_LOT);
                Positions.change(draft, from, id, instruments[i], -lots, cost);
                Positions.change(draft, to, id, instruments[i], lots, -cost);
                int256 openInterest = int256(instruments[i].get(InstrumentLayout.OPEN_INTEREST));
                instruments[i].set(InstrumentLayout.OPEN_INTEREST, uint256(openInterest + grown));
            }
            for (uint256 i = 0; i < slice.amounts.length; i++) {
                if (slice.amounts[i] == 0) continue;
                Ledger.adjustCollateral(draft, seller, slice.assets[i], -int256(slice.amounts[i]));
                Ledger.adjustCollateral(draft, bidder, slice.assets[i], int256(slice.amounts[i]));
            }
        }
    }

    /// @return all lots by their weights, and of those the ones taken
    function _cutPositions(Portfolio memory portfolio, int256 share, Slice memory slice)
        private
        pure
        returns (int256 all, int256 taken)
    {
        unchecked {
            uint256 count = portfolio.instruments.length;
            (slice.instruments, slice.lots) = (new uint256[](count), new int256[](count));
            for (uint256 i = 0; i < count; i++) {
                int256 size = portfolio.sizeAt(i);
                int256 part = size * share / Integer.WAD;
                int256 weight = weightOf(portfolio.instruments[i]);
                all += Integer.abs(size) * weight;
                taken += Integer.abs(part) * weight;
                uint256 place = portfolio.positionPlace(i);
                slice.instruments[i] = portfolio.account.get(Fields.inside(place, AccountPosition.INSTRUMENT));
                slice.lots[i] = part;
            }
        }
    }

    /// @return hasUnits whether a unit of anything is in it
    function _cutCollateral(Portfolio memory portfolio, int256 share, Slice memory slice)
        private
        pure
        returns (bool hasUnits)
    {
        unchecked {
            uint256 count = portfolio.assets.length;
            (slice.assets, slice.amounts) = (new uint256[](count), new uint256[](count));
            for (uint256 i = 0; i < count; i++) {
                uint256 part = Distresses.balanceAt(portfolio, i) * uint256(share) / uint256(Integer.WAD);
                slice.collateral += int256(Distresses.priceDown(portfolio, i, part));
                uint256 place = Accounts.collateralAt(i);
                slice.assets[i] = portfolio.account.get(Fields.inside(place, AccountCollateral.ASSET));
                slice.amounts[i] = part;
                if (part > 0) hasUnits = true;
            }
        }
    }

    /// @notice Largest move of a lot in any scenario, at least 1 [1e-6 USD]: what a position that can not
    /// be cut finer weighs.
    function weightOf(Entry memory instrument) internal pure returns (int256) {
        int256[] memory moves = new int256[](Scenarios.COUNT);
        moves.addArray(instrument.value, 1);
        return Integer.max(moves.largest(), 1);
    }

    function _longLots(int256 sold, int256 bought) private pure returns (int256) {
        return Integer.max(sold, 0) + Integer.max(bought, 0);
    }
}
