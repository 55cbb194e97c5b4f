// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice What a batch commits to. batchHash = keccak256(abi.encode(header)), 16 words.
struct BatchHeader {
    uint64 index; // 0 for the first batch.
    bytes32 parentHash; // Hash of the batch before; of the genesis for batch 0.
    bytes32 preRoot; // State root before the first transaction.
    bytes32 postRoot; // State root after the last transaction.
    uint64 firstHeight; // First block of the batch. The genesis is height 0.
    uint64 lastHeight;
    uint32 txCount;
    uint64 firstTimestamp; // Of block `firstHeight` [seconds].
    uint64 lastTimestamp; // Of block `lastHeight` [seconds].
    uint64 anchorNumber; // The newest L1 block that the batch has seen.
    bytes32 anchorHash;
    uint64 inboxCursor; // Inbox items consumed up to the end of the batch.
    bytes32 inboxAccumulator; // The Inbox's accumulator at that cursor.
    bytes32 parameterHash; // Of the parameters in force after the batch; proven by re-execution, not here.
    bytes32 payloadHash; // keccak256 over the keccak256 of each 4,096-byte chunk of the payload.
    uint32 payloadBytes;
}

/// @title The chain of batches, and which of them are final
/// @notice A batch carries every transaction and the state root after each. It is final once
/// CHALLENGE_WINDOW has passed and no fraud was proven against it or a batch before it. A final
/// batch is never deleted.
///
/// The genesis stands before batch 0: its hash is keccak256(abi.encode("tidepool.genesis", chainid,
/// genesisRoot, parameterHash)), its height, timestamp, cursor and anchor are 0.
///
/// A payload is: version u8 (1) || txCount u32 || txCount times { offset of the body u32, root
/// after 32 bytes } || bodies.
/// Its last root is the batch's postRoot. This contract checks that frame; a body offset out of
/// order is fraud.
interface IRollup {
    /// @notice How the contract is set up, once.
    struct Config {
        address inbox;
        bytes32 genesisRoot;
        bytes32 parameterHash;
        address sequencer; // Holds the seat first. It must bond like any other.
        address fraudProof; // May delete batches; zero for nobody.
        uint128 bondAmount; // [wei]
        uint64 challengeWindow; // [seconds], like all that follow.
        uint64 forcedInclusionDelay;
        uint64 sequencerTimeout;
        uint64 unbondDelay;
        uint64 maxClockDrift;
        uint64 maxBatchAge;
    }

    /* ERRORS */

