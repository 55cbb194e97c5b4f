/**
 * Random portfolios of any records: linear and option-like risk arrays, collateral, owners, and
 * parameters anywhere within their bounds. Underlyings 0 and 1 stand alone, 2 and 3 are of one group,
 * 4 is of another.
 */
import fc from 'fast-check';
import { SCENARIOS } from '../../../state/constants.ts';
import type { Account, Position } from '../../../state/records/account.ts';
import type { Asset } from '../../../state/records/asset.ts';
import type { Instrument, InstrumentKind } from '../../../state/records/instrument.ts';
import type { Owner } from '../../../state/records/owner.ts';
import type { Parameters } from '../../../state/records/parameters.ts';
import type { Pool } from '../../../state/records/pool.ts';
import type { Underlying } from '../../../state/records/underlying.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { PARAMETER_BOUNDS } from '../../../state/transactions/parameterBounds.ts';
import { WAD } from '../../../state/units.ts';

const NOW = 1_000_000;
const UNDERLYINGS = 5;
const wads = (low: number, high: number): fc.Arbitrary<bigint> =>
  fc.bigInt(BigInt(Math.round(low * 1e6)) * 10n ** 12n, BigInt(Math.round(high * 1e6)) * 10n ** 12n);
/** Each order of magnitude as likely as any other. */
const logarithmic = (low: number, high: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);

/* UNDERLYINGS */

const underlying = (id: number): fc.Arbitrary<Underlying> =>
  fc
    .record({
      price: logarithmic(0.01, 1e6),
      away: fc.oneof(fc.constant(1), fc.double({ min: 0.5, max: 2, noNaN: true })),
      overPeg: fc.oneof(fc.constant(null), fc.double({ min: 0.9, max: 1.1, noNaN: true })),
      priceScanRange: wads(0.01, 0.6),
      correlation: fc.oneof(fc.constant(WAD), wads(0, 1)),
      confidence: fc.oneof(fc.constant(WAD), wads(0.9, 1)),
      volumeUsd: logarithmic(1e4, 1e11),
    })
    .map(({ price, away, overPeg, volumeUsd, ...terms }) => {
      const indexPrice = BigInt(Math.round(price * 1e8));
      return {
        ...terms,
        group: id >> 1,
        indexPrice,
        stablePrice: BigInt(Math.round(price * away * 1e8)),
        peg: overPeg === null ? 0n : BigInt(Math.round((price / overPeg) * 1e8)),
        averageDailyVolume: BigInt(Math.round(volumeUsd * 1e6)),
        oracleTime: NOW,
        priceSequence: 1n,
      } as Underlying;
    });

/* POSITIONS */

/** Moves and volatilities of the 35 scenarios, in doubles: [9.1 of the specification]. */
export const scenariosOf = (range: number): { move: number; volatility: number; share: number }[] => [
  ...[0, 1, -1, 2, -2, 3, -3, 4, -4].flatMap((quarters) =>
    [1, 0, -1].map((volatility) => ({ move: (quarters / 4) * range, volatility, share: 1 })),
  ),
  ...[-0.66, -0.33, 0.5, 1, 2, 3, 4, 5].map((move) => {
    return { move, volatility: 1, share: Math.min(1, (0.77 * range) / Math.abs(move)) };
  }),
];

/** Abramowitz and Stegun 26.2.17, to 1e-7: close enough for what is only to look like an option. */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = 0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)));
  const below = 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * t * tail;
  return x >= 0 ? below : 1 - below;
}
/** Price and delta over the forward of an option with strike at `moneyness` x forward. */
function option(isCall: boolean, forward: number, strike: number, deviation: number): { price: number; delta: number } {
  const d1 = Math.log(forward / strike) / deviation + deviation / 2;
  const call = forward * normal(d1) - strike * normal(d1 - deviation);
  return isCall ? { price: call, delta: normal(d1) } : { price: call - forward + strike, delta: normal(d1) - 1 };
}

