// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, Limit, Refusal, SignedOrder, TradeBody, TradeFill} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Fills} from "./trade/Fills.sol";
import {Market, Markets} from "./trade/Market.sol";
import {Parties} from "./trade/Parties.sol";
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

        // The taker's, then the makers'.
        AuthenticOrder[] memory orders = new AuthenticOrder[](1 + count);
        orders[0] = SignedOrders.admit(draft, market, body, TradeBody.TAKER);
        draft.require_(!orders[0].isPostOnly, Refusal.POST_ONLY_WOULD_TAKE);
        for (uint256 i = 0; i < count; i++) {
            orders[i + 1] = SignedOrders.admit(draft, market, body, _fillAt(i) + TradeFill.MAKER);
        }
        bytes[] memory before = _valuesOf(orders);

        uint256 taken = 0;
        for (uint256 i = 0; i < count; i++) {
            uint256 lots = body.get(Fields.inside(_fillAt(i), TradeFill.LOTS));
            Fills.apply_(draft, market, orders[0], orders[i + 1], lots);
            taken += lots;
        }
        bool isWhole = orders[0].timeInForce != SignedOrders.FILL_OR_KILL || taken == orders[0].lots;
        draft.require_(isWhole, Refusal.FILL_OR_KILL_INCOMPLETE);
        uint256 openInterest = market.instrument.get(InstrumentLayout.OPEN_INTEREST);
        bool isWithinCap = openInterest <= market.instrument.get(InstrumentLayout.OPEN_INTEREST_CAP)
            || openInterest <= market.openInterestBefore;
        draft.require_(isWithinCap, Refusal.OPEN_INTEREST_CAP);
        Parties.check(draft, market, orders, before);
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

    /// @dev Copies: fills change accounts in place.
    function _valuesOf(AuthenticOrder[] memory orders) private pure returns (bytes[] memory values) {
        values = new bytes[](orders.length);
        for (uint256 i = 0; i < orders.length; i++) {
            bytes memory account = orders[i].account.value;
            values[i] = account.slice(0, account.length);
        }
    }
}
