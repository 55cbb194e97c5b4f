// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ChainLayout, ParametersLayout, PublishersLayout, RecordKey, Refusal, TypeHash} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Signatures} from "../../lib/Signatures.sol";
import {Post, Posts} from "./Post.sol";

/// @title Who may say what a price is, rules 3 to 10 of section 8.13 of the specification
library Reports {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Posts for Post;

    uint256 private constant PRICE_BOUND = 2 ** 62;
    uint256 private constant ADDRESS_WIDTH = 20;

    function check(Draft memory draft, Post memory post, Entry memory parameters) internal view {
        Entry memory chain = draft.existing(RecordKey.CHAIN);
        bytes memory publishers = draft.existing(RecordKey.PUBLISHERS).value;
        uint256 oldest = parameters.get(ParametersLayout.MAX_REPORT_AGE);
        uint256 domainSeparator = chain.get(ChainLayout.DOMAIN_SEPARATOR);
        bytes memory pointList = post.pointList();
        uint256 seen = 0; // A bit for each publisher.
        for (uint256 i = 0; i < post.reports; i++) {
            draft.require_(post.priceCountOf(i) == post.points, Refusal.MALFORMED);
            _requireTimely(draft, post.timeOf(i), chain.get(ChainLayout.TIMESTAMP), oldest);
            _requirePrices(draft, post, i);
            address signer = _signerOf(post, i, domainSeparator, pointList);
            draft.require_(signer != address(0), Refusal.SIGNATURE_INVALID);
            uint256 publisher = _bitOf(publishers, signer);
            draft.require_(publisher != 0, Refusal.PUBLISHER_UNKNOWN);
            draft.require_(seen & publisher == 0, Refusal.PUBLISHER_REPEATED);
            seen |= publisher;
        }
        draft.require_(post.reports >= publishers.get(PublishersLayout.THRESHOLD), Refusal.TOO_FEW_PUBLISHERS);
    }

    function _requireTimely(Draft memory draft, uint256 time, uint256 timestamp, uint256 oldest) private view {
        draft.require_(time <= timestamp, Refusal.REPORT_FROM_FUTURE);
        draft.require_(timestamp - time <= oldest, Refusal.REPORT_TOO_OLD);
    }

    function _requirePrices(Draft memory draft, Post memory post, uint256 report) private view {
        for (uint256 i = 0; i < post.points; i++) {
            uint256 price = post.priceOf(report, i);
            draft.require_(price > 0 && price < PRICE_BOUND, Refusal.PRICE_MUST_BE_POSITIVE);
        }
    }

    /// @dev A publisher signs its time and what it prices, as encoded in the transaction.
    function _signerOf(Post memory post, uint256 report, uint256 domainSeparator, bytes memory pointList)
        private
        pure
        returns (address)
    {
        bytes32 content = keccak256(bytes.concat(pointList, post.priceList(report)));
        bytes32 structHash = keccak256(abi.encode(TypeHash.PRICE_REPORT, post.timeOf(report), content));
        bytes32 digest = Signatures.digest(domainSeparator, structHash);
        return Signatures.signer(digest, post.body, post.signatureAt(report));
    }

    /// @dev 2^i for publisher i, 0 for anybody else.
    function _bitOf(bytes memory publishers, address signer) private pure returns (uint256) {
        uint256 count = publishers.byteAt(PublishersLayout.MEMBERS);
        for (uint256 i = 0; i < count; i++) {
            uint256 place = PublishersLayout.MEMBERS + 1 + ADDRESS_WIDTH * i;
            if (publishers.get(Fields.inside(place, ADDRESS_WIDTH)) == uint160(signer)) return 1 << i;
        }
        return 0;
    }
}
