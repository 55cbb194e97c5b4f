// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, RecordId, Refusal} from "../Protocol.sol";
import {Fields} from "./Fields.sol";
import {Fold} from "./Fold.sol";

/// @notice A record of the witness, or a neighbour of its fold.
struct Entry {
    bytes32 key;
    bytes32 before; // SHA-256 of the value before the step; zero for an absent record.
    bytes32 kept; // What survives a refusal: `before`, until `Drafts.keep`.
    bytes value; // As the step has it now; empty for an absent record.
    bool isNeighbour;
    bool isTouched;
    bool isChanged;
}

/// @notice The state as one step sees it: the records of a witness, by key, ascending.
struct Draft {
    bytes32 preRoot;
    Entry[] entries;
    uint256 touched;
    bytes witness;
    uint256 foldAt;
}

/// @title Access of a step to the state, over a witness
/// @notice Twin of `state/access.ts` and `state/stepWitness.ts`. Nothing is trusted: the roots are
/// recomputed at the end from what was read, and a record that is not listed can not be read.
library Drafts {
    using Fields for bytes;

    /// @notice Thrown when the witness ends early or names an unknown record type.
    error WitnessMalformed(uint256 offset);
    /// @notice Thrown when the step needs a record that the witness does not list.
    error RecordNotInWitness(bytes32 key);
    /// @notice Thrown when the witness leads to another root than the one before the step.
    error WitnessOfAnotherRoot(bytes32 expected, bytes32 received);
    /// @notice Thrown when a record is missing that genesis or an earlier step always leaves.
    error RecordMustExist(bytes32 key);

    uint256 private constant NEIGHBOUR = 0;
    uint256 private constant ABSENT = 0xffff;

    /* OPEN AND CLOSE */

    function open(bytes32 preRoot, bytes memory witness) internal pure returns (Draft memory draft) {
        if (witness.length == 0) revert WitnessMalformed(0);
        draft.preRoot = preRoot;
        draft.witness = witness;
        Entry[] memory entries = new Entry[](witness.byteAt(0));
        uint256 cursor = 1;
        for (uint256 i = 0; i < entries.length; i++) cursor = _readEntry(entries[i], witness, cursor);
        draft.entries = entries;
        draft.foldAt = cursor;
    }

    /// @notice The root after a step that was accepted.
    function commit(Draft memory draft) internal view returns (bytes32) {
        return _fold(draft, false);
    }

    /// @notice Ends the call: the step is refused by rule `code` and changed only what it kept.
    function refuse(Draft memory draft, uint256 code) internal view {
        bytes32 root = _fold(draft, true);
        // A refusal ends the step wherever it happens: what `Step.execute` returns is returned here.
        assembly ("memory-safe") {
            mstore(0, code)
            mstore(32, root)
            return(0, 64)
        }
    }

    /// @notice Refuses by rule `code` unless `condition` holds.
    function require_(Draft memory draft, bool condition, uint256 code) internal view {
        if (!condition) refuse(draft, code);
    }

    /* RECORDS */

    /// @notice The record of `key`; its value is empty where there is none.
    function touch(Draft memory draft, bytes32 key) internal view returns (Entry memory entry) {
        (bool isListed, uint256 index) = _find(draft.entries, key);
        if (isListed) {
            entry = draft.entries[index];
            if (entry.isTouched) return entry;
        }
        if (draft.touched >= Limit.MAX_RECORDS_PER_STEP) refuse(draft, Refusal.TOO_MANY_RECORDS);
        // A neighbour is a hash without data: to read it would be to trust the prover.
        if (!isListed || entry.isNeighbour) revert RecordNotInWitness(key);
        entry.isTouched = true;
        draft.touched++;
    }

    /// @notice A record that must exist.
    function existing(Draft memory draft, bytes32 key) internal view returns (Entry memory entry) {
        entry = touch(draft, key);
        if (entry.value.length == 0) revert RecordMustExist(key);
    }

    function exists(Entry memory entry) internal pure returns (bool) {
        return entry.value.length != 0;
    }

    /// @notice Replaces or creates the record.
    function put(Entry memory entry, bytes memory value) internal pure {
        entry.value = value;
        entry.isChanged = true;
    }

    function remove(Entry memory entry) internal pure {
        put(entry, "");
    }

    /// @notice What the step changed so far survives a later refusal.
    function keep(Draft memory draft) internal pure {
        for (uint256 i = 0; i < draft.entries.length; i++) {
            draft.entries[i].kept = _hashNow(draft.entries[i]);
        }
    }

    /* FIELDS OF A RECORD */

    function get(Entry memory entry, uint256 field) internal pure returns (uint256) {
        return entry.value.get(field);
    }

    function getInt(Entry memory entry, uint256 field) internal pure returns (int256) {
        return entry.value.getInt(field);
    }

    function set(Entry memory entry, uint256 field, uint256 value) internal pure {
        entry.value.set(field, value);
        entry.isChanged = true;
    }

    function setInt(Entry memory entry, uint256 field, int256 value) internal pure {
        entry.value.setInt(field, value);
        entry.isChanged = true;
    }

    /* INTERNAL */

    function _readEntry(Entry memory entry, bytes memory witness, uint256 cursor) private pure returns (uint256) {
        if (cursor >= witness.length) revert WitnessMalformed(cursor);
        uint256 kind = witness.byteAt(cursor);
        if (kind == NEIGHBOUR) {
            if (cursor + 65 > witness.length) revert WitnessMalformed(cursor);
            entry.isNeighbour = true;
            entry.key = bytes32(witness.get(Fields.inside(cursor + 1, 32)));
            entry.before = bytes32(witness.get(Fields.inside(cursor + 33, 32)));
            // Zero is how absence is written: a neighbour is present.
            if (entry.before == 0) revert WitnessMalformed(cursor);
            entry.kept = entry.before;
            return cursor + 65;
        }
        uint256 idLength = kind < 32 ? uint8(RecordId.LENGTHS[kind]) : RecordId.UNKNOWN_TYPE;
        if (idLength == RecordId.UNKNOWN_TYPE) revert WitnessMalformed(cursor);
        uint256 valueAt = cursor + 3 + idLength;
        if (valueAt > witness.length) revert WitnessMalformed(cursor);
        // The bytes of type and id lie together: they are the preimage of the key.
        entry.key = sha256(witness.slice(cursor, valueAt - 2 - cursor));
        uint256 length = witness.get(Fields.inside(valueAt - 2, 2));
        if (length == ABSENT) return valueAt;
        if (length == 0 || valueAt + length > witness.length) revert WitnessMalformed(cursor);
        entry.value = witness.slice(valueAt, length);
        entry.before = sha256(entry.value);
        entry.kept = entry.before;
        return valueAt + length;
    }

    /// @dev Binary search. Order is checked by the fold: an unordered witness only loses.
    function _find(Entry[] memory entries, bytes32 key) private pure returns (bool, uint256) {
        uint256 low = 0;
        uint256 high = entries.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            bytes32 found = entries[middle].key;
            if (found == key) return (true, middle);
            if (found < key) low = middle + 1;
            else high = middle;
        }
        return (false, 0);
    }

    function _hashNow(Entry memory entry) private pure returns (bytes32) {
        if (!entry.isChanged) return entry.before;
        return entry.value.length == 0 ? bytes32(0) : sha256(entry.value);
    }

    function _fold(Draft memory draft, bool isRefused) private view returns (bytes32) {
        uint256 count = draft.entries.length;
        // A step that touched nothing leaves the root.
        if (count == 0) return draft.preRoot;
        bytes32[] memory keys = new bytes32[](count);
        bytes32[] memory before = new bytes32[](count);
        bytes32[] memory afterward = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            Entry memory entry = draft.entries[i];
            keys[i] = entry.key;
            before[i] = entry.before;
            afterward[i] = isRefused ? entry.kept : _hashNow(entry);
        }
        (bytes32 pre, bytes32 post) = Fold.roots(keys, before, afterward, draft.witness, draft.foldAt);
        if (pre != draft.preRoot) revert WitnessOfAnotherRoot(draft.preRoot, pre);
        return post;
    }
}
