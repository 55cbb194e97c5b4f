// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Pnl} from "./Pnl.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";
import {Scenarios} from "./Scenarios.sol";

/// @title How much of the traded lots' own risk a trade took off its account
/// @notice Twin of `state/risk/relief.ts`.
library Relief {
    using Drafts for Entry;
    using Pnl for int256[];
    using Portfolios for Portfolio;

    /// @notice (loss before - loss after) / worst loss of the opposite of the traded lots [1e-18],
    /// rounded down: worst losses of the positions in the underlying of `traded`.
    /// @param portfolio the account after the trade
    /// @param lots what it traded, signed
    function compute(Portfolio memory portfolio, Entry memory traded, int256 lots) internal pure returns (int256) {
        int256[] memory pnl = new int256[](Scenarios.COUNT);
        uint256 underlying = traded.get(InstrumentLayout.UNDERLYING);
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            Entry memory instrument = portfolio.instruments[i];
            if (instrument.get(InstrumentLayout.UNDERLYING) != underlying) continue;
            pnl.addArray(instrument.value, portfolio.sizeAt(i));
        }
        int256 afterward = pnl.worstLoss();
        pnl.addArray(traded.value, -lots);
        int256 before = pnl.worstLoss();
        if (before <= afterward) return 0;
        int256[] memory gone = new int256[](Scenarios.COUNT);
        gone.addArray(traded.value, -lots);
        return (before - afterward) * Integer.WAD / gone.worstLoss();
    }
}
