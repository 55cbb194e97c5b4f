// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The one ordered queue from L1 into the rollup
/// @notice Every deposit, forced transaction and governance message is appended here, never
/// reordered, never removed.
/// The rollup consumes the queue strictly in order; `Rollup.postBatch` compares the accumulator at
/// its cursor.
///
/// An item is `kind (1 byte) || payload`:
/// - 0 deposit: asset u16 || owner 20 bytes || subaccount u8 || amount u128 [token units]
/// - 1 forced: L1 sender 20 bytes || transaction (1..4096 bytes)
/// - 2 governance: payload (1..4096 bytes)
///
/// The accumulator after n items: acc(0) = 0, acc(n + 1) = keccak256(acc(n) || keccak256(item n)).
interface IInbox {
    /// @notice Thrown when a function reserved for `expected` is called by `received`.
    error NotTheCaller(address expected, address received);
    /// @notice Thrown when a payload is empty or longer than `maxBytes`.
    error PayloadSizeOutOfRange(uint256 maxBytes, uint256 received);
    /// @notice Thrown when the ETH sent with a forced transaction is not exactly the fee [wei].
    error WrongFee(uint256 expected, uint256 received);
    /// @notice Thrown when this L1 block already holds `limit` forced transactions. Try again in
    /// the next block.
    error TooManyForcedItems(uint256 limit);
    /// @notice Thrown when a position beyond the end of the queue is asked for.
    error BeyondQueue(uint64 length, uint64 received);

    /// @notice Emitted once for each item, with all its bytes: logs alone rebuild the queue.
    /// @param accumulator the accumulator after this item, acc(index + 1)
    /// @param timestamp the L1 time of the enqueueing block [seconds]
    event ItemEnqueued(uint64 indexed index, uint8 kind, bytes32 accumulator, uint64 timestamp, bytes item);

    /// @notice The only caller of `enqueueDeposit`.
    function VAULT() external view returns (address);

    /// @notice The only caller of `enqueueGovernance`.
    function GOVERNANCE() external view returns (address);

    /// @notice What a forced transaction costs [wei]; may be 0. Fees are burned: nothing can move
    /// ETH out of this contract.
    function FORCED_FEE() external view returns (uint256);

    /// @notice How many forced transactions one L1 block can hold.
    function FORCED_ITEMS_PER_BLOCK() external view returns (uint32);

    /// @notice Appends a deposit the Vault has already received.
    function enqueueDeposit(uint16 asset, address owner, uint8 subaccount, uint128 amount) external;

    /// @notice Appends a transaction that the sequencer must include before
    /// `Rollup.FORCED_INCLUSION_DELAY` passes.
    /// Anyone may call. The contents are judged by the rollup: an invalid transaction is consumed
    /// as a refusal.
    function enqueueForced(bytes calldata transaction) external payable;

    /// @notice Appends a time-locked governance message.
    function enqueueGovernance(bytes calldata payload) external;

    /// @notice The number of items ever enqueued.
    function length() external view returns (uint64);

    /// @notice The accumulator after the first `cursor` items; 0 for none.
    function accumulatorAt(uint64 cursor) external view returns (bytes32);

    /// @notice When item `index` was enqueued [seconds].
    function timestampOf(uint64 index) external view returns (uint64);
}
