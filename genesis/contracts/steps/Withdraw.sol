// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, RecordKey, Refusal, TypeHash, WithdrawBody} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Deficit} from "../ledger/Deficit.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Holdings} from "../records/Holdings.sol";
import {Keys} from "../records/Keys.sol";
import {Margins} from "../risk/Margin.sol";
import {Action, Signer} from "./Action.sol";
import {Withdrawals} from "./shared/Withdrawals.sol";

/// @title Transaction `withdraw`, section 8.6 of the specification
library Withdraw {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == WithdrawBody.WIDTH, Refusal.MALFORMED);
        (uint256 id, uint256 amount) = (body.get(WithdrawBody.ASSET), body.get(WithdrawBody.AMOUNT));
        uint256 recipient = body.get(WithdrawBody.RECIPIENT);
        bytes memory terms = abi.encode(id, amount, recipient);
        Signer memory signer = Action.authenticate(draft, body, TypeHash.WITHDRAW, terms);
        draft.require_(amount > 0, Refusal.AMOUNT_MUST_BE_POSITIVE);
        draft.require_(recipient != 0, Refusal.RECIPIENT_MUST_NOT_BE_ZERO);
        Entry memory asset = draft.touch(Keys.asset(id));
        draft.require_(asset.exists(), Refusal.ASSET_NOT_FOUND);
        // Cash can not go below zero by a withdrawal: profit of open positions is not paid out.
        draft.require_(Holdings.balanceOf(draft, signer.account, id) >= int256(amount), Refusal.BALANCE_TOO_LOW);
        amount = _pay(draft, signer.key, asset, id, int256(amount));
        Withdrawals.create(draft, signer.id, id, amount, recipient);
        Margins.requireFree(draft, Margins.compute(draft, signer.id, signer.account.value));
    }

    /// @return paid what is left of `amount` after its share of losses, shared and in the open
    function _pay(Draft memory draft, bytes32 account, Entry memory asset, uint256 id, int256 amount)
        private
        view
        returns (uint256 paid)
    {
        Entry memory pool = draft.existing(RecordKey.POOL);
        bool isCash = id == Holdings.CASH;
        int256 shared = isCash ? Deficit.withheldUp(pool, amount) : int256(0);
        int256 provision = isCash ? Deficit.provisionUp(pool, amount) : int256(0);
        int256 left = amount - shared - provision;
        draft.require_(left > 0, Refusal.WITHDRAWAL_THROTTLED);
        paid = uint256(left);
        uint256 withdrawn = asset.get(AssetLayout.WITHDRAWN) + paid;
        draft.require_(withdrawn <= asset.get(AssetLayout.DEPOSITED), Refusal.POOL_LIQUIDITY_TOO_LOW);
        asset.set(AssetLayout.WITHDRAWN, withdrawn);
        if (!isCash) {
            Ledger.adjustCollateral(draft, account, id, -left);
            return paid;
        }
        Ledger.moveCash(draft, account, Ledger.L1, left);
        Ledger.moveCash(draft, account, Ledger.INSURANCE, shared);
        if (shared > 0) Deficit.pay(pool, shared);
        Ledger.moveCash(draft, account, Ledger.INSURANCE, provision);
        Deficit.settle(pool, provision);
    }
}