    /// @notice Thrown at deployment when a setting can not work.
    error BadConfig(string setting);
    /// @notice Thrown when a batch is posted by or through a contract. Its payload must be calldata
    /// of an L1 transaction.
    error PosterNotPlainAccount(address received);
    /// @notice Thrown when the calldata is not the one canonical encoding, in which the payload
    /// starts at byte 580.
    error CalldataNotCanonical(uint256 expectedBytes, uint256 receivedBytes);
    /// @notice Thrown when an account's bond is too small, or is being withdrawn [wei].
    error NotBonded(address account, uint256 expected, uint256 received);
    /// @notice Thrown when another than the sequencer posts before `openAt` [seconds].
    error SeatTaken(address sequencer, uint64 openAt);
    /// @notice Thrown when the batch is not the next one.
    error IndexMismatch(uint64 expected, uint64 received);
    /// @notice Thrown when the batch does not extend the newest batch.
    error ParentMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when the batch does not start from the root the newest batch ended with.
    error PreRootMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when the first block does not follow the newest batch's last block.
    error FirstHeightMismatch(uint64 expected, uint64 received);
    /// @notice Thrown when the batch ends before it starts, or has more blocks than transactions
    /// (each block opens with one).
    error HeightsOutOfRange(uint64 firstHeight, uint64 lastHeight, uint32 txCount);
    /// @notice Thrown when time runs backwards, from the newest batch or within this one [seconds].
    error TimestampBackwards(uint64 expectedAtLeast, uint64 received);
    /// @notice Thrown when the last block is dated too far ahead of L1 [seconds].
    error TimestampInFuture(uint64 expectedAtMost, uint64 received);
    /// @notice Thrown when the first block is dated too far behind L1 [seconds].
    error BatchTooOld(uint64 expectedAtLeast, uint64 received);
    /// @notice Thrown when the anchor is before the newest batch's.
    error AnchorBackwards(uint64 expectedAtLeast, uint64 received);
    /// @notice Thrown when the anchor is not before this L1 block.
    error AnchorInFuture(uint64 blockNumber, uint64 received);
    /// @notice Thrown when the anchor is another block than L1's, which it is after a re-org.
    /// `expected` is 0 if too old to know.
    error AnchorMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when the cursor is behind the newest batch's, or beyond the queue.
    error InboxCursorOutOfRange(uint64 atLeast, uint64 atMost, uint64 received);
    /// @notice Thrown when the batch consumed other items than L1 queued.
    error InboxAccumulatorMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when the batch skips item `index`, which was due at `dueAt` [seconds].
    error ItemOverdue(uint64 index, uint64 dueAt);
    /// @notice Thrown when the payload is not as long as the header says, or longer than
    /// MAX_PAYLOAD_BYTES.
    error PayloadSizeMismatch(uint256 expected, uint256 received);
    /// @notice Thrown when the payload is too short for its table and a byte for each body, or has
    /// another version or count.
    error PayloadMalformed(uint8 version, uint32 txCount, uint256 payloadBytes);
    /// @notice Thrown when the payload does not hash to the header's payloadHash.
    error PayloadHashMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when the last root of the payload is not the header's postRoot.
    error PostRootMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when batch `index` is not posted.
    error UnknownBatch(uint64 count, uint64 received);
    /// @notice Thrown when a final batch would be deleted.
    error BatchIsFinal(uint64 index);
    /// @notice Thrown when a function reserved for `expected` is called by `received`.
    error NotTheCaller(address expected, address received);
    /// @notice Thrown when the bond after the payment is below BOND_AMOUNT [wei].
    error BondTooSmall(uint256 expected, uint256 received);
    /// @notice Thrown when the caller has no bond, or has asked for it already.
    error NothingToUnbond(address account);
    /// @notice Thrown when the bond is not free before `readyAt` [seconds]; 0 if it was never asked
    /// for.
    error UnbondNotReady(uint64 readyAt);
    /// @notice Thrown when the caller has no reward.
    error NothingToClaim(address account);

    /* EVENTS */

    /// @notice Emitted once for each batch. The payload is in the calldata of the same transaction,
    /// from byte 580.
    event BatchPosted(uint64 indexed index, bytes32 batchHash, BatchHeader header);
    /// @notice Emitted when batches [fromIndex, toIndex) are gone. `poster` of the first lost
    /// `slashed` wei.
    event BatchesDeleted(uint64 indexed fromIndex, uint64 toIndex, address poster, uint256 slashed);
    /// @notice Emitted when the seat changes; the zero address leaves it to the first bonded
    /// account.
    event SequencerChanged(address sequencer);
    /// @notice Emitted when an account's bond rises to `amount` or becomes active again [wei].
    event Bonded(address indexed account, uint256 amount);
    /// @notice Emitted when an account asks for its bond, free at `readyAt` [seconds].
    event UnbondRequested(address indexed account, uint64 readyAt);
    /// @notice Emitted when a bond is paid back [wei].
    event Unbonded(address indexed account, uint256 amount);
    /// @notice Emitted when a reward is paid [wei].
    event RewardClaimed(address indexed account, uint256 amount);

    /* SETTINGS */

