// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, RecordKey, WithdrawalLayout} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Keys} from "../../records/Keys.sol";

/// @title What L1 owes, section 7.5 of the specification
library Withdrawals {
    using Drafts for Draft;
    using Drafts for Entry;

    /// @notice Writes the next withdrawal: L1 pays it to `recipient` against a final root.
    /// @param account owner and subaccount it is taken from: `owner << 8 | subaccount`
    /// @param amount [token units]
    function create(Draft memory draft, uint256 account, uint256 asset, uint256 amount, uint256 recipient)
        internal
        view
    {
        Entry memory chain = draft.existing(RecordKey.CHAIN);
        uint256 index = chain.get(ChainLayout.WITHDRAWAL_COUNT);
        Entry memory withdrawal = draft.touch(Keys.withdrawal(index));
        withdrawal.put(new bytes(WithdrawalLayout.WIDTH));
        withdrawal.set(WithdrawalLayout.ASSET, asset);
        withdrawal.set(WithdrawalLayout.AMOUNT, amount);
        withdrawal.set(WithdrawalLayout.RECIPIENT, recipient);
        withdrawal.set(WithdrawalLayout.ACCOUNT, account);
        withdrawal.set(WithdrawalLayout.HEIGHT, chain.get(ChainLayout.HEIGHT));
        withdrawal.set(WithdrawalLayout.TIMESTAMP, chain.get(ChainLayout.TIMESTAMP));
        chain.set(ChainLayout.WITHDRAWAL_COUNT, index + 1);
    }
}
