// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, AssetLayout, Limit, RecordKey} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Interest} from "../ledger/Interest.sol";
import {Accounts} from "./Accounts.sol";

/// @title What an account has of an asset: cash of asset 0, collateral of any other
library Holdings {
    using Drafts for Draft;
    using Drafts for Entry;

    uint256 internal constant CASH = 0;

    /// @notice Balance of `account` [token units], cash with its interest; negative where owed.
    function balanceOf(Draft memory draft, Entry memory account, uint256 asset) internal view returns (int256) {
        if (asset != CASH) return int256(Accounts.balanceOf(account.value, asset));
        return account.getInt(AccountLayout.CASH) + Interest.sinceDown(account.value, draft.existing(RecordKey.POOL));
    }

    /// @notice May `account`, which need not exist yet, have `amount` more of the asset?
    /// @param record of the asset
    function isWithinCap(Draft memory draft, Entry memory account, uint256 asset, Entry memory record, uint256 amount)
        internal
        view
        returns (bool)
    {
        int256 held = account.exists() ? balanceOf(draft, account, asset) : int256(0);
        return held + int256(amount) <= int256(record.get(AssetLayout.ACCOUNT_CAP));
    }

    /// @notice May `account`, which need not exist yet, receive the asset?
    function hasRoomFor(Entry memory account, uint256 asset) internal pure returns (bool) {
        if (asset == CASH || !account.exists()) return true;
        (bool isHeld,) = Accounts.findCollateral(account.value, asset);
        return isHeld || Accounts.collateralCount(account.value) < Limit.MAX_COLLATERALS;
    }
}
