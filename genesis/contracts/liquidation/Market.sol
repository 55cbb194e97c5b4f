// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AuctionLayout, MarketLayout, ParametersLayout, PoolLayout, UnderlyingLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Keys} from "../records/Keys.sol";
import {Book, Tally} from "../risk/Tally.sol";

/// @title What one market may have on sale at once, and cost the insurance fund in a day
/// @notice Twin of `state/liquidation/market.ts`.
library Markets {
    using Drafts for Draft;
    using Drafts for Entry;

    /// @dev In place of an underlying, of an account that holds none.
    uint256 internal constant NO_MARKET = 0xffff;
    uint256 private constant SECONDS_PER_DAY = 86_400;

    /// @notice The underlying that an account would lose most by; of equals by collateral, then the lowest.
    function of_(Tally memory tally) internal pure returns (uint256 market) {
        unchecked {
            market = NO_MARKET;
            (int256 loss, int256 pledged) = (int256(-1), int256(0));
            for (uint256 i = 0; i < tally.count; i++) {
                Book memory book = tally.books[i];
                if (book.loss < loss) continue;
                if (book.loss == loss) {
                    if (book.pledged < pledged) continue;
                    if (book.pledged == pledged && book.id > market) continue;
                }
                (market, loss, pledged) = (book.id, book.loss, book.pledged);
            }
        }
    }

    /// @notice The first auction always starts: what is larger than the limit is not stuck.
    function hasRoom(uint256 auctioned, uint256 maintenance, uint256 most) internal pure returns (bool) {
        unchecked {
            return auctioned == 0 || auctioned + maintenance <= most;
        }
    }

    /// @notice Most maintenance margin of a market that may be in auction at once.
    function hole(Entry memory underlying, Entry memory parameters) internal pure returns (uint256) {
        unchecked {
            uint256 share = parameters.get(ParametersLayout.AUCTION_MARKET_SHARE);
            return underlying.get(UnderlyingLayout.AVERAGE_DAILY_VOLUME) * share / uint256(Integer.WAD);
        }
    }

    /// @notice Maintenance margins with which running auctions of a market started; 0 where there was none yet.
    function auctionedOf(Draft memory draft, uint256 id) internal view returns (uint256) {
        Entry memory market = draft.touch(Keys.market(id));
        return market.exists() ? market.get(MarketLayout.AUCTIONED) : 0;
    }

    /// @notice Counts an auction that starts; the fund commits what it wants, as far as it may.
    function enter(Draft memory draft, Entry memory auction, Entry memory pool, Entry memory parameters) internal view {
        unchecked {
            uint256 id = auction.get(AuctionLayout.MARKET);
            if (id == NO_MARKET) return;
            Entry memory market = draft.touch(Keys.market(id));
            if (!market.exists()) market.put(new bytes(MarketLayout.WIDTH));
            uint256 auctioned = market.get(MarketLayout.AUCTIONED) + auction.get(AuctionLayout.MAINTENANCE);
            market.set(MarketLayout.AUCTIONED, auctioned);
            uint256 wanted = auction.get(AuctionLayout.FUND_LEFT);
            if (wanted == 0) return;
            uint256 day = auction.get(AuctionLayout.START) / SECONDS_PER_DAY;
            // With the income of the fund the limit grows, by what it pays it does not shrink.
            uint256 share = parameters.get(ParametersLayout.INSOLVENT_MARKET_SHARE);
            uint256 limit = uint256(Integer.wadMulDown(pool.getInt(PoolLayout.INSURANCE), int256(share)));
            uint256 used = 0;
            if (day == market.get(MarketLayout.FUND_DAY)) {
                used = market.get(MarketLayout.FUND_USED);
                if (limit < market.get(MarketLayout.FUND_LIMIT)) limit = market.get(MarketLayout.FUND_LIMIT);
            }
            if (wanted > limit - used) wanted = limit - used;
            auction.set(AuctionLayout.FUND_LEFT, wanted);
            market.set(MarketLayout.FUND_DAY, day);
            market.set(MarketLayout.FUND_LIMIT, limit);
            market.set(MarketLayout.FUND_USED, used + wanted);
        }
    }

    /// @notice Takes an auction from its market; what the fund has not paid for it is free again, on the
    /// day that it was committed.
    function exit(Draft memory draft, Entry memory auction) internal view {
        unchecked {
            uint256 id = auction.get(AuctionLayout.MARKET);
            if (id == NO_MARKET) return;
            Entry memory market = draft.existing(Keys.market(id));
            uint256 auctioned = market.get(MarketLayout.AUCTIONED) - auction.get(AuctionLayout.MAINTENANCE);
            market.set(MarketLayout.AUCTIONED, auctioned);
            uint256 day = auction.get(AuctionLayout.START) / SECONDS_PER_DAY;
            if (day != market.get(MarketLayout.FUND_DAY)) return;
            uint256 used = market.get(MarketLayout.FUND_USED) - auction.get(AuctionLayout.FUND_LEFT);
            market.set(MarketLayout.FUND_USED, used);
        }
    }
}
