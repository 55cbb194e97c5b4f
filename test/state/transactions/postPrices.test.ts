/** PostPrices: its refusals in order, and how median, confidence, stable price and forwards follow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { MAX_TERMS } from '../../../state/constants.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
} from '../../../state/records/parameters.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { postPrices, reportDigest, type PricePoint } from '../../../state/transactions/postPrices.ts';
import { isqrt } from '../../../state/math/q96.ts';
import { WAD } from '../../../state/units.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import { NO_SIGNATURE } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { person, publishers, World, type Person } from '../../support/world.ts';

const BTC = 1;
const USD = 100_000_000n;

/** A report about to be signed. */
type Draft = { by: Person; time: number; prices: bigint[]; signature?: `0x${string}` };
type Case = { world: World; points: PricePoint[]; reports: Draft[] };

const INDEX = 0;
const SLICE = { theta: 2, rho: 3, psi: 4 };

/** Two publishers agree on BTC and on a slice of its next expiry, one second after the last post. */
function prepare(): Case {
  const world = new World();
  world.tick();
  world.block(1);
  const expiry = underlyingOf(world).terms[0]!.expiry;
  const life = BigInt(expiry - world.now);
  const theta = (36n * WAD * life) / 3_153_600_000n;
  const prices = [100_000n * USD, 100_000n * USD, theta, (8n * WAD) / 10n, (8n * isqrt(theta * WAD)) / 10n];
  const points = [
    { underlying: BTC, expiry: 0, quantity: 0 },
    ...[0, 1, 2, 3].map((quantity) => ({ underlying: BTC, expiry, quantity })),
  ];
  const reports = publishers.slice(0, 2).map((by) => ({ by, time: world.now, prices: [...prices] }));
  return { world, points, reports };
}

/** As if the slice of the case had been posted before, with another variance. */
function known(c: Case, factor: bigint): void {
  const [term, ...rest] = underlyingOf(c.world).terms;
  const slice = { theta: (c.reports[0]!.prices[SLICE.theta]! * factor) / 100n, volatilityTime: c.world.now - 1 };
  c.world.edit(UNDERLYING, BTC, { terms: [{ ...term!, ...slice }, ...rest] });
}

function bytesOf({ world, points, reports }: Case): Uint8Array {
  return encodeTransaction(postPrices, {
    points,
    reports: reports.map(({ by, time, prices, signature }) => ({
      time,
      prices,
      signature: signature ?? signDigest(reportDigest(world.domainSeparator, points, time, prices), by.key),
    })),
  });
}

const all = (c: Case, change: (report: Draft) => void): void => c.reports.forEach(change);

const test = suite('postPrices');

refusalTable(test, postPrices.refusals, prepare, bytesOf, [
  ['malformed', (c) => (c.points = [])],
  ['points_not_ascending', (c) => (c.points = [{ underlying: BTC, expiry: 1, quantity: 0 }])],
  ['point_unknown', (c) => (c.points = [{ underlying: BTC, expiry: 0, quantity: 0 }, { underlying: BTC, expiry: 0, quantity: 2 }])],
  ['malformed', (c) => c.reports[0]!.prices.push(1n)],
  ['report_from_future', (c) => (c.reports[0]!.time = c.world.now + 1)],
  ['report_too_old', (c) => (c.reports[0]!.time = c.world.now - 61)],
  ['price_must_be_positive', (c) => (c.reports[0]!.prices[INDEX] = 0n)],
  ['price_must_be_positive', (c) => (c.reports[0]!.prices[INDEX] = 2n ** 62n)],
  ['signature_invalid', (c) => (c.reports[0]!.signature = NO_SIGNATURE)],
  ['publisher_unknown', (c) => (c.reports[0]!.by = person('mallory'))],
  ['publisher_repeated', (c) => (c.reports[1]!.by = c.reports[0]!.by)],
  ['too_few_publishers', (c) => c.world.edit(PUBLISHERS, PUBLISHERS_PAGE, { threshold: 3 })],
  ['underlying_not_found', (c) => (c.points = c.points.map((p) => ({ ...p, underlying: 99 })))],
  ['price_time_must_increase', (c) => all(c, (r) => (r.time = c.world.now - 1))],
  ['price_jump_too_large', (c) => all(c, (r) => (r.prices[INDEX] = 140_000n * USD + 1n))],
  ['surface_out_of_range', (c) => all(c, (r) => (r.prices[SLICE.theta]! /= 1_000n))],
  ['surface_out_of_range', (c) => all(c, (r) => (r.prices[SLICE.rho] = (196n * WAD) / 100n))],
  ['surface_jump_too_large', (c) => known(c, 401n)],
  ['surface_jump_too_large', (c) => known(c, 24n)],
  ['surface_arbitrage', (c) => all(c, (r) => (r.prices[SLICE.psi] = 3n * WAD))],
]);

const NO_SLICE = { theta: 0n, rho: 0n, psi: 0n, volatilityTime: 0 };
const underlyingOf = (world: World): Underlying => existing(world.state, UNDERLYING, BTC);

/** Posts one index price per publisher, and perhaps forwards that all agree on. */
function post(world: World, prices: readonly bigint[], forwards: Readonly<Record<number, bigint>> = {}): Underlying {
  const expiries = Object.keys(forwards).map(Number);
  world.accept(
    bytesOf({
      world,
      points: [0, ...expiries].map((expiry) => ({ underlying: BTC, expiry, quantity: 0 })),
      reports: prices.map((price, i) => ({
        by: publishers[i]!,
        time: world.now,
        prices: [price, ...expiries.map((expiry) => forwards[expiry]!)],
      })),
    }),
  );
  return underlyingOf(world);
}

