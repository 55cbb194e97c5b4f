// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, InstrumentLayout, Limit, Refusal, UnderlyingLayout} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Integer} from "../../lib/Integer.sol";
import {Accounts} from "../../records/Accounts.sol";
import {Instruments} from "../../records/Instruments.sol";
import {Freshness} from "../../risk/Freshness.sol";
import {Margin, Margins} from "../../risk/Margin.sol";
import {Portfolio, Portfolios} from "../../risk/Portfolio.sol";
import {Reputation} from "../../risk/Reputation.sol";
import {Market} from "./Market.sol";
import {PartyFees} from "./PartyFees.sol";
import {AuthenticOrder} from "./SignedOrders.sol";

/// @notice An account and its owner before the step: values of their records.
struct Before {
    bytes account;
    bytes owner;
}

/// @title Limits, fee, margin and reputation of every party after all fills, rules 27 to 31 of section 8.12
library Parties {
    using Drafts for Draft;
    using Drafts for Entry;
    using Margins for Margin;

    /// @param orders the taker's, then the makers'
    /// @param before their accounts and owners before the step
    function settle(Draft memory draft, Market memory market, AuthenticOrder[] memory orders, Before[] memory before)
        internal
        view
    {
        for (uint256 i = 0; i < orders.length; i++) {
            bytes memory account = orders[i].account.value;
            int256 sizeBefore = Accounts.sizeOf(before[i].account, market.id);
            int256 sizeAfter = Accounts.sizeOf(account, market.id);
            int256 grown = Integer.abs(sizeAfter) - Integer.abs(sizeBefore);
            bool reduces = grown <= 0 && sizeAfter * sizeBefore >= 0;
            draft.require_(reduces || !orders[i].isReduceOnly, Refusal.REDUCE_ONLY_WOULD_INCREASE);
            if (_isAmong(orders, i)) continue;
            uint256 count = Accounts.positionCount(account);
            draft.require_(count <= Limit.MAX_POSITIONS, Refusal.TOO_MANY_POSITIONS);
            bool isIsolated = orders[i].account.get(AccountLayout.MODE) == Accounts.ISOLATED;
            draft.require_(!isIsolated || count <= 1, Refusal.ISOLATED_NEEDS_ONE_INSTRUMENT);

            Portfolio memory portfolio = Portfolios.load(draft, orders[i].accountId, account);
            int256 fee = PartyFees.pay(draft, market, orders, i, portfolio, grown);
            portfolio.account = orders[i].account.value;
            Margin memory margin = _checkMargin(draft, market, before[i], portfolio, reduces);
            _keepReputation(market, orders[i].account, margin, fee);
        }
    }

    /// @dev Has the account of order `index` come up before?
    function _isAmong(AuthenticOrder[] memory orders, uint256 index) private pure returns (bool) {
        for (uint256 i = 0; i < index; i++) {
            if (orders[i].accountId == orders[index].accountId) return true;
        }
        return false;
    }

    /// @dev Initial margin at fresh marks, or no riskier than before. Exits need no fresh prices.
    function _checkMargin(
        Draft memory draft,
        Market memory market,
        Before memory before,
        Portfolio memory portfolio,
        bool reduces
    ) private view returns (Margin memory margin) {
        margin = Margins.compute(portfolio);
        draft.require_(reduces || (margin.isFresh && _isOpen(market)), Refusal.MARKS_STALE);
        if (margin.meetsInitial()) return margin;
        Margin memory marginBefore = Margins.compute(Portfolios.load(draft, before.account, before.owner));
        draft.require_(Margins.isNoRiskier(marginBefore, margin), Refusal.INITIAL_MARGIN_TOO_LOW);
    }

    function _keepReputation(Market memory market, Entry memory account, Margin memory margin, int256 fee)
        private
        pure
    {
        uint256 stress = market.underlying.get(UnderlyingLayout.STRESS);
        (int256 initial, int256 equity) = (margin.initial, margin.initialEquity);
        Reputation.update(account, market.parameters, initial, equity, fee, stress, market.timestamp);
    }

    /// @dev May risk be added in this market?
    function _isOpen(Market memory market) private pure returns (bool) {
        Entry memory instrument = market.instrument;
        return instrument.get(InstrumentLayout.STATUS) == Instruments.TRADING
            && Freshness.isPriceFresh(market.underlying, market.parameters, market.timestamp)
            && Freshness.isMarkFresh(instrument, market.underlying, market.parameters, market.timestamp);
    }
}
