// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountLayout,
    ChainLayout,
    InstrumentLayout,
    Refusal,
    SessionLayout,
    SignedOrder,
    TypeHash
} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Fields} from "../../lib/Fields.sol";
import {Signatures} from "../../lib/Signatures.sol";
import {Keys} from "../../records/Keys.sol";
import {Market} from "./Market.sol";

/// @notice An order that a trade may fill: whom it binds, its terms, and its identity.
struct AuthenticOrder {
    uint256 accountId;
    Entry account;
    bool isBuy;
    uint256 timeInForce; // 0 good till expiry, 1 immediate or cancel, 2 fill or kill.
    bool isPostOnly;
    bool isReduceOnly;
    uint256 lots;
    uint256 limitTicks;
    uint256 expiry;
    bytes32 digest;
    uint256 sessionCap; // [1e-6 USD]; 0: no cap, or signed by the owner.
    int256 filledNow; // Lots of the fills of this step.
    int256 costNow; // Of those [1e-6 USD].
}

/// @title Admission of a signed order, rules 5 to 15 of section 8.12 of the specification
/// @notice Twin of `admit` in `state/transactions/trade.ts` and of `state/transactions/order.ts`.
library SignedOrders {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    uint256 internal constant GOOD_TILL_EXPIRY = 0;
    uint256 internal constant FILL_OR_KILL = 2;

    uint256 private constant FLAGS_BOUND = 32;
    uint256 private constant SCOPE_TRADE = 1;
    uint256 private constant SCOPE_REDUCE_ONLY = 2;

    /// @notice The order binds a live account that its signer may trade for.
    /// @param place where the order begins in the transaction
    function admit(Draft memory draft, Market memory market, bytes memory body, uint256 place)
        internal
        view
        returns (AuthenticOrder memory order)
    {
        _readFlags(draft, order, body.get(Fields.inside(place, SignedOrder.FLAGS)));
        order.lots = body.get(Fields.inside(place, SignedOrder.LOTS));
        order.limitTicks = body.get(Fields.inside(place, SignedOrder.LIMIT_TICKS));
        order.expiry = body.get(Fields.inside(place, SignedOrder.EXPIRY));
        draft.require_(order.lots > 0 && order.limitTicks > 0, Refusal.MALFORMED);
        draft.require_(order.lots <= market.instrument.get(InstrumentLayout.MAX_ORDER_LOTS), Refusal.ORDER_TOO_LARGE);

        // Owner and subaccount lie together.
        order.accountId = body.get(Fields.inside(place, SignedOrder.OWNER + 1));
        order.account = draft.touch(Keys.account(order.accountId));
        draft.require_(order.account.exists(), Refusal.ACCOUNT_NOT_FOUND);
        bool isLive = body.get(Fields.inside(place, SignedOrder.NONCE))
            >= order.account.get(AccountLayout.ORDER_NONCE_FLOOR);
        draft.require_(isLive, Refusal.ORDER_NONCE_REVOKED);
        draft.require_(order.expiry > market.timestamp, Refusal.ORDER_EXPIRED);

        order.digest = Signatures.digest(market.domainSeparator, _structHash(market, order, body, place));
        address signer = Signatures.signer(order.digest, body, place + SignedOrder.SIGNATURE);
        draft.require_(signer != address(0), Refusal.SIGNATURE_INVALID);
        if (uint160(signer) != order.accountId >> 8) _checkSession(draft, market, order, signer);
    }

    function _readFlags(Draft memory draft, AuthenticOrder memory order, uint256 flags) private view {
        order.isBuy = flags & 1 != 0;
        order.timeInForce = (flags >> 1) & 3;
        order.isPostOnly = flags & 8 != 0;
        order.isReduceOnly = flags & 16 != 0;
        draft.require_(flags < FLAGS_BOUND && order.timeInForce <= FILL_OR_KILL, Refusal.MALFORMED);
    }

    function _structHash(Market memory market, AuthenticOrder memory order, bytes memory body, uint256 place)
        private
        pure
        returns (bytes32)
    {
        bytes memory first = abi.encode(
            TypeHash.ORDER,
            order.accountId >> 8,
            order.accountId & 0xff,
            market.id,
            order.isBuy,
            order.lots,
            order.limitTicks
        );
        uint256 nonce = body.get(Fields.inside(place, SignedOrder.NONCE));
        bytes memory second =
            abi.encode(order.timeInForce, order.isPostOnly, order.isReduceOnly, nonce, order.expiry);
        return keccak256(bytes.concat(first, second));
    }

    function _checkSession(Draft memory draft, Market memory market, AuthenticOrder memory order, address key)
        private
        view
    {
        Entry memory session = draft.touch(Keys.session(order.accountId, key));
        draft.require_(session.exists(), Refusal.SIGNER_NOT_AUTHORIZED);
        draft.require_(session.get(SessionLayout.EXPIRY) > market.timestamp, Refusal.SESSION_EXPIRED);
        uint256 scope = order.isReduceOnly ? SCOPE_TRADE | SCOPE_REDUCE_ONLY : SCOPE_TRADE;
        draft.require_(session.get(SessionLayout.SCOPE) & scope != 0, Refusal.SESSION_SCOPE);
        draft.require_(_mayTrade(session.value, market.id), Refusal.SESSION_MARKET);
        order.sessionCap = session.get(SessionLayout.NOTIONAL_CAP);
    }

    /// @dev No list of markets: all of them.
    function _mayTrade(bytes memory session, uint256 instrument) private pure returns (bool) {
        uint256 count = session.byteAt(SessionLayout.MARKETS);
        for (uint256 i = 0; i < count; i++) {
            uint256 field = Fields.inside(SessionLayout.MARKETS + 1 + 4 * i, 4);
            if (session.get(field) == instrument) return true;
        }
        return count == 0;
    }
}
