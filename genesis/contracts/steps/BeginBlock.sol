// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BeginBlockBody, ChainLayout, Limit, ParametersLayout, RecordKey, Refusal} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";

/// @title Transaction `beginBlock`, section 8.2 of the specification
library BeginBlock {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == BeginBlockBody.WIDTH, Refusal.MALFORMED);
        (uint256 height, uint256 timestamp) = (body.get(BeginBlockBody.HEIGHT), body.get(BeginBlockBody.TIMESTAMP));
        uint256 anchorNumber = body.get(BeginBlockBody.ANCHOR_NUMBER);
        bool areTimes = height < Limit.TIME_BOUND && timestamp < Limit.TIME_BOUND && anchorNumber < Limit.TIME_BOUND;
        draft.require_(areTimes, Refusal.MALFORMED);

        Entry memory chain = draft.existing(RecordKey.CHAIN);
        draft.require_(height == chain.get(ChainLayout.HEIGHT) + 1, Refusal.HEIGHT_MUST_FOLLOW);
        draft.require_(timestamp >= chain.get(ChainLayout.TIMESTAMP), Refusal.TIMESTAMP_MUST_NOT_DECREASE);
        draft.require_(anchorNumber >= chain.get(ChainLayout.ANCHOR_NUMBER), Refusal.ANCHOR_MUST_NOT_DECREASE);

        uint256 longest = draft.existing(RecordKey.PARAMETERS).get(ParametersLayout.OUTAGE_SECONDS);
        bool isBack = chain.get(ChainLayout.HEIGHT) > 0 && timestamp - chain.get(ChainLayout.TIMESTAMP) > longest;
        if (isBack) chain.set(ChainLayout.RESUME_TIME, timestamp);
        chain.set(ChainLayout.HEIGHT, height);
        chain.set(ChainLayout.TIMESTAMP, timestamp);
        chain.set(ChainLayout.ANCHOR_NUMBER, anchorNumber);
        chain.set(ChainLayout.ANCHOR_HASH, body.get(BeginBlockBody.ANCHOR_HASH));
    }
}
