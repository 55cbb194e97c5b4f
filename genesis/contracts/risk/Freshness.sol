// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";

/// @title Ages of prices and marks, section 9.8 of the specification
library Freshness {
    using Drafts for Entry;

    /// @notice Is the index of `underlying` recent enough to add risk on?
    /// @param now_ time of the chain [seconds], never before the index's
    function isPriceFresh(Entry memory underlying, Entry memory parameters, uint256 now_) internal pure returns (bool) {
        return underlying.get(UnderlyingLayout.INDEX_PRICE) > 0
            && now_ - underlying.get(UnderlyingLayout.ORACLE_TIME) <= parameters.get(ParametersLayout.MAX_PRICE_AGE);
    }

    /// @notice Is the mark made from the newest index, or young enough?
    function isMarkFresh(
        Entry memory instrument,
        Entry memory underlying,
        Entry memory parameters,
        uint256 now_
    ) internal pure returns (bool) {
        return instrument.get(InstrumentLayout.MARK_SEQUENCE) == underlying.get(UnderlyingLayout.PRICE_SEQUENCE)
            || now_ - instrument.get(InstrumentLayout.MARK_TIME) <= parameters.get(ParametersLayout.MAX_MARK_AGE);
    }
}
