// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IFraudProof} from "./interfaces/IFraudProof.sol";
import {IGovernance} from "./interfaces/IGovernance.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {IVault} from "./interfaces/IVault.sol";
import {TrieProof} from "./lib/TrieProof.sol";

/// @notice Promises, errors and events: see `IVault`.
contract Vault is IVault, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /* CONSTANTS */

    /// @dev The type byte of withdrawal records in the state tree.
    uint8 private constant RECORD_WITHDRAWAL = 0x0b;
    uint256 private constant RECORD_BYTES = 95;
    uint256 private constant MAX_HELD = uint128(type(int128).max);

    /* IMMUTABLES */

    /// @inheritdoc IVault
    address public immutable INBOX;
    /// @inheritdoc IVault
    address public immutable ROLLUP;
    /// @inheritdoc IVault
    address public immutable GOVERNANCE;

    /* STORAGE */

    /// @inheritdoc IVault
    mapping(uint16 asset => address) public tokenOf;
    mapping(address token => bool) private _isListed;
    /// @inheritdoc IVault
    mapping(uint16 asset => uint256) public held;
    /// @inheritdoc IVault
    mapping(uint16 asset => uint256) public owed;
    /// @inheritdoc IVault
    mapping(uint16 asset => mapping(address recipient => uint256)) public claimable;
    /// @inheritdoc IVault
    mapping(uint64 index => bool) public isWithdrawn;

    /* CONSTRUCTOR */

    /// @param tokens the tokens of assets 0, 1, 2, ...
    constructor(address inbox, address rollup, address governance, address[] memory tokens) {
        TrieProof.requireSha256();
        // The addresses were computed before they held code: each contract must know the same ones.
        _checkWiring("Inbox.VAULT", address(this), IInbox(inbox).VAULT());
        _checkWiring("Inbox.GOVERNANCE", governance, IInbox(inbox).GOVERNANCE());
        _checkWiring("Rollup.INBOX", inbox, IRollup(rollup).INBOX());
        _checkWiring("FraudProof.ROLLUP", rollup, IFraudProof(IRollup(rollup).FRAUD_PROOF()).ROLLUP());
        INBOX = inbox;
        ROLLUP = rollup;
        GOVERNANCE = governance;
        for (uint256 asset = 0; asset < tokens.length; asset++) {
            _list(uint16(asset), tokens[asset]);
        }
    }

    /* ASSETS */

    /// @inheritdoc IVault
    function listAsset(uint16 asset, address token) external {
        if (msg.sender != GOVERNANCE) revert NotTheCaller(GOVERNANCE, msg.sender);
        _list(asset, token);
    }

    /* DEPOSITS */

    /// @inheritdoc IVault
    function deposit(uint16 asset, address owner, uint8 subaccount, uint256 amount) external nonReentrant {
        IERC20 token = _token(asset);
        uint64 pausedUntil = IGovernance(GOVERNANCE).depositsPausedUntil();
        if (block.timestamp < pausedUntil) revert DepositsPaused(pausedUntil);
        if (owner == address(0)) revert ZeroOwner();
        if (amount == 0) revert ZeroAmount();
        uint256 room = MAX_HELD - held[asset];
        if (amount > room) revert DepositTooLarge(room, amount);

        // The transfer comes first because only its result may be counted; the guard keeps a
        // re-entering token out.
        uint256 balanceBefore = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 balanceAfter = token.balanceOf(address(this));
        uint256 received = balanceAfter > balanceBefore ? balanceAfter - balanceBefore : 0;
        if (received != amount) revert TransferMismatch(amount, received);

        held[asset] += amount;
        // amount <= MAX_HELD < 2^128.
        IInbox(INBOX).enqueueDeposit(asset, owner, subaccount, uint128(amount));
        emit Deposited(asset, owner, subaccount, uint128(amount), msg.sender);
    }

    /* WITHDRAWALS */

    /// @inheritdoc IVault
    function withdraw(uint64 batchIndex, uint64 index, bytes calldata record, bytes calldata proof)
        external
        nonReentrant
    {
        _withdraw(batchIndex, index, record, proof);
    }

    /// @inheritdoc IVault
    function claim(uint16 asset, address recipient) external nonReentrant returns (uint256) {
        return _claim(asset, recipient);
    }

    /// @inheritdoc IVault
    function withdrawAndClaim(uint64 batchIndex, uint64 index, bytes calldata record, bytes calldata proof)
        external
        nonReentrant
        returns (uint256)
    {
        (uint16 asset, address recipient) = _withdraw(batchIndex, index, record, proof);
        return _claim(asset, recipient);
    }

    /* INTERNAL */

    function _withdraw(uint64 batchIndex, uint64 index, bytes calldata record, bytes calldata proof)
        private
        returns (uint16 asset, address recipient)
    {
        if (isWithdrawn[index]) revert AlreadyWithdrawn(index);
        if (record.length != RECORD_BYTES) revert RecordSizeMismatch(RECORD_BYTES, record.length);
        // Any final root will do: a withdrawal record never changes while its index is unused here.
        if (!IRollup(ROLLUP).isFinal(batchIndex)) revert BatchNotFinal(batchIndex);
        bytes32 expected = IRollup(ROLLUP).rootOf(batchIndex);
        bytes32 key = sha256(abi.encodePacked(RECORD_WITHDRAWAL, index));
        bytes32 root = TrieProof.root(key, sha256(record), proof);
        if (root != expected) revert ProofDoesNotReachRoot(expected, root);

        asset = uint16(bytes2(record[0:2]));
        uint128 amount = uint128(bytes16(record[2:18]));
        recipient = address(bytes20(record[18:38]));
        _token(asset);
        if (amount > held[asset]) revert NotEnoughHeld(held[asset], amount);

        isWithdrawn[index] = true;
        held[asset] -= amount;
        owed[asset] += amount;
        claimable[asset][recipient] += amount;
        emit Withdrawn(index, asset, recipient, amount);
    }

    function _claim(uint16 asset, address recipient) private returns (uint256 amount) {
        IERC20 token = _token(asset);
        amount = claimable[asset][recipient];
        if (amount == 0) revert NothingToClaim(asset, recipient);

        claimable[asset][recipient] = 0;
        owed[asset] -= amount;
        emit Claimed(asset, recipient, amount);

        // A token that takes more than it was told to would pay one user with another's deposit.
        uint256 balanceBefore = token.balanceOf(address(this));
        token.safeTransfer(recipient, amount);
        uint256 balanceAfter = token.balanceOf(address(this));
        uint256 sent = balanceBefore > balanceAfter ? balanceBefore - balanceAfter : 0;
        if (sent != amount) revert TransferMismatch(amount, sent);
    }

    function _list(uint16 asset, address token) private {
        if (tokenOf[asset] != address(0) || _isListed[token]) revert AssetAlreadyListed(asset, token);
        if (token.code.length == 0) revert NotAToken(token);
        tokenOf[asset] = token;
        _isListed[token] = true;
        emit AssetListed(asset, token);
    }

    function _token(uint16 asset) private view returns (IERC20) {
        address token = tokenOf[asset];
        if (token == address(0)) revert UnknownAsset(asset);
        return IERC20(token);
    }

    function _checkWiring(string memory name, address expected, address received) private pure {
        if (received != expected) revert MiswiredContract(name, expected, received);
    }
}
