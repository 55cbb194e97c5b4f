// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Tokens that do what real ones have done to contracts that trusted them.
contract WeirdToken is ERC20("Weird", "WRD") {
    uint256 public feeOnTransfer; // Taken from what arrives.
    uint256 public feeOnSender; // Taken from the sender beside the amount.
    bool public returnsFalse;
    mapping(address => bool) public isBlocked;
    address public reenterTarget;
    bytes public reenterCall;
    bool public reenterSucceeded;
    bytes public reenterResult;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }

    function setFees(uint256 onTransfer, uint256 onSender) external {
        feeOnTransfer = onTransfer;
        feeOnSender = onSender;
    }

    function setReturnsFalse(bool value) external {
        returnsFalse = value;
    }

    function setBlocked(address account, bool value) external {
        isBlocked[account] = value;
    }

    function setReenter(address target, bytes calldata call) external {
        reenterTarget = target;
        reenterCall = call;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (returnsFalse) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (returnsFalse) return false;
        return super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!isBlocked[to], "blocked");
        super._update(from, to, amount);
        if (from == address(0) || to == address(0)) return;
        if (feeOnTransfer != 0) super._update(to, address(0), feeOnTransfer);
        if (feeOnSender != 0) super._update(from, address(0), feeOnSender);
        if (reenterTarget != address(0)) (reenterSucceeded, reenterResult) = reenterTarget.call(reenterCall);
    }
}

/// @notice Returns nothing at all, as the oldest tokens do.
contract SilentToken {
    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address, uint256) external {}

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
