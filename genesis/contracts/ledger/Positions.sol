// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountPosition} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Accounts} from "../records/Accounts.sol";
import {Ledger} from "./Ledger.sol";

/// @title Positions of an account
/// @notice Twin of `state/ledger/positions.ts`: funding settled first, closed ones turned to cash.
library Positions {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    int256 private constant PICO_PER_MICRO = 1e6;

    /// @notice Funding the position at `place` owes [1e-6 USD], rounded up: against the account.
    function fundingOwedUp(bytes memory account, uint256 place, int256 fundingIndex) internal pure returns (int256) {
        int256 size = account.getInt(Fields.inside(place, AccountPosition.SIZE));
        int256 settled = account.getInt(Fields.inside(place, AccountPosition.FUNDING_INDEX));
        return Integer.divUp(size * (fundingIndex - settled), PICO_PER_MICRO);
    }

    /// @notice Settles funding, then changes size and quote. A position of size 0 is removed and its
    /// quote becomes cash.
    /// @param fundingIndex of the instrument
    function change(
        Draft memory draft,
        bytes32 accountKey,
        uint256 instrument,
        int256 fundingIndex,
        int256 size,
        int256 quote
    ) internal view {
        Entry memory holder = draft.existing(accountKey);
        (bool isHeld, uint256 place) = Accounts.findPosition(holder.value, instrument);
        if (isHeld) {
            int256 owed = fundingOwedUp(holder.value, place, fundingIndex);
            Ledger.moveSigned(draft, accountKey, Ledger.CLEARING, owed);
            size += holder.value.getInt(Fields.inside(place, AccountPosition.SIZE));
            quote += holder.value.getInt(Fields.inside(place, AccountPosition.QUOTE));
        }
        if (size == 0) {
            if (isHeld) holder.put(Accounts.withoutPosition(holder.value, place));
            Ledger.realiseQuote(draft, accountKey, quote);
            return;
        }
        if (!isHeld) {
            holder.put(Accounts.withPosition(holder.value, place));
            holder.set(Fields.inside(place, AccountPosition.INSTRUMENT), instrument);
        }
        holder.setInt(Fields.inside(place, AccountPosition.SIZE), size);
        holder.setInt(Fields.inside(place, AccountPosition.QUOTE), quote);
        holder.setInt(Fields.inside(place, AccountPosition.FUNDING_INDEX), fundingIndex);
    }
}
