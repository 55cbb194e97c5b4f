// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";

/// @notice The price of an expiry in two parts [1e-8 USD].
struct SettlingPrice {
    uint256 fixedPart; // What the seconds of the window that have passed contribute.
    uint256 moving; // What the seconds to come contribute, at the forward.
}

/// @title What is already certain of a settlement price, section 10.4 of the specification
/// @notice Twin of `state/pricing/settling.ts`.
library Settling {
    using Drafts for Entry;

    /// @param now_ time of the chain [seconds], before `expiry`
    function price(Entry memory underlying, uint256 expiry, uint256 forward, uint256 now_)
        internal
        pure
        returns (SettlingPrice memory parts)
    {
        uint256 window = Limit.SETTLEMENT_WINDOW_SECONDS;
        uint256 opens = expiry - window;
        if (now_ <= opens) {
            parts.moving = forward;
            return parts;
        }
        parts.fixedPart = _windowSum(underlying, opens, now_) / window;
        parts.moving = forward * (expiry - now_) / window;
    }

    /// @dev Index x seconds from `opens` to `now_`, the index of the last post holding on.
    function _windowSum(Entry memory underlying, uint256 opens, uint256 now_) private pure returns (uint256) {
        uint256 index = underlying.get(UnderlyingLayout.INDEX_PRICE);
        uint256 oracleTime = underlying.get(UnderlyingLayout.ORACLE_TIME);
        if (oracleTime <= opens) return index * (now_ - opens);
        uint256 since = underlying.get(UnderlyingLayout.PRICE_SECONDS)
            - underlying.get(UnderlyingLayout.WINDOW_PRICE_SECONDS);
        return since + index * (now_ - oracleTime);
    }
}
