// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, PostPricesBody, PostPricesPoint, PostPricesReport, Refusal} from "../../Protocol.sol";
import {Draft, Drafts} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Signatures} from "../../lib/Signatures.sol";

/// @notice A price post: what is priced, and reports that price it.
struct Post {
    bytes body;
    uint256 points; // Their number.
    uint256 reports; // Their number.
    uint256 reportsAt; // Offset of the first.
}

/// @title The parts of a price post
/// @notice A list is a count byte and its items. Whatever asks for a report relies on those before it
/// having a price for each point.
library Posts {
    using Drafts for Draft;
    using Fields for bytes;

    uint256 private constant POINTS_AT = PostPricesBody.POINTS + 1;
    uint256 private constant PRICES_AT = PostPricesReport.PRICES + 1;
    uint256 private constant PRICE_WIDTH = 8;

    /// @notice Refuses bytes that are not of the layout.
    function parse(Draft memory draft, bytes memory body) internal view returns (Post memory post) {
        post.body = body;
        post.points = _count(draft, body, PostPricesBody.POINTS, Limit.MAX_PRICE_POINTS);
        uint256 cursor = POINTS_AT + PostPricesPoint.WIDTH * post.points;
        post.reports = _count(draft, body, cursor, Limit.MAX_PUBLISHERS);
        post.reportsAt = ++cursor;
        for (uint256 i = 0; i < post.reports; i++) {
            uint256 count = _count(draft, body, cursor + PostPricesReport.PRICES, Limit.MAX_PRICE_POINTS);
            cursor += PRICES_AT + PRICE_WIDTH * count + Signatures.WIDTH;
        }
        draft.require_(body.length == cursor, Refusal.MALFORMED);
    }

    /* POINTS */

    function underlyingOf(Post memory post, uint256 point) internal pure returns (uint256) {
        return post.body.get(Fields.inside(_pointAt(point), PostPricesPoint.UNDERLYING));
    }

    /// @notice 0 for the index.
    function expiryOf(Post memory post, uint256 point) internal pure returns (uint256) {
        return post.body.get(Fields.inside(_pointAt(point), PostPricesPoint.EXPIRY));
    }

    /// @notice What it is of that underlying and expiry.
    function quantityOf(Post memory post, uint256 point) internal pure returns (uint256) {
        return post.body.get(Fields.inside(_pointAt(point), PostPricesPoint.QUANTITY));
    }

    /// @notice The list as it is encoded.
    function pointList(Post memory post) internal pure returns (bytes memory) {
        return post.body.slice(PostPricesBody.POINTS, 1 + PostPricesPoint.WIDTH * post.points);
    }

    /* REPORTS */

    /// @notice Where report `index` begins.
    function reportAt(Post memory post, uint256 index) internal pure returns (uint256) {
        return post.reportsAt + index * (PRICES_AT + PRICE_WIDTH * post.points + Signatures.WIDTH);
    }

    function timeOf(Post memory post, uint256 report) internal pure returns (uint256) {
        return post.body.get(Fields.inside(reportAt(post, report), PostPricesReport.TIME));
    }

    function priceCountOf(Post memory post, uint256 report) internal pure returns (uint256) {
        return post.body.byteAt(reportAt(post, report) + PostPricesReport.PRICES);
    }

    function priceOf(Post memory post, uint256 report, uint256 point) internal pure returns (uint256) {
        return post.body.get(Fields.inside(reportAt(post, report), _priceField(point)));
    }

    /// @notice The list as it is encoded.
    function priceList(Post memory post, uint256 report) internal pure returns (bytes memory) {
        return post.body.slice(reportAt(post, report) + PostPricesReport.PRICES, 1 + PRICE_WIDTH * post.points);
    }

    function signatureAt(Post memory post, uint256 report) internal pure returns (uint256) {
        return reportAt(post, report) + PRICES_AT + PRICE_WIDTH * post.points;
    }

    /* ALL REPORTS TOGETHER */

    /// @notice The times of all reports, ascending.
    function times(Post memory post) internal pure returns (uint256[] memory) {
        return _sorted(post, PostPricesReport.TIME);
    }

    /// @notice The prices of `point` in all reports, ascending.
    function prices(Post memory post, uint256 point) internal pure returns (uint256[] memory) {
        return _sorted(post, _priceField(point));
    }

    /// @notice The lower of the two in the middle where their number is even.
    function medianLow(uint256[] memory ascending) internal pure returns (uint256) {
        return ascending[(ascending.length - 1) / 2];
    }

    /* INTERNAL */

    /// @dev The number of items of the list at `place`, of which there may be `most`.
    function _count(Draft memory draft, bytes memory body, uint256 place, uint256 most)
        private
        view
        returns (uint256 count)
    {
        draft.require_(place < body.length, Refusal.MALFORMED);
        count = body.byteAt(place);
        draft.require_(count <= most, Refusal.MALFORMED);
    }

    function _pointAt(uint256 point) private pure returns (uint256) {
        return POINTS_AT + PostPricesPoint.WIDTH * point;
    }

    function _priceField(uint256 point) private pure returns (uint256) {
        return Fields.inside(PRICES_AT + PRICE_WIDTH * point, PRICE_WIDTH);
    }

    /// @dev `field` of all reports, by insertion.
    function _sorted(Post memory post, uint256 field) private pure returns (uint256[] memory values) {
        values = new uint256[](post.reports);
        for (uint256 i = 0; i < values.length; i++) {
            uint256 value = post.body.get(Fields.inside(reportAt(post, i), field));
            uint256 place = i;
            for (; place > 0 && values[place - 1] > value; place--) values[place] = values[place - 1];
            values[place] = value;
        }
    }
}
