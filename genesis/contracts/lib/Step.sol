// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, Refusal} from "../Protocol.sol";
import {Draft, Drafts} from "./Draft.sol";
import {IStep} from "../interfaces/IStep.sol";

/// @title Re-execution of one transaction over a witness
/// @notice Twin of `state/step.ts` and `applyStateless`. A family of transactions extends it.
abstract contract Step is IStep {
    using Drafts for Draft;

    /// @inheritdoc IStep
    function execute(bytes32 preRoot, bytes memory transaction, bytes memory witness)
        external
        view
        returns (uint256 refusal, bytes32 postRoot)
    {
        Draft memory draft = Drafts.open(preRoot, witness);
        draft.require_(transaction.length <= Limit.MAX_TRANSACTION_BYTES, Refusal.MALFORMED);
        _apply(draft, transaction);
        return (0, draft.commit());
    }

    /// @dev Checks, then writes; ends the call by `Drafts.refuse` where a rule is broken.
    function _apply(Draft memory draft, bytes memory transaction) internal view virtual;
}
