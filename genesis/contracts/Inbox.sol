// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IInbox} from "./interfaces/IInbox.sol";

/// @notice Promises, errors and events: see `IInbox`.
contract Inbox is IInbox {
    /* CONSTANTS */

    uint8 private constant KIND_DEPOSIT = 0;
    uint8 private constant KIND_FORCED = 1;
    uint8 private constant KIND_GOVERNANCE = 2;
    /// @dev Small enough that every item fits a batch with room to spare.
    uint256 private constant MAX_PAYLOAD_BYTES = 4096;

    /* IMMUTABLES */

    /// @inheritdoc IInbox
    address public immutable VAULT;
    /// @inheritdoc IInbox
    address public immutable GOVERNANCE;
    /// @inheritdoc IInbox
    uint256 public immutable FORCED_FEE;
    /// @inheritdoc IInbox
    uint32 public immutable FORCED_ITEMS_PER_BLOCK;

    /* STORAGE */

    struct Item {
        bytes32 accumulator; // After this item.
        uint64 timestamp; // [seconds]
        uint64 blockNumber;
        uint32 forcedInBlock; // Forced items in `blockNumber` up to and including this one.
    }

    Item[] private _items;

    /* CONSTRUCTOR */

    constructor(address vault, address governance, uint256 forcedFee, uint32 forcedItemsPerBlock) {
        VAULT = vault;
        GOVERNANCE = governance;
        FORCED_FEE = forcedFee;
        FORCED_ITEMS_PER_BLOCK = forcedItemsPerBlock;
    }

    /* ENQUEUE */

    /// @inheritdoc IInbox
    function enqueueDeposit(uint16 asset, address owner, uint8 subaccount, uint128 amount) external {
        _onlyCaller(VAULT);
        _enqueue(KIND_DEPOSIT, abi.encodePacked(KIND_DEPOSIT, asset, owner, subaccount, amount));
    }

    /// @inheritdoc IInbox
    function enqueueForced(bytes calldata transaction) external payable {
        if (msg.value != FORCED_FEE) revert WrongFee(FORCED_FEE, msg.value);
        _checkSize(transaction);
        if (_forcedInThisBlock() >= FORCED_ITEMS_PER_BLOCK) revert TooManyForcedItems(FORCED_ITEMS_PER_BLOCK);
        _enqueue(KIND_FORCED, abi.encodePacked(KIND_FORCED, msg.sender, transaction));
    }

    /// @inheritdoc IInbox
    function enqueueGovernance(bytes calldata payload) external {
        _onlyCaller(GOVERNANCE);
        _checkSize(payload);
        _enqueue(KIND_GOVERNANCE, abi.encodePacked(KIND_GOVERNANCE, payload));
    }

    /* VIEWS */

    /// @inheritdoc IInbox
    function length() public view returns (uint64) {
        return uint64(_items.length);
    }

    /// @inheritdoc IInbox
    function accumulatorAt(uint64 cursor) public view returns (bytes32) {
        if (cursor > length()) revert BeyondQueue(length(), cursor);
        return cursor == 0 ? bytes32(0) : _items[cursor - 1].accumulator;
    }

    /// @inheritdoc IInbox
    function timestampOf(uint64 index) external view returns (uint64) {
        if (index >= length()) revert BeyondQueue(length(), index);
        return _items[index].timestamp;
    }

    /* INTERNAL */

    function _enqueue(uint8 kind, bytes memory item) private {
        uint64 index = length();
        bytes32 accumulator = keccak256(abi.encodePacked(accumulatorAt(index), keccak256(item)));
        uint32 forcedInBlock = _forcedInThisBlock() + (kind == KIND_FORCED ? 1 : 0);
        _items.push(Item(accumulator, uint64(block.timestamp), uint64(block.number), forcedInBlock));
        emit ItemEnqueued(index, kind, accumulator, uint64(block.timestamp), item);
    }

    function _forcedInThisBlock() private view returns (uint32) {
        uint256 count = _items.length;
        if (count == 0) return 0;
        Item storage newest = _items[count - 1];
        return newest.blockNumber == block.number ? newest.forcedInBlock : 0;
    }

    function _checkSize(bytes calldata payload) private pure {
        if (payload.length == 0 || payload.length > MAX_PAYLOAD_BYTES) {
            revert PayloadSizeOutOfRange(MAX_PAYLOAD_BYTES, payload.length);
        }
    }

    function _onlyCaller(address expected) private view {
        if (msg.sender != expected) revert NotTheCaller(expected, msg.sender);
    }
}
