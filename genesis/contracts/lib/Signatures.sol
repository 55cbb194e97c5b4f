// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fields} from "./Fields.sol";

/// @title Compact signatures of typed messages
/// @notice Twin of `state/codec/signature.ts` and `state/codec/typedData.ts`: EIP-2098 over EIP-712.
library Signatures {
    using Fields for bytes;

    uint256 internal constant WIDTH = 64;
    /// @dev Larger `s` are refused, so that a signature has one form.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice The digest a wallet signs.
    function digest(uint256 domainSeparator, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }

    /// @notice Signer of `hash` by the 64 bytes at `offset`; zero for anything that is no signature.
    function signer(bytes32 hash, bytes memory data, uint256 offset) internal pure returns (address) {
        uint256 r = data.get(Fields.inside(offset, 32));
        uint256 sAndParity = data.get(Fields.inside(offset + 32, 32));
        uint256 s = sAndParity & (type(uint256).max >> 1);
        if (s > HALF_ORDER) return address(0);
        return ecrecover(hash, uint8(27 + (sAndParity >> 255)), bytes32(r), bytes32(s));
    }
}
