// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ParametersLayout} from "../Protocol.sol";
import {Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";

/// @title Prices of auctions as functions of time, section 11.4 of the specification
/// @notice Twin of `state/liquidation/curve.ts`. Shares [1e-18], times in seconds.
library Curve {
    using Drafts for Entry;

    /// @dev What closing adds to the seconds of a step at most, where the whole scan adds one.
    int256 private constant SLOWEST = 3e18;

    /// @notice Seconds between two steps of the price.
    /// @param size charges for size [1e-6 USD]
    /// @param scan [1e-6 USD]
    function stepSeconds(Entry memory parameters, int256 size, int256 scan) internal pure returns (int256) {
        unchecked {
            int256 slower = scan == 0 ? int256(0) : Integer.min(size * Integer.WAD / scan, SLOWEST);
            return int256(parameters.get(ParametersLayout.AUCTION_STEP)) * (Integer.WAD + slower) / Integer.WAD;
        }
    }

    /// @notice Share of its value that a solvent portfolio costs; 0: below the floor, which is above 0,
    /// and the auction is over.
    function priceShare(Entry memory parameters, int256 stepSeconds_, int256 elapsed)
        internal
        pure
        returns (int256 share)
    {
        unchecked {
            share = int256(parameters.get(ParametersLayout.AUCTION_START));
            int256 cut = int256(parameters.get(ParametersLayout.AUCTION_CUT));
            int256 floor = int256(parameters.get(ParametersLayout.AUCTION_FLOOR));
            for (int256 steps = elapsed / stepSeconds_; steps > 0 && share >= floor; steps--) {
                share = share * cut / Integer.WAD;
            }
            if (share < floor) share = 0;
        }
    }

    /// @notice Share of maintenance margin that the fund adds for an insolvent portfolio.
    function fundShare(Entry memory parameters, int256 stepSeconds_, int256 elapsed) internal pure returns (int256) {
        unchecked {
            int256 whole = elapsed - elapsed % stepSeconds_;
            int256 full = int256(parameters.get(ParametersLayout.INSOLVENT_SECONDS));
            return Integer.min(whole * Integer.WAD / full, Integer.WAD);
        }
    }
}
