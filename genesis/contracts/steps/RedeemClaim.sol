// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {RecordKey, RedeemClaimBody, Refusal, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Claims} from "../ledger/Claims.sol";
import {Keys} from "../records/Keys.sol";
import {Action} from "./Action.sol";

/// @title Transaction `redeemClaim`, section 8.26 of the specification
library RedeemClaim {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == RedeemClaimBody.WIDTH, Refusal.MALFORMED);
        uint256 owner = body.get(RedeemClaimBody.TO_OWNER);
        uint256 subaccount = body.get(RedeemClaimBody.TO_SUBACCOUNT);
        Action.authenticate(draft, body, TypeHash.REDEEM_CLAIM, abi.encode(owner, subaccount));
        uint256 id = owner << 8 | subaccount;
        Entry memory claim = draft.touch(Keys.claim(id));
        draft.require_(claim.exists(), Refusal.CLAIM_NOT_FOUND);
        Claims.recover(draft.existing(RecordKey.POOL));
        int256 due = Claims.pay(draft, claim, Keys.account(id));
        draft.require_(due > 0, Refusal.NOTHING_RECOVERED);
    }
}
