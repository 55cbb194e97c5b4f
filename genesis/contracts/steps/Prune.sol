// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ChainLayout,
    InstrumentLayout,
    Limit,
    OrderLayout,
    PruneBody,
    RecordKey,
    Refusal,
    SessionLayout
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Instruments} from "../records/Instruments.sol";
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
    uint256 private constant ID_WIDTH = 4;
    uint256 private constant SESSION_WIDTH = ACCOUNT_WIDTH + ADDRESS_WIDTH;

    /// @dev Where the parts of the body lie.
    struct Parts {
        uint256 orders; // Their number, from `ORDERS_AT` on.
        uint256 sessionsAt;
        uint256 sessions; // Their number.
        uint256 instrumentsAt;
        uint256 instruments; // Their number.
    }

    function apply_(Draft memory draft, bytes memory body) internal view {
        Parts memory parts = _checkShape(draft, body);
        uint256 count = parts.orders + parts.sessions + parts.instruments;
        draft.require_(count > 0 && count <= Limit.MAX_PRUNES_PER_STEP, Refusal.MALFORMED);

        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        for (uint256 i = 0; i < parts.orders; i++) {
            uint256 digest = body.get(Fields.inside(ORDERS_AT + DIGEST_WIDTH * i, DIGEST_WIDTH));
            _remove(draft, Keys.order(bytes32(digest)), OrderLayout.EXPIRY, timestamp);
        }
        for (uint256 i = 0; i < parts.sessions; i++) {
            uint256 place = parts.sessionsAt + SESSION_WIDTH * i;
            uint256 account = body.get(Fields.inside(place, ACCOUNT_WIDTH));
            uint256 key = body.get(Fields.inside(place + ACCOUNT_WIDTH, ADDRESS_WIDTH));
            _remove(draft, Keys.session(account, address(uint160(key))), SessionLayout.EXPIRY, timestamp);
        }
        for (uint256 i = 0; i < parts.instruments; i++) {
            uint256 id = body.get(Fields.inside(parts.instrumentsAt + ID_WIDTH * i, ID_WIDTH));
            _removeSettled(draft, Keys.instrument(id), timestamp);
        }
    }

    function _checkShape(Draft memory draft, bytes memory body) private view returns (Parts memory parts) {
        parts.orders = _count(draft, body, PruneBody.ORDERS);
        parts.sessionsAt = ORDERS_AT + DIGEST_WIDTH * parts.orders + 1;
        parts.sessions = _count(draft, body, parts.sessionsAt - 1);
        parts.instrumentsAt = parts.sessionsAt + SESSION_WIDTH * parts.sessions + 1;
        parts.instruments = _count(draft, body, parts.instrumentsAt - 1);
        draft.require_(body.length == parts.instrumentsAt + ID_WIDTH * parts.instruments, Refusal.MALFORMED);
    }

    /// @dev The number of items of the list at `place`.
    function _count(Draft memory draft, bytes memory body, uint256 place) private view returns (uint256 count) {
        draft.require_(place < body.length, Refusal.MALFORMED);
        count = body.byteAt(place);
        draft.require_(count <= Limit.MAX_PRUNES_PER_STEP, Refusal.MALFORMED);
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

    /// @dev A settled instrument that nobody holds is named by no record.
    function _removeSettled(Draft memory draft, bytes32 key, uint256 timestamp) private view {
        Entry memory instrument = draft.touch(key);
        draft.require_(instrument.exists(), Refusal.RECORD_NOT_FOUND);
        bool isOver = instrument.get(InstrumentLayout.STATUS) == Instruments.SETTLED
            && instrument.get(InstrumentLayout.OPEN_INTEREST) == 0;
        uint256 until = instrument.get(InstrumentLayout.EXPIRY) + Limit.INSTRUMENT_RETENTION_SECONDS;
        draft.require_(isOver && until <= timestamp, Refusal.NOT_PRUNABLE);
        instrument.remove();
    }
}
