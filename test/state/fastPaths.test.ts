/** Whatever was made fast equals its plain twin: scans, integers on the wire, hex, packed records. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Draft } from '../../state/access.ts';
import { fromHex, Reader, toHex, Writer } from '../../state/codec/bytes.ts';
import { SCENARIOS } from '../../state/constants.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import type { Asset } from '../../state/records/asset.ts';
import type { Instrument } from '../../state/records/instrument.ts';
import { ORDER } from '../../state/records/order.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import type { Pool } from '../../state/records/pool.ts';
import type { Underlying } from '../../state/records/underlying.ts';
import type { Portfolio } from '../../state/risk/portfolio.ts';
import { scanPortfolio, scanRiskOf, scanRiskPerPosition } from '../../state/risk/scan.ts';
import { State } from '../../state/state.ts';
import { NEW_ACCOUNT } from '../../state/transactions/deposit.ts';
import { WAD } from '../../state/units.ts';

const SEED = { seed: 20_260_302, numRuns: 500 };
const test = suite('fast paths');

const small = { loss: fc.integer({ min: -(10 ** 6), max: 10 ** 6 }), size: fc.bigInt(-(10n ** 6n), 10n ** 6n) };
/** Here and there a magnitude whose sums leave the exact range of doubles. */
const large = {
  loss: fc.oneof({ weight: 50, arbitrary: small.loss }, fc.integer({ min: -(2 ** 52), max: 2 ** 52 })),
  size: fc.oneof({ weight: 50, arbitrary: small.size }, fc.bigInt(-(2n ** 62n), 2n ** 62n)),
};
const holdingOf = ({ loss, size }: typeof large | typeof small) =>
  fc.record({
    size: size.filter((lots) => lots !== 0n),
    underlying: fc.integer({ min: 0, max: 4 }),
    riskArray: fc.array(loss, { minLength: SCENARIOS, maxLength: SCENARIOS }),
  });
const holdings = fc.oneof(
  fc.array(holdingOf(small), { maxLength: 32 }),
  fc.array(holdingOf(large), { maxLength: 32 }),
);
const pledge = fc.record({
  balance: fc.oneof({ weight: 20, arbitrary: fc.bigInt(1n, 10n ** 12n) }, fc.bigInt(1n, 2n ** 90n)),
  underlying: fc.integer({ min: 0, max: 4 }),
});

/** Groups 0, 0, 1, 1, 2: some underlyings move alone, some together. */
const underlyingOf = (id: number): Underlying =>
  ({ group: id >> 1, indexPrice: 10n ** 12n, priceScanRange: WAD / 7n }) as Underlying;
const assetOf = (underlying: number): Asset =>
  ({ underlying, decimals: 8, ratio: WAD, haircut: WAD / 10n, rampStart: 0, rampEnd: 0 }) as Asset;

const portfolio = fc
  .tuple(holdings, fc.array(pledge, { maxLength: 8 }), fc.bigInt(0n, WAD))
  .map(([held, pledges, correlationOffset]): Portfolio => ({
    account: NEW_ACCOUNT,
    pool: {} as Pool,
    holdings: held.map(({ size: lots, underlying, riskArray }, instrument) => ({
      position: { instrument, size: lots, quote: 0n, fundingIndex: 0n },
      instrument: { underlying, riskArray: Float64Array.from(riskArray) } as unknown as Instrument,
      underlying: underlyingOf(underlying),
    })),
    pledges: pledges.map(({ balance, underlying }) => ({
      balance,
      asset: assetOf(underlying),
      underlying: underlyingOf(underlying),
    })),
    parameters: { correlationOffset } as Parameters,
    now: 1,
  }));

test('scan risk in doubles = scan risk in big integers', () => {
  fc.assert(
    fc.property(portfolio, (p) => scanRiskOf(p) === scanPortfolio(p).risk),
    SEED,
  );
});

test('scan risk per position = the worst of all scenarios of each', () => {
  const plain = (p: Portfolio): bigint =>
    p.holdings.reduce((risk, { position, instrument }) => {
      const losses = [...instrument.riskArray].map((value) => -position.size * BigInt(value));
      return risk + losses.reduce((worst, x) => (x > worst ? x : worst), 0n);
    }, 0n);
  fc.assert(
    fc.property(portfolio, (p) => scanRiskPerPosition(p) === plain(p)),
    SEED,
  );
});

/** Two's complement, big-endian, from the text of the number. */
function plainBytes(value: bigint, width: number): string {
  const natural = value < 0n ? value + (1n << BigInt(8 * width)) : value;
  return `0x${natural.toString(16).padStart(2 * width, '0')}`;
}

