// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {OptionChain, Refusal, SetUnderlyingAction, UnderlyingLayout} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Keys} from "../../records/Keys.sol";
import {Listings} from "../../records/Listings.sol";

/// @title Governance `setUnderlying`, section 8.4 of the specification
library SetUnderlying {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant HIGHEST_SCAN_RANGE = 4e18;
    uint256 private constant PEG_BOUND = 2 ** 62;

    function apply_(Draft memory draft, bytes memory action) internal view {
        draft.require_(action.length == SetUnderlyingAction.WIDTH, Refusal.MALFORMED);
        Entry memory underlying = draft.touch(Keys.underlying(action.get(SetUnderlyingAction.UNDERLYING)));
        draft.require_(underlying.exists(), Refusal.UNDERLYING_NOT_FOUND);
        draft.require_(_isValid(action) && _keepsChain(underlying, action), Refusal.LISTING_INVALID);
        _copy(underlying, UnderlyingLayout.SCAN_FLOOR, action, SetUnderlyingAction.SCAN_FLOOR);
        _copy(underlying, UnderlyingLayout.SCAN_CEILING, action, SetUnderlyingAction.SCAN_CEILING);
        _copy(underlying, UnderlyingLayout.PEG, action, SetUnderlyingAction.PEG);
        _copy(underlying, UnderlyingLayout.AVERAGE_DAILY_VOLUME, action, SetUnderlyingAction.AVERAGE_DAILY_VOLUME);
        _copy(underlying, UnderlyingLayout.STRIKE_STEP, action, SetUnderlyingAction.STRIKE_STEP);
        _copy(underlying, UnderlyingLayout.OPTION_TICK_SIZE, action, SetUnderlyingAction.OPTION_TICK_SIZE);
        _copy(underlying, UnderlyingLayout.OPTION_LOT_SIZE, action, SetUnderlyingAction.OPTION_LOT_SIZE);
        _copy(
            underlying,
            UnderlyingLayout.OPTION_OPEN_INTEREST_CAP,
            action,
            SetUnderlyingAction.OPTION_OPEN_INTEREST_CAP
        );
        _copy(underlying, UnderlyingLayout.OPTION_MAX_ORDER_LOTS, action, SetUnderlyingAction.OPTION_MAX_ORDER_LOTS);
    }

    function _isValid(bytes memory action) private pure returns (bool) {
        uint256 floor = action.get(SetUnderlyingAction.SCAN_FLOOR);
        uint256 ceiling = action.get(SetUnderlyingAction.SCAN_CEILING);
        if (floor == 0 || floor > ceiling || ceiling > HIGHEST_SCAN_RANGE) return false;
        if (action.get(SetUnderlyingAction.PEG) >= PEG_BOUND) return false;
        uint256 step = action.get(SetUnderlyingAction.STRIKE_STEP);
        if (step == 0) return true;
        uint256 tickSize = action.get(SetUnderlyingAction.OPTION_TICK_SIZE);
        uint256 openInterestCap = action.get(SetUnderlyingAction.OPTION_OPEN_INTEREST_CAP);
        return step <= OptionChain.HIGHEST_PRICED
            && Listings.areSizesValid(tickSize, action.get(SetUnderlyingAction.OPTION_LOT_SIZE))
            && Listings.areCapsValid(openInterestCap, action.get(SetUnderlyingAction.OPTION_MAX_ORDER_LOTS));
    }

    /// @dev Once there are options an id means one strike, one tick and one lot for ever.
    function _keepsChain(Entry memory underlying, bytes memory action) private pure returns (bool) {
        uint256 step = underlying.get(UnderlyingLayout.STRIKE_STEP);
        if (step == 0) return true;
        return step == action.get(SetUnderlyingAction.STRIKE_STEP)
            && underlying.get(UnderlyingLayout.OPTION_TICK_SIZE) == action.get(SetUnderlyingAction.OPTION_TICK_SIZE)
            && underlying.get(UnderlyingLayout.OPTION_LOT_SIZE) == action.get(SetUnderlyingAction.OPTION_LOT_SIZE);
    }

    function _copy(Entry memory underlying, uint256 to, bytes memory action, uint256 from) private pure {
        underlying.set(to, action.get(from));
    }
}
