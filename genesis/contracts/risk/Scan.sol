// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Book, Tally} from "./Tally.sol";
import {Pnl} from "./Pnl.sol";
import {Scenarios} from "./Scenarios.sol";
import {Size} from "./Size.sol";

/// @title Scan risk, sections 9.3 and 9.4 of the specification
/// @notice Twin of `state/risk/scan.ts`. Amounts in 1e-6 USD.
library Scan {
    using Drafts for Entry;
    using Fields for bytes;
    using Pnl for int256[];

    /// @notice Portfolio mode: of each underlying a share moves with its group, the rest alone. Sets the
    /// losses of the books.
    function joint(Tally memory tally, Entry memory parameters) internal pure returns (int256 risk) {
        unchecked {
            for (uint256 i = 0; i < tally.count; i++) {
                Book memory book = tally.books[i];
                book.loss = book.pnl.worstLoss();
                if (book.group == 0) risk += book.loss;
            }
            int256 offset = int256(parameters.get(ParametersLayout.CORRELATION_OFFSET));
            for (uint256 i = 0; i < tally.count; i++) {
                if (tally.books[i].group != 0) risk += _takeGroup(tally, i, offset);
            }
        }
    }

    /// @notice Cross and isolated mode: each position's own worst loss, nothing offsets.
    function perPosition(Tally memory tally) internal pure returns (int256 risk) {
        unchecked {
            for (uint256 i = 0; i < tally.count; i++) risk += tally.books[i].loss;
        }
    }

    /// @dev Risk of the group of book `first`, whose books are of group 0 from then on.
    function _takeGroup(Tally memory tally, uint256 first, int256 offset) private pure returns (int256) {
        unchecked {
            uint256 group = tally.books[first].group;
            int256[] memory together = new int256[](Scenarios.COUNT);
            int256 alone = 0; // Both in 1e-12 USD.
            for (uint256 i = first; i < tally.count; i++) {
                Book memory book = tally.books[i];
                if (book.group != group) continue;
                book.group = 0;
                int256 correlation = int256(book.underlying.get(UnderlyingLayout.CORRELATION));
                int256 share = offset * Integer.min(correlation, Integer.WAD) * Size.MILLION / (Integer.WAD * Integer.WAD);
                together.addAll(book.pnl, share);
                alone += book.loss * (Size.MILLION - share);
            }
            return Integer.divUp(alone + together.worstLoss(), Size.MILLION);
        }
    }
}
