// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, Refusal} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Accounts} from "../records/Accounts.sol";
import {Charges, Sums} from "./Charges.sol";
import {Equity} from "./Equity.sol";
import {Portfolio, Portfolios} from "./Portfolio.sol";
import {Reputation} from "./Reputation.sol";
import {Scan} from "./Scan.sol";
import {Tallies, Tally} from "./Tally.sol";

/// @notice Margin of an account [1e-6 USD].
struct Margin {
    int256 equity; // At oracle prices.
    int256 initialEquity; // At conservative prices.
    int256 freeEquity; // Without the profit that may not be taken out.
    int256 maintenance;
    int256 initial;
    bool isFresh; // Every mark and price it rests on is fresh enough to add risk.
}

/// @notice What margin is made of [1e-6 USD].
struct Risk {
    Tally tally;
    Sums sums; // Of the charges.
    int256 scan;
    int256 maintenance;
}

/// @title Margin of an account, sections 9.7 to 9.9 of the specification
/// @notice Twin of `state/risk/margin.ts`.
library Margins {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Portfolios for Portfolio;

    /// @param id of the account
    /// @param account value of its record
    function compute(Draft memory draft, uint256 id, bytes memory account) internal view returns (Margin memory) {
        return compute(Portfolios.load(draft, id, account));
    }

    function compute(Portfolio memory portfolio) internal pure returns (Margin memory margin) {
        Risk memory risk = riskOf(portfolio);
        (margin.equity, margin.initialEquity, margin.freeEquity) = Equity.compute(portfolio, risk.tally);
        margin.maintenance = risk.maintenance;
        margin.initial = Reputation.initialOf(risk.maintenance, portfolio.parameters, portfolio.account)
            + Charges.initial(risk.sums, risk.tally.crowding);
        margin.isFresh = portfolio.isFresh();
    }

    /// @notice Scan, charges and maintenance margin under the rules of the account's mode.
    function riskOf(Portfolio memory portfolio) internal pure returns (Risk memory risk) {
        Entry memory parameters = portfolio.parameters;
        bool offsets = portfolio.account.get(AccountLayout.MODE) == Accounts.PORTFOLIO;
        risk.tally = Tallies.compute(portfolio, offsets);
        risk.scan = offsets ? Scan.joint(risk.tally, parameters) : Scan.perPosition(risk.tally);
        risk.sums = Charges.sum(risk.tally, portfolio.owner, parameters);
        risk.maintenance = Charges.maintenance(risk.scan, risk.sums, parameters, offsets);
    }

    function meetsInitial(Margin memory margin) internal pure returns (bool) {
        return margin.initialEquity >= margin.initial;
    }

    /// @notice The rule for what lowers equity or changes what margin is: fresh marks, and initial margin met.
    function requireInitial(Draft memory draft, Margin memory margin) internal view {
        draft.require_(margin.isFresh, Refusal.MARKS_STALE);
        draft.require_(meetsInitial(margin), Refusal.INITIAL_MARGIN_TOO_LOW);
    }

    /// @notice The rule for what takes value out: and without the profit that is not yet realised.
    function requireFree(Draft memory draft, Margin memory margin) internal view {
        requireInitial(draft, margin);
        draft.require_(margin.freeEquity >= margin.initial, Refusal.UNREALISED_PROFIT);
    }

    /// @notice May an account that fails initial margin afterwards go from `before` there? Only if it
    /// is no riskier than it was.
    function isNoRiskier(Margin memory before, Margin memory afterward) internal pure returns (bool) {
        if (afterward.maintenance > before.maintenance) return false;
        if (afterward.equity >= before.equity) return true;
        if (before.maintenance == 0 || afterward.maintenance == 0) return false;
        return afterward.equity * before.maintenance >= before.equity * afterward.maintenance;
    }
}
