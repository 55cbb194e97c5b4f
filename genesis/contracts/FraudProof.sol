// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AbsorbBody,
    BidBody,
    ChainLayout,
    DeleverageBody,
    EndAuctionBody,
    InvalidateNoncesBody,
    MarkBody,
    PostPricesBody,
    RecordKey,
    RedeemClaimBody,
    SettleBody,
    SocializeBody,
    StartAuctionBody,
    TradeBody,
    VaultDepositBody,
    WithdrawBody
} from "./Protocol.sol";
import {IFraudProof, PayloadPart} from "./interfaces/IFraudProof.sol";
import {BatchHeader, IRollup} from "./interfaces/IRollup.sol";
import {IStep} from "./interfaces/IStep.sol";
import {Fields} from "./lib/Fields.sol";
import {Payload, Payloads} from "./lib/Payload.sol";
import {TrieProof} from "./lib/TrieProof.sol";

/// @notice Promises, errors and events: see `IFraudProof`. The argument why exactly the wrong batches
/// can be disproved is in `README.md`.
contract FraudProof is IFraudProof {
    using Fields for bytes;
    using Payloads for Payload;

    /// @dev Its body is an action that came through the Inbox.
    uint8 private constant FORCED = 3;
    /// @dev Where the type of that action is: behind the type byte and the L1 sender.
    uint256 private constant FORCED_TYPE_AT = 21;

    /* IMMUTABLES */

    /// @inheritdoc IFraudProof
    address public immutable ROLLUP;
    address private immutable CHAIN_STEPS;
    address private immutable ACTION_STEPS;
    address private immutable TRADE_STEPS;
    address private immutable ORACLE_STEPS;
    address private immutable MARK_STEPS;
    address private immutable AUCTION_STEPS;
    address private immutable BID_STEPS;
    address private immutable WATERFALL_STEPS;
    address private immutable VAULT_STEPS;
    address private immutable ROUND_STEPS;

    /* CONSTRUCTOR */

    constructor(
        address rollup,
        address chainSteps,
        address actionSteps,
        address tradeSteps,
        address oracleSteps,
        address markSteps,
        address auctionSteps,
        address bidSteps,
        address waterfallSteps,
        address vaultSteps,
        address roundSteps
    ) {
        ROLLUP = rollup;
        CHAIN_STEPS = _existing(chainSteps);
        ACTION_STEPS = _existing(actionSteps);
        TRADE_STEPS = _existing(tradeSteps);
        ORACLE_STEPS = _existing(oracleSteps);
        MARK_STEPS = _existing(markSteps);
        AUCTION_STEPS = _existing(auctionSteps);
        BID_STEPS = _existing(bidSteps);
        WATERFALL_STEPS = _existing(waterfallSteps);
        VAULT_STEPS = _existing(vaultSteps);
        ROUND_STEPS = _existing(roundSteps);
    }

    /* PROOFS */

    /// @inheritdoc IFraudProof
    function proveStep(
        BatchHeader calldata header,
        PayloadPart calldata payload,
        uint256 index,
        bytes calldata witness
    ) external {
        Payload memory posted = _posted(header, payload);
        bytes memory body = posted.body(index);
        bytes32 preRoot = index == 0 ? header.preRoot : posted.rootAfter(index - 1);
        // Whatever goes wrong in there reverts all of this: only an outcome counts.
        (, bytes32 root) = IStep(stepOf(body)).execute(preRoot, body, witness);
        _conclude(root != posted.rootAfter(index), header, Statement.Step, index);
    }

    /// @inheritdoc IFraudProof
    function proveOffset(BatchHeader calldata header, PayloadPart calldata payload, uint256 index) external {
        Payload memory posted = _posted(header, payload);
        uint256 start = posted.startOf(index);
        bool follows = index == 0 ? start == posted.tableEnd() : start > posted.startOf(index - 1);
        _conclude(!follows || start >= header.payloadBytes, header, Statement.Offset, index);
    }

    /// @inheritdoc IFraudProof
    function proveFirstBlock(
        BatchHeader calldata header,
        PayloadPart calldata payload,
        bytes calldata chain,
        bytes calldata proof
    ) external {
        bytes memory record = _chainRecord(_posted(header, payload).rootAfter(0), chain, proof);
        bool agrees = record.get(ChainLayout.HEIGHT) == header.firstHeight
            && record.get(ChainLayout.TIMESTAMP) == header.firstTimestamp;
        _conclude(!agrees, header, Statement.FirstBlock, 0);
    }

    /// @inheritdoc IFraudProof
    function proveHeader(BatchHeader calldata header, bytes calldata chain, bytes calldata proof) external {
        _checkHeader(header);
        bytes memory record = _chainRecord(header.postRoot, chain, proof);
        bool agrees = record.get(ChainLayout.HEIGHT) == header.lastHeight
            && record.get(ChainLayout.TIMESTAMP) == header.lastTimestamp
            && record.get(ChainLayout.ANCHOR_NUMBER) == header.anchorNumber
            && bytes32(record.get(ChainLayout.ANCHOR_HASH)) == header.anchorHash
            && record.get(ChainLayout.INBOX_CURSOR) == header.inboxCursor
            && bytes32(record.get(ChainLayout.INBOX_ACCUMULATOR)) == header.inboxAccumulator
            && bytes32(record.get(ChainLayout.PARAMETER_HASH)) == header.parameterHash;
        _conclude(!agrees, header, Statement.Header, header.txCount - 1);
    }

    /* VIEWS */

    /// @inheritdoc IFraudProof
    function stepOf(bytes memory transaction) public view returns (address) {
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == FORCED) {
            uint256 inner = transaction.length > FORCED_TYPE_AT ? transaction.byteAt(FORCED_TYPE_AT) : 0;
            if (inner == BidBody.TYPE) return BID_STEPS;
            return _isOfVault(inner) ? VAULT_STEPS : ACTION_STEPS;
        }
        if (kind >= WithdrawBody.TYPE && kind <= InvalidateNoncesBody.TYPE) return ACTION_STEPS;
        if (kind == BidBody.TYPE) return BID_STEPS;
        if (kind == StartAuctionBody.TYPE || kind == EndAuctionBody.TYPE) return AUCTION_STEPS;
        if (kind == AbsorbBody.TYPE || kind == SocializeBody.TYPE) return WATERFALL_STEPS;
        if (kind == DeleverageBody.TYPE) return ROUND_STEPS;
        if (_isOfVault(kind)) return VAULT_STEPS;
        if (kind == TradeBody.TYPE) return TRADE_STEPS;
        if (kind == PostPricesBody.TYPE) return ORACLE_STEPS;
        if (kind == MarkBody.TYPE || kind == SettleBody.TYPE) return MARK_STEPS;
        return CHAIN_STEPS;
    }

    /* INTERNAL */

    function _isOfVault(uint256 kind) private pure returns (bool) {
        return kind >= VaultDepositBody.TYPE && kind <= RedeemClaimBody.TYPE;
    }

    function _conclude(bool isFraud, BatchHeader calldata header, Statement statement, uint256 transaction)
        private
    {
        if (!isFraud) revert NothingWrong();
        emit FraudProven(header.index, statement, transaction, msg.sender);
        IRollup(ROLLUP).deleteFrom(header.index, msg.sender);
    }

    function _posted(BatchHeader calldata header, PayloadPart calldata payload)
        private
        view
        returns (Payload memory)
    {
        _checkHeader(header);
        return Payloads.open(payload, header.payloadHash, header.payloadBytes, header.txCount);
    }

    function _checkHeader(BatchHeader calldata header) private view {
        bytes32 expected = IRollup(ROLLUP).headerHash(header.index);
        bytes32 received = keccak256(abi.encode(header));
        if (received != expected) revert BatchMismatch(header.index, expected, received);
    }

    /// @dev The chain record in the state of `root`, in memory.
    function _chainRecord(bytes32 root, bytes calldata chain, bytes calldata proof)
        private
        pure
        returns (bytes memory)
    {
        if (chain.length != ChainLayout.WIDTH) revert RecordSizeMismatch(ChainLayout.WIDTH, chain.length);
        bytes32 received = TrieProof.root(RecordKey.CHAIN, sha256(chain), proof);
        if (received != root) revert ProofDoesNotReachRoot(root, received);
        return chain;
    }

    function _existing(address step) private view returns (address) {
        if (step.code.length == 0) revert NoStepContract(step);
        return step;
    }
}
