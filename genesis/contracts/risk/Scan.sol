// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AssetLayout, InstrumentLayout, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Equity} from "./Equity.sol";
import {Pnl} from "./Pnl.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";
import {Scenarios} from "./Scenarios.sol";

/// @title Scan risk, sections 9.3 and 9.4 of the specification
/// @notice Twin of `state/risk/scan.ts`. Amounts in 1e-6 USD.
library Scan {
    using Drafts for Entry;
    using Pnl for int256[];
    using Portfolios for Portfolio;

    /// @dev P&L sums per underlying, in order of first appearance.
    struct Sums {
        uint256 count;
        uint256[] underlyings;
        uint256[] groups;
        int256[][] pnl; // In each scenario.
    }

    /// @notice Portfolio mode: joint scenarios across underlyings, collateral inside.
    function joint(Portfolio memory portfolio) internal pure returns (int256) {
        Sums memory sums = _sums(portfolio.instruments.length + portfolio.assets.length);
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            Entry memory instrument = portfolio.instruments[i];
            uint256 underlying = instrument.get(InstrumentLayout.UNDERLYING);
            _sumOf(sums, underlying, portfolio.underlyings[i]).addArray(instrument.value, portfolio.sizeAt(i));
        }
        for (uint256 i = 0; i < portfolio.assets.length; i++) {
            Entry memory underlying = portfolio.assetUnderlyings[i];
            int256[] memory pnl = _sumOf(sums, portfolio.assets[i].get(AssetLayout.UNDERLYING), underlying);
            uint256 price = underlying.get(UnderlyingLayout.INDEX_PRICE);
            int256 pledge = int256(Equity.pledgeDown(portfolio, i, price));
            int256[] memory moves =
                Scenarios.linearMoves(int256(underlying.get(UnderlyingLayout.PRICE_SCAN_RANGE)));
            for (uint256 s = 0; s < Scenarios.COUNT; s++) pnl[s] += Integer.divDown(pledge * moves[s], Integer.WAD);
        }
        return _combine(sums, int256(portfolio.parameters.get(ParametersLayout.CORRELATION_OFFSET)));
    }

    /// @notice Cross and isolated mode: each position's own worst loss, nothing offsets.
    function perPosition(Portfolio memory portfolio) internal pure returns (int256 risk) {
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            int256[] memory pnl = new int256[](Scenarios.COUNT);
            pnl.addArray(portfolio.instruments[i].value, portfolio.sizeAt(i));
            risk += pnl.worstLoss();
        }
    }

    function _sums(uint256 most) private pure returns (Sums memory) {
        return Sums(0, new uint256[](most), new uint256[](most), new int256[][](most));
    }

    function _sumOf(Sums memory sums, uint256 id, Entry memory underlying) private pure returns (int256[] memory) {
        uint256 count = sums.count;
        for (uint256 k = 0; k < count; k++) {
            if (sums.underlyings[k] == id) return sums.pnl[k];
        }
        sums.underlyings[count] = id;
        sums.groups[count] = underlying.get(UnderlyingLayout.GROUP);
        sums.pnl[count] = new int256[](Scenarios.COUNT);
        sums.count = count + 1;
        return sums.pnl[count];
    }

    /// @dev Silo less the share `offset` of what moving together saves.
    function _combine(Sums memory sums, int256 offset) private pure returns (int256) {
        int256 silo = 0;
        int256 together = 0;
        for (uint256 k = 0; k < sums.count; k++) {
            int256 loss = sums.pnl[k].worstLoss();
            silo += loss;
            // An underlying of group 0 moves with nothing else.
            if (sums.groups[k] == 0) together += loss;
        }
        for (uint256 k = 0; k < sums.count; k++) {
            uint256 group = sums.groups[k];
            if (group == 0) continue;
            int256[] memory pnl = sums.pnl[k];
            for (uint256 other = k + 1; other < sums.count; other++) {
                if (sums.groups[other] != group) continue;
                pnl.addAll(sums.pnl[other]);
                sums.groups[other] = 0;
            }
            together += pnl.worstLoss();
        }
        return silo - Integer.wadMulDown(silo - together, offset);
    }
}
