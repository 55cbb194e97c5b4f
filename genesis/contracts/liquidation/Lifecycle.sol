// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, AuctionLayout, PoolLayout, RecordKey} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";

/// @title How an auction begins and ends: the account's flag, its record, and the pool's total
/// @notice Twin of `state/liquidation/lifecycle.ts`.
library Lifecycle {
    using Drafts for Draft;
    using Drafts for Entry;

    uint256 internal constant SOLVENT = 0;
    uint256 internal constant INSOLVENT = 1;

    uint256 private constant NO_AUCTION = 0;

    /// @notice Maintenance margins with which the others in auction started [1e-6 USD].
    /// @param auction the record of one that runs, or of none
    function auctionedBeside(Entry memory pool, Entry memory auction) internal pure returns (uint256 others) {
        others = pool.get(PoolLayout.AUCTIONED);
        if (auction.exists()) others -= auction.get(AuctionLayout.MAINTENANCE);
    }

    /// @notice Opens an auction in place of the one that runs, if any.
    /// @param auction its record as it was
    /// @param opened its record from now on
    function open(Draft memory draft, Entry memory account, Entry memory auction, bytes memory opened) internal view {
        Entry memory pool = draft.existing(RecordKey.POOL);
        uint256 others = auctionedBeside(pool, auction);
        int256 flagged = int256(pool.get(PoolLayout.FLAGGED)) - _flaggedOf(auction);
        auction.put(opened);
        account.set(AccountLayout.AUCTION, 1 + auction.get(AuctionLayout.KIND));
        pool.set(PoolLayout.AUCTIONED, others + auction.get(AuctionLayout.MAINTENANCE));
        pool.set(PoolLayout.FLAGGED, uint256(flagged + _flaggedOf(auction)));
    }

    function close(Draft memory draft, Entry memory account, Entry memory auction) internal view {
        Entry memory pool = draft.existing(RecordKey.POOL);
        pool.set(PoolLayout.AUCTIONED, auctionedBeside(pool, auction));
        pool.set(PoolLayout.FLAGGED, uint256(int256(pool.get(PoolLayout.FLAGGED)) - _flaggedOf(auction)));
        account.set(AccountLayout.AUCTION, NO_AUCTION);
        auction.remove();
    }

    /// @dev What an account owed beyond all it had when it was found out [1e-6 USD].
    function _flaggedOf(Entry memory auction) private pure returns (int256) {
        if (!auction.exists() || auction.get(AuctionLayout.KIND) != INSOLVENT) return 0;
        return Integer.max(-auction.getInt(AuctionLayout.VALUE), 0);
    }
}