/** Every power of two and its neighbours, and anything between. */
const wide = (low: bigint, high: bigint): fc.Arbitrary<bigint> => {
  const edges = Array.from({ length: 128 }, (_, bit) => 1n << BigInt(bit))
    .flatMap((power) => [power - 1n, power, power + 1n, -power - 1n, -power, 1n - power])
    .filter((x) => x >= low && x <= high);
  return fc.oneof(fc.constantFrom(low, high, ...edges), fc.bigInt(low, high));
};

const INTEGERS = [
  ['u48', 6, 0n, 2n ** 48n - 1n],
  ['u64', 8, 0n, 2n ** 64n - 1n],
  ['i64', 8, -(2n ** 63n), 2n ** 63n - 1n],
  ['u128', 16, 0n, 2n ** 128n - 1n],
  ['i128', 16, -(2n ** 127n), 2n ** 127n - 1n],
] as const;
for (const [name, width, low, high] of INTEGERS) {
  test(`${name}: the bytes of the number, and back`, () => {
    fc.assert(
      fc.property(wide(low, high), (value) => {
        const bytes = new Writer()[name](value).finish();
        assert.is(toHex(bytes), plainBytes(value, width));
        assert.is(new Reader(bytes)[name](), value);
      }),
      SEED,
    );
    for (const outside of [low - 1n, high + 1n]) assert.throws(() => new Writer()[name](outside));
  });
}

const NUMBERS = [
  ['u40', 5, 0, 2 ** 40 - 1],
  ['time', 8, 0, 2 ** 48 - 1],
  ['safe', 8, -(2 ** 52), 2 ** 52],
] as const;
for (const [name, width, low, high] of NUMBERS) {
  test(`${name}: the bytes of the number, and back`, () => {
    fc.assert(
      fc.property(wide(BigInt(low), BigInt(high)).map(Number), (value) => {
        const bytes = new Writer()[name](value).finish();
        assert.is(toHex(bytes), plainBytes(BigInt(value), width));
        assert.is(new Reader(bytes)[name](), value);
      }),
      SEED,
    );
    for (const outside of [low - 1, high + 1, 0.5]) assert.throws(() => new Writer()[name](outside));
  });
}

test('bytes beyond 2^52 are no safe integer', () => {
  for (const value of [2n ** 52n + 1n, -(2n ** 52n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    assert.throws(() => new Reader(fromHex(plainBytes(value, 8))).safe());
  }
});

test('hex of any bytes, and back, either case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000, size: 'max' }), (bytes) => {
      const hex = `0x${Buffer.from(bytes).toString('hex')}`;
      assert.is(toHex(bytes), hex);
      assert.equal(fromHex(hex), bytes);
      assert.equal(fromHex(`0x${hex.slice(2).toUpperCase()}`), bytes);
    }),
    { ...SEED, numRuns: 100 },
  );
  for (const wrong of ['', '0', '0x0', '00', '1x00', '0xgg', '0x0g', '0x\u0130\u0130']) {
    assert.throws(() => fromHex(wrong), wrong);
  }
});

test('records that faded from the cache are the same as before, and so is the root', () => {
  const state = State.from([]);
  const count = 130_000; // More than two generations of decoded records.
  const idOf = (n: number): `0x${string}` => toHex(sha256(Uint8Array.of(n >> 16, n >> 8, n)));
  const write = (from: number, to: number, filled: (n: number) => bigint | null): void => {
    for (let n = from; n < to; n += 90) {
      const draft = new Draft(state);
      for (let i = n; i < Math.min(n + 90, to); i++) {
        const lots = filled(i);
        if (lots === null) draft.remove(ORDER, idOf(i));
        else draft.put(ORDER, idOf(i), { filled: lots, expiry: i });
      }
      state.commit(draft.touched);
    }
  };
  write(0, count, (n) => BigInt(n));
  write(0, 20_000, (n) => (n % 3 === 0 ? null : BigInt(2 * n))); // Faded long ago.
  for (let n = 0; n < count; n += 7) {
    const record = state.read(ORDER, idOf(n));
    if (n < 20_000 && n % 3 === 0) assert.is(record, undefined);
    else assert.equal(record, { filled: BigInt(n < 20_000 ? 2 * n : n), expiry: n });
  }
  const again = State.from(state.all());
  assert.is(toHex(again.root), toHex(state.root));
  assert.is(again.size, count - 6_667);
});

test.run();
