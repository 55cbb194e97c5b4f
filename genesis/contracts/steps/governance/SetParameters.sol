// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ChainLayout,
    Limit,
    ParameterBound,
    ParametersLayout,
    PublishersLayout,
    RecordKey,
    Refusal,
    SetParametersAction
} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";

/// @title Governance `setParameters`, section 8.4 of the specification
library SetParameters {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant MEMBERS_AT = SetParametersAction.PUBLISHERS + PublishersLayout.MEMBERS;
    uint256 private constant ADDRESS_WIDTH = 20;
    uint256 private constant PARAMETER_WIDTH = 8;

    function apply_(Draft memory draft, bytes memory action) internal view {
        _checkShape(draft, action);
        bytes memory pages = action.slice(1, action.length - 1);
        bytes memory parameters = pages.slice(0, ParametersLayout.WIDTH);
        bytes memory publishers = pages.slice(ParametersLayout.WIDTH, pages.length - ParametersLayout.WIDTH);
        draft.require_(_areWithinBounds(parameters), Refusal.PARAMETER_OUT_OF_BOUNDS);
        draft.require_(_canReachThreshold(publishers), Refusal.PARAMETER_OUT_OF_BOUNDS);

        draft.touch(RecordKey.PARAMETERS).put(parameters);
        draft.touch(RecordKey.PUBLISHERS).put(publishers);
        draft.existing(RecordKey.CHAIN).set(ChainLayout.PARAMETER_HASH, uint256(sha256(pages)));
    }

    function _checkShape(Draft memory draft, bytes memory action) private view {
        draft.require_(action.length > MEMBERS_AT, Refusal.MALFORMED);
        uint256 count = action.byteAt(MEMBERS_AT);
        draft.require_(count <= Limit.MAX_PUBLISHERS, Refusal.MALFORMED);
        draft.require_(action.length == MEMBERS_AT + 1 + ADDRESS_WIDTH * count, Refusal.MALFORMED);
    }

    function _areWithinBounds(bytes memory parameters) private pure returns (bool) {
        (bytes memory low, bytes memory high) = (ParameterBound.LOW, ParameterBound.HIGH);
        for (uint256 place = 0; place < ParametersLayout.WIDTH; place += PARAMETER_WIDTH) {
            uint256 field = Fields.inside(place, PARAMETER_WIDTH);
            uint256 value = parameters.get(field);
            if (value < low.get(field) || value > high.get(field)) return false;
        }
        return true;
    }

    /// @dev At least one publisher is needed, and as many as are needed exist, each once.
    function _canReachThreshold(bytes memory publishers) private pure returns (bool) {
        uint256 threshold = publishers.get(PublishersLayout.THRESHOLD);
        uint256 count = publishers.byteAt(PublishersLayout.MEMBERS);
        if (threshold == 0 || threshold > count) return false;
        for (uint256 i = 0; i < count; i++) {
            for (uint256 j = i + 1; j < count; j++) {
                if (_member(publishers, i) == _member(publishers, j)) return false;
            }
        }
        return true;
    }

    function _member(bytes memory publishers, uint256 index) private pure returns (uint256) {
        uint256 place = PublishersLayout.MEMBERS + 1 + ADDRESS_WIDTH * index;
        return publishers.get(Fields.inside(place, ADDRESS_WIDTH));
    }
}
