// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {InstrumentLayout, ParametersLayout} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Integer} from "../../lib/Integer.sol";
import {Ledger} from "../../ledger/Ledger.sol";
import {Owners} from "../../ledger/Owners.sol";
import {Keys} from "../../records/Keys.sol";
import {Fees} from "../../risk/Fees.sol";
import {Portfolio} from "../../risk/Portfolio.sol";
import {Relief} from "../../risk/Relief.sol";
import {Market} from "./Market.sol";
import {AuthenticOrder} from "./SignedOrders.sol";

/// @title The fee of one party of a trade, section 11 of the specification
library PartyFees {
    using Drafts for Draft;
    using Drafts for Entry;

    /// @notice Pays for all fills of the account of order `index`, which is its first.
    /// @param portfolio the account after all fills
    /// @param grown lots by which its position did
    function pay(
        Draft memory draft,
        Market memory market,
        AuthenticOrder[] memory orders,
        uint256 index,
        Portfolio memory portfolio,
        int256 grown
    ) internal view returns (int256 fee) {
        (int256 lots, int256 cost) = _dealt(orders, index);
        int256 relief = Relief.compute(portfolio, market.instrument, orders[index].isBuy ? lots : -lots);
        int256 concentration = grown > 0 ? _concentration(draft, market, orders[index].accountId, grown, lots) : int256(0);
        int256 factor = Fees.factor(market.underlying, market.parameters, relief, concentration);
        fee = Fees.fee(_base(market, lots, cost, index == 0), factor);
        Ledger.moveCash(draft, orders[index].account.key, Ledger.FEES, fee);
    }

    /// @dev Lots, without sign, and cost of all orders of the account: they are all of one side.
    function _dealt(AuthenticOrder[] memory orders, uint256 index) private pure returns (int256 lots, int256 cost) {
        for (uint256 i = index; i < orders.length; i++) {
            if (orders[i].accountId != orders[index].accountId) continue;
            lots += orders[i].filledNow;
            cost += orders[i].costNow;
        }
    }

    function _base(Market memory market, int256 lots, int256 cost, bool isTaker) private pure returns (int256) {
        uint256 field = isTaker ? ParametersLayout.TAKER_FEE : ParametersLayout.MAKER_FEE;
        int256 rate = int256(market.parameters.get(field));
        return Fees.base(market.instrument, market.underlying, market.parameters, lots, cost, rate);
    }

    /// @dev Where the position grew, the owner's record was written.
    function _concentration(Draft memory draft, Market memory market, uint256 account, int256 grown, int256 lots)
        private
        view
        returns (int256)
    {
        bytes memory owner = draft.touch(Keys.owner(account >> 8)).value;
        int256 units = int256(Owners.exposureOf(owner, market.instrument.get(InstrumentLayout.UNDERLYING)));
        int256 grownUnits = grown * int256(market.instrument.get(InstrumentLayout.LOT_SIZE));
        return Fees.concentrationAdded(market.underlying, market.parameters, units, grownUnits, grown, lots);
    }
}
