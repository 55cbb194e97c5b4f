// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, UnderlyingForward, UnderlyingLayout} from "../Protocol.sol";
import {Fields} from "../lib/Fields.sol";

/// @title The forward prices in an underlying record
/// @notice A forward is one number, as its item in the record: `expiry << 64 | price`. Lists ascend
/// by expiry.
library Forwards {
    using Fields for bytes;

    uint256 private constant ITEMS_AT = UnderlyingLayout.FORWARDS + 1;
    uint256 private constant PRICE_BITS = 64;
    /// @dev Behind every forward.
    uint256 private constant END = type(uint256).max;

    function forward(uint256 expiry, uint256 price) internal pure returns (uint256) {
        return (expiry << PRICE_BITS) | price;
    }

    /// @notice The forward price of `expiry` [1e-8 USD].
    function find(bytes memory underlying, uint256 expiry) internal pure returns (bool isPosted, uint256 price) {
        uint256 count = underlying.byteAt(UnderlyingLayout.FORWARDS);
        for (uint256 i = 0; i < count; i++) {
            uint256 found = underlying.get(_field(i));
            if (_expiryOf(found) == expiry) return (true, uint64(found));
        }
    }

    /// @notice The record with `posted` forwards in place of those of their expiry, without those that
    /// are over at `time` [seconds]; the nearest stay.
    function merged(bytes memory underlying, uint256[] memory posted, uint256 time)
        internal
        pure
        returns (bytes memory next)
    {
        uint256 knownCount = underlying.byteAt(UnderlyingLayout.FORWARDS);
        (uint256 i, uint256 j) = (0, 0);
        uint256[] memory nearest = new uint256[](Limit.MAX_FORWARDS);
        uint256 count = 0;
        while (count < Limit.MAX_FORWARDS && (i < knownCount || j < posted.length)) {
            uint256 known = i < knownCount ? underlying.get(_field(i)) : END;
            uint256 fresh = j < posted.length ? posted[j] : END;
            bool isFresh = _expiryOf(fresh) <= _expiryOf(known);
            if (_expiryOf(known) <= _expiryOf(fresh)) i++;
            if (isFresh) j++;
            uint256 first = isFresh ? fresh : known;
            if (_expiryOf(first) > time) nearest[count++] = first;
        }
        next = bytes.concat(underlying.slice(0, ITEMS_AT), new bytes(UnderlyingForward.WIDTH * count));
        next.set(Fields.inside(UnderlyingLayout.FORWARDS, 1), count);
        for (uint256 k = 0; k < count; k++) next.set(_field(k), nearest[k]);
    }

    function _field(uint256 index) private pure returns (uint256) {
        return Fields.inside(ITEMS_AT + UnderlyingForward.WIDTH * index, UnderlyingForward.WIDTH);
    }

    function _expiryOf(uint256 forward_) private pure returns (uint256) {
        return forward_ >> PRICE_BITS;
    }
}
