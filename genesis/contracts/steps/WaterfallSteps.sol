// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AbsorbBody,
    DeleverageBody,
    Refusal,
    SocializeBody,
    VaultDepositBody,
    VaultWithdrawBody
} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {Absorb} from "./Absorb.sol";
import {Deleverage} from "./Deleverage.sol";
import {Forced} from "./Forced.sol";
import {Socialize} from "./Socialize.sol";
import {VaultDeposit} from "./VaultDeposit.sol";
import {VaultWithdraw} from "./VaultWithdraw.sol";

/// @title Steps of what stands behind auctions, and of vault shares that are forced from L1
contract WaterfallSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        bool isForced = transaction.length > 0 && transaction.byteAt(0) == Forced.TYPE;
        if (isForced) transaction = Forced.open(draft, transaction);
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == VaultDepositBody.TYPE) VaultDeposit.apply_(draft, transaction);
        else if (kind == VaultWithdrawBody.TYPE) VaultWithdraw.apply_(draft, transaction);
        // Nothing is forced but what an owner signs.
        else if (kind == AbsorbBody.TYPE && !isForced) Absorb.apply_(draft, transaction);
        else if (kind == DeleverageBody.TYPE && !isForced) Deleverage.apply_(draft, transaction);
        else if (kind == SocializeBody.TYPE && !isForced) Socialize.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
