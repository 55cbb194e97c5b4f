// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Holds every deposit and pays every withdrawal that a final state root proves
/// @notice For each asset: token balance of the Vault >= held + owed, unless
/// the token itself takes balances away. A deposit raises
/// `held`; a proven withdrawal moves an amount from `held` to `owed` once; a claim pays it out of
/// `owed`. Nothing else moves tokens, nobody is privileged to, and withdrawals and claims can not
/// be paused.
interface IVault {
    /// @notice Thrown when a function reserved for `expected` is called by `received`.
    error NotTheCaller(address expected, address received);
    /// @notice Thrown at deployment when the `name`d contract does not point back at this Vault.
    error MiswiredContract(string name, address expected, address received);
    /// @notice Thrown when an asset id has no token.
    error UnknownAsset(uint16 asset);
    /// @notice Thrown when the id already has a token, or the token already has an id.
    error AssetAlreadyListed(uint16 asset, address token);
    /// @notice Thrown when the address of a token holds no code.
    error NotAToken(address token);
    /// @notice Thrown when the guardian has paused deposits until `until` [seconds].
    error DepositsPaused(uint64 until);
    /// @notice Thrown when a deposit names the zero address as its owner.
    error ZeroOwner();
    /// @notice Thrown when the amount is 0.
    error ZeroAmount();
    /// @notice Thrown when a deposit would lift the asset above the largest total the rollup can
    /// count.
    error DepositTooLarge(uint256 room, uint256 received);
    /// @notice Thrown when the token moved another amount than asked: fee on transfer, rebasing or
    /// worse.
    error TransferMismatch(uint256 expected, uint256 received);
    /// @notice Thrown when batch `batchIndex` is unknown or can still be challenged.
    error BatchNotFinal(uint64 batchIndex);
    /// @notice Thrown when withdrawal `index` was credited before.
    error AlreadyWithdrawn(uint64 index);
    /// @notice Thrown when a withdrawal record has the wrong length.
    error RecordSizeMismatch(uint256 expected, uint256 received);
    /// @notice Thrown when the proof leads to another root than the final one.
    error ProofDoesNotReachRoot(bytes32 expected, bytes32 received);
    /// @notice Thrown when a proven withdrawal is more than the Vault holds: the root would pay out
    /// others' deposits.
    error NotEnoughHeld(uint256 held, uint256 received);
    /// @notice Thrown when the recipient has nothing to claim.
    error NothingToClaim(uint16 asset, address recipient);

    /// @notice Emitted once for each asset.
    event AssetListed(uint16 indexed asset, address indexed token);
    /// @notice Emitted once for each deposit. `amount` is in token units.
    event Deposited(uint16 indexed asset, address indexed owner, uint8 subaccount, uint128 amount, address payer);
    /// @notice Emitted once for each withdrawal proven; `recipient` can claim from now on.
    event Withdrawn(uint64 indexed index, uint16 indexed asset, address indexed recipient, uint128 amount);
    /// @notice Emitted once for each payment.
    event Claimed(uint16 indexed asset, address indexed recipient, uint256 amount);

    /// @notice Where deposits are queued.
    function INBOX() external view returns (address);

    /// @notice Whose final roots prove withdrawals.
    function ROLLUP() external view returns (address);

    /// @notice The only caller of `listAsset`; says whether deposits are paused.
    function GOVERNANCE() external view returns (address);

    /// @notice The token of an asset id; the zero address if there is none. Ids and tokens are one
    /// to one, for ever.
    function tokenOf(uint16 asset) external view returns (address);

    /// @notice What backs balances inside the rollup [token units]. At most 2^127 - 1, so that a
    /// signed 128-bit total counts it.
    function held(uint16 asset) external view returns (uint256);

    /// @notice What is promised to recipients and not yet claimed [token units].
    function owed(uint16 asset) external view returns (uint256);

    /// @notice What `recipient` can claim [token units].
    function claimable(uint16 asset, address recipient) external view returns (uint256);

    /// @notice Whether withdrawal `index` was credited.
    function isWithdrawn(uint64 index) external view returns (bool);

    /// @notice Gives a new asset id its token. Only Governance.
    function listAsset(uint16 asset, address token) external;

    /// @notice Takes `amount` token units from the caller, who has approved them, and queues the
    /// credit of `owner`'s subaccount.
    /// Refuses a token that delivers another amount.
    function deposit(uint16 asset, address owner, uint8 subaccount, uint256 amount) external;

    /// @notice Credits withdrawal `index` to its recipient. Anyone may call; only the recipient can
    /// gain.
    /// @param batchIndex a final batch; the record must be in the state after it
    /// @param record the 95 bytes of the withdrawal record: asset u16 || amount u128 || recipient
    /// 20 bytes || owner 20 bytes || subaccount u8 || height u64 || timestamp u64 || reserved 20
    /// bytes
    /// @param proof the membership proof of the record, see `TrieProof`
    function withdraw(uint64 batchIndex, uint64 index, bytes calldata record, bytes calldata proof) external;

    /// @notice Pays all that `recipient` can claim of an asset, to `recipient`. Anyone may call. A
    /// recipient that the token refuses hurts nobody else, and keeps the claim.
    function claim(uint16 asset, address recipient) external returns (uint256 amount);

    /// @notice `withdraw`, then `claim` for its recipient, or neither.
    function withdrawAndClaim(uint64 batchIndex, uint64 index, bytes calldata record, bytes calldata proof)
        external
        returns (uint256 amount);
}
