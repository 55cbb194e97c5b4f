// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Quantity, Refusal} from "../../Protocol.sol";
import {Draft, Drafts} from "../../lib/Draft.sol";
import {Term} from "../../records/Terms.sol";
import {Post, Posts} from "./Post.sol";

/// @title What is priced, rules 2 and 3 of section 8.13 of the specification
library Points {
    using Drafts for Draft;
    using Posts for Post;
    using Posts for uint256[];

    int256 private constant WAD = 1e18;

    /// @notice By underlying, expiry, quantity; each underlying led by its index, slices whole.
    function requireOrdered(Draft memory draft, Post memory post) internal view {
        for (uint256 i = 0; i < post.points; i++) {
            bool isFirst = i == 0 || post.underlyingOf(i - 1) < post.underlyingOf(i);
            bool isOrdered = isFirst
                ? post.expiryOf(i) == 0 && post.quantityOf(i) == Quantity.PRICE
                : _follows(post, i);
            draft.require_(isOrdered, Refusal.POINTS_NOT_ASCENDING);
            draft.require_(_isWhole(post, i), Refusal.POINT_UNKNOWN);
        }
    }

    /// @notice The terms among points `first` to `end` of one underlying, the end not included.
    function terms(Post memory post, uint256 first, uint256 end, uint256 time)
        internal
        pure
        returns (Term[] memory list)
    {
        list = new Term[](end - first);
        uint256 count = 0;
        for (uint256 i = first; i < end; i++) {
            if (post.expiryOf(i) == 0) continue;
            if (post.quantityOf(i) == Quantity.PRICE) list[count++].expiry = post.expiryOf(i);
            _set(list[count - 1], post.quantityOf(i), post.prices(i).medianLow(), time);
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    /// @notice The daily volume [1e-6 USD] among the points of one underlying.
    function dailyVolume(Post memory post, uint256 first, uint256 end)
        internal
        pure
        returns (bool isPosted, uint256 volume)
    {
        uint256 second = first + 1;
        isPosted = second < end && post.expiryOf(second) == 0;
        if (isPosted) volume = post.prices(second).medianLow();
    }

    function _follows(Post memory post, uint256 i) private pure returns (bool) {
        if (post.underlyingOf(i - 1) != post.underlyingOf(i)) return false;
        (uint256 before, uint256 expiry) = (post.expiryOf(i - 1), post.expiryOf(i));
        return before < expiry || (before == expiry && post.quantityOf(i - 1) < post.quantityOf(i));
    }

    /// @dev A daily volume belongs to an index; theta, rho and psi come together, right behind their forward.
    function _isWhole(Post memory post, uint256 i) private pure returns (bool) {
        uint256 quantity = post.quantityOf(i);
        if (post.expiryOf(i) == 0) return quantity <= Quantity.DAILY_VOLUME;
        if (quantity > Quantity.PSI) return false;
        if (quantity == Quantity.PRICE) return true;
        bool isLed = i > 0 && _isSameTerm(post, i - 1, i) && post.quantityOf(i - 1) + 1 == quantity;
        return isLed && (quantity == Quantity.PSI || (i + 1 < post.points && _isSameTerm(post, i, i + 1)));
    }

    function _isSameTerm(Post memory post, uint256 i, uint256 j) private pure returns (bool) {
        return post.underlyingOf(i) == post.underlyingOf(j) && post.expiryOf(i) == post.expiryOf(j);
    }

    /// @dev Skew is posted plus one.
    function _set(Term memory term, uint256 quantity, uint256 value, uint256 time) private pure {
        if (quantity == Quantity.PRICE) {
            term.forward = value;
            return;
        }
        term.volatilityTime = time;
        if (quantity == Quantity.THETA) term.theta = value;
        else if (quantity == Quantity.RHO) term.rho = int256(value) - WAD;
        else term.psi = value;
    }
}
