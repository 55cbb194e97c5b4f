// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Time-locked messages into the rollup, and a brake on deposits
/// @notice A scheduled call can reach the Inbox, the Vault and this contract, carries no ETH, and
/// waits longer than a forced exit takes: who disagrees can leave first. The guardian can hold up
/// deposits for at most 14 days, once until governance re-arms it, and the start of auctions in the
/// rollup for at most 6 hours at a time; it can not touch funds, roots, withdrawals or the time lock.
interface IGovernance {
    /// @notice Thrown when a function reserved for `expected` is called by `received`.
    error NotTheCaller(address expected, address received);
    /// @notice Thrown when a scheduled call is executed on another contract than the three allowed.
    error TargetNotAllowed(address target);
    /// @notice Thrown when a scheduled call carries ETH.
    error ValueNotAllowed(uint256 value);
    /// @notice Thrown when the time lock would not outlast a forced exit [seconds].
    error DelayTooShort(uint256 exitTime, uint256 received);
    /// @notice Thrown when the guardian has used its pause and governance has not re-armed it.
    error PauseNotArmed();
    /// @notice Thrown when a pause is 0 or longer than `maximum` [seconds].
    error PauseOutOfRange(uint64 maximum, uint64 received);

    /// @notice Emitted when deposits are paused, and with the present time when the pause is lifted
    /// [seconds].
    event DepositsPausedUntil(uint64 until);
    /// @notice Emitted when governance lets the guardian pause once more.
    event PauseArmed();
    /// @notice Emitted when the guardian changes.
    event GuardianChanged(address guardian);

    /// @notice The longest pause [seconds].
    function MAX_PAUSE() external view returns (uint64);

    /// @notice The longest way out for a user whom the sequencer ignores [seconds]; the time lock
    /// is always longer.
    function EXIT_TIME() external view returns (uint64);

    /// @notice Who may pause deposits.
    function guardian() external view returns (address);

    /// @notice Whether the guardian may pause once more.
    function isPauseArmed() external view returns (bool);

    /// @notice Deposits are refused before this time [seconds].
    function depositsPausedUntil() external view returns (uint64);

    /// @notice Refuses deposits for `duration` seconds. Only the guardian, once until re-armed.
    function pauseDeposits(uint64 duration) external;

    /// @notice Lifts the pause. Only the guardian. Does not re-arm it.
    function unpauseDeposits() external;

    /// @notice Tells the rollup, through the Inbox, that no auction starts for `duration` seconds, at
    /// most 6 hours. Only the guardian. Auctions that have started go on. The rollup takes it only if it
    /// shortens the pause that runs, or if the last one ended a day ago.
    function pauseAuctions(uint64 duration) external;

    /// @notice Lets the guardian pause once more. Only by a scheduled call.
    function rearmPause() external;

    /// @notice Replaces the guardian. Only by a scheduled call.
    function setGuardian(address newGuardian) external;
}
