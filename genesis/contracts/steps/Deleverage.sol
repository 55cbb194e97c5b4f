// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {
    AuctionLayout,
    ChainLayout,
    DeleverageBody,
    InstrumentLayout,
    Limit,
    ParametersLayout,
    PartLayout,
    RecordKey,
    Refusal,
    RoundLayout
} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Fields} from "../lib/Fields.sol";
import {Distress, Distresses} from "../liquidation/Distress.sol";
import {Lifecycle} from "../liquidation/Lifecycle.sol";
import {Offers} from "../liquidation/Offer.sol";
import {Rounds} from "../liquidation/Round.sol";
import {Instruments} from "../records/Instruments.sol";
import {Keys} from "../records/Keys.sol";
import {Portfolio, Portfolios} from "../risk/Portfolio.sol";

/// @title Transaction `deleverage`, section 8.22 of the specification
library Deleverage {
    using Distresses for Distress;
    using Drafts for Draft;
    using Drafts for Entry;
    using Fields for bytes;
    using Instruments for Entry;

    uint256 private constant HOLDERS_AT = DeleverageBody.HOLDERS + 1;
    uint256 private constant ACCOUNT_WIDTH = 21;

    function apply_(Draft memory draft, bytes memory body) internal view {
        uint256 count = _checkShape(draft, body);
        (uint256 id, uint256 instrument) = (body.get(DeleverageBody.ACCOUNT), body.get(DeleverageBody.INSTRUMENT));
        Entry memory round = draft.touch(Keys.round(instrument));
        if (round.exists()) {
            draft.require_(round.get(RoundLayout.ACCOUNT) == id, Refusal.DELEVERAGING_IS_ON);
            if (_endIfOver(draft, round, id, instrument)) return;
        } else {
            _begin(draft, round, id, instrument);
        }
        _takeAll(draft, body, count, round, instrument);
        _endIfOver(draft, round, id, instrument);
    }

    function _takeAll(Draft memory draft, bytes memory body, uint256 count, Entry memory round, uint256 instrument)
        private
        view
    {
        uint256 previous = 0;
        for (uint256 i = 0; i < count; i++) {
            uint256 holder = body.get(Fields.inside(HOLDERS_AT + ACCOUNT_WIDTH * i, ACCOUNT_WIDTH));
            draft.require_(i == 0 || holder > previous, Refusal.ACCOUNTS_NOT_ASCENDING);
            _take(draft, round, instrument, holder);
            previous = holder;
        }
    }

    /// @return count of holders
    function _checkShape(Draft memory draft, bytes memory body) private view returns (uint256 count) {
        draft.require_(body.length >= HOLDERS_AT, Refusal.MALFORMED);
        count = body.byteAt(DeleverageBody.HOLDERS);
        draft.require_(count <= Limit.MAX_DELEVERAGED_PER_STEP, Refusal.MALFORMED);
        draft.require_(body.length == HOLDERS_AT + ACCOUNT_WIDTH * count, Refusal.MALFORMED);
    }

    /// @dev The position is gone, or the account no longer insolvent, or the instrument has expired.
    function _endIfOver(Draft memory draft, Entry memory round, uint256 id, uint256 instrumentId)
        private
        view
        returns (bool isOver)
    {
        Entry memory auction = draft.touch(Keys.auction(id));
        isOver = !auction.exists() || auction.get(AuctionLayout.KIND) != Lifecycle.INSOLVENT;
        if (!isOver) {
            (int256 size,) = Rounds.positionIn(draft, id, instrumentId);
            isOver = size == 0;
        }
        if (!isOver) {
            uint256 expiry = draft.existing(Keys.instrument(instrumentId)).get(InstrumentLayout.EXPIRY);
            isOver = expiry != 0 && expiry <= draft.existing(RecordKey.CHAIN).get(ChainLayout.TIMESTAMP);
        }
        if (isOver) Rounds.end(round, draft.touch(Keys.instrument(instrumentId)));
    }

    /// @dev Once the fund has offered all of maintenance margin and nobody came.
    function _begin(Draft memory draft, Entry memory round, uint256 id, uint256 instrumentId) private view {
        Entry memory auction = draft.touch(Keys.auction(id));
        draft.require_(auction.exists(), Refusal.AUCTION_NOT_FOUND);
        bool isInsolvent = auction.get(AuctionLayout.KIND) == Lifecycle.INSOLVENT;
        draft.require_(isInsolvent, Refusal.DELEVERAGING_NOT_DUE);
        Entry memory instrument = draft.touch(Keys.instrument(instrumentId));
        draft.require_(instrument.exists(), Refusal.INSTRUMENT_NOT_FOUND);
        Entry memory chain = draft.existing(RecordKey.CHAIN);
        uint256 timestamp = chain.get(ChainLayout.TIMESTAMP);
        draft.require_(instrument.isTradable(timestamp), Refusal.INSTRUMENT_NOT_TRADING);
        (int256 size,) = Rounds.positionIn(draft, id, instrumentId);
        draft.require_(size != 0, Refusal.NO_POSITION);
        Portfolio memory portfolio = Portfolios.load(draft, id, draft.existing(Keys.account(id)).value);
        Distress memory distress = Distresses.compute(portfolio);
        draft.require_(distress.isFresh, Refusal.MARKS_STALE);
        draft.require_(distress.isUnhealthy(), Refusal.ACCOUNT_IS_HEALTHY);
        int256 elapsed = Offers.elapsed(portfolio, chain, auction.get(AuctionLayout.START));
        bool isDue = elapsed >= int256(portfolio.parameters.get(ParametersLayout.INSOLVENT_SECONDS));
        draft.require_(isDue, Refusal.DELEVERAGING_NOT_DUE);
        Rounds.begin(round, id, instrument, portfolio, distress.value);
    }

    /// @dev A holder is weighed once, and once all are closes once.
    function _take(Draft memory draft, Entry memory round, uint256 instrumentId, uint256 holder) private view {
        draft.require_(draft.touch(Keys.account(holder)).exists(), Refusal.ACCOUNT_NOT_FOUND);
        (int256 held, uint256 place) = Rounds.positionIn(draft, holder, instrumentId);
        draft.require_(held != 0, Refusal.NO_POSITION);
        (int256 left,) = Rounds.positionIn(draft, round.get(RoundLayout.ACCOUNT), instrumentId);
        if (left == 0) return; // Taken over already: the last ones keep what they hold.
        draft.require_((held > 0) != (left > 0), Refusal.POSITION_NOT_OPPOSITE);
        Entry memory part = draft.touch(Keys.part(instrumentId, holder));
        bool hasPart = part.exists() && part.get(PartLayout.ROUND) == round.get(RoundLayout.NUMBER);
        bool isWeighed = round.get(RoundLayout.WEIGHED) == round.get(RoundLayout.OPEN_INTEREST);
        draft.require_(hasPart == isWeighed, Refusal.ALREADY_DELEVERAGED);
        if (hasPart) Rounds.close(draft, instrumentId, round, left, holder, place, part);
        else Rounds.weigh(draft, instrumentId, round, holder, held, part);
    }
}
