// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AuthorizeSessionBody,
    InvalidateNoncesBody,
    Refusal,
    RevokeSessionBody,
    SetModeBody,
    TransferBody,
    WithdrawBody
} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {AuthorizeSession} from "./AuthorizeSession.sol";
import {Forced} from "./Forced.sol";
import {InvalidateNonces} from "./InvalidateNonces.sol";
import {RevokeSession} from "./RevokeSession.sol";
import {SetMode} from "./SetMode.sol";
import {Transfer} from "./Transfer.sol";
import {Withdraw} from "./Withdraw.sol";

/// @title Steps that an owner signs, sent by the sequencer or forced from L1
contract ActionSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        if (_typeOf(transaction) == Forced.TYPE) transaction = Forced.open(draft, transaction);
        // Nothing is forced but what an owner signs: a forced item inside is unknown too.
        uint256 kind = _typeOf(transaction);
        if (kind == WithdrawBody.TYPE) Withdraw.apply_(draft, transaction);
        else if (kind == TransferBody.TYPE) Transfer.apply_(draft, transaction);
        else if (kind == SetModeBody.TYPE) SetMode.apply_(draft, transaction);
        else if (kind == AuthorizeSessionBody.TYPE) AuthorizeSession.apply_(draft, transaction);
        else if (kind == RevokeSessionBody.TYPE) RevokeSession.apply_(draft, transaction);
        else if (kind == InvalidateNoncesBody.TYPE) InvalidateNonces.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }

    function _typeOf(bytes memory transaction) private pure returns (uint256) {
        return transaction.length == 0 ? 0 : transaction.byteAt(0);
    }
}
