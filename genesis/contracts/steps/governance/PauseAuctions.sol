// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, Limit, PauseAuctionsAction, PoolLayout, RecordKey, Refusal} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";

/// @title Governance `pauseAuctions`, section 8.4 of the specification
library PauseAuctions {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory action) internal view {
        draft.require_(action.length == PauseAuctionsAction.WIDTH, Refusal.MALFORMED);
        uint256 until = action.get(PauseAuctionsAction.UNTIL);
        draft.require_(until < Limit.TIME_BOUND, Refusal.MALFORMED);
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        Entry memory pool = draft.existing(RecordKey.POOL);
        uint256 last = pool.get(PoolLayout.AUCTION_PAUSE);
        bool isRested = last == 0 || timestamp >= last + Limit.AUCTION_PAUSE_REST_SECONDS;
        bool isBounded = until <= timestamp + Limit.MAX_AUCTION_PAUSE_SECONDS;
        draft.require_(until <= last || (isRested && isBounded), Refusal.PARAMETER_OUT_OF_BOUNDS);
        // A pause that is cut short ends now at the earliest, and rest begins there.
        uint256 least = last < timestamp ? last : timestamp;
        pool.set(PoolLayout.AUCTION_PAUSE, until > least ? until : least);
    }
}
