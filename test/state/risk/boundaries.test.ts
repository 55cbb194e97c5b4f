/**
 * To the micro-dollar: in random markets what may be withdrawn is what margin leaves, and one more is
 * refused. So every charge of every mode decides the outcome of some step, here and in the twin.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { ACCOUNT, MARGIN_MODE, type Account, type Position } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { OWNER } from '../../../state/records/owner.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../../../state/records/parameters.ts';
import { POOL } from '../../../state/records/pool.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import { refusalName } from '../../../state/refusals.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { PARAMETER_BOUNDS } from '../../../state/transactions/parameterBounds.ts';
import { setMode } from '../../../state/transactions/setMode.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { WAD } from '../../../state/units.ts';
import { alice, bob, World } from '../../support/world.ts';

const test = suite('boundaries of margin');

const SEED = 20_261_204;
const CASES = 60;
const RICH = 10n ** 15n;
const share = fc.bigInt(0n, WAD);
const near = (value: bigint): fc.Arbitrary<bigint> => fc.bigInt((value * 8n) / 10n, (value * 12n) / 10n);

const market = fc.record({
  group: fc.integer({ min: 0, max: 2 }),
  correlation: fc.oneof(share, fc.constant(WAD)),
  confidence: fc.bigInt((WAD * 9n) / 10n, WAD),
  volume: fc.bigInt(10n ** 11n, 10n ** 14n),
  peg: fc.oneof(fc.constant(null), fc.bigInt(90n, 110n)),
  stable: fc.bigInt(80n, 120n),
});
const risk = ['correlationOffset', 'contingency', 'calendarCharge', 'initialFactor', 'shortOptionMinimum', 'liquidityCharge',
  'concentrationShare', 'confidenceFloor', 'confidenceCharge', 'openInterestShare', 'pegFloor', 'pegCharge', 'profitShare'] as const;
const terms = fc.record({
  markets: fc.tuple(market, market, market, market),
  parameters: fc.record(Object.fromEntries(risk.map((name) => [name, fc.bigInt(...PARAMETER_BOUNDS[name])]))),
  positions: fc.array(fc.record({ pick: fc.nat(), size: fc.bigInt(-400n, 400n).filter((size) => size !== 0n), entry: near(1_000n) }), { maxLength: 12 }),
  crowd: fc.bigInt(300_000_000n, 1_100_000_000n),
  balances: fc.uniqueArray(fc.record({ asset: fc.integer({ min: 1, max: 3 }), tokens: fc.bigInt(1n, 10n ** 5n) }), { selector: ({ asset }) => asset, maxLength: 3 }),
  others: fc.bigInt(1n, 2_000n),
  earned: fc.record({ score: fc.bigInt(0n, 10n ** 14n), feesPaid: fc.bigInt(0n, 10n ** 10n) }),
});
type Terms = typeof terms extends fc.Arbitrary<infer T> ? T : never;

const listed = new World();
listed.tick();
listed.listOptions([90_000, 100_000, 110_000]);
const INSTRUMENTS = [...listed.state.idsOf(INSTRUMENT)].sort((a, b) => a - b);

/** A copy of the market with everything a margin follows from changed. */
function worldOf({ markets, parameters, crowd }: Terms): World {
  const world = new World();
  world.tick();
  world.listOptions([90_000, 100_000, 110_000]);
  markets.forEach(({ volume, peg, stable, ...rest }, id) => {
    const { indexPrice } = existing(world.state, UNDERLYING, id);
    const change: Partial<Underlying> = {
      ...rest,
      averageDailyVolume: volume,
      peg: peg === null ? 0n : (indexPrice * peg) / 100n,
      stablePrice: (indexPrice * stable) / 100n,
    };
    world.edit(UNDERLYING, id, change);
  });
  world.edit(PARAMETERS, PARAMETERS_PAGE, parameters as Partial<Parameters>);
  for (const id of INSTRUMENTS) if (id % 2 === 0) world.edit(INSTRUMENT, id, { openInterest: crowd });
  return world;
}

