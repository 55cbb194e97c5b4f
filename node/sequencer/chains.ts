/** Which options the keeper rolls: strikes around the index for the nearest expiries that the rule lists. */
import { existing, type RecordSource } from '../../state/access.ts';
import { EXPIRY_SECOND_OF_DAY, MAX_STRIKES_PER_ROLL } from '../../state/constants.ts';
import { CHAIN_DAYS, isListedExpiry, isListedStrike, optionIdOf } from '../../state/pricing/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, type Instrument } from '../../state/records/instrument.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import type { Roll } from '../../state/transactions/roll.ts';
import { SECONDS_PER_DAY, type Price, type Seconds } from '../../state/units.ts';

export type ChainWidth = Readonly<{
  /** Nearest expiries, from `CHAIN_MIN_SECONDS` on. */
  expiries: number;
  /** Strikes on each side of the index. */
  strikes: number;
  /** Only on these underlyings; on all that list options where absent. */
  underlyings?: readonly number[];
  /** Whether options that have left the chain, and that nobody holds or quotes, are re-marked all the same. */
  marksIdle?: boolean;
}>;
export const DEFAULT_CHAIN_WIDTH: ChainWidth = { expiries: 3, strikes: 3 };

/** Options with less time than this are not listed any more. */
const CHAIN_MIN_SECONDS = 6 * 3_600;
/** Strikes a week out are this share of the index apart [1e-3], and as the root of the time otherwise. */
const WEEKLY_SPACING = 25n;
const WEEK = 7 * SECONDS_PER_DAY;

/** Bodies of the roll steps that bring a chain up to date; none where it is. */
export function rollsOf(state: RecordSource, id: number, now: Seconds, width: ChainWidth): Roll[] {
  const { strikeStep, indexPrice } = existing(state, UNDERLYING, id);
  if (strikeStep === 0n || indexPrice === 0n || width.underlyings?.includes(id) === false) return [];
  const rolls: Roll[] = [];
  for (const { expiry, strikes: wanted } of chainOf(indexPrice, strikeStep, now, width)) {
    const strikes = wanted.filter(
      (strike) =>
        isListedStrike(strike, strikeStep, indexPrice) &&
        state.read(INSTRUMENT, optionIdOf(id, expiry, strike, strikeStep, INSTRUMENT_KIND.call)) === undefined,
    );
    if (strikes.length > 0) rolls.push({ underlying: id, expiry, strikes: strikes.slice(0, MAX_STRIKES_PER_ROLL) });
  }
  return rolls;
}

/** Is the option within the chain as it would be rolled now? */
export function isInChain(state: RecordSource, option: Instrument, now: Seconds, width: ChainWidth): boolean {
  const { strikeStep, indexPrice } = existing(state, UNDERLYING, option.underlying);
  if (strikeStep === 0n || indexPrice === 0n) return false;
  const row = chainOf(indexPrice, strikeStep, now, width).find(({ expiry }) => expiry === option.expiry);
  return row !== undefined && row.strikes[0]! <= option.strike && option.strike <= row.strikes.at(-1)!;
}

function chainOf(
  index: Price,
  step: Price,
  now: Seconds,
  { expiries, strikes }: ChainWidth,
): Readonly<{ expiry: Seconds; strikes: readonly Price[] }>[] {
  return nearestExpiries(now, expiries).map((expiry) => ({
    expiry,
    strikes: strikesAround(index, step, expiry - now, strikes),
  }));
}

function nearestExpiries(now: Seconds, count: number): Seconds[] {
  const expiries: Seconds[] = [];
  const today = Math.floor(now / SECONDS_PER_DAY) * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY;
  for (let day = 0; day <= CHAIN_DAYS.quarterly && expiries.length < count; day++) {
    const expiry = today + day * SECONDS_PER_DAY;
    if (expiry - now >= CHAIN_MIN_SECONDS && isListedExpiry(expiry, now)) expiries.push(expiry);
  }
  return expiries;
}

/** Multiples of a spacing that grows with the root of the time, the one next to the index in the middle. */
function strikesAround(index: Price, step: Price, life: Seconds, each: number): Price[] {
  const root = BigInt(Math.round(1_000 * Math.sqrt(life / WEEK)));
  const spacing = ((index * WEEKLY_SPACING * root) / 1_000_000n / step || 1n) * step;
  const middle = ((index + spacing / 2n) / spacing) * spacing;
  return Array.from({ length: 2 * each + 1 }, (_, i) => middle + BigInt(i - each) * spacing);
}
