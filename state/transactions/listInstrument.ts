/** Governance: opens a market. Its terms never change afterwards; caps and status may. */
import { type StateAccess } from '../access.ts';
import { choice, struct, time, u16, u32, u64, type Decoded } from '../codec/layout.ts';
import { EXPIRY_SECOND_OF_DAY, SCENARIOS } from '../constants.ts';
import { require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import {
  INSTRUMENT,
  INSTRUMENT_KIND,
  INSTRUMENT_STATUS,
  type Instrument,
  type InstrumentKind,
} from '../records/instrument.ts';
import { FIRST_OPTION_ID } from '../pricing/chain.ts';
import { HIGHEST_PRICED } from '../pricing/option.ts';
import { UNDERLYING } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { PRICE_TIMES_SIZE_PER_MICRO_USD, SECONDS_PER_DAY, SECONDS_PER_YEAR } from '../units.ts';
import type { GovernanceAction } from './governance.ts';
import { sizesFault } from './marketTerms.ts';

const layout = struct({
  instrument: u32,
  kind: choice<InstrumentKind>(4),
  underlying: u16,
  expiry: time,
  strike: u64,
  tickSize: u64,
  lotSize: u64,
  openInterestCap: u64,
  maxOrderLots: u64,
});
export type ListInstrument = Decoded<typeof layout>;

export const listInstrument: GovernanceAction<ListInstrument> = {
  action: 2,
  name: 'listInstrument',
  layout,
  refusals: ['already_listed', 'underlying_not_found', 'listing_invalid'],
  apply: (state: StateAccess, body) => {
    require(state.read(INSTRUMENT, body.instrument) === undefined, REFUSAL.already_listed);
    require(state.read(UNDERLYING, body.underlying) !== undefined, REFUSAL.underlying_not_found);
    const now = state.read(CHAIN, 0)?.timestamp ?? 0;
    const wrong = listingFault(body, now);
    require(wrong === null, REFUSAL.listing_invalid, String(wrong));
    state.put(INSTRUMENT, body.instrument, newInstrument(body));
  },
};

/** Longest time to expiry: total volatilities stay in the domain of the kernel. */
export const MAX_LIFE_SECONDS = 2 * SECONDS_PER_YEAR;

/** What is wrong with a listing, or null. */
export function listingFault(body: ListInstrument, now: number): string | null {
  const wrong = sizesFault(body);
  if (wrong !== null) return wrong;
  if (body.instrument >= FIRST_OPTION_ID) return 'ids from 2^31 on are those of options listed by rule';
  if (body.kind === INSTRUMENT_KIND.perpetual) return body.expiry === 0 && body.strike === 0n ? null : 'perpetual';
  const isOption = body.kind !== INSTRUMENT_KIND.future;
  if (isOption !== body.strike > 0n) return 'an option has a strike, a future has none';
  if (body.strike > HIGHEST_PRICED) return 'strike out of range';
  if (body.expiry > now + MAX_LIFE_SECONDS) return 'expiry must be within two years';
  if (body.expiry <= now) return 'expiry must be in the future';
  return body.expiry % SECONDS_PER_DAY === EXPIRY_SECOND_OF_DAY ? null : 'expiry must be 08:00 UTC';
}

/** An instrument as listed: unmarked, without open interest. */
export function newInstrument(body: ListInstrument): Instrument {
  const { instrument: _, ...terms } = body;
  return {
    ...terms,
    status: INSTRUMENT_STATUS.trading,
    tickValue: (body.tickSize * body.lotSize) / PRICE_TIMES_SIZE_PER_MICRO_USD,
    markPrice: 0n,
    markPerLot: 0n,
    markTime: 0,
    markSequence: 0n,
    premium: 0n,
    premiumNotional: 0n,
    premiumWeighted: 0n,
    fundingIndex: 0n,
    fundingRate: 0n,
    fundingTime: 0,
    openInterest: 0n,
    delta: 0n,
    gamma: 0n,
    vega: 0n,
    theta: 0n,
    settlementPrice: 0n,
    riskArray: new Float64Array(SCENARIOS),
  };
}
