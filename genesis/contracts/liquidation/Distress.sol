// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountCollateral, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Accounts} from "../records/Accounts.sol";
import {Charges} from "../risk/Charges.sol";
import {Equity} from "../risk/Equity.sol";
import {Margins, Risk} from "../risk/Margin.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";
import {Tally} from "../risk/Tally.sol";

/// @notice What an auction needs to know of an account [1e-6 USD].
struct Distress {
    int256 equity;
    int256 initialEquity; // At conservative prices.
    int256 maintenance;
    int256 scan;
    int256 size; // Charges for size: with the scan, how large it is against the daily volume.
    int256 value; // Equity with collateral at its price instead of after its haircut.
    int256 haircuts; // What haircuts take: value less equity.
    int256 slope; // Maintenance that the first share of it takes with it, per whole portfolio.
    bool isFresh;
    Tally tally; // What it holds in each underlying.
}

/// @title Worth and margin of an account in auction, section 11.4 of the specification
/// @notice Twin of `state/liquidation/distress.ts`.
library Distresses {
    using Drafts for Entry;
    using Fields for bytes;
    using Portfolios for Portfolio;

    uint256 private constant WAD = 1e18;

    function compute(Portfolio memory portfolio) internal pure returns (Distress memory distress) {
        unchecked {
            Risk memory risk = Margins.riskOf(portfolio);
            distress.tally = risk.tally;
            (distress.equity, distress.initialEquity,) = Equity.compute(portfolio, risk.tally);
            (distress.maintenance, distress.scan) = (risk.maintenance, risk.scan);
            distress.size = Charges.ofSize(risk.sums);
            distress.haircuts = _haircuts(portfolio);
            distress.value = distress.equity + distress.haircuts;
            // Margin is convex in what is left: this is its tangent.
            distress.slope = risk.maintenance + Integer.divUp(distress.size + risk.sums.crowded, 2);
            distress.isFresh = portfolio.isFresh();
        }
    }

    /// @notice Is there less than maintenance margin?
    function isUnhealthy(Distress memory distress) internal pure returns (bool) {
        return distress.equity < distress.maintenance;
    }

    /// @notice What a bidder pays for `balance` of collateral `index` [1e-6 USD], rounded down: its
    /// price, as far as it counts yet.
    function priceDown(Portfolio memory portfolio, uint256 index, uint256 balance) internal pure returns (uint256) {
        Entry memory asset = portfolio.assets[index];
        uint256 price = portfolio.assetUnderlyings[index].get(UnderlyingLayout.INDEX_PRICE);
        return Equity.grossDown(balance, asset, price) * Equity.ramped(asset, WAD, portfolio.timestamp) / WAD;
    }

    function balanceAt(Portfolio memory portfolio, uint256 index) internal pure returns (uint256) {
        return portfolio.account.get(Fields.inside(Accounts.collateralAt(index), AccountCollateral.BALANCE));
    }

    function _haircuts(Portfolio memory portfolio) private pure returns (int256 taken) {
        unchecked {
            for (uint256 i = 0; i < portfolio.assets.length; i++) {
                uint256 price = portfolio.assetUnderlyings[i].get(UnderlyingLayout.INDEX_PRICE);
                taken += int256(priceDown(portfolio, i, balanceAt(portfolio, i)));
                taken -= int256(Equity.pledgeDown(portfolio, i, price));
            }
        }
    }
}
