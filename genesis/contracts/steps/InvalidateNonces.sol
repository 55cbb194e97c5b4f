// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, InvalidateNoncesBody, Refusal, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `invalidateNonces`, section 8.11 of the specification
library InvalidateNonces {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == InvalidateNoncesBody.WIDTH, Refusal.MALFORMED);
        uint256 floor = body.get(InvalidateNoncesBody.FLOOR);
        bytes memory terms = abi.encode(floor);
        Signer memory signer = Action.authenticate(draft, body, TypeHash.INVALIDATE_NONCES, terms);
        uint256 before = signer.account.get(AccountLayout.ORDER_NONCE_FLOOR);
        draft.require_(floor > before, Refusal.NONCE_FLOOR_MUST_RISE);
        signer.account.set(AccountLayout.ORDER_NONCE_FLOOR, floor);
    }
}
