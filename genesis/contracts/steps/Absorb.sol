// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AbsorbBody, AuctionLayout, ChainLayout, ParametersLayout, RecordKey, Refusal, VaultLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Integer} from "../lib/Integer.sol";
import {Lifecycle} from "../liquidation/Lifecycle.sol";
import {Sale, Sales} from "../liquidation/Sale.sol";
import {Vaults} from "../liquidation/Vault.sol";
import {Keys} from "../records/Keys.sol";

/// @title Transaction `absorb`, section 8.21 of the specification
library Absorb {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Vaults for Entry;

    /// @dev Half of the time that an insolvent auction has is that of others.
    int256 private constant WAITS = 2;

    function apply_(Draft memory draft, bytes memory body) internal view {
        draft.require_(body.length == AbsorbBody.WIDTH, Refusal.MALFORMED);
        (uint256 vaultId, uint256 id) = (body.get(AbsorbBody.VAULT), body.get(AbsorbBody.ACCOUNT));
        Entry memory vault = draft.touch(Keys.vault(vaultId));
        draft.require_(vault.exists(), Refusal.VAULT_NOT_FOUND);
        uint256 bidder = Vaults.accountOf(vaultId);
        draft.require_(id != bidder, Refusal.ACCOUNTS_MUST_DIFFER);
        draft.require_(body.get(AbsorbBody.SHARE) > 0, Refusal.BID_TOO_SMALL);
        Entry memory auction = draft.touch(Keys.auction(id));
        draft.require_(auction.exists(), Refusal.AUCTION_NOT_FOUND);
        int256 value = Vaults.distressOf(draft, vaultId).value;
        vault.turnDay(value, draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP));
        int256 lost = vault.getInt(VaultLayout.DAY_VALUE) - value;
        draft.require_(lost <= int256(vault.get(VaultLayout.LOSS_CAP)), Refusal.VAULT_LOSS_CAP);
        Sale memory sale = Sales.open(draft, auction, id);
        draft.require_(_isTaken(draft, sale), Refusal.PRICE_ABOVE_LIMIT);
        Sales.complete(draft, sale, bidder, int256(body.get(AbsorbBody.SHARE)));
    }

    /// @dev A share of the value; of an insolvent account any price, in the second half of its time.
    function _isTaken(Draft memory draft, Sale memory sale) private view returns (bool) {
        Entry memory parameters = draft.existing(RecordKey.PARAMETERS);
        if (sale.auction.get(AuctionLayout.KIND) == Lifecycle.SOLVENT) {
            int256 most = int256(parameters.get(ParametersLayout.ABSORB_PRICE));
            return sale.price <= sale.offer.value * most / Integer.WAD;
        }
        return sale.elapsed * WAITS >= int256(parameters.get(ParametersLayout.INSOLVENT_SECONDS));
    }
}
