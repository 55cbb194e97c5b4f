// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, ChainLayout, Limit, ListAssetAction, RecordKey, Refusal} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Keys} from "../../records/Keys.sol";

/// @title Governance `listAsset`, section 8.4 of the specification
library ListAsset {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant MAX_DECIMALS = 30;
    uint256 private constant RATIO_BOUND = 2 ** 64;
    uint256 private constant WAD = 1e18;

    function apply_(Draft memory draft, bytes memory action) internal view {
        _checkShape(draft, action);
        Entry memory asset = draft.touch(Keys.asset(action.get(ListAssetAction.ASSET)));
        draft.require_(!asset.exists(), Refusal.ALREADY_LISTED);
        Entry memory underlying = draft.touch(Keys.underlying(action.get(ListAssetAction.UNDERLYING)));
        draft.require_(underlying.exists(), Refusal.UNDERLYING_NOT_FOUND);
        draft.require_(_isValid(action), Refusal.LISTING_INVALID);
        _write(asset, action, draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP));
    }

    function _checkShape(Draft memory draft, bytes memory action) private view {
        draft.require_(action.length == ListAssetAction.WIDTH, Refusal.MALFORMED);
        bool areTimes = action.get(ListAssetAction.RAMP_START) < Limit.TIME_BOUND
            && action.get(ListAssetAction.RAMP_END) < Limit.TIME_BOUND;
        draft.require_(areTimes, Refusal.MALFORMED);
    }

    function _isValid(bytes memory action) private pure returns (bool) {
        uint256 ratio = action.get(ListAssetAction.RATIO);
        return action.get(ListAssetAction.DECIMALS) <= MAX_DECIMALS && ratio > 0 && ratio < RATIO_BOUND
            && action.get(ListAssetAction.BASE_HAIRCUT) <= WAD
            && action.get(ListAssetAction.RAMP_START) <= action.get(ListAssetAction.RAMP_END);
    }

    /// @dev Active, and none of it held: what is not among the terms is zero.
    function _write(Entry memory asset, bytes memory action, uint256 timestamp) private pure {
        asset.put(new bytes(AssetLayout.WIDTH));
        asset.set(AssetLayout.TOKEN, action.get(ListAssetAction.TOKEN));
        asset.set(AssetLayout.DECIMALS, action.get(ListAssetAction.DECIMALS));
        asset.set(AssetLayout.UNDERLYING, action.get(ListAssetAction.UNDERLYING));
        asset.set(AssetLayout.RATIO, action.get(ListAssetAction.RATIO));
        asset.set(AssetLayout.BASE_HAIRCUT, action.get(ListAssetAction.BASE_HAIRCUT));
        asset.set(AssetLayout.HAIRCUT, action.get(ListAssetAction.BASE_HAIRCUT));
        asset.set(AssetLayout.HAIRCUT_TIME, timestamp);
        asset.set(AssetLayout.RAMP_START, action.get(ListAssetAction.RAMP_START));
        asset.set(AssetLayout.RAMP_END, action.get(ListAssetAction.RAMP_END));
        asset.set(AssetLayout.AVERAGE_DAILY_VOLUME, action.get(ListAssetAction.AVERAGE_DAILY_VOLUME));
        asset.set(AssetLayout.CAP, action.get(ListAssetAction.CAP));
        asset.set(AssetLayout.ACCOUNT_CAP, action.get(ListAssetAction.ACCOUNT_CAP));
    }
}
