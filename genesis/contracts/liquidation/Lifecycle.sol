// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, AuctionLayout, PoolLayout, RecordKey} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Markets} from "./Market.sol";

/// @title How an auction begins and ends: the account's flag, its record, the totals of pool and market
/// @notice Twin of `state/liquidation/lifecycle.ts`.
library Lifecycle {
    using Drafts for Draft;
    using Drafts for Entry;

    uint256 internal constant SOLVENT = 0;
    uint256 internal constant INSOLVENT = 1;

    uint256 private constant NO_AUCTION = 0;

    /// @notice Opens an auction in place of the one that runs, if any.
    /// @param auction its record as it was
    /// @param opened its record from now on
    function open(Draft memory draft, Entry memory account, Entry memory auction, bytes memory opened) internal view {
        Entry memory pool = draft.existing(RecordKey.POOL);
        if (auction.exists()) _leave(draft, pool, auction);
        auction.put(opened);
        account.set(AccountLayout.AUCTION, 1 + auction.get(AuctionLayout.KIND));
        pool.set(PoolLayout.AUCTIONED, pool.get(PoolLayout.AUCTIONED) + auction.get(AuctionLayout.MAINTENANCE));
        pool.set(PoolLayout.FLAGGED, pool.get(PoolLayout.FLAGGED) + _flaggedOf(auction));
        Markets.enter(draft, auction, pool, draft.existing(RecordKey.PARAMETERS));
    }

    function close(Draft memory draft, Entry memory account, Entry memory auction) internal view {
        _leave(draft, draft.existing(RecordKey.POOL), auction);
        account.set(AccountLayout.AUCTION, NO_AUCTION);
        auction.remove();
    }

    /// @dev Takes a running auction from all totals.
    function _leave(Draft memory draft, Entry memory pool, Entry memory auction) private view {
        unchecked {
            pool.set(PoolLayout.AUCTIONED, pool.get(PoolLayout.AUCTIONED) - auction.get(AuctionLayout.MAINTENANCE));
            pool.set(PoolLayout.FLAGGED, pool.get(PoolLayout.FLAGGED) - _flaggedOf(auction));
            Markets.exit(draft, auction);
        }
    }

    /// @dev What an account owed beyond all it had when it was found out [1e-6 USD].
    function _flaggedOf(Entry memory auction) private pure returns (uint256) {
        if (auction.get(AuctionLayout.KIND) != INSOLVENT) return 0;
        return uint256(Integer.max(-auction.getInt(AuctionLayout.VALUE), 0));
    }
}
