// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountLayout,
    AuctionLayout,
    ChainLayout,
    ParametersLayout,
    PoolLayout,
    RecordKey,
    Refusal,
    StartAuctionBody
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Deficit} from "../ledger/Deficit.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Curve} from "../liquidation/Curve.sol";
import {Distress, Distresses} from "../liquidation/Distress.sol";
import {Lifecycle} from "../liquidation/Lifecycle.sol";
import {Markets} from "../liquidation/Market.sol";
import {Offers} from "../liquidation/Offer.sol";
import {Keys} from "../records/Keys.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";
import {Reputation} from "../risk/Reputation.sol";

/// @title Transaction `startAuction`, section 8.18 of the specification
library StartAuction {
    using Distresses for Distress;
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    /// @dev In place of an account that is rewarded.
    uint256 private constant NOBODY = 0;
    /// @dev A reward is at most one part of so many of the value.
    int256 private constant REWARD_PARTS = 200;
    /// @dev Value above one part of maintenance in so many is not given away.
    int256 private constant REGAINED_PARTS = 2;
    /// @dev Room for a price that moves on while it is for sale: so many times what the account lacks.
    int256 private constant WANTED_TIMES = 2;

    /// @dev An account below maintenance margin.
    struct Candidate {
        uint256 id;
        Entry account;
        Entry auction; // The one that runs, if any.
        Entry chain;
        Portfolio portfolio;
        Distress distress;
        uint256 market; // The underlying that it counts for.
    }

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == StartAuctionBody.WIDTH, Refusal.MALFORMED);
        uint256 starter = body.get(StartAuctionBody.STARTER);
        Candidate memory found = _open(draft, body.get(StartAuctionBody.ACCOUNT), starter);
        bool isFirst = !found.auction.exists();
        draft.require_(isFirst || _isOver(found), Refusal.ACCOUNT_IN_AUCTION);
        found.market = Markets.of_(found.distress.tally);
        // What begins anew is in auction already: where all waited for room, none would ever leave.
        if (isFirst) _requireRoom(draft, found);

        bool isSolvent = _sellsAsSolvent(found);
        bytes memory opened = _opened(found, isSolvent);
        // Once between two trades of the account: where its price hovers, starts and ends follow each other.
        bool hasTraded = found.account.get(AccountLayout.FEES_PAID) > 0;
        Reputation.slash(found.account);
        if (isFirst && isSolvent && hasTraded) _reward(draft, found, starter);
        Lifecycle.open(draft, found.account, found.auction, opened);
    }

    function _open(Draft memory draft, uint256 id, uint256 starter) private view returns (Candidate memory found) {
        found.id = id;
        found.account = draft.touch(Keys.account(id));
        draft.require_(found.account.exists(), Refusal.ACCOUNT_NOT_FOUND);
        bool isKnown = starter == NOBODY || draft.touch(Keys.account(starter)).exists();
        draft.require_(isKnown, Refusal.ACCOUNT_NOT_FOUND);
        draft.require_(starter != id, Refusal.ACCOUNTS_MUST_DIFFER);
        found.portfolio = Portfolios.load(draft, id, found.account.value);
        uint256 now_ = found.portfolio.timestamp;
        draft.require_(now_ >= found.portfolio.pool.get(PoolLayout.AUCTION_PAUSE), Refusal.AUCTIONS_PAUSED);
        found.distress = Distresses.compute(found.portfolio);
        draft.require_(found.distress.isFresh, Refusal.MARKS_STALE);
        draft.require_(found.distress.isUnhealthy(), Refusal.ACCOUNT_IS_HEALTHY);
        found.chain = draft.existing(RecordKey.CHAIN);
        draft.require_(Offers.elapsed(found.portfolio, found.chain, 0) >= 0, Refusal.AUCTION_NOT_OPEN);
        found.auction = draft.touch(Keys.auction(id));
    }

    /// @dev A solvent auction is over when it has nothing to offer, an insolvent one when the account has
    /// value again.
    function _isOver(Candidate memory found) private pure returns (bool) {
        unchecked {
            if (found.auction.get(AuctionLayout.KIND) == Lifecycle.INSOLVENT) return _hasRegained(found.distress);
            uint256 start = found.auction.get(AuctionLayout.START);
            int256 elapsed = Integer.max(Offers.elapsed(found.portfolio, found.chain, start), 0);
            return Offers.compute(found.auction, found.distress, found.portfolio.parameters, elapsed).isOver;
        }
    }

    function _hasRegained(Distress memory distress) private pure returns (bool) {
        return distress.value > distress.maintenance / REGAINED_PARTS;
    }

    /// @dev As long as there is value to sell; but what nobody wanted at the lowest price is given away,
    /// unless it is worth too much for that. Where all that is left is what earlier bids paid in, nobody
    /// was asked.
    function _sellsAsSolvent(Candidate memory found) private pure returns (bool) {
        int256 value = found.distress.value;
        bool isAgain = found.auction.exists() && found.auction.get(AuctionLayout.KIND) == Lifecycle.SOLVENT;
        if (!isAgain) return value > 0;
        return _hasRegained(found.distress)
            || (value > 0 && value <= int256(found.auction.get(AuctionLayout.RESERVED)));
    }

    /// @dev Together no more than bidders can take, in all and of its market.
    function _requireRoom(Draft memory draft, Candidate memory found) private view {
        Entry memory parameters = found.portfolio.parameters;
        uint256 maintenance = uint256(found.distress.maintenance);
        uint256 auctioned = found.portfolio.pool.get(PoolLayout.AUCTIONED);
        uint256 most = parameters.get(ParametersLayout.AUCTION_HOLE);
        draft.require_(Markets.hasRoom(auctioned, maintenance, most), Refusal.AUCTIONS_FULL);
        if (found.market == Markets.NO_MARKET) return;
        most = Markets.hole(draft.existing(Keys.underlying(found.market)), parameters);
        auctioned = Markets.auctionedOf(draft, found.market);
        draft.require_(Markets.hasRoom(auctioned, maintenance, most), Refusal.MARKET_AUCTIONS_FULL);
    }

    /// @dev To who started it, and as much to insurance: an amount and a share of maintenance.
    function _reward(Draft memory draft, Candidate memory found, uint256 starter) private view {
        unchecked {
            Entry memory parameters = found.portfolio.parameters;
            int256 chip = int256(parameters.get(ParametersLayout.AUCTION_CHIP));
            int256 wanted = int256(parameters.get(ParametersLayout.AUCTION_TIP))
                + Integer.wadMulDown(found.distress.maintenance, chip);
            int256 reward = Integer.min(wanted, found.distress.value / REWARD_PARTS);
            bytes32 account = Keys.account(found.id);
            Ledger.moveCash(draft, account, starter == NOBODY ? Ledger.INSURANCE : Keys.account(starter), reward);
            Ledger.moveCash(draft, account, Ledger.INSURANCE, reward);
            // Each is an income of its own: rates are rounded at each.
            if (starter == NOBODY) Deficit.settle(found.portfolio.pool, reward);
            Deficit.settle(found.portfolio.pool, reward);
        }
    }

    function _opened(Candidate memory found, bool isSolvent) private pure returns (bytes memory auction) {
        Entry memory parameters = found.portfolio.parameters;
        auction = new bytes(AuctionLayout.WIDTH);
        auction.set(AuctionLayout.KIND, isSolvent ? Lifecycle.SOLVENT : Lifecycle.INSOLVENT);
        auction.set(AuctionLayout.START, found.portfolio.timestamp);
        int256 stepSeconds = Curve.stepSeconds(parameters, found.distress.size, found.distress.scan);
        auction.set(AuctionLayout.STEP_SECONDS, uint256(stepSeconds));
        if (!isSolvent) auction.set(AuctionLayout.FUND_LEFT, uint256(_wanted(found)));
        auction.setInt(AuctionLayout.VALUE, found.distress.value);
        auction.set(AuctionLayout.MAINTENANCE, uint256(found.distress.maintenance));
        auction.set(AuctionLayout.MARKET, found.market);
    }

    /// @dev What an insolvent account wants of the fund: for one that is small not as much as for a large one.
    function _wanted(Candidate memory found) private pure returns (int256) {
        unchecked {
            int256 insurance = found.portfolio.pool.getInt(PoolLayout.INSURANCE);
            int256 share = int256(found.portfolio.parameters.get(ParametersLayout.INSOLVENT_SHARE));
            int256 lacking = found.distress.maintenance - found.distress.value;
            return Integer.min(Integer.wadMulDown(insurance, share), WANTED_TIMES * lacking);
        }
    }
}
