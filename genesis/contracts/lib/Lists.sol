// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Fields} from "./Fields.sol";

/// @title Lists in the value of a record: a byte that counts, then the items back to back
library Lists {
    using Fields for bytes;

    /// @notice Takes `removed` bytes out at `place`, puts `added` zeros in, and counts that at
    /// `countAt`: one item more or less.
    function splice(bytes memory record, uint256 countAt, uint256 place, uint256 removed, uint256 added)
        internal
        pure
        returns (bytes memory next)
    {
        uint256 length = record.length;
        next = new bytes(length - removed + added);
        assembly ("memory-safe") {
            mcopy(add(next, 32), add(record, 32), place)
            mcopy(
                add(add(next, 32), add(place, added)),
                add(add(record, 32), add(place, removed)),
                sub(sub(length, place), removed)
            )
        }
        uint256 count = record.byteAt(countAt);
        next.set((countAt << 8) + 1, added > 0 ? count + 1 : count - 1);
    }
}
