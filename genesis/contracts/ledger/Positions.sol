// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountPosition, InstrumentLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Accounts} from "../records/Accounts.sol";
import {Keys} from "../records/Keys.sol";
import {Ledger} from "./Ledger.sol";
import {Owners} from "./Owners.sol";

/// @title Positions of an account
/// @notice Twin of `state/ledger/positions.ts`: funding settled first, closed ones turned to cash. Sizes
/// of 64 bits and indices of 128 leave room in 256.
library Positions {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    int256 private constant PICO_PER_MICRO = 1e6;

    /// @notice Funding the position at `place` owes [1e-6 USD], rounded up: against the account.
    function fundingOwedUp(bytes memory account, uint256 place, int256 fundingIndex) internal pure returns (int256) {
        unchecked {
            int256 size = account.getInt(Fields.inside(place, AccountPosition.SIZE));
            int256 settled = account.getInt(Fields.inside(place, AccountPosition.FUNDING_INDEX));
            return Integer.divUp(size * (fundingIndex - settled), PICO_PER_MICRO);
        }
    }

    /// @notice Settles funding, then changes size and quote, and the owner's exposure with it. A position
    /// of size 0 is removed and its quote becomes cash.
    /// @param id of the account
    /// @param instrumentId which `instrument` is
    function change(
        Draft memory draft,
        uint256 id,
        uint256 instrumentId,
        Entry memory instrument,
        int256 size,
        int256 quote
    ) internal view {
        unchecked {
            bytes32 key = Keys.account(id);
            Entry memory holder = draft.existing(key);
            (bool isHeld, uint256 place) = Accounts.findPosition(holder.value, instrumentId);
            int256 sizeBefore = 0;
            if (isHeld) {
                int256 fundingIndex = instrument.getInt(InstrumentLayout.FUNDING_INDEX);
                Ledger.moveSigned(draft, key, Ledger.CLEARING, fundingOwedUp(holder.value, place, fundingIndex));
                sizeBefore = holder.value.getInt(Fields.inside(place, AccountPosition.SIZE));
                quote += holder.value.getInt(Fields.inside(place, AccountPosition.QUOTE));
            }
            size += sizeBefore;
            if (size == 0) {
                if (isHeld) holder.put(Accounts.withoutPosition(holder.value, place));
            } else {
                if (!isHeld) holder.put(Accounts.withPosition(holder.value, place));
                _write(holder, place, instrumentId, instrument, size, quote);
            }
            _expose(draft, id, instrument, Integer.abs(size) - Integer.abs(sizeBefore));
            if (size == 0) Ledger.realiseQuote(draft, key, quote);
        }
    }

    function _write(
        Entry memory holder,
        uint256 place,
        uint256 instrumentId,
        Entry memory instrument,
        int256 size,
        int256 quote
    ) private pure {
        holder.set(Fields.inside(place, AccountPosition.INSTRUMENT), instrumentId);
        holder.setInt(Fields.inside(place, AccountPosition.SIZE), size);
        holder.setInt(Fields.inside(place, AccountPosition.QUOTE), quote);
        int256 fundingIndex = instrument.getInt(InstrumentLayout.FUNDING_INDEX);
        holder.setInt(Fields.inside(place, AccountPosition.FUNDING_INDEX), fundingIndex);
    }

    /// @param lots by which the size grew or fell, its sign aside
    function _expose(Draft memory draft, uint256 id, Entry memory instrument, int256 lots) private view {
        unchecked {
            int256 change_ = lots * int256(instrument.get(InstrumentLayout.LOT_SIZE));
            Owners.changeExposure(draft, id, instrument.get(InstrumentLayout.UNDERLYING), change_);
        }
    }
}
