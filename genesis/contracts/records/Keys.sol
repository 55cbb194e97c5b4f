// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ClaimLayout,
    PartLayout,
    RoundLayout,
    StakeLayout,
    VaultLayout,
    AccountLayout,
    AssetLayout,
    AuctionLayout,
    InstrumentLayout,
    MarketLayout,
    OrderLayout,
    OwnerLayout,
    RegimeLayout,
    SessionLayout,
    UnderlyingLayout,
    WithdrawalLayout
} from "../Protocol.sol";

/// @title Keys of records: SHA-256 of type byte and id
/// @notice An id that does not fit its type can not come up: ids are read from fields of that width.
library Keys {
    function asset(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(AssetLayout.TYPE, uint16(id)));
    }

    function underlying(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(UnderlyingLayout.TYPE, uint16(id)));
    }

    /// @param id of the underlying
    function market(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(MarketLayout.TYPE, uint16(id)));
    }

    function instrument(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(InstrumentLayout.TYPE, uint32(id)));
    }

    /// @param id owner and subaccount: `owner << 8 | subaccount`
    function account(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(AccountLayout.TYPE, uint168(id)));
    }

    /// @param id of the account: `owner << 8 | subaccount`
    function auction(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(AuctionLayout.TYPE, uint168(id)));
    }

    /// @param id the address
    function owner(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(OwnerLayout.TYPE, uint160(id)));
    }

    /// @param digest what was signed
    function order(bytes32 digest) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(OrderLayout.TYPE, digest));
    }

    /// @param id of the underlying
    function regime(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(RegimeLayout.TYPE, uint16(id)));
    }

    function session(uint256 accountId, address key) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(SessionLayout.TYPE, uint168(accountId), key));
    }

    function withdrawal(uint256 index) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(WithdrawalLayout.TYPE, uint64(index)));
    }

    /// @param id of the vault
    function vault(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(VaultLayout.TYPE, uint16(id)));
    }

    /// @param id of the instrument
    function round(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(RoundLayout.TYPE, uint32(id)));
    }

    /// @param id of the account
    function claim(uint256 id) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(ClaimLayout.TYPE, uint168(id)));
    }

    function part(uint256 instrumentId, uint256 accountId) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(PartLayout.TYPE, uint32(instrumentId), uint168(accountId)));
    }

    function stake(uint256 vaultId, uint256 accountId) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(StakeLayout.TYPE, uint16(vaultId), uint168(accountId)));
    }
}
