// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Big-endian fields of records and transactions
/// @notice A field is `offset << 8 | width in bytes`, width 1 to 32, as `Protocol.sol` has them. The
/// caller knows that the bytes are there: a record by its type, a transaction by its checked shape.
library Fields {
    /// @notice Thrown when a value does not fit its field: the twin throws there too.
    error ValueOutOfField(uint256 field, uint256 value);

    /// @notice A natural number, an address or 32 bytes.
    function get(bytes memory data, uint256 field) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, and(field, 0xff))), mload(add(add(data, 32), shr(8, field))))
        }
    }

    /// @notice A two's complement number.
    function getInt(bytes memory data, uint256 field) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            // Sign-extends on the way down.
            value := sar(sub(256, shl(3, and(field, 0xff))), mload(add(add(data, 32), shr(8, field))))
        }
    }

    /// @notice The same field of an item that begins at `base`.
    function inside(uint256 base, uint256 field) internal pure returns (uint256) {
        unchecked {
            return (base << 8) + field;
        }
    }

    function set(bytes memory data, uint256 field, uint256 value) internal pure {
        if (value >> (8 * (field & 0xff)) != 0) revert ValueOutOfField(field, value);
        _store(data, field, value);
    }

    function setInt(bytes memory data, uint256 field, int256 value) internal pure {
        int256 high = value >> (8 * (field & 0xff) - 1);
        if (high != 0 && high != -1) revert ValueOutOfField(field, uint256(value));
        _store(data, field, uint256(value));
    }

    /// @notice One byte.
    function byteAt(bytes memory data, uint256 offset) internal pure returns (uint256) {
        return get(data, (offset << 8) + 1);
    }

    /// @notice keccak256 of `length` bytes from `offset`.
    function keccak(bytes memory data, uint256 offset, uint256 length) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(add(data, 32), offset), length)
        }
    }

    /// @notice A copy of `length` bytes from `offset`.
    function slice(bytes memory data, uint256 offset, uint256 length) internal pure returns (bytes memory part) {
        part = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(part, 32), add(add(data, 32), offset), length)
        }
    }

    function _store(bytes memory data, uint256 field, uint256 value) private pure {
        assembly ("memory-safe") {
            let place := add(add(data, 32), shr(8, field))
            let bits := shl(3, and(field, 0xff))
            // 2^256 is 0 in 256 bits: a field of 32 bytes keeps nothing of the word.
            let rest := mul(lt(bits, 256), shr(bits, not(0)))
            mstore(place, or(and(mload(place), rest), shl(sub(256, bits), value)))
        }
    }
}
