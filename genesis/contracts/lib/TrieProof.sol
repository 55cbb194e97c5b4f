// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Membership of one record in the state tree
/// @notice The fold of a whole step's witness, for one record that is read: the root that a record
/// and a proof lead to.
///
/// The tree: SHA-256; leaf(key, vh) = H(key || vh) with the lowest bit set; inner(l, r) = H(l || r)
/// with it cleared; a subtree with one leaf is that leaf. So a leaf preimage can not pass for an
/// inner one.
///
/// The proof, tightly packed: T u16 (fold steps) || depth u8 || map ceil(T / 8) bytes (bit t, most
/// significant first, says that the sibling of step t is not empty; padding bits 0) || the
/// non-empty siblings, 32 bytes each, deepest first.
/// Nothing follows. For one record T = depth.
library TrieProof {
    /// @notice Thrown when the proof is shorter or longer than its own header says.
    error ProofSizeMismatch(uint256 expected, uint256 received);
    /// @notice Thrown when the fold steps of a one-record proof are not its depth.
    error ProofStepsMismatch(uint256 depth, uint256 steps);
    /// @notice Thrown when a padding bit of the map is set.
    error ProofPaddingNotZero();
    /// @notice Thrown when this chain has no SHA-256 precompile. A missing precompile succeeds
    /// silently.
    error Sha256Missing();

    uint256 private constant HEADER_BYTES = 3;

    /// @notice Asks the precompile for a digest everyone knows: SHA-256 of "abc".
    function requireSha256() internal view {
        bytes32 expected = 0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad;
        (bool success, bytes memory digest) = address(2).staticcall("abc");
        if (!success || digest.length != 32 || bytes32(digest) != expected) revert Sha256Missing();
    }

    /// @notice The root of the tree in which `key` holds a value with SHA-256 `valueHash`, if the
    /// proof tells the truth.
    /// The caller compares it with a root it trusts: only then is the record proven.
    function root(bytes32 key, bytes32 valueHash, bytes calldata proof) internal pure returns (bytes32 node) {
        if (proof.length < HEADER_BYTES) revert ProofSizeMismatch(HEADER_BYTES, proof.length);
        uint256 depth = uint8(proof[2]);
        if (uint16(bytes2(proof)) != depth) revert ProofStepsMismatch(depth, uint16(bytes2(proof)));

        uint256 mapBytes = (depth + 7) / 8;
        uint256 cursor = HEADER_BYTES + mapBytes;
        if (proof.length < cursor) revert ProofSizeMismatch(cursor, proof.length);
        // Left-aligned, so that fold step t reads bit 255 - t. mapBytes <= 32.
        uint256 map = uint256(bytes32(proof[HEADER_BYTES:cursor]));
        if (map << depth != 0) revert ProofPaddingNotZero();

        node = _leaf(key, valueHash);
        for (uint256 step = 0; step < depth; step++) {
            // An empty sibling: a leaf stays that leaf, an inner node is joined with EMPTY.
            bool isSiblingEmpty = (map >> (255 - step)) & 1 == 0;
            if (isSiblingEmpty && _isLeaf(node)) continue;
            bytes32 sibling = 0;
            if (!isSiblingEmpty) {
                if (proof.length < cursor + 32) revert ProofSizeMismatch(cursor + 32, proof.length);
                sibling = bytes32(proof[cursor:cursor + 32]);
                cursor += 32;
                // A listed sibling may be zero; it then counts as the empty one it is.
                if (sibling == 0 && _isLeaf(node)) continue;
            }
            // Bit 0 of the key is its most significant; this step joins the halves at bit depth - 1
            // - step.
            bool isRight = (uint256(key) >> (256 - depth + step)) & 1 == 1;
            node = isRight ? _inner(sibling, node) : _inner(node, sibling);
        }
        if (proof.length != cursor) revert ProofSizeMismatch(cursor, proof.length);
    }

    function _leaf(bytes32 key, bytes32 valueHash) private pure returns (bytes32) {
        return sha256(abi.encodePacked(key, valueHash)) | bytes32(uint256(1));
    }

    function _inner(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(left, right)) & ~bytes32(uint256(1));
    }

    function _isLeaf(bytes32 node) private pure returns (bool) {
        return uint256(node) & 1 == 1;
    }
}
