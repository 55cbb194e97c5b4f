// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountLayout,
    AssetLayout,
    AuctionLayout,
    InstrumentLayout,
    Limit,
    PoolLayout,
    RecordKey,
    Refusal
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Deficit} from "../ledger/Deficit.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Accounts} from "../records/Accounts.sol";
import {Instruments} from "../records/Instruments.sol";
import {Keys} from "../records/Keys.sol";
import {Margin, Margins} from "../risk/Margin.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";
import {Distress, Distresses} from "./Distress.sol";
import {Lifecycle} from "./Lifecycle.sol";
import {Offer, Offers} from "./Offer.sol";
import {Slice, Slices} from "./Slice.sol";

/// @notice An account in auction, and what is offered of it.
struct Sale {
    uint256 id;
    Entry account;
    Entry auction;
    Portfolio portfolio; // As it was before anything moved.
    Offer offer;
    int256 fund; // Most that the fund pays for it [1e-6 USD].
    int256 elapsed; // Since it opened [seconds].
    int256 price; // For all of it [1e-6 USD].
}

/// @title Sells a share of an account in auction at the offer of the moment, section 11.4 of the specification
/// @notice Twin of `state/liquidation/sale.ts`. Between `open` and `complete` the caller checks the price.
library Sales {
    using Distresses for Distress;
    using Drafts for Draft;
    using Drafts for Entry;
    using Slices for Portfolio;

    /// @notice What is for sale of account `id`, whose auction is running.
    function open(Draft memory draft, Entry memory auction, uint256 id) internal view returns (Sale memory sale) {
        unchecked {
            sale.id = id;
            sale.auction = auction;
            sale.account = draft.existing(Keys.account(id));
            sale.portfolio = Portfolios.load(draft, id, sale.account.value);
            Distress memory distress = Distresses.compute(sale.portfolio);
            draft.require_(distress.isFresh, Refusal.MARKS_STALE);
            draft.require_(distress.isUnhealthy(), Refusal.ACCOUNT_IS_HEALTHY);
            Entry memory chain = draft.existing(RecordKey.CHAIN);
            sale.elapsed = Offers.elapsed(sale.portfolio, chain, auction.get(AuctionLayout.START));
            draft.require_(sale.elapsed >= 0, Refusal.AUCTION_NOT_OPEN);
            _requireNoRound(draft, sale.portfolio);
            Offer memory offer = Offers.compute(auction, distress, sale.portfolio.parameters, sale.elapsed);
            draft.require_(!offer.isOver, Refusal.AUCTION_OVER);
            sale.offer = offer;
            sale.fund = Integer.min(
                int256(auction.get(AuctionLayout.FUND_LEFT)), sale.portfolio.pool.getInt(PoolLayout.INSURANCE)
            );
            if (sale.portfolio.instruments.length == 0) _limitToFund(offer, sale.fund);
            sale.price = offer.value - offer.fromAccount - offer.fromFund;
        }
    }

    /// @notice Sells at most the share `wanted` to `bidder`, which must meet initial margin afterwards.
    function complete(Draft memory draft, Sale memory sale, uint256 bidder, int256 wanted) internal view {
        Slice memory slice = _sliceOf(draft, sale, wanted);
        Slices.move(draft, sale.id, bidder, sale.portfolio.instruments, slice);
        bytes32 key = Keys.account(bidder);
        _pay(draft, sale, key, slice);
        Entry memory holder = draft.existing(key);
        _requireHolds(draft, holder, slice);
        Margins.requireInitial(draft, Margins.compute(draft, bidder, holder.value));
        // The auction stops the moment the account is healthy.
        Margin memory left = Margins.compute(draft, sale.id, sale.account.value);
        if (left.equity >= left.maintenance) Lifecycle.close(draft, sale.account, sale.auction);
    }

    /// @dev What holders of a market close in a round is their share of it as it was: no lot changes
    /// hands meanwhile.
    function _requireNoRound(Draft memory draft, Portfolio memory portfolio) private view {
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            bool isOn = portfolio.instruments[i].get(InstrumentLayout.STATUS) == Instruments.DELEVERAGING;
            draft.require_(!isOn, Refusal.DELEVERAGING_IS_ON);
        }
    }

    /// @dev Without positions nothing can be deleveraged, so collateral is sold for less where the fund
    /// has less.
    function _limitToFund(Offer memory offer, int256 fund) private pure {
        offer.fromFund = Integer.min(offer.fromFund, fund);
        offer.owed = Integer.min(offer.owed, fund - offer.fromFund);
    }

    /// @dev The least of what the bidder wants, what is offered and what the fund can pay for; what can
    /// not be cut is sold whole.
    function _sliceOf(Draft memory draft, Sale memory sale, int256 wanted) private view returns (Slice memory slice) {
        int256 payable_ = _payableShare(sale);
        draft.require_(payable_ > 0, Refusal.INSURANCE_EXHAUSTED);
        int256 most = Integer.max(sale.offer.share, sale.portfolio.leastShare());
        slice = sale.portfolio.cut(Integer.min(Integer.min(wanted, most), payable_));
        draft.require_(!slice.isEmpty, Refusal.BID_TOO_SMALL);
    }

    /// @dev Of what the fund would pay for all, the share it has [1e-18].
    function _payableShare(Sale memory sale) private pure returns (int256) {
        unchecked {
            int256 all = sale.offer.fromFund + sale.offer.owed;
            return all <= sale.fund ? Integer.WAD : sale.fund * Integer.WAD / all;
        }
    }

    /// @dev The cash of a slice: rounded down for the bidder, up for what the account owes. What a
    /// solvent bid left behind of the value it took is reserved; the fund has less left for this account.
    function _pay(Draft memory draft, Sale memory sale, bytes32 bidder, Slice memory slice) private view {
        unchecked {
            (Offer memory offer, Entry memory auction) = (sale.offer, sale.auction);
            bytes32 seller = Keys.account(sale.id);
            int256 fromAccount = _part(offer.fromAccount, slice);
            int256 penalty = Integer.divUp(offer.penalty * slice.share, Integer.WAD);
            int256 fromFund = _part(offer.fromFund, slice);
            int256 owed = _part(offer.owed, slice);
            Ledger.moveSigned(draft, bidder, seller, slice.collateral - fromAccount);
            Ledger.moveCash(draft, seller, Ledger.INSURANCE, penalty);
            Deficit.settle(sale.portfolio.pool, penalty);
            Ledger.moveCash(draft, Ledger.INSURANCE, bidder, fromFund);
            Ledger.moveCash(draft, Ledger.INSURANCE, seller, owed);

            auction.set(AuctionLayout.BIDS, auction.get(AuctionLayout.BIDS) + 1);
            int256 sold = int256(auction.get(AuctionLayout.SOLD));
            sold += (Integer.WAD - sold) * slice.share / Integer.WAD;
            auction.set(AuctionLayout.SOLD, uint256(sold));
            auction.set(AuctionLayout.FUND_LEFT, auction.get(AuctionLayout.FUND_LEFT) - uint256(fromFund + owed));
            if (auction.get(AuctionLayout.KIND) != Lifecycle.SOLVENT) return;
            int256 left = Integer.max(_part(offer.value, slice) - fromAccount - penalty, 0);
            auction.set(AuctionLayout.RESERVED, auction.get(AuctionLayout.RESERVED) + uint256(left));
        }
    }

    function _part(int256 whole, Slice memory slice) private pure returns (int256) {
        unchecked {
            return Integer.divDown(whole * slice.share, Integer.WAD);
        }
    }

    /// @dev The limits of any account, for the bidder as it is now.
    function _requireHolds(Draft memory draft, Entry memory bidder, Slice memory slice) private view {
        unchecked {
            for (uint256 i = 0; i < slice.assets.length; i++) {
                if (slice.amounts[i] == 0) continue;
                uint256 balance = Accounts.balanceOf(bidder.value, slice.assets[i]);
                uint256 cap = draft.existing(Keys.asset(slice.assets[i])).get(AssetLayout.ACCOUNT_CAP);
                draft.require_(balance <= cap, Refusal.ACCOUNT_CAP);
            }
            uint256 count = Accounts.positionCount(bidder.value);
            draft.require_(count <= Limit.MAX_POSITIONS, Refusal.TOO_MANY_POSITIONS);
            bool isIsolated = bidder.get(AccountLayout.MODE) == Accounts.ISOLATED;
            draft.require_(!isIsolated || count <= 1, Refusal.ISOLATED_NEEDS_ONE_INSTRUMENT);
            bool hasRoom = Accounts.collateralCount(bidder.value) <= Limit.MAX_COLLATERALS;
            draft.require_(hasRoom, Refusal.TOO_MANY_COLLATERALS);
        }
    }
}
