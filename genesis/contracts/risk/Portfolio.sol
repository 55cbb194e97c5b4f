// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AccountCollateral,
    AccountPosition,
    AssetLayout,
    ChainLayout,
    InstrumentLayout,
    RecordKey
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Accounts} from "../records/Accounts.sol";
import {Keys} from "../records/Keys.sol";
import {Freshness} from "./Freshness.sol";

/// @notice One account with everything its margin follows from. Lists are in the account's order.
struct Portfolio {
    bytes account;
    bytes owner; // What all its subaccounts hold; empty: nothing.
    uint256 positionsPlace;
    uint256 timestamp; // Of the chain [seconds].
    Entry parameters;
    Entry pool;
    Entry[] instruments;
    Entry[] underlyings; // Of the instruments.
    Entry[] assets;
    Entry[] assetUnderlyings;
}

/// @title What margin is computed from
/// @notice Twin of `state/risk/portfolio.ts`.
library Portfolios {
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;

    /// @notice Reads the owner of account `id`, then as below.
    function load(Draft memory draft, uint256 id, bytes memory account) internal view returns (Portfolio memory) {
        return load(draft, account, ownerOf(draft, id, account));
    }

    /// @notice The record of an account's owner; not read where the account has nothing but cash.
    function ownerOf(Draft memory draft, uint256 id, bytes memory account) internal view returns (bytes memory) {
        if (Accounts.positionCount(account) + Accounts.collateralCount(account) == 0) return "";
        return draft.touch(Keys.owner(id >> 8)).value;
    }

    /// @notice Reads chain, parameters, pool, then instruments and assets, each followed by its underlying.
    /// @param account value of its record, as it stands or stood
    /// @param owner value of its owner's record, as it stands or stood
    function load(Draft memory draft, bytes memory account, bytes memory owner)
        internal
        view
        returns (Portfolio memory portfolio)
    {
        portfolio.account = account;
        portfolio.owner = owner;
        portfolio.positionsPlace = Accounts.positionsPlace(account);
        portfolio.timestamp = draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        portfolio.parameters = draft.existing(RecordKey.PARAMETERS);
        portfolio.pool = draft.existing(RecordKey.POOL);
        uint256 count = account.byteAt(portfolio.positionsPlace);
        portfolio.instruments = new Entry[](count);
        portfolio.underlyings = new Entry[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 id = account.get(Fields.inside(positionPlace(portfolio, i), AccountPosition.INSTRUMENT));
            Entry memory instrument = draft.existing(Keys.instrument(id));
            portfolio.instruments[i] = instrument;
            portfolio.underlyings[i] = draft.existing(Keys.underlying(instrument.get(InstrumentLayout.UNDERLYING)));
        }
        count = Accounts.collateralCount(account);
        portfolio.assets = new Entry[](count);
        portfolio.assetUnderlyings = new Entry[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 id = account.get(Fields.inside(Accounts.collateralAt(i), AccountCollateral.ASSET));
            Entry memory asset = draft.existing(Keys.asset(id));
            portfolio.assets[i] = asset;
            portfolio.assetUnderlyings[i] = draft.existing(Keys.underlying(asset.get(AssetLayout.UNDERLYING)));
        }
    }

    function positionPlace(Portfolio memory portfolio, uint256 index) internal pure returns (uint256) {
        return Accounts.positionAt(portfolio.positionsPlace, index);
    }

    /// @notice Signed lots of position `index`.
    function sizeAt(Portfolio memory portfolio, uint256 index) internal pure returns (int256) {
        return portfolio.account.getInt(Fields.inside(positionPlace(portfolio, index), AccountPosition.SIZE));
    }

    /// @notice May this account add risk at the prices and marks it depends on?
    function isFresh(Portfolio memory portfolio) internal pure returns (bool) {
        (Entry memory parameters, uint256 now_) = (portfolio.parameters, portfolio.timestamp);
        for (uint256 i = 0; i < portfolio.instruments.length; i++) {
            Entry memory underlying = portfolio.underlyings[i];
            if (!Freshness.isPriceFresh(underlying, parameters, now_)) return false;
            if (!Freshness.isMarkFresh(portfolio.instruments[i], underlying, parameters, now_)) return false;
        }
        for (uint256 i = 0; i < portfolio.assets.length; i++) {
            if (!Freshness.isPriceFresh(portfolio.assetUnderlyings[i], parameters, now_)) return false;
        }
        return true;
    }
}
