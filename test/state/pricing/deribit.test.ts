/**
 * Recorded chains of Deribit against the engine: its marks from its own volatilities by our kernel, and its
 * whole chains listed by rule, posted by publishers with a fitted surface, marked by steps, and compared.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { lnQ96, Q96 } from '../../../state/math/q96.ts';
import { black76 } from '../../../state/pricing/black76.ts';
import { volatilityAt } from '../../../state/pricing/surface.ts';
import { INSTRUMENT_KIND } from '../../../state/records/instrument.ts';
import { UNDERLYING, type Term } from '../../../state/records/underlying.ts';
import { listInstrument } from '../../../state/transactions/listInstrument.ts';
import { SECONDS_PER_YEAR, WAD, type Price, type Seconds } from '../../../state/units.ts';
import { fitSurface } from '../../../node/oracle/surfaceFit.ts';
import { UNDERLYING_IDS } from '../../../node/oracle/source.ts';
import {
  isOutOfTheMoney,
  quotesOf,
  readChains,
  type RecordedChain,
  type RecordedOption,
} from '../../../scripts/surfaces/chains.ts';
import { ALL, ErrorTable, rendered, summaryOf, type Summary } from '../../../scripts/surfaces/table.ts';
import { recorded } from '../../node/oracle/data.ts';
import { listedId, markAll, postChain, rollChain } from '../../support/chains.ts';
import { World } from '../../support/world.ts';

const FILE_2026 = 'deribit_chain_2026-01_2perday.csv.gz';
const FILE_2020 = 'deribit_chain_2020-05-21_btc.csv';
/** Every so many of the 48 snapshots is put on chain, BTC and ETH. */
const STRIDE = 12;
const POINT = 0.01;
const BASIS_POINT = 0.0001;

const test = suite('recorded option chains');
const idOf = (symbol: string): number => (UNDERLYING_IDS as Readonly<Record<string, number>>)[symbol]!;

/** The mark in coin by our kernel, from forward and volatility of the row itself. */
function kernelMark(option: RecordedOption, expiry: number): number {
  const sigma = BigInt(Math.round(option.volatility * 1e9)) * 10n ** 9n;
  const forward = option.forward * 10n ** 10n;
  const { call, put } = black76(forward, option.strike * 10n ** 10n, sigma, expiry - option.timeSeconds);
  return Number(option.isCall ? call : put) / Number(forward);
}

/** Differences to the recorded marks in coin: of options out of the money, and of all. */
function kernelErrors(chains: readonly RecordedChain[]): [out: Summary, all: Summary] {
  const [out, all]: [number[], number[]] = [[], []];
  for (const { expiries } of chains) {
    for (const { expiry, options } of expiries) {
      for (const option of options) {
        const error = Math.abs(kernelMark(option, expiry) - option.mark);
        all.push(error);
        if (isOutOfTheMoney(option)) out.push(error);
      }
    }
  }
  return [summaryOf(out), summaryOf(all)];
}

const said = ({ count, median, p99, worst }: Summary): string =>
  `${count} options, median ${median.toExponential(1)}, p99 ${p99.toExponential(1)}, worst ${worst.toExponential(1)}`;

// In the money a mark also tells how far the forward moved while the recorder took its minutes.
for (const [file, options, boundsOut, boundsAll] of [
  [FILE_2026, 64_078, [3e-6, 1e-4], [1e-5, 3e-4]],
  [FILE_2020, 326, [3e-6, 1e-4], [1e-5, 2e-4]],
] as const) {
  test(`${file}: the kernel reproduces marks from their volatilities`, async () => {
    const paths = recorded(file);
    if (paths === null) return;
    const [out, all] = kernelErrors(await readChains(paths[0]!));
    console.log(`${file}, differences in coin\n  out of the money: ${said(out)}\n  all: ${said(all)}`);
    assert.is(all.count, options);
    assert.ok(out.median <= boundsOut[0] && out.p99 <= boundsOut[1], said(out));
    assert.ok(all.median <= boundsAll[0] && all.p99 <= boundsAll[1], said(all));
  });
}

/** Ids of the options of a chain that are listed. */
type Listed = ReadonlyMap<RecordedOption, number>;

/** Lists by rule what the rule allows of a chain. */
function listedByRule(world: World, chain: RecordedChain): Listed {
  const id = idOf(chain.symbol);
  world.block(1);
  postChain(world, id, chain);
  rollChain(world, id, chain);
  return new Map(
    chain.expiries.flatMap(({ expiry, options }) =>
      options.flatMap((option) => {
        const listed = listedId(world, id, expiry, option);
        return listed === undefined ? [] : [[option, listed] as const];
      }),
    ),
  );
}

/** Lists a whole chain by governance. */
function listedByGovernance(world: World, chain: RecordedChain): Listed {
  const ids = new Map<RecordedOption, number>();
  for (const { expiry, options } of chain.expiries) {
    for (const option of options) {
      const instrument = 1_000 + ids.size;
      const { call, put } = INSTRUMENT_KIND;
      const terms = { underlying: idOf(chain.symbol), expiry, strike: option.strike, kind: option.isCall ? call : put };
      const sizes = { tickSize: 10_000_000n, lotSize: 100_000n, openInterestCap: 10n ** 9n, maxOrderLots: 10n ** 7n };
      world.accept(world.governanceBytes(listInstrument, { instrument, ...terms, ...sizes }));
      ids.set(option, instrument);
    }
  }
  return ids;
}

