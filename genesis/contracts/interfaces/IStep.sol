// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title One step of the chain, computed on L1
/// @notice Stateless: the outcome follows from the arguments alone. Its rules are those of
/// `state/README.md`.
interface IStep {
    /// @notice Applies `transaction` to the state of `preRoot`, of which `witness` shows the records.
    /// Reverts for anything but a true witness of this step; any other input has one outcome.
    /// @return refusal 0 where the transaction was applied, else the number of the rule it broke.
    /// @return postRoot the root after the step; of a refused one too.
    function execute(bytes32 preRoot, bytes memory transaction, bytes memory witness)
        external
        view
        returns (uint256 refusal, bytes32 postRoot);
}
