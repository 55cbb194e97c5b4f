// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Limit, PauseAuctionsAction} from "./Protocol.sol";
import {IGovernance} from "./interfaces/IGovernance.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IRollup} from "./interfaces/IRollup.sol";

/// @notice Promises, errors and events: see `IGovernance`.
contract Governance is IGovernance, TimelockController {
    /* CONSTANTS */

    /// @inheritdoc IGovernance
    uint64 public constant MAX_PAUSE = 14 days;

    /* IMMUTABLES */

    /// @inheritdoc IGovernance
    uint64 public immutable EXIT_TIME;
    address private immutable INBOX;
    address private immutable VAULT;

    /* STORAGE */

    /// @inheritdoc IGovernance
    address public guardian;
    /// @inheritdoc IGovernance
    bool public isPauseArmed = true;
    /// @inheritdoc IGovernance
    uint64 public depositsPausedUntil;

    /* CONSTRUCTOR */

    /// @param executors who may execute what has waited; the zero address for anyone
    constructor(
        address inbox,
        address rollup,
        address vault,
        uint256 minDelay,
        address[] memory proposers,
        address[] memory executors,
        address firstGuardian
    ) TimelockController(minDelay, proposers, executors, address(0)) {
        INBOX = inbox;
        VAULT = vault;
        // Forced in at the last moment, ignored until another may post, then the challenge window.
        EXIT_TIME = IRollup(rollup).FORCED_INCLUSION_DELAY() + IRollup(rollup).SEQUENCER_TIMEOUT()
            + IRollup(rollup).CHALLENGE_WINDOW();
        if (minDelay <= EXIT_TIME) revert DelayTooShort(EXIT_TIME, minDelay);
        guardian = firstGuardian;
        emit GuardianChanged(firstGuardian);
    }

    /* GUARDIAN */

    /// @inheritdoc IGovernance
    function pauseDeposits(uint64 duration) external {
        _onlyCaller(guardian);
        if (!isPauseArmed) revert PauseNotArmed();
        if (duration == 0 || duration > MAX_PAUSE) revert PauseOutOfRange(MAX_PAUSE, duration);
        isPauseArmed = false;
        _setPausedUntil(uint64(block.timestamp) + duration);
    }

    /// @inheritdoc IGovernance
    function unpauseDeposits() external {
        _onlyCaller(guardian);
        _setPausedUntil(uint64(block.timestamp));
    }

    /// @inheritdoc IGovernance
    function pauseAuctions(uint64 duration) external {
        _onlyCaller(guardian);
        uint64 longest = uint64(Limit.MAX_AUCTION_PAUSE_SECONDS);
        if (duration == 0 || duration > longest) revert PauseOutOfRange(longest, duration);
        uint64 until = uint64(block.timestamp) + duration;
        // The rollup bounds it too, and how often.
        IInbox(INBOX).enqueueGovernance(abi.encodePacked(PauseAuctionsAction.ACTION, until));
    }

    /* SCHEDULED CALLS */

    /// @inheritdoc IGovernance
    function rearmPause() external {
        _onlyCaller(address(this));
        isPauseArmed = true;
        emit PauseArmed();
    }

    /// @inheritdoc IGovernance
    function setGuardian(address newGuardian) external {
        _onlyCaller(address(this));
        guardian = newGuardian;
        emit GuardianChanged(newGuardian);
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        if (newDelay <= EXIT_TIME) revert DelayTooShort(EXIT_TIME, newDelay);
        super.updateDelay(newDelay);
    }

    function _execute(address target, uint256 value, bytes calldata data) internal override {
        if (target != INBOX && target != VAULT && target != address(this)) revert TargetNotAllowed(target);
        if (value != 0) revert ValueNotAllowed(value);
        super._execute(target, value, data);
    }

    /* INTERNAL */

    function _onlyCaller(address expected) private view {
        if (msg.sender != expected) revert NotTheCaller(expected, msg.sender);
    }

    function _setPausedUntil(uint64 until) private {
        depositsPausedUntil = until;
        emit DepositsPausedUntil(until);
    }
}
