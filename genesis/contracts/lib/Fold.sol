// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fields} from "./Fields.sol";

/// @title The fold of a step's witness
/// @notice Twin of `state/tree/fold.ts`, check for check; `state/tree/README.md` has the format and
/// the argument why a fold that ends in the true root told the truth.
library Fold {
    using Fields for bytes;

    /// @notice Thrown when the bytes end before what they announce.
    error WitnessTruncated();
    /// @notice Thrown when keys do not strictly ascend.
    error KeysNotAscending(uint256 index);
    /// @notice Thrown when a record is not alone at its depth.
    error DepthTooSmall(uint256 index);
    /// @notice Thrown when the records need more fold steps than announced.
    error StepsExhausted();
    /// @notice Thrown when a sibling is listed that the map should have called empty.
    error SiblingEmpty();
    /// @notice Thrown when an opaque leaf would rise past an absent record (rule N).
    error LeafBesideAbsence();
    /// @notice Thrown when something announced was not needed: steps, map padding, bytes.
    error WitnessLeftOver();

    struct Reader {
        bytes data;
        uint256 depthsAt;
        uint256 mapAt;
        uint256 siblingAt;
        uint256 steps;
        uint256 step;
    }

    /// @dev A subtree as its hash before the step and its hash after, and the depth of its root.
    struct Subtree {
        bytes32 pre;
        bytes32 post;
        uint256 depth;
    }

    /// @notice The roots before and after, of records in key order; zero stands for absence.
    /// @param data holds the fold from byte `start` to its end.
    function roots(
        bytes32[] memory keys,
        bytes32[] memory before,
        bytes32[] memory afterward,
        bytes memory data,
        uint256 start
    ) internal view returns (bytes32, bytes32) {
        Reader memory reader = _open(data, start, keys.length);
        // Finished left subtrees, by number of records at most; depths strictly increase. The first
        // is a floor that nothing joins.
        Subtree[] memory stack = new Subtree[](keys.length + 1);
        uint256 top = 0;
        Subtree memory current;
        for (uint256 i = 0; i < keys.length; i++) {
            uint256 next = i + 1 < keys.length ? _joinDepth(keys[i], keys[i + 1], i) : 0;
            current = _start(reader, i, keys[i], before[i], afterward[i]);
            if (current.depth < next || current.depth < stack[top].depth) revert DepthTooSmall(i);
            while (true) {
                uint256 previous = stack[top].depth;
                _climb(reader, current, uint256(keys[i]), previous > next ? previous : next);
                if (previous <= next) break;
                _join(stack[top], current);
                top--;
            }
            if (next != 0) stack[++top] = current;
        }
        _requireConsumed(reader);
        return (current.pre, current.post);
    }

    function _start(Reader memory reader, uint256 index, bytes32 key, bytes32 before, bytes32 afterward)
        private
        view
        returns (Subtree memory)
    {
        bytes32 pre = _leaf(key, before);
        bytes32 post = before == afterward ? pre : _leaf(key, afterward);
        return Subtree(pre, post, uint8(reader.data[reader.depthsAt + index]));
    }

    function _open(bytes memory data, uint256 start, uint256 count) private pure returns (Reader memory reader) {
        if (data.length < start + 2 + count) revert WitnessTruncated();
        reader.data = data;
        reader.steps = (uint256(uint8(data[start])) << 8) | uint8(data[start + 1]);
        reader.depthsAt = start + 2;
        reader.mapAt = reader.depthsAt + count;
        reader.siblingAt = reader.mapAt + (reader.steps + 7) / 8;
        if (data.length < reader.siblingAt) revert WitnessTruncated();
    }

    /// @dev Up to depth `stop` along `key`, with the siblings that the witness names.
    function _climb(Reader memory reader, Subtree memory node, uint256 key, uint256 stop) private view {
        (bytes32 pre, bytes32 post) = (node.pre, node.post);
        uint256 depth = node.depth;
        while (depth > stop) {
            bytes32 sibling = _nextSibling(reader);
            // Rule N: in `pre` no opaque leaf takes the place of its parent.
            if (pre == 0 && uint256(sibling) & 1 == 1) revert LeafBesideAbsence();
            bool isSame = pre == post;
            if ((key >> (256 - depth)) & 1 == 1) {
                pre = _combine(sibling, pre);
                post = isSame ? pre : _combine(sibling, post);
            } else {
                pre = _combine(pre, sibling);
                post = isSame ? pre : _combine(post, sibling);
            }
            unchecked {
                depth--;
            }
        }
        (node.pre, node.post, node.depth) = (pre, post, stop);
    }

    /// @dev One level up, with the left brother from the stack.
    function _join(Subtree memory left, Subtree memory node) private view {
        bool isSame = node.pre == node.post && left.pre == left.post;
        node.pre = _combine(left.pre, node.pre);
        node.post = isSame ? node.pre : _combine(left.post, node.post);
        node.depth--;
    }

    function _nextSibling(Reader memory reader) private pure returns (bytes32 sibling) {
        uint256 step = reader.step;
        if (step == reader.steps) revert StepsExhausted();
        bytes memory data = reader.data;
        // The map ends before `siblingAt`, which is inside the data: see `_open`.
        unchecked {
            reader.step = step + 1;
            uint256 mapByte = data.byteAt(reader.mapAt + (step >> 3));
            if (mapByte & (0x80 >> (step & 7)) == 0) return 0;
            uint256 from = reader.siblingAt;
            if (data.length < from + 32) revert WitnessTruncated();
            sibling = bytes32(data.get(Fields.inside(from, 32)));
            if (sibling == 0) revert SiblingEmpty();
            reader.siblingAt = from + 32;
        }
    }

    function _requireConsumed(Reader memory reader) private pure {
        if (reader.step != reader.steps || reader.siblingAt != reader.data.length) revert WitnessLeftOver();
        uint256 tail = reader.steps % 8;
        if (tail != 0 && uint8(reader.data[reader.mapAt + reader.steps / 8]) & (0xff >> tail) != 0) {
            revert WitnessLeftOver();
        }
    }

    /// @dev The depth of the two children in which the paths of two successive keys part.
    function _joinDepth(bytes32 key, bytes32 next, uint256 index) private pure returns (uint256 depth) {
        if (key >= next) revert KeysNotAscending(index);
        uint256 difference = uint256(key ^ next);
        // 256 less the place of the highest set bit, by halves.
        depth = 256;
        for (uint256 half = 128; half > 0; half >>= 1) {
            if (difference >> half != 0) {
                difference >>= half;
                depth -= half;
            }
        }
    }

    function _leaf(bytes32 key, bytes32 valueHash) private view returns (bytes32) {
        return valueHash == 0 ? bytes32(0) : _hash(key, valueHash) | bytes32(uint256(1));
    }

    /// @dev A lone leaf rises; everything else is hashed.
    function _combine(bytes32 left, bytes32 right) private view returns (bytes32) {
        if (left == 0 && (right == 0 || uint256(right) & 1 == 1)) return right;
        if (right == 0 && uint256(left) & 1 == 1) return left;
        return _hash(left, right) & ~bytes32(uint256(1));
    }

    function _hash(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(32, right)
            // Out of gas is no hash.
            if iszero(staticcall(gas(), 2, 0, 64, 0, 32)) { revert(0, 0) }
            hash := mload(0)
        }
    }
}
