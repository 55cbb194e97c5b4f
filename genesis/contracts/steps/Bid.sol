// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BidBody, Refusal, TypeHash} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Sale, Sales} from "../liquidation/Sale.sol";
import {Keys} from "../records/Keys.sol";
import {Action, Signer} from "./Action.sol";

/// @title Transaction `bid`, section 8.19 of the specification
library Bid {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant ANY_STATE = 0;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == BidBody.WIDTH, Refusal.MALFORMED);
        uint256 id = body.get(BidBody.FROM_OWNER + 1); // Owner and subaccount lie together.
        Signer memory bidder = Action.authenticate(draft, body, TypeHash.BID, _terms(body));
        draft.require_(id != bidder.id, Refusal.ACCOUNTS_MUST_DIFFER);
        draft.require_(body.get(BidBody.SHARE) > 0, Refusal.BID_TOO_SMALL);
        Entry memory auction = draft.touch(Keys.auction(id));
        draft.require_(auction.exists(), Refusal.AUCTION_NOT_FOUND);
        uint256 expected = body.get(BidBody.EXPECTED);
        bytes memory account = draft.existing(Keys.account(id)).value;
        draft.require_(expected == ANY_STATE || bytes32(expected) == sha256(account), Refusal.AUCTION_CHANGED);
        Sale memory sale = Sales.open(draft, auction, id);
        draft.require_(sale.price <= body.getInt(BidBody.MAX_PRICE), Refusal.PRICE_ABOVE_LIMIT);
        Sales.complete(draft, sale, bidder.id, int256(body.get(BidBody.SHARE)));
    }

    function _terms(bytes memory body) private pure returns (bytes memory) {
        return abi.encode(
            body.get(BidBody.FROM_OWNER),
            body.get(BidBody.FROM_SUBACCOUNT),
            body.get(BidBody.SHARE),
            body.getInt(BidBody.MAX_PRICE),
            body.get(BidBody.EXPECTED)
        );
    }
}
