// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ClaimLayout, Limit, PoolLayout, RecordKey} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Keys} from "../records/Keys.sol";
import {Ledger} from "./Ledger.sol";

/// @title What holders gave up in rounds of deleveraging, section 11.7 of the specification
/// @notice Twin of `state/ledger/claims.ts`. Amounts in 1e-6 USD.
library Claims {
    using Drafts for Draft;
    using Drafts for Entry;

    /// @dev So many scales back nothing is left of a claim but what rounding leaves.
    uint256 private constant SCALES_SEEN = 3;

    /// @notice Recovers for all claims what the income of the fund allows.
    function recover(Entry memory pool) internal pure {
        int256 insurance = pool.getInt(PoolLayout.INSURANCE);
        int256 flagged = int256(pool.get(PoolLayout.FLAGGED));
        int256 claims = int256(pool.get(PoolLayout.CLAIMS));
        int256 income = Integer.max(insurance - flagged - pool.getInt(PoolLayout.CLAIM_MARK), 0);
        int256 amount = Integer.min(income * int256(Limit.RECOVERY_SHARE) / Integer.WAD, claims);
        if (amount == 0) return;
        pool.setInt(PoolLayout.INSURANCE, insurance - amount);
        pool.setInt(PoolLayout.RECOVERY, pool.getInt(PoolLayout.RECOVERY) + amount);
        pool.setInt(PoolLayout.CLAIM_MARK, insurance - amount - flagged);
        _lower(pool, claims, claims - amount);
    }

    /// @dev Claims fall from `before` to `left`, each alike.
    function _lower(Entry memory pool, int256 before, int256 left) private pure {
        pool.set(PoolLayout.CLAIMS, uint256(left));
        uint256 next = pool.get(PoolLayout.CLAIM_SCALE) + 1;
        uint256 factor = Limit.CLAIM_FACTOR_START;
        if (left == 0) {
            pool.set(PoolLayout.CLAIM_START, next);
            pool.set(PoolLayout.CLAIM_SCALE, next);
        } else {
            factor = uint256(Integer.divUp(int256(pool.get(PoolLayout.CLAIM_FACTOR)) * left, before));
            if (factor < Limit.CLAIM_FACTOR_FLOOR) {
                factor <<= Limit.CLAIM_SCALE_BITS;
                pool.set(PoolLayout.CLAIM_SCALE, next);
            }
        }
        pool.set(PoolLayout.CLAIM_FACTOR, factor);
    }

    /// @notice Pays to the account what has been recovered for its claim.
    /// @param account its key
    function pay(Draft memory draft, Entry memory claim, bytes32 account) internal view returns (int256 due) {
        Entry memory pool = draft.existing(RecordKey.POOL);
        int256 left = _outstandingUp(claim, pool);
        due = int256(claim.get(ClaimLayout.AMOUNT)) - left;
        if (left == 0) claim.remove();
        else _write(claim, pool, left);
        Ledger.moveCash(draft, Ledger.RECOVERY, account, due);
    }

    /// @notice The account gives up `amount` more. What was recovered for it so far is paid.
    /// @param id of the account
    function grow(Draft memory draft, uint256 id, int256 amount) internal view {
        if (amount == 0) return;
        Entry memory pool = draft.existing(RecordKey.POOL);
        Entry memory claim = draft.touch(Keys.claim(id));
        if (claim.exists()) pay(draft, claim, Keys.account(id));
        int256 held = 0;
        if (claim.exists()) held = int256(claim.get(ClaimLayout.AMOUNT));
        else claim.put(new bytes(ClaimLayout.WIDTH));
        uint256 claims = pool.get(PoolLayout.CLAIMS);
        // Income counts from what the fund has when claims arise.
        int256 insurance = pool.getInt(PoolLayout.INSURANCE);
        if (claims != 0) insurance = Integer.min(pool.getInt(PoolLayout.CLAIM_MARK), insurance);
        pool.setInt(PoolLayout.CLAIM_MARK, insurance);
        pool.set(PoolLayout.CLAIMS, claims + uint256(amount));
        _write(claim, pool, held + amount);
    }

    function _write(Entry memory claim, Entry memory pool, int256 amount) private pure {
        claim.set(ClaimLayout.AMOUNT, uint256(amount));
        claim.set(ClaimLayout.FACTOR, pool.get(PoolLayout.CLAIM_FACTOR));
        claim.set(ClaimLayout.SCALE, pool.get(PoolLayout.CLAIM_SCALE));
    }

    /// @dev What has not been recovered for the claim, rounded up.
    function _outstandingUp(Entry memory claim, Entry memory pool) private pure returns (int256) {
        uint256 scale = claim.get(ClaimLayout.SCALE);
        if (scale < pool.get(PoolLayout.CLAIM_START)) return 0;
        uint256 scales = pool.get(PoolLayout.CLAIM_SCALE) - scale;
        if (scales > SCALES_SEEN) scales = SCALES_SEEN;
        int256 product = int256(claim.get(ClaimLayout.AMOUNT)) * int256(pool.get(PoolLayout.CLAIM_FACTOR));
        int256 left = Integer.divUp(product, int256(claim.get(ClaimLayout.FACTOR)));
        return Integer.divUp(left, int256(1 << (Limit.CLAIM_SCALE_BITS * scales)));
    }
}
