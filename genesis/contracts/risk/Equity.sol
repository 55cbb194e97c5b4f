// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountCollateral,
    AccountLayout,
    AccountPosition,
    AssetLayout,
    InstrumentLayout,
    UnderlyingLayout
} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Accounts} from "../records/Accounts.sol";
import {Interest} from "../ledger/Interest.sol";
import {Positions} from "../ledger/Positions.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";

/// @title What an account is worth, section 9.2 of the specification
/// @notice Twin of `state/risk/equity.ts`. Amounts in 1e-6 USD.
library Equity {
    using Drafts for Entry;
    using Fields for bytes;
    using Portfolios for Portfolio;

    uint256 private constant WAD = 1e18;
    /// @dev 1e8 price units and 1e18 ratio per dollar, less the 1e6 of micro-dollars.
    uint256 private constant PRICE_RATIO_PER_MICRO = 1e20;

    /// @notice Equity at oracle prices, and at conservative ones.
    function compute(Portfolio memory portfolio) internal pure returns (int256 equity, int256 initialEquity) {
        int256 shared =
            portfolio.account.getInt(AccountLayout.CASH) + Interest.sinceDown(portfolio.account, portfolio.pool);
        for (uint256 i = 0; i < portfolio.instruments.length; i++) shared += positionValue(portfolio, i);
        uint256 atIndex = 0;
        uint256 atConservative = 0;
        for (uint256 i = 0; i < portfolio.assets.length; i++) {
            Entry memory underlying = portfolio.assetUnderlyings[i];
            uint256 index = underlying.get(UnderlyingLayout.INDEX_PRICE);
            uint256 stable = underlying.get(UnderlyingLayout.STABLE_PRICE);
            atIndex += pledgeDown(portfolio, i, index);
            atConservative += pledgeDown(portfolio, i, index < stable ? index : stable);
        }
        return (shared + int256(atIndex), shared + int256(atConservative));
    }

    /// @notice Size x mark + quote - funding owed, of position `index`.
    function positionValue(Portfolio memory portfolio, uint256 index) internal pure returns (int256) {
        bytes memory account = portfolio.account;
        Entry memory instrument = portfolio.instruments[index];
        uint256 place = portfolio.positionPlace(index);
        int256 atMark = portfolio.sizeAt(index) * instrument.getInt(InstrumentLayout.MARK_PER_LOT);
        int256 quote = account.getInt(Fields.inside(place, AccountPosition.QUOTE));
        int256 fundingIndex = instrument.getInt(InstrumentLayout.FUNDING_INDEX);
        return atMark + quote - Positions.fundingOwedUp(account, place, fundingIndex);
    }

    /// @notice What collateral `index` counts at `price` [1e-8 USD], rounded down. Balances below
    /// 2^127, ratios below 2^64 and prices below 2^63 leave room in 256 bits.
    function pledgeDown(Portfolio memory portfolio, uint256 index, uint256 price) internal pure returns (uint256) {
        Entry memory asset = portfolio.assets[index];
        uint256 balance =
            portfolio.account.get(Fields.inside(Accounts.collateralAt(index), AccountCollateral.BALANCE));
        return grossDown(balance, asset, price) * _weight(asset, portfolio.timestamp) / WAD;
    }

    /// @notice Value before the haircut, rounded down.
    function grossDown(uint256 balance, Entry memory asset, uint256 price) internal pure returns (uint256) {
        return balance * asset.get(AssetLayout.RATIO) * price
            / (PRICE_RATIO_PER_MICRO * 10 ** asset.get(AssetLayout.DECIMALS));
    }

    /// @dev Share of an asset's value that counts [1e-18]: what the haircut leaves, ramped.
    function _weight(Entry memory asset, uint256 now_) private pure returns (uint256) {
        uint256 haircut = asset.get(AssetLayout.HAIRCUT);
        uint256 full = haircut < WAD ? WAD - haircut : 0;
        (uint256 start, uint256 end) = (asset.get(AssetLayout.RAMP_START), asset.get(AssetLayout.RAMP_END));
        if (now_ >= end) return full;
        if (now_ <= start) return 0;
        return full * (now_ - start) / (end - start);
    }
}