type Terms = { kind: InstrumentKind; lot: number; moneyness: number; deviation: number; noise: readonly number[] | null };
/** Mark, delta and risk array of a lot worth `lot` micro-dollars. */
function valued({ kind, lot, moneyness, deviation, noise }: Terms, range: number) {
  const scenarios = scenariosOf(range);
  const isOption = kind >= 2;
  const today = isOption ? option(kind === 2, 1, moneyness, deviation) : { price: 1, delta: 1 };
  const pnl = scenarios.map(({ move, volatility, share }, s) => {
    if (noise !== null) return Math.round(noise[s]! * lot);
    const then = isOption ? option(kind === 2, 1 + move, moneyness, deviation * (1 + 0.4 * volatility)).price : 1 + move;
    return Math.round((then - today.price) * share * lot);
  });
  return {
    markPerLot: BigInt(Math.round(today.price * lot)),
    delta: BigInt(Math.round(today.delta * lot)),
    riskArray: Float64Array.from(pnl),
  };
}

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const terms = {
  underlying: fc.integer({ min: 0, max: UNDERLYINGS - 1 }),
  kind: fc.constantFrom<InstrumentKind>(0, 1, 2, 2, 3, 3),
  lot: logarithmic(1, 1e10),
  moneyness: fc.double({ min: 0.5, max: 2, noNaN: true }),
  deviation: fc.double({ min: 0.01, max: 1, noNaN: true }),
  noise: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.array(unit, { minLength: SCENARIOS, maxLength: SCENARIOS }) }),
  month: fc.integer({ min: 1, max: 3 }),
  lots: logarithmic(1, 1e5),
  isLong: fc.boolean(),
  entry: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  funding: fc.bigInt(-(10n ** 12n), 10n ** 12n),
  crowd: fc.double({ min: 0, max: 1.2, noNaN: true }),
};
type Holding = { position: Position; instrument: Instrument };
const holding = (underlyings: readonly Underlying[], id: number): fc.Arbitrary<Holding> =>
  fc.record(terms).map(({ underlying: of, month, lots, isLong, entry, funding, crowd, ...rest }) => {
    const { indexPrice, priceScanRange } = underlyings[of]!;
    const value = valued(rest, Number(priceScanRange) / 1e18);
    const size = BigInt(Math.round(lots)) * (isLong ? 1n : -1n);
    const isPerpetual = rest.kind === 0;
    const instrument = {
      ...value,
      kind: rest.kind,
      underlying: of,
      expiry: isPerpetual ? 0 : month * 86_400,
      lotSize: BigInt(Math.max(1, Math.round((rest.lot * 1e10) / Number(indexPrice)))),
      fundingIndex: isPerpetual ? funding : 0n,
      openInterest: BigInt(Math.round(crowd * 1e9)),
      openInterestCap: 10n ** 9n,
      markSequence: 1n,
      markTime: NOW,
    } as Instrument;
    const quote = -(size * value.markPerLot * BigInt(Math.round((1 + entry) * 1e6))) / 10n ** 6n;
    return { position: { instrument: id, size, quote, fundingIndex: 0n }, instrument };
  });

/* COLLATERAL, PARAMETERS */

const pledge = fc
  .record({
    underlying: fc.integer({ min: 0, max: UNDERLYINGS - 1 }),
    tokens: logarithmic(1e-6, 1e5),
    ratio: wads(0.5, 2),
    decimals: fc.constantFrom(6, 8, 18),
    haircut: wads(0, 1),
    ramp: fc.constantFrom([0, 0], [NOW - 500, NOW + 500]),
  })
  .map(({ underlying: of, tokens, decimals, ramp, ...rest }) => ({
    balance: BigInt(Math.round(tokens * 1e6)) * 10n ** BigInt(decimals - 6) + 1n,
    asset: { ...rest, underlying: of, decimals, rampStart: ramp[0], rampEnd: ramp[1] } as Asset,
  }));

const parameters: fc.Arbitrary<Parameters> = fc.record(
  Object.fromEntries(
    Object.entries(PARAMETER_BOUNDS).map(([name, [low, high]]) => [
      name,
      fc.oneof(fc.bigInt(low, high), fc.constantFrom(low, high)),
    ]),
  ),
) as unknown as fc.Arbitrary<Parameters>;

export const anyPortfolio: fc.Arbitrary<Portfolio> = fc
  .tuple(...[0, 1, 2, 3, 4].map(underlying))
  .chain((underlyings) =>
    fc
      .record({
        held: fc.nat({ max: 32 }).chain((count) =>
          fc.tuple(...Array.from({ length: count }, (_, id) => holding(underlyings, id))),
        ),
        pledged: fc.array(pledge, { maxLength: 8 }),
        others: fc.array(logarithmic(1, 1e4), { minLength: UNDERLYINGS, maxLength: UNDERLYINGS }),
        parameters,
        cash: fc.bigInt(-(10n ** 13n), 10n ** 13n),
        score: logarithmic(1, 1e20),
        feesPaid: logarithmic(1, 1e13),
        index: wads(1, 1.2),
      })
      .map(({ held, pledged, others, cash, score, feesPaid, index, parameters: of }): Portfolio => {
        const positions = held.map(({ position }) => position);
        return {
          account: { ...NEW_ACCOUNT, cash, score: BigInt(Math.round(score)), feesPaid: BigInt(Math.round(feesPaid)), positions } as Account,
          pool: { borrowIndex: index, supplyIndex: WAD + (index - WAD) / 2n } as Pool,
          holdings: held.map((h) => ({ ...h, underlying: underlyings[h.instrument.underlying]! })),
          pledges: pledged.map((p) => ({ ...p, underlying: underlyings[p.asset.underlying]! })),
          owner: ownerOf(held, others),
          parameters: of,
          now: NOW,
        };
      }),
  );

/** An owner of these positions, and of `others` times as much in other subaccounts. */
function ownerOf(held: readonly Holding[], others: readonly number[]): Owner | undefined {
  const exposures = others.flatMap((times, underlying) => {
    const own = held
      .filter(({ instrument }) => instrument.underlying === underlying)
      .reduce((sum, { position, instrument }) => sum + BigInt(Math.abs(Number(position.size))) * instrument.lotSize, 0n);
    const units = (own * BigInt(Math.round(times * 1e3))) / 1_000n;
    return units === 0n ? [] : [{ underlying, units }];
  });
  return exposures.length === 0 ? undefined : { exposures };
}
