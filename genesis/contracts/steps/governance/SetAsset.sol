// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, Refusal, SetAssetAction} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Keys} from "../../records/Keys.sol";

/// @title Governance `setAsset`, section 8.4 of the specification
library SetAsset {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant STATUS_BOUND = 2;
    uint256 private constant WAD = 1e18;

    function apply_(Draft memory draft, bytes memory action) internal view {
        draft.require_(action.length == SetAssetAction.WIDTH, Refusal.MALFORMED);
        uint256 status = action.get(SetAssetAction.STATUS);
        draft.require_(status < STATUS_BOUND, Refusal.MALFORMED);
        Entry memory asset = draft.touch(Keys.asset(action.get(SetAssetAction.ASSET)));
        draft.require_(asset.exists(), Refusal.ASSET_NOT_FOUND);
        uint256 baseHaircut = action.get(SetAssetAction.BASE_HAIRCUT);
        draft.require_(baseHaircut <= WAD, Refusal.LISTING_INVALID);
        asset.set(AssetLayout.STATUS, status);
        asset.set(AssetLayout.BASE_HAIRCUT, baseHaircut);
        asset.set(AssetLayout.AVERAGE_DAILY_VOLUME, action.get(SetAssetAction.AVERAGE_DAILY_VOLUME));
        asset.set(AssetLayout.CAP, action.get(SetAssetAction.CAP));
        asset.set(AssetLayout.ACCOUNT_CAP, action.get(SetAssetAction.ACCOUNT_CAP));
    }
}
