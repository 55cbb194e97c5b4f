// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountCollateral,
    AccountLayout,
    AccountPosition,
    AssetLayout,
    InstrumentLayout,
    ParametersLayout,
    UnderlyingLayout
} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Accounts} from "../records/Accounts.sol";
import {Interest} from "../ledger/Interest.sol";
import {Positions} from "../ledger/Positions.sol";
import {Integer} from "../lib/Integer.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";
import {Book, Tally} from "./Tally.sol";

/// @title What an account is worth, section 9.2 of the specification
/// @notice Twin of `state/risk/equity.ts`. Amounts in 1e-6 USD.
library Equity {
    using Drafts for Entry;
    using Fields for bytes;
    using Portfolios for Portfolio;

    uint256 private constant WAD = 1e18;
    /// @dev 1e8 price units and 1e18 ratio per dollar, less the 1e6 of micro-dollars.
    uint256 private constant PRICE_RATIO_PER_MICRO = 1e20;

    /// @notice Equity at oracle prices, at conservative ones, and without the profit that may not be taken out.
    function compute(Portfolio memory portfolio, Tally memory tally)
        internal
        pure
        returns (int256 equity, int256 initialEquity, int256 freeEquity)
    {
        unchecked {
            int256 cash = portfolio.account.getInt(AccountLayout.CASH);
            equity = cash + Interest.sinceDown(portfolio.account, portfolio.pool) + tally.unrealised;
            int256 losses = 0;
            for (uint256 i = 0; i < tally.count; i++) {
                equity += tally.books[i].pledged;
                losses += _stableLossUp(tally.books[i]);
            }
            initialEquity = equity - losses;
            int256 profit = Integer.max(tally.unrealised, 0);
            int256 share = int256(portfolio.parameters.get(ParametersLayout.PROFIT_SHARE));
            freeEquity = initialEquity - (profit - Integer.wadMulDown(profit, share));
        }
    }

    /// @notice Quote of position `index` less the funding it owes: its value is that and size x mark.
    function costOf(Portfolio memory portfolio, uint256 index) internal pure returns (int256) {
        unchecked {
            bytes memory account = portfolio.account;
            uint256 place = portfolio.positionPlace(index);
            int256 quote = account.getInt(Fields.inside(place, AccountPosition.QUOTE));
            int256 fundingIndex = portfolio.instruments[index].getInt(InstrumentLayout.FUNDING_INDEX);
            return quote - Positions.fundingOwedUp(account, place, fundingIndex);
        }
    }

    /// @dev What the holding, taken as linear, loses where the stable price is the price, rounded up.
    function _stableLossUp(Book memory book) private pure returns (int256) {
        unchecked {
            int256 index = int256(book.underlying.get(UnderlyingLayout.INDEX_PRICE));
            int256 away = int256(book.underlying.get(UnderlyingLayout.STABLE_PRICE)) - index;
            if (away == 0 || index == 0) return 0;
            return Integer.max(Integer.divUp(-(book.delta + book.pledged) * away, index), 0);
        }
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
        return ramped(asset, full, now_);
    }

    /// @notice Of `share` what the ramp of a new asset lets count at `now_` [seconds].
    function ramped(Entry memory asset, uint256 share, uint256 now_) internal pure returns (uint256) {
        (uint256 start, uint256 end) = (asset.get(AssetLayout.RAMP_START), asset.get(AssetLayout.RAMP_END));
        if (now_ >= end) return share;
        if (now_ <= start) return 0;
        return share * (now_ - start) / (end - start);
    }
}
