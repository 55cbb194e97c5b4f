// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {BatchHeader, IRollup} from "./interfaces/IRollup.sol";

/// @notice Promises, errors and events: see `IRollup`.
contract Rollup is IRollup {
    /* CONSTANTS */

    /// @inheritdoc IRollup
    /// @dev With the 16,777,216-gas cap of a transaction and 40 gas a byte: 4.8 M gas. Below the
    /// 128 KB of mempools.
    uint256 public constant MAX_PAYLOAD_BYTES = 120_000;
    /// @inheritdoc IRollup
    /// @dev 16 items of 4,117 bytes with their table entries are 67 KB: they fit one batch.
    uint64 public constant CATCH_UP_ITEMS = 16;

    uint256 private constant CHUNK_BYTES = 4096;
    uint8 private constant PAYLOAD_VERSION = 1;
    /// @dev version u8 || txCount u32.
    uint256 private constant PAYLOAD_HEAD_BYTES = 5;
    /// @dev offset u32 || root 32 bytes.
    uint256 private constant TABLE_ENTRY_BYTES = 36;
    /// @dev Selector, 16 words of header, offset and length of the payload.
    uint256 private constant PAYLOAD_CALLDATA_OFFSET = 4 + 16 * 32 + 2 * 32;
    /// @dev EIP-2935: the hashes of the last 8,191 blocks, where BLOCKHASH knows 256.
    address private constant BLOCK_HASH_HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /* IMMUTABLES */

    /// @inheritdoc IRollup
    address public immutable INBOX;
    /// @inheritdoc IRollup
    bytes32 public immutable GENESIS_HASH;
    /// @inheritdoc IRollup
    bytes32 public immutable GENESIS_ROOT;
    /// @inheritdoc IRollup
    address public immutable FRAUD_PROOF;
    /// @inheritdoc IRollup
    uint128 public immutable BOND_AMOUNT;
    /// @inheritdoc IRollup
    uint64 public immutable CHALLENGE_WINDOW;
    /// @inheritdoc IRollup
    uint64 public immutable FORCED_INCLUSION_DELAY;
    /// @inheritdoc IRollup
    uint64 public immutable SEQUENCER_TIMEOUT;
    /// @inheritdoc IRollup
    uint64 public immutable UNBOND_DELAY;
    /// @inheritdoc IRollup
    uint64 public immutable MAX_CLOCK_DRIFT;
    /// @inheritdoc IRollup
    uint64 public immutable MAX_BATCH_AGE;
    uint64 private immutable DEPLOYED_AT;

    /* STORAGE */

    struct Batch {
        bytes32 hash;
        bytes32 postRoot;
        uint64 lastHeight;
        uint64 lastTimestamp;
        uint64 inboxCursor;
        uint64 anchorNumber;
        uint64 postedAt;
        address poster;
    }

    struct Bond {
        uint128 amount;
        uint64 unbondAt;
    }

    /// @dev Entries from `batchCount` on are deleted; the next batch overwrites them. So a deletion
    /// of any length is one write.
    mapping(uint64 index => Batch) private _batches;
    /// @inheritdoc IRollup
    uint64 public batchCount;
    /// @inheritdoc IRollup
    address public sequencer;
    /// @inheritdoc IRollup
    mapping(address account => Bond) public bondOf;
    /// @inheritdoc IRollup
    mapping(address account => uint256) public rewardOf;

    /* CONSTRUCTOR */

    constructor(Config memory config) {
        if (config.inbox == address(0)) revert BadConfig("inbox");
        if (config.genesisRoot == 0) revert BadConfig("genesisRoot");
        if (config.sequencer == address(0)) revert BadConfig("sequencer");
        if (config.bondAmount == 0) revert BadConfig("bondAmount");
        if (config.challengeWindow == 0) revert BadConfig("challengeWindow");
        // A bond outlives every challenge to the last batch it stood for.
        if (config.unbondDelay <= config.challengeWindow) revert BadConfig("unbondDelay");
        // Whoever takes the seat after an outage may still post what happened during it.
        if (config.maxBatchAge < config.sequencerTimeout) revert BadConfig("maxBatchAge");
        INBOX = config.inbox;
        GENESIS_ROOT = config.genesisRoot;
        GENESIS_HASH =
            keccak256(abi.encode("tidepool.genesis", block.chainid, config.genesisRoot, config.parameterHash));
        FRAUD_PROOF = config.fraudProof;
        BOND_AMOUNT = config.bondAmount;
        CHALLENGE_WINDOW = config.challengeWindow;
        FORCED_INCLUSION_DELAY = config.forcedInclusionDelay;
        SEQUENCER_TIMEOUT = config.sequencerTimeout;
        UNBOND_DELAY = config.unbondDelay;
        MAX_CLOCK_DRIFT = config.maxClockDrift;
        MAX_BATCH_AGE = config.maxBatchAge;
        DEPLOYED_AT = uint64(block.timestamp);
        _setSequencer(config.sequencer);
    }

    /* BATCHES */

    /// @inheritdoc IRollup
    function postBatch(BatchHeader calldata header, bytes calldata payload) external {
        Batch memory last = _tip();
        _checkCalldata(payload);
        _checkPoster(last);
        _checkChain(header, last);
        _checkTime(header, last);
        _checkAnchor(header, last);
        _checkInbox(header, last);
        _checkPayload(header, payload);

        bytes32 batchHash = keccak256(abi.encode(header));
        _batches[header.index] = Batch({
            hash: batchHash,
            postRoot: header.postRoot,
            lastHeight: header.lastHeight,
            lastTimestamp: header.lastTimestamp,
            inboxCursor: header.inboxCursor,
            anchorNumber: header.anchorNumber,
            postedAt: uint64(block.timestamp),
            poster: msg.sender
        });
        batchCount = header.index + 1;
        if (sequencer != msg.sender) _setSequencer(msg.sender);
        emit BatchPosted(header.index, batchHash, header);
    }

    /// @inheritdoc IRollup
    function deleteFrom(uint64 index, address prover) external {
        if (msg.sender != FRAUD_PROOF) revert NotTheCaller(FRAUD_PROOF, msg.sender);
        uint64 count = batchCount;
        _checkExists(index);
        if (isFinal(index)) revert BatchIsFinal(index);

        address poster = _batches[index].poster;
        uint256 slashed = bondOf[poster].amount;
        batchCount = index;
        delete bondOf[poster];
        // The other half stays here for ever: a sequencer that proves its own fraud still loses.
        rewardOf[prover] += slashed / 2;
        if (poster == sequencer) _setSequencer(address(0));
        emit BatchesDeleted(index, count, poster, slashed);
    }

    /* VIEWS */

    /// @inheritdoc IRollup
    function finalizedBatch() external view returns (bool exists, uint64 index) {
        // Batches are final from the front: posting times never fall. Invariant: isFinal below
        // `low`, not from `high` on.
        uint64 low = 0;
        uint64 high = batchCount;
        while (low < high) {
            uint64 middle = (low + high) / 2;
            if (isFinal(middle)) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? (false, 0) : (true, low - 1);
    }

    /// @inheritdoc IRollup
    function isFinal(uint64 index) public view returns (bool) {
        return index < batchCount && _batches[index].postedAt + CHALLENGE_WINDOW < block.timestamp;
    }

    /// @inheritdoc IRollup
    function rootOf(uint64 index) external view returns (bytes32) {
        _checkExists(index);
        return _batches[index].postRoot;
    }

    /// @inheritdoc IRollup
    function headerHash(uint64 index) external view returns (bytes32) {
        _checkExists(index);
        return _batches[index].hash;
    }

    /// @inheritdoc IRollup
    function postedAt(uint64 index) external view returns (uint64) {
        _checkExists(index);
        return _batches[index].postedAt;
    }

    /// @inheritdoc IRollup
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
        )
    {
        Batch memory last = _tip();
        return (last.hash, last.postRoot, last.lastHeight, last.lastTimestamp, last.inboxCursor, last.anchorNumber);
    }

    /// @inheritdoc IRollup
    function seatOpensAt() external view returns (uint64) {
        return _seatOpensAt(_tip());
    }

    /* SEQUENCER */

    /// @inheritdoc IRollup
    function bond() external payable {
        uint256 amount = uint256(bondOf[msg.sender].amount) + msg.value;
        if (amount < BOND_AMOUNT) revert BondTooSmall(BOND_AMOUNT, amount);
        // All ETH there is fits 128 bits.
        bondOf[msg.sender] = Bond(uint128(amount), 0);
        emit Bonded(msg.sender, amount);
    }

    /// @inheritdoc IRollup
    function requestUnbond() external {
        Bond storage own = bondOf[msg.sender];
        if (own.amount == 0 || own.unbondAt != 0) revert NothingToUnbond(msg.sender);
        own.unbondAt = uint64(block.timestamp) + UNBOND_DELAY;
        emit UnbondRequested(msg.sender, own.unbondAt);
    }

    /// @inheritdoc IRollup
    function unbond() external {
        Bond memory own = bondOf[msg.sender];
        if (own.unbondAt == 0 || block.timestamp < own.unbondAt) revert UnbondNotReady(own.unbondAt);
        delete bondOf[msg.sender];
        emit Unbonded(msg.sender, own.amount);
        Address.sendValue(payable(msg.sender), own.amount);
    }

    /// @inheritdoc IRollup
    function claimReward() external {
        uint256 amount = rewardOf[msg.sender];
        if (amount == 0) revert NothingToClaim(msg.sender);
        rewardOf[msg.sender] = 0;
        emit RewardClaimed(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /* CHECKS OF A BATCH, in the order they are made */

    /// @dev Exactly one encoding of each batch, so that an auditor reads the payload at a fixed
    /// place.
    function _checkCalldata(bytes calldata payload) private pure {
        uint256 offset;
        assembly ("memory-safe") {
            offset := payload.offset
        }
        uint256 expected = PAYLOAD_CALLDATA_OFFSET + (payload.length + 31) / 32 * 32;
        if (offset != PAYLOAD_CALLDATA_OFFSET || msg.data.length != expected) {
            revert CalldataNotCanonical(expected, msg.data.length);
        }
    }

    function _checkPoster(Batch memory last) private view {
        // An account with delegated code could assemble the payload in its own call, where no
        // auditor finds it.
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert PosterNotPlainAccount(msg.sender);
        Bond memory own = bondOf[msg.sender];
        if (own.amount < BOND_AMOUNT || own.unbondAt != 0) {
            revert NotBonded(msg.sender, BOND_AMOUNT, own.unbondAt == 0 ? own.amount : 0);
        }
        uint64 openAt = _seatOpensAt(last);
        if (msg.sender != sequencer && block.timestamp < openAt) revert SeatTaken(sequencer, openAt);
    }

    function _checkChain(BatchHeader calldata header, Batch memory last) private view {
        if (header.index != batchCount) revert IndexMismatch(batchCount, header.index);
        if (header.parentHash != last.hash) revert ParentMismatch(last.hash, header.parentHash);
        if (header.preRoot != last.postRoot) revert PreRootMismatch(last.postRoot, header.preRoot);
        if (header.firstHeight != last.lastHeight + 1) {
            revert FirstHeightMismatch(last.lastHeight + 1, header.firstHeight);
        }
        // Every block opens with a transaction. This also keeps heights far from their 64-bit end.
        if (header.lastHeight < header.firstHeight || header.lastHeight - header.firstHeight >= header.txCount) {
            revert HeightsOutOfRange(header.firstHeight, header.lastHeight, header.txCount);
        }
    }

    function _checkTime(BatchHeader calldata header, Batch memory last) private view {
        if (header.firstTimestamp < last.lastTimestamp) {
            revert TimestampBackwards(last.lastTimestamp, header.firstTimestamp);
        }
        if (header.lastTimestamp < header.firstTimestamp) {
            revert TimestampBackwards(header.firstTimestamp, header.lastTimestamp);
        }
        uint64 latest = uint64(block.timestamp) + MAX_CLOCK_DRIFT;
        if (header.lastTimestamp > latest) revert TimestampInFuture(latest, header.lastTimestamp);
        uint64 earliest = block.timestamp > MAX_BATCH_AGE ? uint64(block.timestamp) - MAX_BATCH_AGE : 0;
        if (header.firstTimestamp < earliest) revert BatchTooOld(earliest, header.firstTimestamp);
    }

    function _checkAnchor(BatchHeader calldata header, Batch memory last) private view {
        if (header.anchorNumber < last.anchorNumber) revert AnchorBackwards(last.anchorNumber, header.anchorNumber);
        if (header.anchorNumber >= block.number) revert AnchorInFuture(uint64(block.number), header.anchorNumber);
        bytes32 expected = _blockHash(header.anchorNumber);
        if (expected == 0 || header.anchorHash != expected) revert AnchorMismatch(expected, header.anchorHash);
    }

    function _checkInbox(BatchHeader calldata header, Batch memory last) private view {
        IInbox inbox = IInbox(INBOX);
        uint64 queued = inbox.length();
        uint64 cursor = header.inboxCursor;
        if (cursor < last.inboxCursor || cursor > queued) {
            revert InboxCursorOutOfRange(last.inboxCursor, queued, cursor);
        }
        bytes32 accumulator = inbox.accumulatorAt(cursor);
        if (header.inboxAccumulator != accumulator) {
            revert InboxAccumulatorMismatch(accumulator, header.inboxAccumulator);
        }
        if (cursor == queued || cursor - last.inboxCursor >= CATCH_UP_ITEMS) return;
        uint64 dueAt = inbox.timestampOf(cursor) + FORCED_INCLUSION_DELAY;
        if (dueAt < block.timestamp) revert ItemOverdue(cursor, dueAt);
    }

    function _checkPayload(BatchHeader calldata header, bytes calldata payload) private pure {
        uint256 size = payload.length;
        if (size != header.payloadBytes) revert PayloadSizeMismatch(header.payloadBytes, size);
        if (size > MAX_PAYLOAD_BYTES) revert PayloadSizeMismatch(MAX_PAYLOAD_BYTES, size);
        if (size < PAYLOAD_HEAD_BYTES) revert PayloadMalformed(0, 0, size);
        uint8 version = uint8(payload[0]);
        uint32 txCount = uint32(bytes4(payload[1:PAYLOAD_HEAD_BYTES]));
        uint256 tableEnd = PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * txCount;
        // txCount > 0 because a batch has a block and HeightsOutOfRange compares them.
        if (version != PAYLOAD_VERSION || txCount != header.txCount || size < tableEnd + txCount) {
            revert PayloadMalformed(version, txCount, size);
        }
        bytes32 lastRoot = bytes32(payload[tableEnd - 32:tableEnd]);
        if (lastRoot != header.postRoot) revert PostRootMismatch(header.postRoot, lastRoot);
        bytes32 payloadHash = _payloadHash(payload);
        if (payloadHash != header.payloadHash) revert PayloadHashMismatch(header.payloadHash, payloadHash);
    }

    /* INTERNAL */

    function _tip() private view returns (Batch memory last) {
        if (batchCount != 0) return _batches[batchCount - 1];
        last.hash = GENESIS_HASH;
        last.postRoot = GENESIS_ROOT;
        last.postedAt = DEPLOYED_AT;
    }

    function _seatOpensAt(Batch memory last) private view returns (uint64) {
        return sequencer == address(0) ? 0 : last.postedAt + SEQUENCER_TIMEOUT;
    }

    function _checkExists(uint64 index) private view {
        if (index >= batchCount) revert UnknownBatch(batchCount, index);
    }

    function _setSequencer(address account) private {
        sequencer = account;
        emit SequencerChanged(account);
    }

    /// @dev 0 if neither BLOCKHASH nor the history contract knows the block.
    function _blockHash(uint64 number) private view returns (bytes32) {
        if (block.number - number <= 256) return blockhash(number);
        (bool success, bytes memory result) = BLOCK_HASH_HISTORY.staticcall(abi.encode(uint256(number)));
        return success && result.length == 32 ? bytes32(result) : bytes32(0);
    }

    function _payloadHash(bytes calldata payload) private pure returns (bytes32) {
        uint256 chunks = (payload.length + CHUNK_BYTES - 1) / CHUNK_BYTES;
        bytes32[] memory hashes = new bytes32[](chunks);
        for (uint256 i = 0; i < chunks; i++) {
            uint256 end = i + 1 == chunks ? payload.length : (i + 1) * CHUNK_BYTES;
            hashes[i] = _keccak256(payload[i * CHUNK_BYTES:end]);
        }
        return keccak256(abi.encodePacked(hashes));
    }

    /// @dev In scratch memory past the free pointer, which stays: memory grows by one chunk, not by
    /// the payload.
    function _keccak256(bytes calldata data) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            digest := keccak256(free, data.length)
        }
    }
}
