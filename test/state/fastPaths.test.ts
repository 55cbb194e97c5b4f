/** Whatever was made fast equals its plain twin: scans, integers on the wire, hex, packed records. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Draft } from '../../state/access.ts';
import { fromHex, Reader, toHex, Writer } from '../../state/codec/bytes.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { ORDER } from '../../state/records/order.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import type { Underlying } from '../../state/records/underlying.ts';
import { booksOf, type Book } from '../../state/risk/book.ts';
import { fastBooksOf } from '../../state/risk/fastBook.ts';
import { scanRiskOf, scanRiskPerPosition } from '../../state/risk/fastScan.ts';
import type { Portfolio } from '../../state/risk/portfolio.ts';
import { scanPortfolio } from '../../state/risk/scan.ts';
import { riskTermsOf, type RiskTerms } from '../../state/risk/riskTerms.ts';
import { impactUp, rootUp } from '../../state/risk/size.ts';
import { State } from '../../state/state.ts';
import { PARAMETER_BOUNDS } from '../../state/transactions/parameterBounds.ts';
import { anyPortfolio } from './risk/anyPortfolio.ts';

const SEED = { seed: 20_260_302, numRuns: 500 };
const FEW = { ...SEED, numRuns: 250 };
const test = suite('fast paths');

const PARAMETERS_OF_NOTHING = Object.fromEntries(
  Object.keys(PARAMETER_BOUNDS).map((name) => [name, 0n]),
) as unknown as Parameters;

/** Here and there a size whose sums leave the exact range of doubles. */
const huge = fc.tuple(anyPortfolio, fc.nat(), fc.bigInt(2n ** 20n, 2n ** 62n)).map(([p, at, size]): Portfolio => {
  const holdings = p.holdings.map((holding, i) =>
    i === at % p.holdings.length ? { ...holding, position: { ...holding.position, size } } : holding,
  );
  return { ...p, holdings };
});
const portfolio = fc.oneof({ weight: 3, arbitrary: anyPortfolio }, { weight: 1, arbitrary: huge });

test('sums and scan risk in doubles = in big integers', () => {
  const fast = { yes: 0, no: 0 };
  fc.assert(
    fc.property(portfolio, (p) => {
      const plain = booksOf(p);
      const { risk, underlyings } = scanPortfolio(p, plain);
      assert.equal(scanRiskOf(p), { books: plain, risk, losses: underlyings.map(({ loss }) => loss) });
      const books = fastBooksOf(p, true);
      fast[books === undefined ? 'no' : 'yes'] += 1;
      if (books !== undefined) assert.equal(books, plain);
    }),
    FEW,
  );
  assert.ok(fast.yes > 50 && fast.no > 25, JSON.stringify(fast));
});

test('scan risk per position = the worst of all scenarios of each', () => {
  const plain = (p: Portfolio): bigint =>
    p.holdings.reduce((risk, { position, instrument }) => {
      const losses = [...instrument.riskArray].map((value) => -position.size * BigInt(value));
      return risk + losses.reduce((worst, x) => (x > worst ? x : worst), 0n);
    }, 0n);
  fc.assert(
    fc.property(portfolio, (p) => {
      const { risk, losses, books } = scanRiskPerPosition(p);
      assert.is(risk, plain(p));
      assert.is(losses.reduce((sum, loss) => sum + loss, 0n), risk);
      assert.equal(books, booksOf(p));
    }),
    FEW,
  );
});

test('root: the least number whose square is not below', () => {
  const check = (n: bigint): void => {
    const root = rootUp(n);
    assert.ok(root * root >= n && (root === 0n || (root - 1n) ** 2n < n), `${n}`);
  };
  for (let n = 0n; n < 3_000n; n++) check(n);
  const squares = fc.bigInt(1n, 2n ** 90n).chain((root) => fc.constantFrom(root ** 2n - 1n, root ** 2n, root ** 2n + 1n));
  const nearHalf = fc.bigInt(2n ** 51n, 2n ** 53n);
  fc.assert(fc.property(fc.oneof(squares, nearHalf, fc.bigInt(0n, 2n ** 52n), fc.bigInt(0n, 2n ** 180n)), check), {
    ...SEED,
    numRuns: 5_000,
  });
});

test('impact: the root of an exposure over daily volume, also where it is all but whole', () => {
  const ofVolume = (averageDailyVolume: bigint): RiskTerms =>
    riskTermsOf({ averageDailyVolume, priceScanRange: 0n, group: 0, confidence: 0n, peg: 0n } as Underlying, PARAMETERS_OF_NOTHING);
  /** Least root whose square, in parts of 10^12 of the volume, is not below the exposure. */
  const isRoot = (root: bigint, exposure: bigint, volume: bigint): boolean =>
    root * root * volume >= exposure * 100n && (root === 0n || (root - 1n) ** 2n * volume < exposure * 100n);
  const volumes = fc.oneof(fc.bigInt(0n, 1_000n), fc.bigInt(0n, 2n ** 64n), fc.bigInt(0n, 2n ** 127n));
  const whole = fc.tuple(volumes, fc.bigInt(0n, 1_000_000n), fc.bigInt(-2n, 2n), fc.constantFrom(1n, 2n ** 20n, 2n ** 40n));
  const check = (volume: bigint, exposure: bigint): void => {
    const terms = ofVolume(volume);
    const root = impactUp({ exposure } as Book, terms);
    if (exposure >= terms.fullVolume) assert.is(root, 1_000_000n);
    else assert.ok(isRoot(root, exposure, terms.volume), `${root}: ${exposure} of ${volume}`);
  };
  fc.assert(
    fc.property(whole, ([volume, root, away, times]) => {
      const exposure = (root * root * volume) / 100n + away * times;
      if (exposure >= 0n) check(volume, exposure);
    }),
    { ...SEED, numRuns: 5_000 },
  );
  fc.assert(fc.property(volumes, fc.bigInt(0n, 2n ** 150n), check), { ...SEED, numRuns: 5_000 });
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