test('takes the median of three, the lower of two, and says how far they agree', () => {
  const { world } = prepare();
  const three = post(world, [100_500n * USD, 99_000n * USD, 100_000n * USD]);
  assert.is(three.indexPrice, 100_000n * USD);
  assert.is(three.confidence, WAD - (1_500n * WAD) / 100_000n);
  assert.is(three.oracleTime, world.now);
  world.block();
  const two = post(world, [100_500n * USD, 100_000n * USD]);
  assert.is(two.indexPrice, 100_000n * USD);
  assert.is(two.priceSequence, three.priceSequence + 1n);
});

test('sums price x seconds at the price that held', () => {
  const { world } = prepare();
  const before = underlyingOf(world);
  post(world, [101_000n * USD, 101_000n * USD]);
  world.block(10);
  const { priceSeconds } = post(world, [99_000n * USD, 99_000n * USD]);
  assert.is(priceSeconds - before.priceSeconds, 1n * before.indexPrice + 10n * 101_000n * USD);
});

test('the stable price follows by at most its rate', () => {
  const { world } = prepare();
  assert.is(underlyingOf(world).stablePrice, 100_000n * USD);
  assert.is(post(world, [90_000n * USD, 90_000n * USD]).stablePrice, 99_990n * USD, '1e-4 a second');
  world.block(100);
  assert.is(post(world, [98_991n * USD, 98_991n * USD]).stablePrice, 98_991n * USD, 'never past the index');
});

test('after a gap the market may have moved', () => {
  const { world } = prepare();
  const { maxPriceAge } = existing(world.state, PARAMETERS, PARAMETERS_PAGE);
  world.block(Number(maxPriceAge));
  assert.is(post(world, [10n * USD, 10n * USD]).indexPrice, 10n * USD);
});

test('forwards replace their own expiry, expired ones go, the nearest stay', () => {
  const { world } = prepare();
  const known = underlyingOf(world).terms.length;
  assert.is(known, 2);
  const expiries = Array.from({ length: MAX_TERMS + 1 }, (_, i) => world.now + 60 + i);
  const forwards = Object.fromEntries(expiries.map((e, i) => [e, (100_001n + BigInt(i)) * USD]));
  const posted = post(world, [100_000n * USD, 100_000n * USD], forwards);
  assert.equal(posted.terms, expiries.slice(0, MAX_TERMS).map((e, i) => ({ expiry: e, forward: (100_001n + BigInt(i)) * USD, ...NO_SLICE })));
  world.block(61);
  const later = post(world, [100_000n * USD, 100_000n * USD], { [expiries[4]!]: 99_000n * USD });
  assert.equal(later.terms.map((f) => f.expiry), expiries.slice(2, MAX_TERMS));
  assert.is(later.terms[2]!.forward, 99_000n * USD);
});

test('a report binds its chain: another domain, another signer', () => {
  const c = prepare();
  const bytes = bytesOf(c);
  c.world.edit(CHAIN, 0, { domainSeparator: `0x${'77'.repeat(32)}` });
  assert.is(c.world.refuse(bytes), 'publisher_unknown');
});

test('slices of two expiries that cross are refused, those that lie apart are kept', () => {
  const c = prepare();
  const [near, far] = underlyingOf(c.world).terms.map((t) => t.expiry) as [number, number];
  const slices = (farTheta: bigint): Case => {
    const [index, forward, theta, rho, psi] = c.reports[0]!.prices as [bigint, bigint, bigint, bigint, bigint];
    const points = [near, far].flatMap((expiry) => [0, 1, 2, 3].map((quantity) => ({ underlying: BTC, expiry, quantity })));
    const prices = [index, forward, theta, rho, psi, forward, farTheta, rho, psi];
    const reports = c.reports.map((r) => ({ ...r, prices }));
    return { ...c, points: [c.points[0]!, ...points], reports };
  };
  const theta = c.reports[0]!.prices[SLICE.theta]!;
  assert.is(c.world.refuse(bytesOf(slices(theta - 1n))), 'surface_arbitrage');
  c.world.accept(bytesOf(slices(theta * 2n)));
  const terms = underlyingOf(c.world).terms;
  assert.equal(terms.map((t) => [t.theta, t.rho, t.volatilityTime]), [
    [theta, -WAD / 5n, c.world.now],
    [theta * 2n, -WAD / 5n, c.world.now],
  ]);
  // A forward alone leaves the slice as it is.
  c.world.block(1);
  const next = post(c.world, [100_000n * USD, 100_000n * USD], { [near]: 99_000n * USD });
  assert.equal(next.terms[0], { ...terms[0]!, forward: 99_000n * USD });
});

test('a daily volume is taken with its index', () => {
  const c = prepare();
  const points = [c.points[0]!, { underlying: BTC, expiry: 0, quantity: 1 }];
  const reports = c.reports.map((r) => ({ ...r, prices: [100_000n * USD, 77n] }));
  c.world.accept(bytesOf({ ...c, points, reports }));
  assert.is(underlyingOf(c.world).averageDailyVolume, 77n);
});

test.run();
