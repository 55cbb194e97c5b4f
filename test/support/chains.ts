/** Puts a recorded option chain on a world by real steps: listed by rule, priced by signed reports, marked. */
import { encodeTransaction } from '../../state/transactions/all.ts';
import { MAX_MARKS_PER_STEP, MAX_STRIKES_PER_ROLL } from '../../state/constants.ts';
import { isListedExpiry, isListedStrike, optionIdOf } from '../../state/pricing/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND } from '../../state/records/instrument.ts';
import { UNDERLYING, type Underlying } from '../../state/records/underlying.ts';
import { existing } from '../../state/access.ts';
import { mark } from '../../state/transactions/mark.ts';
import { postPrices, reportDigest, type PricePoint } from '../../state/transactions/postPrices.ts';
import { roll } from '../../state/transactions/roll.ts';
import { QUANTITY } from '../../state/transactions/terms.ts';
import type { Price, Seconds } from '../../state/units.ts';
import { signDigest } from '../../node/crypto/recover.ts';
import type { FittedSlice } from '../../node/oracle/surfaceFit.ts';
import type { RecordedChain, RecordedOption } from '../../scripts/surfaces/chains.ts';
import { publishers, type World } from './world.ts';

/** Two publishers report the index; with a fit also forwards and slices. */
export function postChain(world: World, underlying: number, chain: RecordedChain, fit: readonly FittedSlice[] = []): void {
  const points: PricePoint[] = [{ underlying, expiry: 0, quantity: QUANTITY.price }];
  const prices: bigint[] = [chain.index];
  for (const { expiry, slice } of fit) {
    const { forward } = chain.expiries.find((e) => e.expiry === expiry)!;
    [forward, ...slice].forEach((value, place) => {
      points.push({ underlying, expiry, quantity: place === 0 ? QUANTITY.price : place });
      prices.push(value);
    });
  }
  const time = world.now;
  const digest = reportDigest(world.domainSeparator, points, time, prices);
  const reports = publishers.slice(0, 2).map(({ key }) => ({ time, prices, signature: signDigest(digest, key) }));
  world.accept(encodeTransaction(postPrices, { points, reports }));
}

const underlyingOf = (world: World, id: number): Underlying => existing(world.state, UNDERLYING, id);

/** Id the rule gives an option of these terms; undefined where it lists none. */
export function listedId(world: World, id: number, expiry: Seconds, { strike, isCall }: RecordedOption): number | undefined {
  const { strikeStep, indexPrice } = underlyingOf(world, id);
  if (!isListedExpiry(expiry, world.now) || !isListedStrike(strike, strikeStep, indexPrice)) return undefined;
  return optionIdOf(id, expiry, strike, strikeStep, isCall ? INSTRUMENT_KIND.call : INSTRUMENT_KIND.put);
}

/** Rolls every strike of the chain that the rule allows and that is not listed yet. */
export function rollChain(world: World, id: number, chain: RecordedChain): void {
  for (const { expiry, options } of chain.expiries) {
    const missing = new Set<Price>();
    for (const option of options) {
      const listed = listedId(world, id, expiry, option);
      if (listed !== undefined && world.state.read(INSTRUMENT, listed) === undefined) missing.add(option.strike);
    }
    const strikes = [...missing].sort((a, b) => (a < b ? -1 : 1));
    for (let from = 0; from < strikes.length; from += MAX_STRIKES_PER_ROLL) {
      const some = strikes.slice(from, from + MAX_STRIKES_PER_ROLL);
      world.accept(encodeTransaction(roll, { underlying: id, expiry, strikes: some }));
    }
  }
}

/** Marks the instruments in as many steps as it takes. */
export function markAll(world: World, underlying: number, instruments: readonly number[]): void {
  for (let from = 0; from < instruments.length; from += MAX_MARKS_PER_STEP) {
    const some = instruments.slice(from, from + MAX_MARKS_PER_STEP);
    world.accept(encodeTransaction(mark, { underlying, instruments: some, assets: [] }));
  }
}
