/**
 * Random accounts in distress, in a market of perpetuals, futures and options: hedged or not, with
 * collateral and haircuts, in every mode, large or small against the daily volume, with an owner who
 * has more of the same elsewhere, with funding and interest that nobody has settled yet.
 */
import fc from 'fast-check';
import { existing } from '../../../state/access.ts';
import { AUCTION } from '../../../state/records/auction.ts';
import { MARGIN_MODE, accountIdOf, type MarginMode } from '../../../state/records/account.ts';
import { ASSET, CASH_ASSET } from '../../../state/records/asset.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { POOL } from '../../../state/records/pool.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import type { RawRecord } from '../../../state/state.ts';
import { WAD, type Wad } from '../../../state/units.ts';
import { age, dealer, distress, plant, pour, startBytes } from '../../support/distressed.ts';
import { alice, bob, carol, World } from '../../support/world.ts';

/** Every size is so many times a number: shares of it are whole lots and whole token units. */
export const PARTS = 120n;

export type Scene = Readonly<{
  mode: MarginMode;
  lots: Readonly<Record<number, bigint>>;
  balances: Readonly<Record<number, bigint>>;
  /** Equity over maintenance margin [1e-18]. */
  share: Wad;
  haircut: Wad;
  /** Times its lots that the owner has in another subaccount. */
  elsewhere: bigint;
  /** What the daily volumes are divided by. */
  thinner: bigint;
  /** Insurance over maintenance margin [1e-18]. */
  insured: Wad;
  /** Since the auction began. */
  elapsed: number;
}>;

const STRIKES = [90_000, 100_000, 110_000];
const market = (() => {
  const world = new World();
  world.tick();
  const options = Object.values(world.listOptions(STRIKES)).flat();
  return { records: [...world.state.all()] as RawRecord[], instruments: [100, 101, 102, 200, 201, 300, 301, ...options] };
})();

const wads = (low: number, high: number): fc.Arbitrary<bigint> =>
  fc.integer({ min: low * 1_000, max: high * 1_000 }).map((x) => (BigInt(x) * WAD) / 1_000n);
/** Each order of magnitude as likely as any other, either sign. */
const sizes = (parts: bigint): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.bigInt(1n, 9n), fc.integer({ min: 0, max: 4 }), fc.boolean())
    .map(([digit, power, isLong]) => digit * 10n ** BigInt(power) * parts * (isLong ? 1n : -1n));
/** Token units of a cent, and up to ten thousand dollars. */
const CENT: Readonly<Record<number, bigint>> = { 1: 2_500_000_000_000n, 2: 10n, 3: 2_000_000_000_000n };
const balances = fc.dictionary(fc.constantFrom('1', '2', '3'), fc.bigInt(1n, 10n ** 6n), { maxKeys: 3, noNullPrototype: true });

/** Scenes with equity between two multiples of maintenance margin, and all sizes multiples of `parts`. */
export const scenes = (low: number, high: number, parts = PARTS): fc.Arbitrary<Scene> =>
  fc
    .record({
      mode: fc.constantFrom<MarginMode>(0, 0, 1, 2),
      lots: fc.dictionary(fc.constantFrom(...market.instruments.map(String)), sizes(parts), { minKeys: 1, maxKeys: 6, noNullPrototype: true }),
      balances,
      share: wads(low, high),
      haircut: wads(0, 0.5),
      elsewhere: fc.constantFrom(0n, 0n, 1n, 7n),
      thinner: fc.constantFrom(1n, 10n ** 3n, 10n ** 6n),
      insured: wads(0, 3),
      elapsed: fc.integer({ min: 0, max: 1_000 }),
    })
    .map((scene) => ({
      ...scene,
      lots: scene.mode === MARGIN_MODE.isolated ? Object.fromEntries(Object.entries(scene.lots).slice(0, 1)) : scene.lots,
      balances: Object.fromEntries(Object.entries(scene.balances).map(([id, cents]) => [id, cents * CENT[Number(id)]! * PARTS])),
    }));

/** Alice has the portfolio in account 0 and more of the same in account 1; bob, carol and the dealer have plenty of cash. */
export function worldOf(scene: Scene): World {
  const world = new World(undefined, undefined, undefined, market.records);
  for (const id of [1, 2, 3]) {
    const { averageDailyVolume } = existing(world.state, UNDERLYING, id);
    world.edit(UNDERLYING, id, { averageDailyVolume: averageDailyVolume / scene.thinner });
    world.edit(ASSET, id, { haircut: scene.haircut });
  }
  world.edit(ASSET, CASH_ASSET, { cap: 2n ** 100n, accountCap: 2n ** 100n });
  plant(world, alice.account, scene);
  const more = Object.fromEntries(Object.entries(scene.lots).map(([id, size]) => [id, size * scene.elsewhere]));
  plant(world, accountIdOf(alice.address, 1), { lots: more });
  for (const { account } of [bob, carol, dealer]) {
    plant(world, account, {});
    pour(world, account, 10n ** 22n);
  }
  pour(world, accountIdOf(alice.address, 1), 10n ** 22n);
  charge(world);
  distress(world, alice.account, scene.share);
  pour(world, 'insurance', (world.margin(alice.account).maintenance * scene.insured) / WAD);
  return world;
}

/** Longs of every other perpetual owe funding and shorts of the others, and all cash has interest to come. */
function charge(world: World): void {
  for (const [id, funding] of [[100, 7_123_457n], [200, -3_000_001n], [300, 11n]] as const) {
    world.edit(INSTRUMENT, id, { fundingIndex: world.instrument(id).fundingIndex + funding });
  }
  world.edit(POOL, 0, { borrowIndex: WAD + WAD / 999n, supplyIndex: WAD + WAD / 1_999n });
}

/** The same with the auction of alice's account running for a while. */
export function auctionOf(scene: Scene): World {
  const world = worldOf(scene);
  world.accept(startBytes(alice.account));
  age(world, alice.account, scene.elapsed);
  return world;
}

export const isRunning = (world: World): boolean => world.state.read(AUCTION, alice.account) !== undefined;
