// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, ParametersLayout, RecordKey, Refusal, UnderlyingLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Interest} from "../ledger/Interest.sol";
import {Keys} from "../records/Keys.sol";
import {Term, Terms} from "../records/Terms.sol";
import {Seen} from "../regime/Bars.sol";
import {Regimes} from "../regime/Regimes.sol";
import {Points} from "./prices/Points.sol";
import {Post, Posts} from "./prices/Post.sol";
import {Reports} from "./prices/Reports.sol";
import {Settlement} from "./prices/Settlement.sol";
import {Surface} from "./prices/Surface.sol";

/// @title Transaction `postPrices`, section 8.13 of the specification
library PostPrices {
    using Drafts for Draft;
    using Drafts for Entry;
    using Posts for Post;
    using Posts for uint256[];
    using Terms for Term[];

    uint256 private constant WAD = 1e18;

    function apply_(Draft memory draft, bytes memory body) internal view {
        Post memory post = Posts.parse(draft, body);
        draft.require_(post.points > 0, Refusal.MALFORMED);
        Points.requireOrdered(draft, post);
        Entry memory parameters = draft.existing(RecordKey.PARAMETERS);
        Reports.check(draft, post, parameters);
        uint256 time = post.times().medianLow();
        for (uint256 first = 0; first < post.points;) {
            uint256 end = _groupEnd(post, first);
            _postUnderlying(draft, post, parameters, first, end, time);
            first = end;
        }
        Interest.advance(draft, parameters, draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP));
    }

    /// @dev One past the last point of the underlying of point `first`.
    function _groupEnd(Post memory post, uint256 first) private pure returns (uint256 end) {
        uint256 underlying = post.underlyingOf(first);
        end = first + 1;
        while (end < post.points && post.underlyingOf(end) == underlying) end++;
    }

    /// @dev Points `first` to `end`, the end not included, are those of one underlying.
    function _postUnderlying(
        Draft memory draft,
        Post memory post,
        Entry memory parameters,
        uint256 first,
        uint256 end,
        uint256 time
    ) private view {
        Entry memory underlying = draft.touch(Keys.underlying(post.underlyingOf(first)));
        draft.require_(underlying.exists(), Refusal.UNDERLYING_NOT_FOUND);
        draft.require_(time > underlying.get(UnderlyingLayout.ORACLE_TIME), Refusal.PRICE_TIME_MUST_INCREASE);
        uint256[] memory indices = post.prices(first);
        _requireNoJump(draft, underlying, parameters, indices.medianLow(), time);
        Term[] memory posted = Points.terms(post, first, end, time);
        for (uint256 i = 0; i < posted.length; i++) {
            _requireNoJump(draft, underlying, parameters, posted[i].forward, time);
        }
        Term[] memory terms = Terms.list(underlying.value);
        // Where no expiry is posted and none is over they stay as they were, and were sound.
        bool isMoved = posted.length > 0 || (terms.length > 0 && terms[0].expiry <= time);
        if (isMoved) {
            Term[] memory known = terms;
            terms = known.merged(posted, time);
            Surface.requireSound(draft, parameters, known, terms, time);
        }
        Seen memory old = Regimes.seen(underlying);
        if (_isBack(underlying, parameters, time)) {
            uint256 timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
            underlying.set(UnderlyingLayout.RESUME_TIME, timestamp);
        }
        _setPrices(underlying, parameters, indices, time);
        (bool isPosted, uint256 volume) = Points.dailyVolume(post, first, end);
        if (isPosted) underlying.set(UnderlyingLayout.AVERAGE_DAILY_VOLUME, volume);
        if (isMoved) underlying.put(Terms.replaced(underlying.value, terms));
        Regimes.advance(draft, post.underlyingOf(first), underlying, parameters, old, terms, time);
    }

    /// @dev Is there a price again after the last one was no longer fresh?
    function _isBack(Entry memory underlying, Entry memory parameters, uint256 time) private pure returns (bool) {
        uint256 elapsed = time - underlying.get(UnderlyingLayout.ORACLE_TIME);
        return underlying.get(UnderlyingLayout.INDEX_PRICE) > 0
            && elapsed > parameters.get(ParametersLayout.MAX_PRICE_AGE);
    }

    /// @dev A price far from the last fresh index is refused; after a gap the market may have moved.
    function _requireNoJump(
        Draft memory draft,
        Entry memory underlying,
        Entry memory parameters,
        uint256 price,
        uint256 time
    ) private view {
        uint256 last = underlying.get(UnderlyingLayout.INDEX_PRICE);
        if (last == 0 || _isBack(underlying, parameters, time)) return;
        uint256 jump = price < last ? last - price : price - last;
        bool isNear = jump * WAD <= last * parameters.get(ParametersLayout.PRICE_JUMP);
        draft.require_(isNear, Refusal.PRICE_JUMP_TOO_LARGE);
    }

    /// @param indices of the reports, ascending
    function _setPrices(
        Entry memory underlying,
        Entry memory parameters,
        uint256[] memory indices,
        uint256 time
    ) private pure {
        uint256 index = indices.medianLow();
        // What follows from the old index and its time, first.
        Settlement.advance(underlying, time);
        underlying.set(UnderlyingLayout.STABLE_PRICE, _stablePriceAfter(underlying, parameters, index, time));
        underlying.set(UnderlyingLayout.INDEX_PRICE, index);
        underlying.set(UnderlyingLayout.ORACLE_TIME, time);
        underlying.set(UnderlyingLayout.CONFIDENCE, _confidence(indices));
        underlying.set(UnderlyingLayout.PRICE_SEQUENCE, underlying.get(UnderlyingLayout.PRICE_SEQUENCE) + 1);
    }

    /// @dev Moves towards the index by at most `stableRate` of itself per second.
    function _stablePriceAfter(Entry memory underlying, Entry memory parameters, uint256 index, uint256 time)
        private
        pure
        returns (uint256)
    {
        if (underlying.get(UnderlyingLayout.INDEX_PRICE) == 0) return index;
        uint256 stable = underlying.get(UnderlyingLayout.STABLE_PRICE);
        uint256 elapsed = time - underlying.get(UnderlyingLayout.ORACLE_TIME);
        uint256 most = stable * parameters.get(ParametersLayout.STABLE_RATE) * elapsed / WAD;
        if (index > stable + most) return stable + most;
        return index + most < stable ? stable - most : index;
    }

    /// @dev One minus spread over median [1e-18], at least zero.
    function _confidence(uint256[] memory ascending) private pure returns (uint256) {
        uint256 spread = (ascending[ascending.length - 1] - ascending[0]) * WAD / ascending.medianLow();
        return spread < WAD ? WAD - spread : 0;
    }
}
