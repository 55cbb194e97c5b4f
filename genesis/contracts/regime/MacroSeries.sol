// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Kernel, MacroLayout, Model, RecordKey, RegimeLayout} from "../Protocol.sol";
import {Draft, Drafts, Entry} from "../lib/Draft.sol";
import {Integer} from "../lib/Integer.sol";
import {Q96} from "../math/Q96.sol";
import {Keys} from "../records/Keys.sol";
import {Seen} from "./Bars.sol";
import {Variances} from "./Variances.sol";

/// @title Macro stress, section 10.5 of the specification
/// @notice Twin of `state/regime/macro.ts`.
library MacroSeries {
    using Drafts for Draft;
    using Drafts for Entry;

    uint256 private constant DAY = 86_400;
    uint256 private constant EQUITY_INDEX = 1;
    uint256 private constant DOLLAR_INDEX = 3;

    /// @notice The first post of a day closes the day of the post before, `old`.
    function advance(Draft memory draft, uint256 role, Seen memory old, uint256 time) internal view {
        uint256 day = old.time / DAY;
        if (time / DAY == day) return;
        Entry memory macro_ = draft.touch(RecordKey.MACRO);
        if (!macro_.exists()) return;
        if (role == EQUITY_INDEX) {
            Entry memory compared = draft.touch(Keys.regime(macro_.get(MacroLayout.REFERENCE)));
            uint256 price = compared.exists() ? compared.get(RegimeLayout.BAR_PRICE) : 0;
            _closeEquity(macro_, old.index, price, day);
        } else {
            _closeLevel(macro_, role == DOLLAR_INDEX, old.index, day);
        }
    }

    /// @notice How much the ways into stress are tilted on the day of `time` [2^-96].
    function tilt(Draft memory draft, uint256 time) internal view returns (int256) {
        unchecked {
            Entry memory macro_ = draft.touch(RecordKey.MACRO);
            if (!macro_.exists() || macro_.get(MacroLayout.EQUITY_DAYS) < Model.EQUITY_MIN_DAYS) return 0;
            uint256 today = time / DAY;
            int256 correlation = Variances.correlation(
                macro_.getInt(MacroLayout.COVARIANCE),
                _at(macro_, MacroLayout.EQUITY_VARIANCE),
                _at(macro_, MacroLayout.REFERENCE_VARIANCE)
            );
            int256 above = (correlation - Model.EQUITY_CORRELATION_FROM) << 96;
            int256 counts = Integer.clamp(above / Model.EQUITY_CORRELATION_SPAN, 0, Kernel.Q96);
            int256 stress = Integer.max(
                _faded(_at(macro_, MacroLayout.VOLATILITY_STRESS), macro_.get(MacroLayout.VOLATILITY_DAY), today),
                _faded(_at(macro_, MacroLayout.DOLLAR_STRESS), macro_.get(MacroLayout.DOLLAR_DAY), today)
            );
            return Variances.mul(stress, _faded(counts, macro_.get(MacroLayout.EQUITY_DAY), today));
        }
    }

    /// @dev Halves with each day that a close is older than four.
    function _faded(int256 value, uint256 closeDay, uint256 today) private pure returns (int256) {
        unchecked {
            if (today <= closeDay + Model.MACRO_FRESH_DAYS) return value;
            uint256 late = today - closeDay - Model.MACRO_FRESH_DAYS;
            return late >= Model.MACRO_MAX_AGE_DAYS ? int256(0) : value >> late;
        }
    }

    /// @dev A series of which the level counts. Both have the same fields in the same order.
    function _closeLevel(Entry memory macro_, bool isDollar, uint256 close, uint256 day) private pure {
        uint256 shift = isDollar ? MacroLayout.DOLLAR_CLOSE - MacroLayout.VOLATILITY_CLOSE : 0;
        uint256 last = macro_.get(MacroLayout.VOLATILITY_CLOSE + shift);
        if (close == last) return;
        (int256 mean, int256 stress) = _levelAfter(
            last,
            macro_.getInt(MacroLayout.VOLATILITY_MEAN + shift),
            close,
            isDollar ? Model.DOLLAR_INDEX_HALF_LIFE : Model.VOLATILITY_INDEX_HALF_LIFE,
            isDollar ? Model.DOLLAR_INDEX_SCALE : Model.VOLATILITY_INDEX_SCALE
        );
        macro_.set(MacroLayout.VOLATILITY_CLOSE + shift, close);
        macro_.set(MacroLayout.VOLATILITY_DAY + shift, day);
        macro_.setInt(MacroLayout.VOLATILITY_MEAN + shift, mean);
        macro_.set(MacroLayout.VOLATILITY_STRESS + shift, uint256(stress));
    }

    /// @dev Mean after a close, and its distance from the mean before over twice the scale, from 0 to 1.
    function _levelAfter(uint256 last, int256 mean, uint256 close, int256 halfLife, int256 scale)
        private
        pure
        returns (int256, int256)
    {
        unchecked {
            int256 level = Q96.ln(int256(close) << 96);
            if (last == 0) return (level, 0);
            int256 stress = Integer.clamp(((level - mean) << 96) / (2 * scale), 0, Kernel.Q96);
            return (mean + Variances.mul(Variances.lossOf(halfLife, 1), level - mean), stress);
        }
    }

    function _closeEquity(Entry memory macro_, uint256 close, uint256 price, uint256 day) private pure {
        unchecked {
            uint256 last = macro_.get(MacroLayout.EQUITY_CLOSE);
            if (close == last || price == 0) return;
            uint256 from = macro_.get(MacroLayout.REFERENCE_PRICE);
            if (from != 0) {
                int256 equity = Q96.ln((int256(close) << 96) / int256(last));
                int256 other = Q96.ln((int256(price) << 96) / int256(from));
                int256 loss = Variances.lossOf(Model.EQUITY_HALF_LIFE, 1);
                macro_.set(MacroLayout.EQUITY_DAYS, macro_.get(MacroLayout.EQUITY_DAYS) + 1);
                _average(macro_, MacroLayout.COVARIANCE, Variances.mul(equity, other), loss);
                _average(macro_, MacroLayout.EQUITY_VARIANCE, Variances.mul(equity, equity), loss);
                _average(macro_, MacroLayout.REFERENCE_VARIANCE, Variances.mul(other, other), loss);
            }
            macro_.set(MacroLayout.EQUITY_CLOSE, close);
            macro_.set(MacroLayout.EQUITY_DAY, day);
            macro_.set(MacroLayout.REFERENCE_PRICE, price);
        }
    }

    /// @dev Variances are below 2^127: signed or not, their fields are the same.
    function _average(Entry memory macro_, uint256 field, int256 product, int256 loss) private pure {
        unchecked {
            int256 mean = macro_.getInt(field);
            macro_.setInt(field, mean + Variances.mul(loss, product - mean));
        }
    }

    function _at(Entry memory entry, uint256 field) private pure returns (int256) {
        return int256(entry.get(field));
    }
}
