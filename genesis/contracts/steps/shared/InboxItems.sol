// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, RecordKey} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";

/// @title Items of the L1 inbox, section 8.1 of the specification
library InboxItems {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint8 internal constant DEPOSIT = 0;
    uint8 internal constant FORCED = 1;
    uint8 internal constant GOVERNANCE = 2;

    /// @notice Consumes the next item of the inbox, whose payload is what follows the type byte.
    function consume(Draft memory draft, uint8 kind, bytes memory body) internal view {
        bytes32 item = keccak256(bytes.concat(bytes1(kind), body.slice(1, body.length - 1)));
        Entry memory chain = draft.existing(RecordKey.CHAIN);
        uint256 accumulator = chain.get(ChainLayout.INBOX_ACCUMULATOR);
        chain.set(ChainLayout.INBOX_ACCUMULATOR, uint256(keccak256(abi.encode(accumulator, item))));
        chain.set(ChainLayout.INBOX_CURSOR, chain.get(ChainLayout.INBOX_CURSOR) + 1);
    }
}
