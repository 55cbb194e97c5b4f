// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, Refusal, SetModeBody, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Accounts} from "../records/Accounts.sol";
import {Margins} from "../risk/Margin.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `setMode`, section 8.8 of the specification
library SetMode {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == SetModeBody.WIDTH, Refusal.MALFORMED);
        uint256 mode = body.get(SetModeBody.MODE);
        Signer memory signer = Action.authenticate(draft, body, TypeHash.SET_MODE, abi.encode(mode));
        draft.require_(mode <= Accounts.ISOLATED, Refusal.MODE_INVALID);
        bool isNarrow = mode != Accounts.ISOLATED || Accounts.positionCount(signer.account.value) <= 1;
        draft.require_(isNarrow, Refusal.ISOLATED_NEEDS_ONE_INSTRUMENT);
        signer.account.set(AccountLayout.MODE, mode);
        Margins.requireInitial(draft, Margins.compute(draft, signer.id, signer.account.value));
    }
}
