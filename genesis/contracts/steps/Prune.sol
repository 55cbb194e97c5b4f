// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, Limit, OrderLayout, PruneBody, RecordKey, Refusal, SessionLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Keys} from "../records/Keys.sol";

/// @title Transaction `prune`, section 8.16 of the specification
library Prune {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant ORDERS_AT = PruneBody.ORDERS + 1;
    uint256 private constant DIGEST_WIDTH = 32;
    uint256 private constant ACCOUNT_WIDTH = 21;
    uint256 private constant ADDRESS_WIDTH = 20;
    uint256 private constant SESSION_WIDTH = ACCOUNT_WIDTH + ADDRESS_WIDTH;

    function apply_(Draft memory draft, bytes memory body) internal view {
        (uint256 orders, uint256 sessionsAt, uint256 sessions) = _checkShape(draft, body);
        uint256 count = orders + sessions;
        draft.require_(count > 0 && count <= Limit.MAX_PRUNES_PER_STEP, Refusal.MALFORMED);

        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        for (uint256 i = 0; i < orders; i++) {
            uint256 digest = body.get(Fields.inside(ORDERS_AT + DIGEST_WIDTH * i, DIGEST_WIDTH));
            _remove(draft, Keys.order(bytes32(digest)), OrderLayout.EXPIRY, timestamp);
        }
        for (uint256 i = 0; i < sessions; i++) {
            uint256 place = sessionsAt + SESSION_WIDTH * i;
            uint256 account = body.get(Fields.inside(place, ACCOUNT_WIDTH));
            uint256 key = body.get(Fields.inside(place + ACCOUNT_WIDTH, ADDRESS_WIDTH));
            _remove(draft, Keys.session(account, address(uint160(key))), SessionLayout.EXPIRY, timestamp);
        }
    }

    /// @return orders count of them, from `ORDERS_AT` on
    /// @return sessionsAt where the sessions begin
    /// @return sessions count of them
    function _checkShape(Draft memory draft, bytes memory body)
        private
        view
        returns (uint256 orders, uint256 sessionsAt, uint256 sessions)
    {
        draft.require_(body.length >= ORDERS_AT, Refusal.MALFORMED);
        orders = body.byteAt(PruneBody.ORDERS);
        draft.require_(orders <= Limit.MAX_PRUNES_PER_STEP, Refusal.MALFORMED);
        sessionsAt = ORDERS_AT + DIGEST_WIDTH * orders + 1;
        draft.require_(body.length >= sessionsAt, Refusal.MALFORMED);
        sessions = body.byteAt(sessionsAt - 1);
        draft.require_(sessions <= Limit.MAX_PRUNES_PER_STEP, Refusal.MALFORMED);
        draft.require_(body.length == sessionsAt + SESSION_WIDTH * sessions, Refusal.MALFORMED);
    }

    /// @dev An expired order can not fill and an expired session can not sign: nothing changes without
    /// them.
    /// @param expiry field of the record
    function _remove(Draft memory draft, bytes32 key, uint256 expiry, uint256 timestamp) private view {
        Entry memory record = draft.touch(key);
        draft.require_(record.exists(), Refusal.RECORD_NOT_FOUND);
        draft.require_(record.get(expiry) <= timestamp, Refusal.NOT_PRUNABLE);
        record.remove();
    }
}
