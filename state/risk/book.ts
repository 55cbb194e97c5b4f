/** A portfolio summed per underlying: what equity, scan and charges are computed from. */
import { abs } from '../math/integer.ts';
import { INSTRUMENT_KIND, type Instrument } from '../records/instrument.ts';
import type { Underlying } from '../records/underlying.ts';
import type { MicroUsd, Seconds } from '../units.ts';
import { pledgeValueDown } from './equity.ts';
import type { Holding, Pledge, Portfolio } from './portfolio.ts';

export type Book = Readonly<{
  id: number;
  underlying: Underlying;
  /** Net delta of the positions: P&L of a price move of 100 % [1e-6 USD]. */
  delta: MicroUsd;
  /** Delta that is hedged across expiries: the lesser of the long and the short ones. */
  hedged: MicroUsd;
  /** Sum of size x markPerLot, and of it without signs. */
  value: MicroUsd;
  gross: MicroUsd;
  /** Short options [1e-8 units of the underlying]. */
  shortOptions: bigint;
  /** Counted value of collateral at the index. */
  pledged: MicroUsd;
  /** What all subaccounts of the owner hold, at the index: units x price [1e-16 USD]. */
  exposure: bigint;
}>;
export type Books = Readonly<{
  /** In order of first appearance: positions, then collateral. */
  all: readonly Book[];
  /** Place in `all` of each position and of each pledge, and the counted value of the latter. */
  ofHolding: readonly number[];
  ofPledge: readonly number[];
  pledgeValues: readonly MicroUsd[];
}>;

export const isOption = ({ kind }: Instrument): boolean =>
  kind === INSTRUMENT_KIND.call || kind === INSTRUMENT_KIND.put;

/** The plain way: `fastBook.ts` must always give the same. */
export function booksOf(portfolio: Portfolio): Books {
  const { holdings, pledges, now } = portfolio;
  const ids = [...new Set([...holdings.map(idOfHolding), ...pledges.map(idOfPledge)])];
  const pledgeValues = pledges.map(({ balance, asset, underlying }) =>
    pledgeValueDown(balance, asset, underlying.indexPrice, now),
  );
  const all = ids.map((id): Book => {
    const held = holdings.filter((holding) => idOfHolding(holding) === id);
    const pledged = pledgeValues.filter((_, i) => idOfPledge(pledges[i]!) === id);
    const { underlying } = held[0] ?? pledges.find((pledge) => idOfPledge(pledge) === id)!;
    const shorts = held.filter(({ position, instrument }) => isOption(instrument) && position.size < 0n);
    return {
      id,
      underlying,
      delta: total(held.map(deltaOf)),
      hedged: hedgedOf(held),
      value: total(held.map(valueOf)),
      gross: total(held.map((holding) => abs(valueOf(holding)))),
      shortOptions: total(shorts.map(({ position, instrument }) => -position.size * instrument.lotSize)),
      pledged: total(pledged),
      exposure: exposureOf(portfolio, id, underlying),
    };
  });
  const ofHolding = holdings.map((holding) => ids.indexOf(idOfHolding(holding)));
  return { all, ofHolding, ofPledge: pledges.map((pledge) => ids.indexOf(idOfPledge(pledge))), pledgeValues };
}

const idOfHolding = ({ instrument }: Holding): number => instrument.underlying;
const idOfPledge = ({ asset }: Pledge): number => asset.underlying;
const deltaOf = ({ position, instrument }: Holding): MicroUsd => position.size * instrument.delta;
const valueOf = ({ position, instrument }: Holding): MicroUsd => position.size * instrument.markPerLot;
const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** The lesser of what is long and what is short, each expiry netted; perpetuals are one expiry. */
function hedgedOf(held: readonly Holding[]): MicroUsd {
  const byExpiry = new Map<Seconds, MicroUsd>();
  for (const holding of held) {
    const { expiry } = holding.instrument;
    byExpiry.set(expiry, (byExpiry.get(expiry) ?? 0n) + deltaOf(holding));
  }
  const deltas = [...byExpiry.values()];
  const long = total(deltas.filter((delta) => delta > 0n));
  const short = -total(deltas.filter((delta) => delta < 0n));
  return long < short ? long : short;
}

/** What the owner's exposure to an underlying is worth at the index [1e-16 USD]. */
export function exposureOf({ owner }: Portfolio, id: number, { indexPrice }: Underlying): bigint {
  if (owner === undefined) return 0n;
  for (const { underlying, units } of owner.exposures) {
    if (underlying === id) return units * indexPrice;
  }
  return 0n;
}
