// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IFraudProof, PayloadPart} from "../interfaces/IFraudProof.sol";
import {Fields} from "./Fields.sol";

/// @notice A posted payload as far as it is shown.
struct Payload {
    bytes data; // As long as the whole; zero where nothing is shown.
    uint256 shown; // Bit i: chunk i is shown.
    uint256 count; // Transactions.
}

/// @title Reading parts of a posted payload
/// @notice `IRollup` has the format, and the Rollup checked its frame when it was posted: the table is
/// there and as long as the header says. Where bodies start is what the poster wrote.
library Payloads {
    using Fields for bytes;

    uint256 private constant CHUNK_BYTES = 4096;
    /// @dev version u8 || txCount u32.
    uint256 private constant HEAD_BYTES = 5;
    /// @dev offset u32 || root 32 bytes.
    uint256 private constant ENTRY_BYTES = 36;

    /// @param hash the payload hash of the posted header, and so on
    function open(PayloadPart calldata part, bytes32 hash, uint256 size, uint256 count)
        internal
        pure
        returns (Payload memory payload)
    {
        // The Rollup hashed one digest a chunk, so digests that hash alike are as many.
        bytes32 received = keccak256(abi.encodePacked(part.hashes));
        if (received != hash) revert IFraudProof.PayloadMismatch(hash, received);
        payload.data = new bytes(size);
        payload.count = count;
        for (uint256 i = 0; i < part.chunks.length; i++) {
            _show(payload, part.indices[i], part.chunks[i], part.hashes);
        }
    }

    /// @notice Where the bodies start in an honest payload.
    function tableEnd(Payload memory payload) internal pure returns (uint256) {
        return _entryAt(payload.count);
    }

    /// @notice Where body `index` starts, by the table.
    function startOf(Payload memory payload, uint256 index) internal pure returns (uint256) {
        return _read(payload, _entryAt(_existing(payload, index)), 4);
    }

    /// @notice The root posted after transaction `index`.
    function rootAfter(Payload memory payload, uint256 index) internal pure returns (bytes32) {
        return bytes32(_read(payload, _entryAt(_existing(payload, index)) + 4, 32));
    }

    /// @notice The bytes of transaction `index`: at least one.
    function body(Payload memory payload, uint256 index) internal pure returns (bytes memory) {
        uint256 start = startOf(payload, index);
        uint256 end = index + 1 == payload.count ? payload.data.length : startOf(payload, index + 1);
        if (end <= start || end > payload.data.length) revert IFraudProof.BodyOutOfOrder(start, end);
        _requireShown(payload, start, end - start);
        return payload.data.slice(start, end - start);
    }

    function _show(Payload memory payload, uint256 index, bytes calldata chunk, bytes32[] calldata hashes)
        private
        pure
    {
        if (index >= hashes.length) revert IFraudProof.ChunkMismatch(index);
        bytes memory data = payload.data;
        uint256 start = index * CHUNK_BYTES;
        uint256 rest = data.length - start;
        uint256 length = rest < CHUNK_BYTES ? rest : CHUNK_BYTES;
        if (chunk.length != length) revert IFraudProof.ChunkMismatch(index);
        assembly ("memory-safe") {
            calldatacopy(add(add(data, 32), start), chunk.offset, length)
        }
        if (data.keccak(start, length) != hashes[index]) revert IFraudProof.ChunkMismatch(index);
        payload.shown |= 1 << index;
    }

    function _read(Payload memory payload, uint256 offset, uint256 width) private pure returns (uint256) {
        _requireShown(payload, offset, width);
        return payload.data.get(Fields.inside(offset, width));
    }

    /// @dev `length` is above 0.
    function _requireShown(Payload memory payload, uint256 start, uint256 length) private pure {
        uint256 last = (start + length - 1) / CHUNK_BYTES;
        for (uint256 chunk = start / CHUNK_BYTES; chunk <= last; chunk++) {
            if ((payload.shown >> chunk) & 1 == 0) revert IFraudProof.ChunkMissing(chunk);
        }
    }

    function _existing(Payload memory payload, uint256 index) private pure returns (uint256) {
        if (index >= payload.count) revert IFraudProof.NoSuchTransaction(payload.count, index);
        return index;
    }

    function _entryAt(uint256 index) private pure returns (uint256) {
        return HEAD_BYTES + ENTRY_BYTES * index;
    }
}
