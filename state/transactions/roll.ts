/**
 * Lists calls and puts of one expiry by rule: anybody may, and nobody can choose their terms, which are
 * those of the underlying. Cost: two new records a strike.
 */
import { existing, type StateAccess } from '../access.ts';
import { list, struct, u16, u40, u64, type Decoded } from '../codec/layout.ts';
import { MAX_STRIKES_PER_ROLL } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { isListedExpiry, isListedStrike, OPTION_UNDERLYINGS, optionIdOf } from '../pricing/chain.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, type InstrumentKind } from '../records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../records/parameters.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { priceIsFresh } from '../risk/portfolio.ts';
import type { Price, Seconds } from '../units.ts';
import type { TransactionType } from './context.ts';
import { newInstrument } from './listInstrument.ts';

const layout = struct({ underlying: u16, expiry: u40, strikes: list(u64, MAX_STRIKES_PER_ROLL) });
export type Roll = Decoded<typeof layout>;

export const roll: TransactionType<Roll> = {
  type: 16,
  name: 'roll',
  layout,
  refusals: [
    'underlying_not_found',
    'options_not_listed',
    'prices_stale',
    'expiry_not_listed',
    'strike_not_listed',
    'already_listed',
  ],
  apply: (state, { underlying: id, expiry, strikes }) => {
    require(strikes.length > 0, REFUSAL.malformed, 'at least one strike');
    const underlying = state.read(UNDERLYING, id);
    if (underlying === undefined) throw new Refusal(REFUSAL.underlying_not_found, `underlying ${id}`);
    require(underlying.strikeStep > 0n && id < OPTION_UNDERLYINGS, REFUSAL.options_not_listed, `underlying ${id}`);
    const { timestamp: now } = existing(state, CHAIN, 0);
    require(priceIsFresh(underlying, existing(state, PARAMETERS, PARAMETERS_PAGE), now), REFUSAL.prices_stale);
    require(isListedExpiry(expiry, now), REFUSAL.expiry_not_listed, `expiry ${expiry}`);
    for (const strike of strikes) {
      const isListed = isListedStrike(strike, underlying.strikeStep, underlying.indexPrice);
      require(isListed, REFUSAL.strike_not_listed, () => `strike ${strike}`);
      listOption(state, id, underlying, expiry, strike, INSTRUMENT_KIND.call);
      listOption(state, id, underlying, expiry, strike, INSTRUMENT_KIND.put);
    }
  },
};

function listOption(
  state: StateAccess,
  id: number,
  underlying: Underlying,
  expiry: Seconds,
  strike: Price,
  kind: InstrumentKind,
): void {
  const instrument = optionIdOf(id, expiry, strike, underlying.strikeStep, kind);
  require(state.read(INSTRUMENT, instrument) === undefined, REFUSAL.already_listed, () => `strike ${strike}`);
  const terms = {
    instrument,
    kind,
    underlying: id,
    expiry,
    strike,
    tickSize: underlying.optionTickSize,
    lotSize: underlying.optionLotSize,
    openInterestCap: underlying.optionOpenInterestCap,
    maxOrderLots: underlying.optionMaxOrderLots,
  };
  state.put(INSTRUMENT, instrument, newInstrument(terms));
}
