// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AuctionLayout, ChainLayout, ParametersLayout, UnderlyingLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Portfolio} from "../risk/Portfolio.sol";
import {Curve} from "./Curve.sol";
import {Distress} from "./Distress.sol";
import {Lifecycle} from "./Lifecycle.sol";

/// @notice For the whole of what is for sale [1e-6 USD]; a bid pays and gets its share of each.
struct Offer {
    bool isOver; // The price has run out, or there is nothing to pay with: all below is 0.
    int256 value; // Less what earlier bids left behind.
    int256 fromAccount; // To the bidder by the account.
    int256 fromFund; // To the bidder by the fund.
    int256 penalty; // To the fund by the account.
    int256 owed; // To the account by the fund: what it owes beyond all it has.
    int256 share; // Largest that may be taken [1e-18].
}

/// @title What an auction offers right now, section 11.4 of the specification
/// @notice Twin of `state/liquidation/offer.ts`. Values below 2^128 and two shares below 2^62 leave room
/// in 256 bits.
library Offers {
    using Drafts for Entry;

    /// @notice Seconds since an auction of this portfolio that started at `start` opened; negative: until
    /// it does. An outage, of blocks or of a price it rests on, sends the clock back.
    function elapsed(Portfolio memory portfolio, Entry memory chain, uint256 start) internal pure returns (int256) {
        unchecked {
            uint256 resumed = chain.get(ChainLayout.RESUME_TIME);
            resumed = _latest(resumed, portfolio.underlyings);
            resumed = _latest(resumed, portfolio.assetUnderlyings);
            uint256 opens = resumed + portfolio.parameters.get(ParametersLayout.AUCTION_GRACE);
            if (resumed == 0 || opens < start) opens = start;
            return int256(portfolio.timestamp) - int256(opens);
        }
    }

    /// @notice The offer `elapsed_` seconds after it opened.
    function compute(Entry memory auction, Distress memory distress, Entry memory parameters, int256 elapsed_)
        internal
        pure
        returns (Offer memory)
    {
        return auction.get(AuctionLayout.KIND) == Lifecycle.SOLVENT
            ? _solvent(auction, distress, parameters, elapsed_)
            : _insolvent(auction, distress, parameters, elapsed_);
    }

    function _solvent(Entry memory auction, Distress memory distress, Entry memory parameters, int256 elapsed_)
        private
        pure
        returns (Offer memory offer)
    {
        unchecked {
            int256 value = distress.value - int256(auction.get(AuctionLayout.RESERVED));
            int256 share = Curve.priceShare(parameters, int256(auction.get(AuctionLayout.STEP_SECONDS)), elapsed_);
            offer.isOver = value <= 0 || share == 0;
            if (offer.isOver) return offer;
            int256 penalty = int256(parameters.get(ParametersLayout.AUCTION_PENALTY));
            offer.value = value;
            offer.fromAccount = Integer.divDown(value * (Integer.WAD - share), Integer.WAD);
            offer.penalty = Integer.wadMulUp(value, Integer.min(penalty, share));
            offer.share = _shareToTarget(distress, parameters, offer.fromAccount + offer.penalty);
        }
    }

    /// @dev All that is left of the account, then the fund: from the value, or nothing, towards maintenance.
    function _insolvent(Entry memory auction, Distress memory distress, Entry memory parameters, int256 elapsed_)
        private
        pure
        returns (Offer memory offer)
    {
        unchecked {
            offer.value = distress.value - int256(auction.get(AuctionLayout.RESERVED));
            offer.fromAccount = Integer.max(offer.value, 0);
            int256 beyond = Integer.max(distress.maintenance - offer.fromAccount, 0);
            int256 share = Curve.fundShare(parameters, int256(auction.get(AuctionLayout.STEP_SECONDS)), elapsed_);
            offer.fromFund = Integer.divDown(beyond * share, Integer.WAD);
            offer.owed = Integer.max(-offer.value, 0);
            offer.share = Integer.WAD;
        }
    }

    /// @dev Share that brings the account to maintenance and a buffer, at least that of its last dust.
    /// @param cost to the account of all that is for sale
    function _shareToTarget(Distress memory distress, Entry memory parameters, int256 cost)
        private
        pure
        returns (int256 share)
    {
        unchecked {
            int256 buffered = Integer.WAD + int256(parameters.get(ParametersLayout.AUCTION_BUFFER));
            int256 missing = distress.maintenance * buffered - distress.equity * Integer.WAD;
            int256 gained = distress.slope * buffered + (distress.haircuts - cost) * Integer.WAD;
            if (gained <= 0) return Integer.WAD;
            share = Integer.clamp(missing * Integer.WAD / gained, 0, Integer.WAD);
            int256 dust = int256(parameters.get(ParametersLayout.AUCTION_DUST)) * Integer.WAD;
            if (distress.maintenance * (Integer.WAD - share) < dust) return Integer.WAD;
        }
    }

    /// @dev The latest of `time` and when prices of the underlyings came back.
    function _latest(uint256 time, Entry[] memory underlyings) private pure returns (uint256) {
        unchecked {
            for (uint256 i = 0; i < underlyings.length; i++) {
                uint256 resumed = underlyings[i].get(UnderlyingLayout.RESUME_TIME);
                if (resumed > time) time = resumed;
            }
            return time;
        }
    }
}
