// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AbsorbBody, Refusal, SocializeBody} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Step} from "../lib/Step.sol";
import {Absorb} from "./Absorb.sol";
import {Socialize} from "./Socialize.sol";

/// @title Steps of what a backstop vault takes from auctions, and of the losses that are left
contract WaterfallSteps is Step {
    using Drafts for Draft;
    using Fields for bytes;

    function _apply(Draft memory draft, bytes memory transaction) internal view override {
        uint256 kind = transaction.length == 0 ? 0 : transaction.byteAt(0);
        if (kind == AbsorbBody.TYPE) Absorb.apply_(draft, transaction);
        else if (kind == SocializeBody.TYPE) Socialize.apply_(draft, transaction);
        else draft.refuse(Refusal.UNKNOWN_TRANSACTION_TYPE);
    }
}
