// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Refusal, RevokeSessionBody, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Keys} from "../records/Keys.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `revokeSession`, section 8.10 of the specification
library RevokeSession {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == RevokeSessionBody.WIDTH, Refusal.MALFORMED);
        uint256 key = body.get(RevokeSessionBody.KEY);
        Signer memory signer = Action.authenticate(draft, body, TypeHash.REVOKE_SESSION, abi.encode(key));
        Entry memory session = draft.touch(Keys.session(signer.id, address(uint160(key))));
        draft.require_(session.exists(), Refusal.SESSION_NOT_FOUND);
        session.remove();
    }
}
