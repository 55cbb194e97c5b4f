// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {AssetLayout, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Equity} from "./Equity.sol";

/// @title Haircuts that follow risk, section 11.2 of the specification
/// @notice Twin of `state/risk/haircut.ts`. Shares [1e-18].
library Haircut {
    using Drafts for Entry;

    uint256 private constant WAD = 1e18;
    /// @dev More is not told apart: so that the root is of a number below 2^248.
    uint256 private constant HELD_BOUND = type(uint128).max;

    /// @notice Moves the haircut of `asset` towards its target, to `timestamp` [seconds].
    function move(Entry memory asset, Entry memory underlying, Entry memory parameters, uint256 timestamp)
        internal
        pure
    {
        uint256 index = underlying.get(UnderlyingLayout.INDEX_PRICE);
        uint256 haircut = asset.get(AssetLayout.HAIRCUT);
        uint256 elapsed = timestamp - asset.get(AssetLayout.HAIRCUT_TIME);
        uint256 most = parameters.get(ParametersLayout.HAIRCUT_RATE) * elapsed;
        uint256 goal = target(asset, underlying, parameters);
        // On a fallen price it never eases.
        uint256 ease = index < asset.get(AssetLayout.HAIRCUT_PRICE) ? 0 : Math.min(most, haircut);
        asset.set(AssetLayout.HAIRCUT, Math.min(Math.max(goal, haircut - ease), haircut + most));
        asset.set(AssetLayout.HAIRCUT_TIME, timestamp);
        asset.set(AssetLayout.HAIRCUT_PRICE, index);
    }

    /// @notice Base, volatility, impact of selling what is held, share of the cap; at most one.
    function target(Entry memory asset, Entry memory underlying, Entry memory parameters)
        internal
        pure
        returns (uint256)
    {
        uint256 range = underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE);
        uint256 volatility = _wadMulUp(range, parameters.get(ParametersLayout.HAIRCUT_VOLATILITY));
        uint256 impact = range * parameters.get(ParametersLayout.HAIRCUT_LIQUIDITY) * _rootOfDays(asset, underlying);
        uint256 liquidity = Math.ceilDiv(impact, WAD * WAD);
        uint256 concentration =
            _wadMulUp(parameters.get(ParametersLayout.HAIRCUT_CONCENTRATION), _shareOfCap(asset));
        return Math.min(asset.get(AssetLayout.BASE_HAIRCUT) + volatility + liquidity + concentration, WAD);
    }

    /// @dev Root of the days of volume that the pool holds, at the index.
    function _rootOfDays(Entry memory asset, Entry memory underlying) private pure returns (uint256) {
        uint256 index = underlying.get(UnderlyingLayout.INDEX_PRICE);
        uint256 held = Math.min(Equity.grossDown(asset.get(AssetLayout.HELD), asset, index), HELD_BOUND);
        return Math.sqrt(held * WAD * WAD / Math.max(asset.get(AssetLayout.AVERAGE_DAILY_VOLUME), 1));
    }

    /// @dev At most one: a cap may be lowered.
    function _shareOfCap(Entry memory asset) private pure returns (uint256) {
        (uint256 held, uint256 cap) = (asset.get(AssetLayout.HELD), asset.get(AssetLayout.CAP));
        if (held == 0) return 0;
        return held >= cap ? WAD : held * WAD / cap;
    }

    function _wadMulUp(uint256 x, uint256 wad) private pure returns (uint256) {
        return Math.ceilDiv(x * wad, WAD);
    }
}
