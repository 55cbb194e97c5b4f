// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountCollateral, AccountLayout, AccountPosition} from "../Protocol.sol";
import {Fields} from "../lib/Fields.sol";
import {Lists} from "../lib/Lists.sol";

/// @title The two lists of an account record
/// @notice Places are byte offsets in the record's value. Both lists ascend.
library Accounts {
    using Fields for bytes;

    uint256 internal constant PORTFOLIO = 0;
    uint256 internal constant ISOLATED = 2;

    /* COLLATERALS */

    function collateralCount(bytes memory account) internal pure returns (uint256) {
        return account.byteAt(AccountLayout.COLLATERALS);
    }

    function collateralAt(uint256 index) internal pure returns (uint256) {
        return AccountLayout.COLLATERALS + 1 + AccountCollateral.WIDTH * index;
    }

    /// @notice Where the asset's balance is, or would be inserted.
    function findCollateral(bytes memory account, uint256 asset) internal pure returns (bool isHeld, uint256 place) {
        uint256 count = collateralCount(account);
        for (uint256 i = 0; i < count; i++) {
            place = collateralAt(i);
            uint256 found = account.get(Fields.inside(place, AccountCollateral.ASSET));
            if (found >= asset) return (found == asset, place);
        }
        return (false, collateralAt(count));
    }

    function balanceOf(bytes memory account, uint256 asset) internal pure returns (uint256) {
        (bool isHeld, uint256 place) = findCollateral(account, asset);
        return isHeld ? account.get(Fields.inside(place, AccountCollateral.BALANCE)) : 0;
    }

    /// @notice The account with another balance of `asset`; 0 takes it off the list.
    function withBalance(bytes memory account, uint256 asset, uint256 balance) internal pure returns (bytes memory) {
        (bool isHeld, uint256 place) = findCollateral(account, asset);
        if (balance == 0) {
            if (!isHeld) return account;
            return Lists.splice(account, AccountLayout.COLLATERALS, place, AccountCollateral.WIDTH, 0);
        }
        if (!isHeld) {
            account = Lists.splice(account, AccountLayout.COLLATERALS, place, 0, AccountCollateral.WIDTH);
            account.set(Fields.inside(place, AccountCollateral.ASSET), asset);
        }
        account.set(Fields.inside(place, AccountCollateral.BALANCE), balance);
        return account;
    }

    /* POSITIONS */

    function positionsPlace(bytes memory account) internal pure returns (uint256) {
        return collateralAt(collateralCount(account));
    }

    function positionCount(bytes memory account) internal pure returns (uint256) {
        return account.byteAt(positionsPlace(account));
    }

    /// @param list `positionsPlace` of the account
    function positionAt(uint256 list, uint256 index) internal pure returns (uint256) {
        return list + 1 + AccountPosition.WIDTH * index;
    }

    /// @notice Where the position in `instrument` is, or would be inserted.
    function findPosition(bytes memory account, uint256 instrument) internal pure returns (bool isHeld, uint256 place) {
        uint256 list = positionsPlace(account);
        uint256 count = account.byteAt(list);
        for (uint256 i = 0; i < count; i++) {
            place = positionAt(list, i);
            uint256 found = account.get(Fields.inside(place, AccountPosition.INSTRUMENT));
            if (found >= instrument) return (found == instrument, place);
        }
        return (false, positionAt(list, count));
    }

    /// @notice Signed lots; 0 without a position.
    function sizeOf(bytes memory account, uint256 instrument) internal pure returns (int256) {
        (bool isHeld, uint256 place) = findPosition(account, instrument);
        return isHeld ? account.getInt(Fields.inside(place, AccountPosition.SIZE)) : int256(0);
    }

    function withoutPosition(bytes memory account, uint256 place) internal pure returns (bytes memory) {
        return Lists.splice(account, positionsPlace(account), place, AccountPosition.WIDTH, 0);
    }

    /// @notice The account with room for a position at `place`, its bytes zero.
    function withPosition(bytes memory account, uint256 place) internal pure returns (bytes memory) {
        return Lists.splice(account, positionsPlace(account), place, 0, AccountPosition.WIDTH);
    }
}
