// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {OwnerExposure, OwnerLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Lists} from "../lib/Lists.sol";
import {Keys} from "../records/Keys.sol";

/// @title What all subaccounts of an owner hold together
/// @notice Twin of `state/ledger/owners.ts`. Exposures in 1e-8 units of the underlying.
library Owners {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant ITEMS_AT = OwnerLayout.EXPOSURES + 1;

    /// @notice Sum of |size| x lot over all subaccounts in `underlying`.
    /// @param owner value of the record, empty where there is none
    function exposureOf(bytes memory owner, uint256 underlying) internal pure returns (uint256) {
        (bool isHeld, uint256 place) = _find(owner, underlying);
        return isHeld ? owner.get(Fields.inside(place, OwnerExposure.UNITS)) : 0;
    }

    /// @notice Adds `change`. A record without exposures is no record.
    /// @param id of an account of the owner
    function changeExposure(Draft memory draft, uint256 id, uint256 underlying, int256 change) internal view {
        if (change == 0) return;
        Entry memory owner = draft.touch(Keys.owner(id >> 8));
        (bool isHeld, uint256 place) = _find(owner.value, underlying);
        if (!isHeld) {
            if (!owner.exists()) owner.put(new bytes(ITEMS_AT));
            owner.put(Lists.splice(owner.value, OwnerLayout.EXPOSURES, place, 0, OwnerExposure.WIDTH));
            owner.set(Fields.inside(place, OwnerExposure.UNDERLYING), underlying);
        }
        uint256 field = Fields.inside(place, OwnerExposure.UNITS);
        // A natural number: below zero it fits no field.
        uint256 units = uint256(int256(owner.get(field)) + change);
        owner.set(field, units);
        if (units != 0) return;
        if (owner.value.byteAt(OwnerLayout.EXPOSURES) == 1) owner.remove();
        else owner.put(Lists.splice(owner.value, OwnerLayout.EXPOSURES, place, OwnerExposure.WIDTH, 0));
    }

    /// @dev Where the exposure is, or would be inserted.
    function _find(bytes memory owner, uint256 underlying) private pure returns (bool isHeld, uint256 place) {
        place = ITEMS_AT;
        uint256 count = owner.length == 0 ? 0 : owner.byteAt(OwnerLayout.EXPOSURES);
        for (uint256 i = 0; i < count; i++) {
            uint256 found = owner.get(Fields.inside(place, OwnerExposure.UNDERLYING));
            if (found >= underlying) return (found == underlying, place);
            place += OwnerExposure.WIDTH;
        }
        return (false, place);
    }
}
