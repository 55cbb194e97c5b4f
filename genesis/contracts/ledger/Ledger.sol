// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, AssetLayout, PoolLayout, RecordKey} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Accounts} from "../records/Accounts.sol";
import {Keys} from "../records/Keys.sol";
import {Interest} from "./Interest.sol";

/// @title The one door for money
/// @notice Twin of `state/ledger/ledger.ts`. Cash moves from a party to a party, and the pool's
/// totals move with it. Interest is settled before an account's cash changes. Sums of a few fields fit
/// 256 bits, and a field takes nothing that is wider than it.
library Ledger {
    using Drafts for Draft;
    using Drafts for Entry;

    /// @notice Thrown where the twin would find its own fault: an amount with the wrong sign.
    error AmountNegative(int256 amount);

    // A party is the key of an account, or one of these: no SHA-256 is that small. What the pool holds
    // itself is named by its field.
    bytes32 internal constant L1 = bytes32(uint256(1));
    bytes32 internal constant CLEARING = bytes32(PoolLayout.CLEARING);
    bytes32 internal constant FEES = bytes32(PoolLayout.FEES);
    bytes32 internal constant INSURANCE = bytes32(PoolLayout.INSURANCE);
    bytes32 internal constant RECOVERY = bytes32(PoolLayout.RECOVERY);

    uint256 private constant FIELD_BOUND = 2 ** 32;

    /// @notice Moves `amount >= 0` [1e-6 USD].
    function moveCash(Draft memory draft, bytes32 from, bytes32 to, int256 amount) internal view {
        if (amount < 0) revert AmountNegative(amount);
        if (amount == 0) return;
        _adjust(draft, from, -amount);
        _adjust(draft, to, amount);
    }

    /// @notice Moves a signed amount: positive from -> to, negative to -> from.
    function moveSigned(Draft memory draft, bytes32 from, bytes32 to, int256 amount) internal view {
        if (amount >= 0) moveCash(draft, from, to, amount);
        else moveCash(draft, to, from, -amount);
    }

    /// @notice Turns the quote of a position that was closed into cash.
    function realiseQuote(Draft memory draft, bytes32 account, int256 quote) internal view {
        unchecked {
            if (quote == 0) return;
            Entry memory holder = draft.existing(account);
            Entry memory pool = draft.existing(RecordKey.POOL);
            _changeCash(holder, pool, quote);
            pool.setInt(PoolLayout.QUOTE_TOTAL, pool.getInt(PoolLayout.QUOTE_TOTAL) - quote);
        }
    }

    /// @notice Changes a collateral balance and the asset's holdings with it [token units].
    function adjustCollateral(Draft memory draft, bytes32 account, uint256 asset, int256 amount) internal view {
        unchecked {
            Entry memory holder = draft.existing(account);
            Entry memory record = draft.existing(Keys.asset(asset));
            int256 balance = int256(Accounts.balanceOf(holder.value, asset)) + amount;
            if (balance < 0) revert AmountNegative(balance);
            holder.put(Accounts.withBalance(holder.value, asset, uint256(balance)));
            // A natural number: below zero it fits no field.
            record.set(AssetLayout.HELD, uint256(int256(record.get(AssetLayout.HELD)) + amount));
        }
    }

    function _adjust(Draft memory draft, bytes32 party, int256 amount) private view {
        unchecked {
            Entry memory pool = draft.existing(RecordKey.POOL);
            if (party == L1) {
                if (amount < 0) pool.set(PoolLayout.DEPOSITED, pool.get(PoolLayout.DEPOSITED) + uint256(-amount));
                else pool.set(PoolLayout.WITHDRAWN, pool.get(PoolLayout.WITHDRAWN) + uint256(amount));
            } else if (uint256(party) < FIELD_BOUND) {
                uint256 field = uint256(party);
                pool.setInt(field, pool.getInt(field) + amount);
            } else {
                _changeCash(draft.existing(party), pool, amount);
            }
        }
    }

    /// @dev Settles interest with clearing, then changes the cash of an account.
    function _changeCash(Entry memory account, Entry memory pool, int256 amount) private pure {
        unchecked {
            int256 interest = Interest.sinceDown(account.value, pool);
            int256 before = account.getInt(AccountLayout.CASH);
            int256 cash = before + interest + amount;
            account.setInt(AccountLayout.CASH, cash);
            account.set(AccountLayout.INTEREST_INDEX, Interest.indexOf(pool, cash));
            pool.setInt(PoolLayout.CLEARING, pool.getInt(PoolLayout.CLEARING) - interest);
            int256 positive = Integer.max(cash, 0) - Integer.max(before, 0);
            int256 negative = Integer.max(-cash, 0) - Integer.max(-before, 0);
            pool.setInt(PoolLayout.CASH_POSITIVE, pool.getInt(PoolLayout.CASH_POSITIVE) + positive);
            pool.setInt(PoolLayout.CASH_NEGATIVE, pool.getInt(PoolLayout.CASH_NEGATIVE) + negative);
        }
    }
}
