// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, Refusal} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Holdings} from "../../records/Holdings.sol";
import {Keys} from "../../records/Keys.sol";
import {Haircut} from "../../risk/Haircut.sol";

/// @title The part of `mark` that moves haircuts, section 8.14 of the specification
/// @notice Twin of `state/transactions/markAssets.ts`.
library Assets {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 internal constant ID_WIDTH = 2;

    /// @param place of the first asset in `body`
    /// @param underlyingId of `underlying`, whose price is fresh
    function move(
        Draft memory draft,
        bytes memory body,
        uint256 place,
        uint256 count,
        uint256 underlyingId,
        Entry memory underlying,
        Entry memory parameters,
        uint256 timestamp
    ) internal view {
        for (uint256 i = 0; i < count; i++) {
            uint256 id = body.get(Fields.inside(place + ID_WIDTH * i, ID_WIDTH));
            draft.require_(id != Holdings.CASH, Refusal.MALFORMED);
            Entry memory asset = draft.touch(Keys.asset(id));
            draft.require_(asset.exists(), Refusal.ASSET_NOT_FOUND);
            bool isOfUnderlying = asset.get(AssetLayout.UNDERLYING) == underlyingId;
            draft.require_(isOfUnderlying, Refusal.ASSET_OF_OTHER_UNDERLYING);
            Haircut.move(asset, underlying, parameters, timestamp);
        }
    }
}
