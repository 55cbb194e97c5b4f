// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, DepositBody, Limit, NewAccount, Refusal} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Holdings} from "../records/Holdings.sol";
import {Keys} from "../records/Keys.sol";
import {InboxItems} from "./shared/InboxItems.sol";
import {Withdrawals} from "./shared/Withdrawals.sol";

/// @title Transaction `deposit`, section 8.3 of the specification
/// @notice The money is in the Vault already: what the account may not hold goes back to its owner.
library Deposit {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Holdings for Entry;

    uint256 private constant ACTIVE = 0;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == DepositBody.WIDTH, Refusal.MALFORMED);
        InboxItems.consume(draft, InboxItems.DEPOSIT, body);
        (uint256 id, uint256 account) = (body.get(DepositBody.ASSET), body.get(DepositBody.ACCOUNT));
        uint256 amount = body.get(DepositBody.AMOUNT);

        Entry memory asset = draft.touch(Keys.asset(id));
        bytes32 holder = Keys.account(account);
        if (_takes(asset, amount) && _mayHold(draft, draft.touch(holder), asset, id, amount)) {
            _credit(draft, holder, asset, id, amount);
        } else {
            // The token may be unknown to the chain; the books of a known asset stay untouched.
            Withdrawals.create(draft, account, id, amount, account >> 8);
        }
    }

    /// @dev Does the chain take `amount` more of the asset?
    function _takes(Entry memory asset, uint256 amount) private pure returns (bool) {
        if (!asset.exists() || asset.get(AssetLayout.STATUS) != ACTIVE) return false;
        uint256 deposited = asset.get(AssetLayout.DEPOSITED) + amount;
        bool isWithinCap = deposited <= asset.get(AssetLayout.CAP) + asset.get(AssetLayout.WITHDRAWN);
        return amount > 0 && isWithinCap && deposited < Limit.DEPOSITED_BOUND;
    }

    function _mayHold(Draft memory draft, Entry memory holder, Entry memory asset, uint256 id, uint256 amount)
        private
        view
        returns (bool)
    {
        return Holdings.isWithinCap(draft, holder, id, asset, amount) && holder.hasRoomFor(id);
    }

    function _credit(Draft memory draft, bytes32 holder, Entry memory asset, uint256 id, uint256 amount)
        private
        view
    {
        Entry memory account = draft.touch(holder);
        if (!account.exists()) account.put(NewAccount.VALUE);
        asset.set(AssetLayout.DEPOSITED, asset.get(AssetLayout.DEPOSITED) + amount);
        if (id == Holdings.CASH) Ledger.moveCash(draft, Ledger.L1, holder, int256(amount));
        else Ledger.adjustCollateral(draft, holder, id, int256(amount));
    }
}
