// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    ListAssetAction,
    ListInstrumentAction,
    PauseAuctionsAction,
    Refusal,
    SetAssetAction,
    SetInstrumentAction,
    SetParametersAction,
    SetUnderlyingAction,
    SetVaultAction
} from "../Protocol.sol";
import {Draft, Drafts} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {ListAsset} from "./governance/ListAsset.sol";
import {ListInstrument} from "./governance/ListInstrument.sol";
import {PauseAuctions} from "./governance/PauseAuctions.sol";
import {SetAsset} from "./governance/SetAsset.sol";
import {SetInstrument} from "./governance/SetInstrument.sol";
import {SetParameters} from "./governance/SetParameters.sol";
import {SetUnderlying} from "./governance/SetUnderlying.sol";
import {SetVault} from "./governance/SetVault.sol";
import {InboxItems} from "./shared/InboxItems.sol";

/// @title Transaction `governance`, section 8.4 of the specification
library Governance {
    using Drafts for Draft;
    using Fields for bytes;

    uint256 internal constant TYPE = 4;

    function apply_(Draft memory draft, bytes memory body) internal view {
        InboxItems.consume(draft, InboxItems.GOVERNANCE, body);
        draft.keep();
        bytes memory action = body.slice(1, body.length - 1);
        uint256 kind = action.length == 0 ? 0 : action.byteAt(0);
        if (kind == SetParametersAction.ACTION) SetParameters.apply_(draft, action);
        else if (kind == ListInstrumentAction.ACTION) ListInstrument.apply_(draft, action);
        else if (kind == ListAssetAction.ACTION) ListAsset.apply_(draft, action);
        else if (kind == SetAssetAction.ACTION) SetAsset.apply_(draft, action);
        else if (kind == SetInstrumentAction.ACTION) SetInstrument.apply_(draft, action);
        else if (kind == SetUnderlyingAction.ACTION) SetUnderlying.apply_(draft, action);
        else if (kind == PauseAuctionsAction.ACTION) PauseAuctions.apply_(draft, action);
        else if (kind == SetVaultAction.ACTION) SetVault.apply_(draft, action);
        else draft.refuse(Refusal.UNKNOWN_GOVERNANCE_ACTION);
    }
}