/** Gives alice all of it, as if it had been there: books of the pool included. */
function endow(world: World, { positions, balances, others, earned }: Terms, cash: bigint): void {
  const byId = new Map(positions.map(({ pick, ...rest }) => [INSTRUMENTS[pick % INSTRUMENTS.length]!, rest]));
  const held = [...byId].sort(([a], [b]) => a - b).map(([id, { size, entry }]): Position => {
    const { markPerLot, fundingIndex } = world.instrument(id);
    return { instrument: id, size, quote: (-size * markPerLot * entry) / 1_000n, fundingIndex: fundingIndex - 1_234_567n };
  });
  const exposures = new Map<number, bigint>();
  for (const { instrument, size } of held) {
    const { underlying, lotSize } = world.instrument(instrument);
    exposures.set(underlying, (exposures.get(underlying) ?? 0n) + (size < 0n ? -size : size) * lotSize * others);
  }
  const collaterals = balances
    .map(({ asset, tokens }) => ({ asset, balance: tokens * 10n ** BigInt(existing(world.state, ASSET, asset).decimals - 6) }))
    .sort((a, b) => a.asset - b.asset);
  const account: Account = { ...NEW_ACCOUNT, ...earned, cash, collaterals, positions: held };
  const quotes = held.reduce((sum, { quote }) => sum + quote, 0n);
  const { pool } = world;
  world.state.commit([{ kind: ACCOUNT, id: alice.account, before: null, after: account }]);
  if (exposures.size > 0) {
    const sorted = [...exposures].sort(([a], [b]) => a - b).map(([underlying, units]) => ({ underlying, units }));
    world.state.commit([{ kind: OWNER, id: alice.address, before: null, after: { exposures: sorted } }]);
  }
  world.edit(ASSET, 0, { deposited: 2n * RICH });
  world.edit(POOL, 0, { cashPositive: pool.cashPositive + cash, quoteTotal: pool.quoteTotal + quotes, deposited: pool.deposited + cash + quotes + 2n * RICH, withdrawn: pool.withdrawn + 2n * RICH });
}

const outcomeOf = (world: World, bytes: Uint8Array): string => {
  const { outcome } = world.apply(bytes);
  return outcome.ok ? 'accepted' : `${refusalName(outcome.code)}`;
};

test('what may be withdrawn, to the micro-dollar, in all modes', () => {
  const seen = new Map<string, number>();
  for (const sample of fc.sample(terms, { seed: SEED, numRuns: CASES })) {
    for (const mode of Object.values(MARGIN_MODE)) {
      const world = worldOf(sample);
      endow(world, sample, RICH);
      world.edit(ACCOUNT, alice.account, { mode });
      const { initial, initialEquity, freeEquity } = world.margin(alice.account);
      const free = freeEquity - initial;
      if (free + 1n > RICH) continue; // More than there is in cash.
      const take = (amount: bigint): string =>
        outcomeOf(world, world.action(withdraw, alice, { asset: 0, amount, recipient: alice.address }));
      const refusal = initialEquity === freeEquity ? 'initial_margin_too_low' : 'unrealised_profit';
      assert.is(take(free + 1n), refusal);
      assert.is(take(free), 'accepted');
      assert.is(take(1n), refusal);
      seen.set(refusal, (seen.get(refusal) ?? 0) + 1);
    }
  }
  assert.ok([...seen.values()].every((count) => count > 25) && seen.size === 2, JSON.stringify([...seen]));
});

test('which mode may be chosen, and which trade is no riskier, at the edge of initial margin', () => {
  const seen = new Map<string, number>();
  const note = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
  for (const sample of fc.sample(terms, { seed: SEED + 1, numRuns: CASES })) {
    const world = worldOf(sample);
    endow(world, sample, RICH);
    const { initial, initialEquity } = world.margin(alice.account);
    const { cash } = world.account(alice.account);
    const edge = cash - (initialEquity - initial);
    world.edit(ACCOUNT, alice.account, { cash: edge });
    const { pool } = world;
    world.edit(POOL, 0, {
      cashPositive: pool.cashPositive - cash + (edge > 0n ? edge : 0n),
      cashNegative: pool.cashNegative + (edge < 0n ? -edge : 0n),
      deposited: pool.deposited - cash + edge,
    });
    for (const mode of [MARGIN_MODE.cross, MARGIN_MODE.portfolio]) {
      note(`mode ${outcomeOf(world, world.action(setMode, alice, { mode }))}`);
    }
    world.deposit(bob.account, RICH / 1_000n);
    const held = world.account(alice.account).positions.map(({ instrument }) => instrument);
    for (const id of [...held.slice(0, 3), INSTRUMENTS[0]!, INSTRUMENTS.at(-1)!]) {
      const { markPrice, tickSize } = world.instrument(id);
      const ticks = markPrice / tickSize > 0n ? markPrice / tickSize : 1n;
      for (const [buyer, seller] of [[alice, bob], [bob, alice]] as const) {
        const { outcome } = world.tradeBetween(buyer, seller, 3n, ticks, id);
        note(outcome.ok ? 'trade accepted' : `trade ${refusalName(outcome.code)}`);
      }
    }
  }
  for (const what of ['mode accepted', 'mode initial_margin_too_low', 'trade accepted', 'trade initial_margin_too_low']) {
    assert.ok((seen.get(what) ?? 0) > 10, `${what}: ${JSON.stringify([...seen])}`);
  }
});

test.run();
