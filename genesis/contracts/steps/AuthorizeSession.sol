// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AuthorizeSessionBody, ChainLayout, Limit, RecordKey, Refusal, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Signatures} from "../lib/Signatures.sol";
import {Keys} from "../records/Keys.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `authorizeSession`, section 8.9 of the specification
library AuthorizeSession {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant MARKETS_AT = AuthorizeSessionBody.MARKETS + 1;
    uint256 private constant ID_WIDTH = 4;

    function apply_(Draft memory draft, bytes memory body) internal view {
        uint256 count = _checkShape(draft, body);
        uint256 key = body.get(AuthorizeSessionBody.KEY);
        uint256 scope = body.get(AuthorizeSessionBody.SCOPE);
        uint256 expiry = body.get(AuthorizeSessionBody.SESSION_EXPIRY);
        uint256 notionalCap = body.get(AuthorizeSessionBody.NOTIONAL_CAP);
        bytes memory terms = abi.encode(key, scope, expiry, notionalCap, _hashOfMarkets(body, count));
        Signer memory signer = Action.authenticate(draft, body, TypeHash.AUTHORIZE_SESSION, terms);
        draft.require_(key != signer.id >> 8, Refusal.SESSION_KEY_MUST_DIFFER);
        uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        draft.require_(expiry > timestamp, Refusal.SESSION_EXPIRY_IN_PAST);

        // The list of markets is the same bytes in the action and in the record.
        bytes memory markets = body.slice(AuthorizeSessionBody.MARKETS, 1 + ID_WIDTH * count);
        bytes memory session = abi.encodePacked(uint8(scope), uint64(expiry), uint128(notionalCap), markets);
        draft.touch(Keys.session(signer.id, address(uint160(key)))).put(session);
    }

    /// @return count of markets
    function _checkShape(Draft memory draft, bytes memory body) private view returns (uint256 count) {
        draft.require_(body.length >= MARKETS_AT, Refusal.MALFORMED);
        count = body.byteAt(AuthorizeSessionBody.MARKETS);
        draft.require_(count <= Limit.MAX_SESSION_MARKETS, Refusal.MALFORMED);
        draft.require_(body.length == MARKETS_AT + ID_WIDTH * count + Signatures.WIDTH, Refusal.MALFORMED);
    }

    /// @dev keccak256 of the ids, 32 bytes each.
    function _hashOfMarkets(bytes memory body, uint256 count) private pure returns (bytes32) {
        uint256[] memory markets = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            markets[i] = body.get(Fields.inside(MARKETS_AT + ID_WIDTH * i, ID_WIDTH));
        }
        return keccak256(abi.encodePacked(markets));
    }
}