/** Differences of our marks to the recorded ones. */
class Comparison {
  /** Share of the underlying. */
  readonly shares = new ErrorTable();
  /** Volatility: of every option, and of those within one deviation of the forward. */
  readonly volatilities = new ErrorTable();
  readonly near = new ErrorTable();

  /** Posts forwards and the fitted surface, marks what is listed, and compares. */
  add(world: World, chain: RecordedChain, listed: Listed): void {
    const id = idOf(chain.symbol);
    world.block(1);
    postChain(world, id, chain, fitSurface(quotesOf(chain), world.now));
    markAll(world, id, [...listed.values()]);
    const { terms, priceSequence } = existing(world.state, UNDERLYING, id);
    for (const { expiry, options } of chain.expiries) {
      const term = terms.find((t) => t.expiry === expiry)!;
      for (const option of options) {
        const instrument = listed.get(option);
        if (instrument === undefined) continue;
        const { markPrice, markSequence, ...of } = world.instrument(instrument);
        assert.equal([markSequence, of.markTime, of.expiry], [priceSequence, world.now, expiry]);
        this.addMark(term, world.now, option, markPrice);
      }
    }
  }

  private addMark(term: Term, now: Seconds, option: RecordedOption, markPrice: Price): void {
    const life = term.expiry - now;
    // Both in coin: the value over the forward that it was computed with.
    this.shares.add(life, Number(markPrice) / Number(term.forward) - option.mark);
    const logMoneyness = lnQ96((option.strike << 96n) / term.forward);
    const error = Number(volatilityAt(term, logMoneyness)) / Number(WAD) - option.volatility;
    this.volatilities.add(life, error);
    const deviation = option.volatility * Math.sqrt(life / SECONDS_PER_YEAR);
    if (Math.abs(Number(logMoneyness) / Number(Q96)) <= deviation) this.near.add(life, error);
  }

  print(): void {
    console.log(rendered('share of the underlying [bp]', this.shares, BASIS_POINT));
    console.log(rendered('volatility points', this.volatilities, POINT));
    console.log(rendered('volatility points, near the money', this.near, POINT));
  }
}

/** Bounds of a table: in each bucket of the median and the 95th percentile. */
function assertWithin(errors: ErrorTable, unit: number, bounds: Readonly<Record<string, readonly [number, number]>>): void {
  const summaries = errors.summaries();
  assert.equal([...summaries.keys()].sort(), Object.keys(bounds).sort());
  for (const [bucket, { median, p95 }] of summaries) {
    const [medianMax, p95Max] = bounds[bucket]!;
    assert.ok(median <= medianMax * unit && p95 <= p95Max * unit, `${bucket}: ${median / unit}, ${p95 / unit}`);
  }
}

test(`${FILE_2026}: chains are listed by rule, posted and marked near the recorded marks`, async () => {
  const paths = recorded(FILE_2026);
  if (paths === null) return;
  const chains = (await readChains(paths[0]!)).filter((_, i) => Math.floor(i / 2) % STRIDE === 1);
  const world = new World(chains[0]!.timeSeconds - 2);
  const comparison = new Comparison();
  const count = { expiries: 0, listedExpiries: 0, options: 0, listed: 0 };
  for (const chain of chains) {
    const wait = chain.timeSeconds - 2 - world.now;
    if (wait > 0) world.block(wait);
    const listed = listedByRule(world, chain);
    comparison.add(world, chain, listed);
    count.listed += listed.size;
    for (const { options } of chain.expiries) {
      count.expiries++;
      count.options += options.length;
      if (options.some((o) => listed.has(o))) count.listedExpiries++;
    }
  }
  console.log(
    `${chains.length} chains: the rule lists ${count.listedExpiries} of ${count.expiries} expiries, ` +
      `${count.listed} of ${count.options} options`,
  );
  comparison.print();
  // What is not listed are strikes beyond five times the index, or below a fifth of it.
  assert.is(count.listedExpiries, count.expiries);
  assert.ok(count.listed >= 0.99 * count.options);
  assertWithin(comparison.shares, BASIS_POINT, {
    'under 2 d': [1, 5],
    '2 to 7 d': [2, 5],
    '7 to 35 d': [3, 8],
    '35 to 100 d': [4, 12],
    'from 100 d': [4, 12],
    all: [3, 10],
  });
  assert.ok(comparison.shares.summaries().get(ALL)!.worst <= 25 * BASIS_POINT);
  assertWithin(comparison.near, POINT, {
    'under 2 d': [0.8, 4],
    '2 to 7 d': [0.6, 1.5],
    '7 to 35 d': [0.5, 1.2],
    '35 to 100 d': [0.5, 1.2],
    'from 100 d': [0.3, 1],
    all: [0.4, 1.2],
  });
  assert.equal(world.breaches(), []);
});

test(`${FILE_2020}: a chain after a crash is listed by governance, posted and marked`, async () => {
  const paths = recorded(FILE_2020);
  if (paths === null) return;
  const [chain] = await readChains(paths[0]!);
  const world = new World(chain!.timeSeconds);
  const listed = listedByGovernance(world, chain!);
  assert.is(listed.size, 326);
  const comparison = new Comparison();
  comparison.add(world, chain!, listed);
  comparison.print();
  // Smiles of then have corners that no slice has.
  const { all: shares } = Object.fromEntries(comparison.shares.summaries());
  const { all: near } = Object.fromEntries(comparison.near.summaries());
  assert.ok(shares!.median <= 10 * BASIS_POINT && shares!.p95 <= 40 * BASIS_POINT);
  assert.ok(near!.median <= 1.5 * POINT && near!.worst <= 5 * POINT);
  assert.equal(world.breaches(), []);
});

test.run();
