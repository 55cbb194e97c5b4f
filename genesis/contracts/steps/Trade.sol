// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, Limit, Refusal, SignedOrder, TradeBody, TradeFill} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Portfolios} from "../risk/Portfolio.sol";
import {Fills} from "./trade/Fills.sol";
import {Market, Markets} from "./trade/Market.sol";
import {Before, Parties} from "./trade/Parties.sol";
import {AuthenticOrder, SignedOrders} from "./trade/SignedOrders.sol";

/// @title Transaction `trade`, section 8.12 of the specification
library Trade {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 private constant FILLS_AT = TradeBody.FILLS + 1;

    function apply_(Draft memory draft, bytes memory body) internal view {
        uint256 count = _checkShape(draft, body);
        Market memory market = Markets.open(draft, body.get(TradeBody.INSTRUMENT));
        draft.require_(count > 0, Refusal.MALFORMED);
        AuthenticOrder[] memory orders = _admit(draft, market, body, count);
        Before[] memory before = _valuesOf(draft, orders);
        _fill(draft, market, body, orders);
        _checkOpenInterest(draft, market);
        Parties.settle(draft, market, orders, before);
    }

    /// @return orders the taker's, then the makers'
    function _admit(Draft memory draft, Market memory market, bytes memory body, uint256 fills)
        private
        view
        returns (AuthenticOrder[] memory orders)
    {
        orders = new AuthenticOrder[](1 + fills);
        orders[0] = SignedOrders.admit(draft, market, body, TradeBody.TAKER);
        draft.require_(!orders[0].isPostOnly, Refusal.POST_ONLY_WOULD_TAKE);
        for (uint256 i = 0; i < fills; i++) {
            orders[i + 1] = SignedOrders.admit(draft, market, body, _fillAt(i) + TradeFill.MAKER);
        }
    }

    function _fill(Draft memory draft, Market memory market, bytes memory body, AuthenticOrder[] memory orders)
        private
        view
    {
        AuthenticOrder memory taker = orders[0];
        uint256 taken = 0;
        for (uint256 i = 1; i < orders.length; i++) {
            uint256 lots = body.get(Fields.inside(_fillAt(i - 1), TradeFill.LOTS));
            Fills.apply_(draft, market, taker, orders[i], lots);
            taken += lots;
        }
        bool isWhole = taker.timeInForce != SignedOrders.FILL_OR_KILL || taken == taker.lots;
        draft.require_(isWhole, Refusal.FILL_OR_KILL_INCOMPLETE);
    }

    function _checkOpenInterest(Draft memory draft, Market memory market) private view {
        uint256 openInterest = market.instrument.get(InstrumentLayout.OPEN_INTEREST);
        bool isWithinCap = openInterest <= market.instrument.get(InstrumentLayout.OPEN_INTEREST_CAP)
            || openInterest <= market.openInterestBefore;
        draft.require_(isWithinCap, Refusal.OPEN_INTEREST_CAP);
    }

    /// @return count of fills
    function _checkShape(Draft memory draft, bytes memory body) private view returns (uint256 count) {
        draft.require_(body.length >= FILLS_AT, Refusal.MALFORMED);
        count = body.byteAt(TradeBody.FILLS);
        draft.require_(count <= Limit.MAX_FILLS_PER_TRADE, Refusal.MALFORMED);
        draft.require_(body.length == _fillAt(count), Refusal.MALFORMED);
    }

    function _fillAt(uint256 index) private pure returns (uint256) {
        return FILLS_AT + TradeFill.WIDTH * index;
    }

    /// @dev Copies: fills change accounts and owners in place.
    function _valuesOf(Draft memory draft, AuthenticOrder[] memory orders)
        private
        view
        returns (Before[] memory values)
    {
        values = new Before[](orders.length);
        for (uint256 i = 0; i < orders.length; i++) {
            bytes memory account = orders[i].account.value;
            values[i].account = account.slice(0, account.length);
            bytes memory owner = Portfolios.ownerOf(draft, orders[i].accountId, account);
            values[i].owner = owner.slice(0, owner.length);
        }
    }
}
