// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Limit, UnderlyingLayout, UnderlyingTerm} from "../Protocol.sol";
import {Fields} from "../lib/Fields.sol";

/// @notice One expiry of an underlying: its forward and its slice of the volatility surface.
struct Term {
    uint256 expiry; // Seconds.
    uint256 forward; // 1e-8 USD.
    uint256 theta; // 1e-18.
    int256 rho; // 1e-18.
    uint256 psi; // 1e-18.
    uint256 volatilityTime; // Seconds; 0 without a slice.
}

/// @title The term structure in an underlying record
/// @notice Twin of `state/transactions/terms.ts`. Lists ascend by expiry.
library Terms {
    using Fields for bytes;

    uint256 private constant ITEMS_AT = UnderlyingLayout.TERMS + 1;

    /// @notice All terms of the record.
    function list(bytes memory underlying) internal pure returns (Term[] memory terms) {
        terms = new Term[](underlying.byteAt(UnderlyingLayout.TERMS));
        for (uint256 i = 0; i < terms.length; i++) _read(terms[i], underlying, ITEMS_AT + UnderlyingTerm.WIDTH * i);
    }

    /// @notice The term of `expiry`.
    function find(Term[] memory terms, uint256 expiry) internal pure returns (bool isPosted, Term memory term) {
        for (uint256 i = 0; i < terms.length; i++) if (terms[i].expiry == expiry) return (true, terms[i]);
    }

    /// @notice `posted` in place of the known of their expiry, a forward alone leaving the slice, without
    /// those that are over at `time` [seconds]; the nearest stay.
    function merged(Term[] memory known, Term[] memory posted, uint256 time)
        internal
        pure
        returns (Term[] memory nearest)
    {
        nearest = _places(Limit.MAX_TERMS);
        uint256 count = 0;
        (uint256 i, uint256 j) = (0, 0);
        while (count < Limit.MAX_TERMS && (i < known.length || j < posted.length)) {
            uint256 old = i < known.length ? known[i].expiry : type(uint256).max;
            uint256 fresh = j < posted.length ? posted[j].expiry : type(uint256).max;
            Term memory first = fresh <= old ? posted[j] : known[i];
            if (fresh == old && first.volatilityTime == 0) _keepSlice(first, known[i]);
            if (old <= fresh) i++;
            if (fresh <= old) j++;
            if (first.expiry > time) nearest[count++] = first;
        }
        assembly ("memory-safe") {
            mstore(nearest, count)
        }
    }

    /// @notice The record with `terms` for its own.
    function replaced(bytes memory underlying, Term[] memory terms) internal pure returns (bytes memory next) {
        next = bytes.concat(underlying.slice(0, ITEMS_AT), new bytes(UnderlyingTerm.WIDTH * terms.length));
        next.set(Fields.inside(UnderlyingLayout.TERMS, 1), terms.length);
        for (uint256 i = 0; i < terms.length; i++) _write(terms[i], next, ITEMS_AT + UnderlyingTerm.WIDTH * i);
    }

    /// @dev A list of `length` places for terms. `new` would also make a term for each, for nothing.
    function _places(uint256 length) private pure returns (Term[] memory places) {
        assembly ("memory-safe") {
            places := mload(64)
            mstore(places, length)
            mstore(64, add(places, shl(5, add(length, 1))))
        }
    }

    function _keepSlice(Term memory term, Term memory known) private pure {
        (term.theta, term.rho, term.psi) = (known.theta, known.rho, known.psi);
        term.volatilityTime = known.volatilityTime;
    }

    function _read(Term memory term, bytes memory underlying, uint256 place) private pure {
        term.expiry = underlying.get(Fields.inside(place, UnderlyingTerm.EXPIRY));
        term.forward = underlying.get(Fields.inside(place, UnderlyingTerm.FORWARD));
        term.theta = underlying.get(Fields.inside(place, UnderlyingTerm.THETA));
        term.rho = underlying.getInt(Fields.inside(place, UnderlyingTerm.RHO));
        term.psi = underlying.get(Fields.inside(place, UnderlyingTerm.PSI));
        term.volatilityTime = underlying.get(Fields.inside(place, UnderlyingTerm.VOLATILITY_TIME));
    }

    function _write(Term memory term, bytes memory underlying, uint256 place) private pure {
        underlying.set(Fields.inside(place, UnderlyingTerm.EXPIRY), term.expiry);
        underlying.set(Fields.inside(place, UnderlyingTerm.FORWARD), term.forward);
        underlying.set(Fields.inside(place, UnderlyingTerm.THETA), term.theta);
        underlying.setInt(Fields.inside(place, UnderlyingTerm.RHO), term.rho);
        underlying.set(Fields.inside(place, UnderlyingTerm.PSI), term.psi);
        underlying.set(Fields.inside(place, UnderlyingTerm.VOLATILITY_TIME), term.volatilityTime);
    }
}
