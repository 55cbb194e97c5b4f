// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, AuctionLayout, PoolLayout, RecordKey, Refusal, SocializeBody} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Deficit} from "../ledger/Deficit.sol";
import {Interest} from "../ledger/Interest.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Lifecycle} from "../liquidation/Lifecycle.sol";
import {Accounts} from "../records/Accounts.sol";
import {Keys} from "../records/Keys.sol";

/// @title Transaction `socialize`, section 8.23 of the specification
library Socialize {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == SocializeBody.WIDTH, Refusal.MALFORMED);
        uint256 id = body.get(SocializeBody.ACCOUNT);
        bytes32 key = Keys.account(id);
        Entry memory account = draft.touch(key);
        draft.require_(account.exists(), Refusal.ACCOUNT_NOT_FOUND);
        uint256 held = Accounts.positionCount(account.value) + Accounts.collateralCount(account.value);
        draft.require_(held == 0, Refusal.ACCOUNT_HOLDS_ASSETS);
        Entry memory pool = draft.existing(RecordKey.POOL);
        int256 owed = -(account.getInt(AccountLayout.CASH) + Interest.sinceDown(account.value, pool));
        draft.require_(owed > 0, Refusal.ACCOUNT_IS_HEALTHY);
        Entry memory auction = draft.touch(Keys.auction(id));
        // All of the fund: nobody shares a loss before it is empty.
        int256 fromFund = Integer.min(owed, pool.getInt(PoolLayout.INSURANCE));
        Ledger.moveCash(draft, Ledger.INSURANCE, key, fromFund);
        if (auction.exists()) {
            int256 left = int256(auction.get(AuctionLayout.FUND_LEFT));
            auction.set(AuctionLayout.FUND_LEFT, uint256(Integer.max(left - fromFund, 0)));
            Lifecycle.close(draft, account, auction);
        }
        if (owed == fromFund) return;
        Deficit.grow(pool, owed - fromFund);
        Ledger.moveCash(draft, Ledger.INSURANCE, key, owed - fromFund);
        Deficit.fixRate(pool);
    }
}
