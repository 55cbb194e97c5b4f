// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {EndAuctionBody, Refusal} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Lifecycle} from "../liquidation/Lifecycle.sol";
import {Keys} from "../records/Keys.sol";
import {Margin, Margins} from "../risk/Margin.sol";

/// @title Transaction `endAuction`, section 8.20 of the specification
library EndAuction {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == EndAuctionBody.WIDTH, Refusal.MALFORMED);
        uint256 id = body.get(EndAuctionBody.ACCOUNT);
        Entry memory auction = draft.touch(Keys.auction(id));
        draft.require_(auction.exists(), Refusal.AUCTION_NOT_FOUND);
        Entry memory account = draft.existing(Keys.account(id));
        Margin memory margin = Margins.compute(draft, id, account.value);
        draft.require_(margin.isFresh, Refusal.MARKS_STALE);
        draft.require_(margin.equity >= margin.maintenance, Refusal.ACCOUNT_IS_UNHEALTHY);
        Lifecycle.close(draft, account, auction);
    }
}
