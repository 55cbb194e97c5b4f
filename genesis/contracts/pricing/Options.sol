// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, OptionChain} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Black76} from "../math/Black76.sol";
import {Instruments} from "../records/Instruments.sol";
import {Term} from "../records/Terms.sol";
import {Scenarios, ScenarioSet} from "../risk/Scenarios.sol";
import {SettlingPrice} from "./Settling.sol";
import {Volatility} from "./Volatility.sol";

/// @title Mark, greeks and risk array of an option, section 10.5 of the specification
/// @notice Twin of `state/pricing/option.ts`.
library Options {
    using Drafts for Entry;
    using Instruments for Entry;

    /// @dev An option as the kernel sees it.
    struct Contract {
        int256 forward; // 1e-18 USD.
        int256 strike; // 1e-18 USD.
        int256 lot; // 1e-8 units.
        int256 logRatio; // ln(forward / strike) [2^-96].
        bool isCall;
    }

    int256 private constant WAD = 1e18;
    /// @dev 1e-8 USD in 1e-18 USD.
    int256 private constant WAD_PER_PRICE = 1e10;
    /// @dev [1e-18 USD] x [1e-8 unit] in micro-dollars.
    int256 private constant WAD_USD_TIMES_SIZE = 1e20;
    int256 private constant DAYS_PER_YEAR = 365;

    /// @notice Sets greeks and risk array.
    /// @return markPrice [1e-8 USD]
    function mark(
        Entry memory instrument,
        Term memory term,
        SettlingPrice memory parts,
        ScenarioSet memory scenarios,
        uint256 timestamp
    ) internal pure returns (uint256 markPrice) {
        uint256 strike = instrument.get(InstrumentLayout.STRIKE);
        bool isCertain = strike < parts.fixedPart + OptionChain.LEAST_PRICED || parts.moving < OptionChain.LEAST_PRICED;
        if (isCertain) return _markCertain(instrument, parts, scenarios, strike);
        Contract memory option;
        option.forward = int256(parts.moving) * WAD_PER_PRICE;
        option.strike = int256(strike - parts.fixedPart) * WAD_PER_PRICE;
        option.lot = int256(instrument.get(InstrumentLayout.LOT_SIZE));
        option.logRatio = Black76.logMoneyness(option.forward, option.strike);
        option.isCall = instrument.get(InstrumentLayout.KIND) == Instruments.CALL;
        int256 sigma = Volatility.at_(term, -option.logRatio);
        uint256 tau = term.expiry - timestamp;
        int256 root = Black76.sqrtYears(tau);
        int256 base = _setGreeks(instrument, option, sigma, root);
        int256[3] memory shocks = Scenarios.volatilityShocks(scenarios, sigma, tau);
        for (uint256 i = 0; i < 3; i++) shocks[i] = Black76.totalVolatility(shocks[i], root);
        _setRisk(instrument.value, option, base, shocks, scenarios);
        return uint256(Integer.divNearest(base, WAD_PER_PRICE));
    }

    /// @return base price [1e-18 USD]
    function _setGreeks(Entry memory instrument, Contract memory option, int256 sigma, int256 root)
        private
        pure
        returns (int256 base)
    {
        int256 forward = option.forward;
        Black76.Values memory values = Black76.values(forward, option.strike, option.logRatio, sigma, root);
        int256 delta = option.isCall ? values.deltaCall : values.deltaCall - WAD;
        int256 gamma = values.gamma * forward / WAD * forward / WAD;
        instrument.setInt(InstrumentLayout.DELTA, _greek(option, delta * forward / WAD));
        instrument.setInt(InstrumentLayout.GAMMA, _greek(option, gamma));
        instrument.setInt(InstrumentLayout.VEGA, _greek(option, values.vega));
        instrument.setInt(InstrumentLayout.THETA, _greek(option, values.theta / DAYS_PER_YEAR));
        return option.isCall ? values.call : values.put;
    }

    /// @dev Per lot, kept within its field: close to expiry gamma has no bound.
    function _greek(Contract memory option, int256 wadUsd) private pure returns (int256) {
        int256 perLot = Integer.divNearest(wadUsd * option.lot, WAD_USD_TIMES_SIZE);
        return Integer.clamp(perLot, -OptionChain.GREEK_BOUND, OptionChain.GREEK_BOUND);
    }

    /// @dev One logarithm a move, one price a scenario.
    function _setRisk(
        bytes memory record,
        Contract memory option,
        int256 base,
        int256[3] memory totalVolatilities,
        ScenarioSet memory scenarios
    ) private pure {
        int256 moved = 0;
        int256 logRatio = 0;
        for (uint256 s = 0; s < Scenarios.COUNT; s++) {
            int256 next = option.forward * (WAD + scenarios.moves[s]) / WAD;
            if (next != moved) {
                moved = next;
                logRatio = Black76.logMoneyness(next, option.strike);
            }
            int256 totalVolatility = totalVolatilities[Scenarios.volatilityOf(s)];
            int256 price = Black76.price(next, option.strike, logRatio, totalVolatility, option.isCall);
            int256 gain = (price - base) * scenarios.dampings[s] * option.lot;
            Instruments.setRisk(record, s, Integer.divNearest(gain, WAD * WAD_USD_TIMES_SIZE));
        }
    }

    /// @dev Nothing is uncertain any more but the price itself: out of the money it is worth nothing,
    /// else it is a forward.
    function _markCertain(
        Entry memory instrument,
        SettlingPrice memory parts,
        ScenarioSet memory scenarios,
        uint256 strike
    ) private pure returns (uint256) {
        bool isCall = instrument.get(InstrumentLayout.KIND) == Instruments.CALL;
        int256 gap = int256(parts.fixedPart + parts.moving) - int256(strike);
        int256 value = isCall ? gap : -gap;
        if (value <= 0) {
            instrument.setLinearRisk(0, scenarios.linear);
            return 0;
        }
        int256 perLot = instrument.valuePerLot(parts.moving);
        instrument.setLinearRisk(isCall ? perLot : -perLot, scenarios.linear);
        return uint256(value);
    }
}
