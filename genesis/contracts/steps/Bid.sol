// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountLayout,
    AssetLayout,
    AuctionLayout,
    BidBody,
    Limit,
    PoolLayout,
    RecordKey,
    Refusal,
    TypeHash
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Distress, Distresses} from "../liquidation/Distress.sol";
import {Lifecycle} from "../liquidation/Lifecycle.sol";
import {Offer, Offers} from "../liquidation/Offer.sol";
import {Slice, Slices} from "../liquidation/Slice.sol";
import {Accounts} from "../records/Accounts.sol";
import {Keys} from "../records/Keys.sol";
import {Margin, Margins} from "../risk/Margin.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `bid`, section 8.19 of the specification
/// @notice Twin of `state/transactions/bid.ts`. Values below 2^128 and a share below 2^62 leave room in 256
/// bits.
library Bid {
    using Distresses for Distress;
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Slices for Portfolio;

    uint256 private constant ANY_STATE = 0;

    /// @dev The account in auction.
    struct Sale {
        uint256 id;
        Entry account;
        Entry auction;
        Portfolio portfolio; // As it was before anything moved.
        Offer offer;
    }

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == BidBody.WIDTH, Refusal.MALFORMED);
        uint256 id = body.get(BidBody.FROM_OWNER + 1); // Owner and subaccount lie together.
        Signer memory bidder = Action.authenticate(draft, body, TypeHash.BID, _terms(body));
        draft.require_(id != bidder.id, Refusal.ACCOUNTS_MUST_DIFFER);
        draft.require_(body.get(BidBody.SHARE) > 0, Refusal.BID_TOO_SMALL);
        Sale memory sale = _open(draft, body, id);
        Slice memory slice = _sliceOf(draft, sale, int256(body.get(BidBody.SHARE)));

        Slices.move(draft, id, bidder.id, sale.portfolio.instruments, slice);
        _pay(draft, sale, bidder.key, slice);
        _requireHolds(draft, bidder.account, slice);
        Margins.requireInitial(draft, Margins.compute(draft, bidder.id, bidder.account.value));
        // The auction stops the moment the account is healthy.
        Margin memory left = Margins.compute(draft, id, sale.account.value);
        if (left.equity >= left.maintenance) Lifecycle.close(draft, sale.account, sale.auction);
    }

    function _terms(bytes memory body) private pure returns (bytes memory) {
        return abi.encode(
            body.get(BidBody.FROM_OWNER),
            body.get(BidBody.FROM_SUBACCOUNT),
            body.get(BidBody.SHARE),
            body.getInt(BidBody.MAX_PRICE),
            body.get(BidBody.EXPECTED)
        );
    }

    /// @dev What is for sale, at a price that the bidder takes.
    function _open(Draft memory draft, bytes memory body, uint256 id) private view returns (Sale memory sale) {
        unchecked {
            sale.id = id;
            sale.auction = draft.touch(Keys.auction(id));
            draft.require_(sale.auction.exists(), Refusal.AUCTION_NOT_FOUND);
            sale.account = draft.existing(Keys.account(id));
            uint256 expected = body.get(BidBody.EXPECTED);
            bool isExpected = expected == ANY_STATE || bytes32(expected) == sha256(sale.account.value);
            draft.require_(isExpected, Refusal.AUCTION_CHANGED);
            sale.portfolio = Portfolios.load(draft, id, sale.account.value);
            Distress memory distress = Distresses.compute(sale.portfolio);
            draft.require_(distress.isFresh, Refusal.MARKS_STALE);
            draft.require_(distress.isUnhealthy(), Refusal.ACCOUNT_IS_HEALTHY);
            Entry memory chain = draft.existing(RecordKey.CHAIN);
            int256 elapsed = Offers.elapsed(sale.portfolio, chain, sale.auction.get(AuctionLayout.START));
            draft.require_(elapsed >= 0, Refusal.AUCTION_NOT_OPEN);
            Offer memory offer = Offers.compute(sale.auction, distress, sale.portfolio.parameters, elapsed);
            draft.require_(!offer.isOver, Refusal.AUCTION_OVER);
            int256 price = offer.value - offer.fromAccount - offer.fromFund;
            draft.require_(price <= body.getInt(BidBody.MAX_PRICE), Refusal.PRICE_ABOVE_LIMIT);
            sale.offer = offer;
        }
    }

    /// @dev The least of what the bidder wants, what is offered and what the fund can pay for.
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
            int256 left = int256(sale.auction.get(AuctionLayout.FUND_LEFT));
            int256 fund = Integer.min(left, sale.portfolio.pool.getInt(PoolLayout.INSURANCE));
            int256 all = sale.offer.fromFund + sale.offer.owed;
            return all <= fund ? Integer.WAD : fund * Integer.WAD / all;
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
