// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {NewAccount, Refusal, TransferBody, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Ledger} from "../ledger/Ledger.sol";
import {Holdings} from "../records/Holdings.sol";
import {Keys} from "../records/Keys.sol";
import {Margins} from "../risk/Margin.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `transfer`, section 8.7 of the specification
library Transfer {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Holdings for Entry;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == TransferBody.WIDTH, Refusal.MALFORMED);
        (uint256 id, uint256 amount) = (body.get(TransferBody.ASSET), body.get(TransferBody.AMOUNT));
        uint256 receiverId = body.get(TransferBody.TO_OWNER + 1); // Owner and subaccount lie together.
        bytes memory terms = abi.encode(id, amount, receiverId >> 8, receiverId & 0xff);
        Signer memory sender = Action.authenticate(draft, body, TypeHash.TRANSFER, terms);
        draft.require_(amount > 0, Refusal.AMOUNT_MUST_BE_POSITIVE);
        draft.require_(receiverId != sender.id, Refusal.ACCOUNTS_MUST_DIFFER);
        Entry memory asset = draft.touch(Keys.asset(id));
        draft.require_(asset.exists(), Refusal.ASSET_NOT_FOUND);
        draft.require_(Holdings.balanceOf(draft, sender.account, id) >= int256(amount), Refusal.BALANCE_TOO_LOW);
        bytes32 receiver = Keys.account(receiverId);
        draft.require_(draft.touch(receiver).hasRoomFor(id), Refusal.TOO_MANY_COLLATERALS);
        bool isWithinCap = Holdings.isWithinCap(draft, draft.touch(receiver), id, asset, amount);
        draft.require_(isWithinCap, Refusal.ACCOUNT_CAP);

        _move(draft, sender.key, receiver, id, int256(amount));
        // Receiving only adds value: the receiver's margin can not get worse.
        Margins.requireFree(draft, Margins.compute(draft, sender.id, sender.account.value));
    }

    function _move(Draft memory draft, bytes32 sender, bytes32 receiver, uint256 asset, int256 amount)
        private
        view
    {
        Entry memory account = draft.touch(receiver);
        if (!account.exists()) account.put(NewAccount.VALUE);
        if (asset == Holdings.CASH) {
            Ledger.moveCash(draft, sender, receiver, amount);
        } else {
            Ledger.adjustCollateral(draft, sender, asset, -amount);
            Ledger.adjustCollateral(draft, receiver, asset, amount);
        }
    }
}
