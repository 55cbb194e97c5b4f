// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountLayout, ChainLayout, RecordKey, Refusal, SetModeBody as ActionHead} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Signatures} from "../lib/Signatures.sol";
import {Keys} from "../records/Keys.sol";

/// @notice The account an action speaks for.
struct Signer {
    uint256 id; // Owner and subaccount: `owner << 8 | subaccount`.
    bytes32 key;
    Entry account;
}

/// @title What an owner signs, section 7.3 of the specification
/// @notice Twin of `state/transactions/action.ts`. All actions begin alike and end with the signature.
library Action {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    /// @notice Checks who signed the action, and uses its nonce.
    /// @param typeHash of the typed message
    /// @param terms its fields after the head, 32 bytes each
    function authenticate(Draft memory draft, bytes memory body, bytes32 typeHash, bytes memory terms)
        internal
        view
        returns (Signer memory signer)
    {
        Entry memory chain = draft.existing(RecordKey.CHAIN);
        bool isLive = body.get(ActionHead.EXPIRY) > chain.get(ChainLayout.TIMESTAMP);
        draft.require_(isLive, Refusal.ACTION_EXPIRED);
        signer.id = body.get(ActionHead.OWNER + 1); // Owner and subaccount lie together.
        signer.key = Keys.account(signer.id);
        signer.account = draft.touch(signer.key);
        draft.require_(signer.account.exists(), Refusal.ACCOUNT_NOT_FOUND);
        uint256 nonce = body.get(ActionHead.NONCE);
        draft.require_(nonce > signer.account.get(AccountLayout.ACTION_NONCE), Refusal.NONCE_NOT_INCREASING);

        uint256 domainSeparator = chain.get(ChainLayout.DOMAIN_SEPARATOR);
        bytes32 digest = Signatures.digest(domainSeparator, _structHash(body, typeHash, terms));
        address recovered = Signatures.signer(digest, body, body.length - Signatures.WIDTH);
        draft.require_(recovered != address(0), Refusal.SIGNATURE_INVALID);
        draft.require_(uint160(recovered) == signer.id >> 8, Refusal.SIGNER_NOT_AUTHORIZED);
        signer.account.set(AccountLayout.ACTION_NONCE, nonce);
    }

    function _structHash(bytes memory body, bytes32 typeHash, bytes memory terms)
        private
        pure
        returns (bytes32)
    {
        bytes memory head = abi.encode(
            typeHash,
            body.get(ActionHead.OWNER),
            body.get(ActionHead.SUBACCOUNT),
            body.get(ActionHead.NONCE),
            body.get(ActionHead.EXPIRY)
        );
        return keccak256(bytes.concat(head, terms));
    }
}
