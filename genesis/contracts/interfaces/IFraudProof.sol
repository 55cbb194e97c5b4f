// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchHeader} from "./IRollup.sol";

/// @notice Of a posted payload: the keccak256 of each 4,096-byte chunk, and the chunks that the proof
/// reads, `chunks[i]` being the one at `indices[i]`.
struct PayloadPart {
    bytes32[] hashes;
    uint256[] indices;
    bytes[] chunks;
}

/// @title Disproves a wrong batch in one transaction
/// @notice Each function reverts unless the batch is wrong in the way it names; then the batch and
/// all after it are deleted, whoever posted it loses the bond, and the caller gets half of it.
interface IFraudProof {
    /// @notice What can be wrong with a batch, in the order of the functions below.
    enum Statement {
        Step,
        Offset,
        FirstBlock,
        Header
    }

    /* ERRORS */

    /// @notice Thrown at deployment when a contract that re-executes steps holds no code.
    error NoStepContract(address received);
    /// @notice Thrown when batch `index` on L1 is another than the one that is shown.
    error BatchMismatch(uint64 index, bytes32 expected, bytes32 received);
    /// @notice Thrown when the chunk hashes are not those of the batch's payload.
    error PayloadMismatch(bytes32 expected, bytes32 received);
    /// @notice Thrown when a shown chunk does not hash to its place, or that place is beyond the end.
    error ChunkMismatch(uint256 index);
    /// @notice Thrown when the proof reads bytes of a chunk that is not shown.
    error ChunkMissing(uint256 index);
    /// @notice Thrown when the batch has no transaction `index`.
    error NoSuchTransaction(uint256 count, uint256 received);
    /// @notice Thrown when a body starts or ends out of order: prove that instead.
    error BodyOutOfOrder(uint256 start, uint256 end);
    /// @notice Thrown when a chain record has the wrong length.
    error RecordSizeMismatch(uint256 expected, uint256 received);
    /// @notice Thrown when the proof of the chain record leads to another root than the posted one.
    error ProofDoesNotReachRoot(bytes32 expected, bytes32 received);
    /// @notice Thrown when what is shown is as it should be: there is no fraud.
    error NothingWrong();

    /* EVENTS */

    /// @notice Emitted with the deletion. `transaction` is the one at fault; the last where the header
    /// is.
    event FraudProven(uint64 indexed batch, Statement statement, uint256 transaction, address prover);

    /* PROOFS */

    /// @notice Transaction `index` does not lead from the root before it to the root posted after it.
    /// Shown: the chunks with its table entries (its own and its neighbours') and its body.
    function proveStep(
        BatchHeader calldata header,
        PayloadPart calldata payload,
        uint256 index,
        bytes calldata witness
    ) external;

    /// @notice Body `index` does not start where the table ends, or not after the one before it, or
    /// not before the payload ends.
    function proveOffset(BatchHeader calldata header, PayloadPart calldata payload, uint256 index) external;

    /// @notice After transaction 0 the chain is not at the header's first height and first timestamp.
    /// @param chain the chain record in the root posted after transaction 0
    function proveFirstBlock(
        BatchHeader calldata header,
        PayloadPart calldata payload,
        bytes calldata chain,
        bytes calldata proof
    ) external;

    /// @notice The chain record of the last root contradicts the header: height, timestamp, anchor,
    /// inbox cursor or accumulator, parameter hash.
    function proveHeader(BatchHeader calldata header, bytes calldata chain, bytes calldata proof) external;

    /* VIEWS */

    /// @notice Whose batches are disproved.
    function ROLLUP() external view returns (address);

    /// @notice The contract that re-executes `transaction`, by its first byte; what was forced, by the
    /// first byte of the action inside.
    function stepOf(bytes memory transaction) external view returns (address);
}