    function INBOX() external view returns (address);
    function GENESIS_HASH() external view returns (bytes32);
    function GENESIS_ROOT() external view returns (bytes32);
    function FRAUD_PROOF() external view returns (address);
    /// @notice What a sequencer must have at stake [wei].
    function BOND_AMOUNT() external view returns (uint128);
    /// @notice A batch older than this is final [seconds].
    function CHALLENGE_WINDOW() external view returns (uint64);
    /// @notice An Inbox item older than this must be consumed by the next batch [seconds].
    function FORCED_INCLUSION_DELAY() external view returns (uint64);
    /// @notice After this long without a batch any bonded account may post and takes the seat
    /// [seconds].
    function SEQUENCER_TIMEOUT() external view returns (uint64);
    /// @notice From asking for a bond to getting it [seconds]; longer than CHALLENGE_WINDOW.
    function UNBOND_DELAY() external view returns (uint64);
    /// @notice How far a block may be dated ahead of L1 [seconds].
    function MAX_CLOCK_DRIFT() external view returns (uint64);
    /// @notice How far a batch's first block may be dated behind L1 [seconds]: bounds how stale
    /// prices can be when they reach L1. A sequencer down for longer must re-date what it had not
    /// posted.
    function MAX_BATCH_AGE() external view returns (uint64);
    /// @notice The largest payload of one batch.
    function MAX_PAYLOAD_BYTES() external view returns (uint256);
    /// @notice A batch that consumes this many items may leave overdue ones to the next batch,
    /// since a long queue of large items can not fit one.
    function CATCH_UP_ITEMS() external view returns (uint64);

    /* BATCHES */

    /// @notice Extends the chain by one batch, or reverts and changes nothing. Posting the same
    /// batch twice reverts.
    /// Called directly by a plain account that holds the seat, or any bonded one once
    /// SEQUENCER_TIMEOUT has passed.
    function postBatch(BatchHeader calldata header, bytes calldata payload) external;

    /// @notice Deletes batch `index` and all after it, slashes the bond of whoever posted it (half
    /// to `prover`, the rest is burned) and opens the seat if it was theirs. Only FRAUD_PROOF, only
    /// before the batch is final.
    function deleteFrom(uint64 index, address prover) external;

    /* VIEWS */

    /// @notice The number of batches posted and not deleted.
    function batchCount() external view returns (uint64);

    /// @notice The newest final batch, if `exists`.
    function finalizedBatch() external view returns (bool exists, uint64 index);

    /// @notice Whether batch `index` exists and its challenge window has passed.
    function isFinal(uint64 index) external view returns (bool);

    /// @notice The state root after batch `index`, final or not.
    function rootOf(uint64 index) external view returns (bytes32);

    /// @notice The batch hash of batch `index`.
    function headerHash(uint64 index) external view returns (bytes32);

    /// @notice When batch `index` was posted [seconds].
    function postedAt(uint64 index) external view returns (uint64);

    /// @notice What the next batch must continue from: the newest batch, or the genesis.
    function tip()
        external
        view
        returns (
            bytes32 hash,
            bytes32 postRoot,
            uint64 lastHeight,
            uint64 lastTimestamp,
            uint64 inboxCursor,
            uint64 anchorNumber
        );

    /* SEQUENCER */

    /// @notice Who holds the seat; the zero address if it is open to any bonded account.
    function sequencer() external view returns (address);

    /// @notice When any bonded account may post [seconds].
    function seatOpensAt() external view returns (uint64);

    /// @notice An account's bond [wei], and when it can be withdrawn [seconds]; 0 while it is
    /// active.
    function bondOf(address account) external view returns (uint128 amount, uint64 unbondAt);

    /// @notice What an account earned by proving fraud [wei].
    function rewardOf(address account) external view returns (uint256);

    /// @notice Adds the sent ETH to the caller's bond and makes it active, whatever was asked
    /// before.
    function bond() external payable;

    /// @notice Starts UNBOND_DELAY. The caller can not post from now on and can still be slashed.
    function requestUnbond() external;

    /// @notice Pays the caller's bond back.
    function unbond() external;

    /// @notice Pays the caller's reward.
    function claimReward() external;
}
