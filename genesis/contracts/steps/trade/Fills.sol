// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, OrderLayout, ParametersLayout, Refusal, UnderlyingLayout} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Integer} from "../../lib/Integer.sol";
import {Positions} from "../../ledger/Positions.sol";
import {Accounts} from "../../records/Accounts.sol";
import {Keys} from "../../records/Keys.sol";
import {Market, Markets} from "./Market.sol";
import {AuthenticOrder, SignedOrders} from "./SignedOrders.sol";

/// @title One fill of a trade, rules 17 to 24 of section 8.12 of the specification, and its effects
library Fills {
    using Markets for Market;
    using Drafts for Draft;
    using Drafts for Entry;

    uint256 private constant PERPETUAL = 0;

    function apply_(
        Draft memory draft,
        Market memory market,
        AuthenticOrder memory taker,
        AuthenticOrder memory maker,
        uint256 lots
    ) internal view {
        _check(draft, market, taker, maker, lots);
        uint256 costPerLot = maker.limitTicks * market.instrument.get(InstrumentLayout.TICK_VALUE);
        draft.require_(_isWithinCap(taker, costPerLot), Refusal.SESSION_NOTIONAL_CAP);
        draft.require_(_isWithinCap(maker, costPerLot), Refusal.SESSION_NOTIONAL_CAP);
        // Lots 47 + ticks 48 + tick value 40 bits: a cost is below 2^135.
        int256 cost = int256(lots * costPerLot);
        _recordFill(draft, taker, lots, cost);
        _recordFill(draft, maker, lots, cost);
        int256 longBefore = _longLots(market.id, taker) + _longLots(market.id, maker);
        (AuthenticOrder memory buyer, AuthenticOrder memory seller) = taker.isBuy ? (taker, maker) : (maker, taker);
        _changePosition(draft, market, buyer, int256(lots), -cost);
        _changePosition(draft, market, seller, -int256(lots), cost);
        int256 longAfter = _longLots(market.id, taker) + _longLots(market.id, maker);
        _observe(market, _priceOf(market, maker), cost, longAfter - longBefore);
    }

    function _check(
        Draft memory draft,
        Market memory market,
        AuthenticOrder memory taker,
        AuthenticOrder memory maker,
        uint256 lots
    ) private view {
        draft.require_(lots > 0, Refusal.MALFORMED);
        draft.require_(
            maker.timeInForce == SignedOrders.GOOD_TILL_EXPIRY, Refusal.IMMEDIATE_ORDER_CANNOT_REST
        );
        draft.require_(maker.accountId != taker.accountId, Refusal.SELF_TRADE);
        draft.require_(maker.isBuy != taker.isBuy, Refusal.MAKER_SIDE_MUST_BE_OPPOSITE);
        // The resting order makes the price.
        (uint256 ticks, uint256 limit) = (maker.limitTicks, taker.limitTicks);
        draft.require_(taker.isBuy ? ticks <= limit : ticks >= limit, Refusal.PRICES_DO_NOT_CROSS);
        int256 mark = int256(market.instrument.get(InstrumentLayout.MARK_PRICE));
        int256 away = Integer.abs(_priceOf(market, maker) - mark);
        draft.require_(away <= market.reach(), Refusal.PRICE_OUT_OF_BAND);
    }

    /// @dev [1e-8 USD]
    function _priceOf(Market memory market, AuthenticOrder memory maker) private pure returns (int256) {
        return int256(maker.limitTicks * market.instrument.get(InstrumentLayout.TICK_SIZE));
    }

    function _isWithinCap(AuthenticOrder memory order, uint256 costPerLot) private pure returns (bool) {
        return order.sessionCap == 0 || order.lots * costPerLot <= order.sessionCap;
    }

    function _recordFill(Draft memory draft, AuthenticOrder memory order, uint256 lots, int256 cost) private view {
        Entry memory record = draft.touch(Keys.order(order.digest));
        uint256 filled = lots + (record.exists() ? record.get(OrderLayout.FILLED) : 0);
        draft.require_(filled <= order.lots, Refusal.OVERFILLED);
        if (!record.exists()) record.put(new bytes(OrderLayout.WIDTH));
        record.set(OrderLayout.FILLED, filled);
        record.set(OrderLayout.EXPIRY, order.expiry);
        order.filledNow += int256(lots);
        order.costNow += cost;
    }

    function _changePosition(
        Draft memory draft,
        Market memory market,
        AuthenticOrder memory order,
        int256 lots,
        int256 quote
    ) private view {
        Positions.change(draft, order.accountId, market.id, market.instrument, lots, quote);
    }

    function _longLots(uint256 instrument, AuthenticOrder memory order) private pure returns (int256) {
        return Integer.max(Accounts.sizeOf(order.account.value, instrument), 0);
    }

    /// @dev Open interest, and for a perpetual the premium sample that marks and funding follow from.
    function _observe(Market memory market, int256 price, int256 notional, int256 longChange) private pure {
        Entry memory instrument = market.instrument;
        int256 openInterest = int256(instrument.get(InstrumentLayout.OPEN_INTEREST)) + longChange;
        // Never negative: it is the sum of the longs. A negative one would not fit its field.
        instrument.set(InstrumentLayout.OPEN_INTEREST, uint256(openInterest));
        int256 index = int256(market.underlying.get(UnderlyingLayout.INDEX_PRICE));
        if (instrument.get(InstrumentLayout.KIND) != PERPETUAL || index == 0) return;
        int256 clampTo = int256(market.parameters.get(ParametersLayout.PREMIUM_CLAMP));
        int256 sample = Integer.clamp((price - index) * Integer.WAD / index, -clampTo, clampTo);
        uint256 traded = instrument.get(InstrumentLayout.PREMIUM_NOTIONAL) + uint256(notional);
        int256 weighted = instrument.getInt(InstrumentLayout.PREMIUM_WEIGHTED) + notional * sample / Integer.WAD;
        instrument.set(InstrumentLayout.PREMIUM_NOTIONAL, traded);
        instrument.setInt(InstrumentLayout.PREMIUM_WEIGHTED, weighted);
    }
}
