// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {InboxItems} from "./shared/InboxItems.sol";

/// @title Transaction `forced`, section 8.5 of the specification
library Forced {
    using Drafts for Draft;
    using Fields for bytes;

    uint256 internal constant TYPE = 3;
    /// @dev Behind the type byte and the L1 sender, which has no part in any rule.
    uint256 private constant INNER_AT = 21;

    /// @notice Consumes the item, whatever follows, and returns the transaction inside.
    function open(Draft memory draft, bytes memory body) internal view returns (bytes memory inner) {
        InboxItems.consume(draft, InboxItems.FORCED, body);
        draft.keep();
        if (body.length > INNER_AT) inner = body.slice(INNER_AT, body.length - INNER_AT);
    }
}
