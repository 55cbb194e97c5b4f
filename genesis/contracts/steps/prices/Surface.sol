// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ParametersLayout, Refusal, SurfaceBound} from "../../Protocol.sol";
import {Draft, Drafts, Entry} from "../../lib/Draft.sol";
import {Integer} from "../../lib/Integer.sol";
import {Term, Terms} from "../../records/Terms.sol";

/// @title What a sound volatility surface is, rules 14 to 17 of section 8.13 of the specification
/// @notice Twin of `state/pricing/surface.ts`.
library Surface {
    using Drafts for Draft;
    using Drafts for Entry;
    using Terms for Term[];

    uint256 private constant WAD = 1e18;
    uint256 private constant SECONDS_PER_YEAR = 31_536_000;

    /// @notice Slices posted at `time` are in range and near what they replace; nothing is arbitrage.
    function requireSound(
        Draft memory draft,
        Entry memory parameters,
        Term[] memory known,
        Term[] memory terms,
        uint256 time
    ) internal view {
        Term memory previous;
        for (uint256 i = 0; i < terms.length; i++) {
            Term memory term = terms[i];
            if (term.volatilityTime == 0) continue;
            bool isNew = term.volatilityTime == time;
            if (isNew) _requireSlice(draft, parameters, known, term);
            if (previous.expiry != 0 && (isNew || previous.volatilityTime == time)) {
                draft.require_(!_hasCalendarArbitrage(previous, term), Refusal.SURFACE_ARBITRAGE);
            }
            previous = term;
        }
    }

    function _requireSlice(Draft memory draft, Entry memory parameters, Term[] memory known, Term memory term)
        private
        view
    {
        draft.require_(_isInRange(term), Refusal.SURFACE_OUT_OF_RANGE);
        (bool isKnown, Term memory old) = known.find(term.expiry);
        uint256 oldest = parameters.get(ParametersLayout.MAX_VOLATILITY_AGE);
        if (isKnown && old.volatilityTime != 0 && term.volatilityTime - old.volatilityTime <= oldest) {
            draft.require_(!_isJump(old, term), Refusal.SURFACE_JUMP_TOO_LARGE);
        }
        draft.require_(!_hasButterflyArbitrage(term), Refusal.SURFACE_ARBITRAGE);
    }

    function _life(Term memory term) private pure returns (uint256) {
        return term.expiry - term.volatilityTime;
    }

    function _isInRange(Term memory term) private pure returns (bool) {
        uint256 yearly = term.theta * SECONDS_PER_YEAR;
        uint256 life = _life(term);
        return uint256(Integer.abs(term.rho)) <= SurfaceBound.RHO && yearly >= SurfaceBound.LOWEST_VARIANCE * life
            && yearly <= SurfaceBound.HIGHEST_VARIANCE * life;
    }

    function _isJump(Term memory old, Term memory posted) private pure returns (bool) {
        uint256 before = old.theta * _life(posted);
        uint256 afterward = posted.theta * _life(old);
        return afterward > SurfaceBound.VARIANCE_JUMP * before || before > SurfaceBound.VARIANCE_JUMP * afterward;
    }

    function _hasButterflyArbitrage(Term memory term) private pure returns (bool) {
        uint256 steepness = WAD + uint256(Integer.abs(term.rho));
        return term.psi * steepness >= 4 * WAD * WAD || term.psi * term.psi * steepness > 4 * term.theta * WAD * WAD;
    }

    function _hasCalendarArbitrage(Term memory near, Term memory far) private pure returns (bool) {
        if (far.theta < near.theta || far.psi < near.psi) return true;
        int256 tilt = Integer.abs(far.rho * int256(far.psi) - near.rho * int256(near.psi));
        return uint256(tilt) > (far.psi - near.psi) * WAD || far.psi * near.theta > near.psi * far.theta;
    }
}
