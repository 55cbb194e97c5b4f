/** Roll: its refusals in order, which expiries and strikes the rule lists, and that an id says the terms. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXPIRY_SECOND_OF_DAY } from '../../../state/constants.ts';
import { isLastFriday, monthOf, weekdayOf } from '../../../state/math/calendar.ts';
import { isListedExpiry, OPTION_DAY_ZERO, OPTION_DAYS, optionIdOf } from '../../../state/pricing/chain.ts';
import { INSTRUMENT_KIND } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { roll } from '../../../state/transactions/roll.ts';
import { SECONDS_PER_DAY } from '../../../state/units.ts';
import { refusalTable } from '../../support/refusals.ts';
import { OPTION_EXPIRY, World } from '../../support/world.ts';

const BTC = 1;
const USD = 10n ** 8n;
type Case = { world: World; underlying: number; expiry: number; strikes: bigint[] };

function prepare(): Case {
  const world = new World();
  world.tick();
  return { world, underlying: BTC, expiry: OPTION_EXPIRY, strikes: [95_000n * USD, 100_000n * USD] };
}
const bytesOf = ({ underlying, expiry, strikes }: Case): Uint8Array =>
  encodeTransaction(roll, { underlying, expiry, strikes });

const test = suite('roll');

refusalTable(test, roll.refusals, prepare, bytesOf, [
  ['malformed', (c) => (c.strikes = [])],
  ['underlying_not_found', (c) => (c.underlying = 99)],
  ['options_not_listed', (c) => c.world.edit(UNDERLYING, BTC, { strikeStep: 0n })],
  ['prices_stale', (c) => c.world.block(121)],
  ['expiry_not_listed', (c) => (c.expiry = OPTION_EXPIRY + 5 * SECONDS_PER_DAY)],
  ['expiry_not_listed', (c) => (c.expiry = OPTION_EXPIRY + 1)],
  ['strike_not_listed', (c) => (c.strikes = [100_000n * USD + 1n])],
  ['strike_not_listed', (c) => (c.strikes = [19_500n * USD])],
  ['strike_not_listed', (c) => (c.strikes = [500_500n * USD])],
  ['already_listed', (c) => c.world.accept(bytesOf(prepare()))],
]);

test('lists a call and a put of each strike, with the terms of the underlying', () => {
  const c = prepare();
  const size = c.world.state.size;
  c.world.accept(bytesOf(c));
  assert.is(c.world.state.size, size + 4);
  const underlying = c.world.state.read(UNDERLYING, BTC)!;
  const id = optionIdOf(BTC, OPTION_EXPIRY, 95_000n * USD, underlying.strikeStep, INSTRUMENT_KIND.put);
  const put = c.world.instrument(id);
  assert.equal(
    [put.kind, put.underlying, put.expiry, put.strike, put.lotSize, put.tickSize, put.openInterestCap],
    [3, BTC, OPTION_EXPIRY, 95_000n * USD, underlying.optionLotSize, underlying.optionTickSize, underlying.optionOpenInterestCap],
  );
  assert.is(c.world.refuse(bytesOf({ ...c, strikes: [95_000n * USD] })), 'already_listed');
});

test('the calendar is that of the platform, over the days that ids can say', () => {
  for (let day = OPTION_DAY_ZERO; day < OPTION_DAY_ZERO + OPTION_DAYS; day++) {
    const date = new Date(day * 86_400_000);
    if (weekdayOf(day) !== date.getUTCDay() || monthOf(day) !== date.getUTCMonth() + 1) {
      assert.unreachable(`day ${day}`);
    }
  }
  assert.is(OPTION_DAYS, 8_192);
});

test('the chain is days, Fridays, last Fridays of months, then of quarters', () => {
  const now = 1_772_409_600; // Monday 2026-03-02, 00:00 UTC.
  const listed: string[] = [];
  for (let days = 0; days < 500; days++) {
    const expiry = now + days * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY;
    if (isListedExpiry(expiry, now)) listed.push(new Date(expiry * 1_000).toISOString().slice(0, 10));
  }
  assert.equal(listed, [
    ...['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'],
    ...['2026-03-06', '2026-03-13', '2026-03-20', '2026-03-27'],
    ...['2026-04-24', '2026-05-29', '2026-06-26', '2026-09-25', '2026-12-25', '2027-03-26'],
  ]);
  assert.ok(isLastFriday(Date.UTC(2026, 11, 25) / 86_400_000));
});

test('no two options have one id', () => {
  const terms = fc.record({
    underlying: fc.nat(15),
    day: fc.integer({ min: OPTION_DAY_ZERO, max: OPTION_DAY_ZERO + OPTION_DAYS - 1 }),
    place: fc.bigInt(1n, 2n ** 13n - 1n),
    kind: fc.constantFrom(INSTRUMENT_KIND.call, INSTRUMENT_KIND.put),
  });
  const idOf = (t: typeof terms extends fc.Arbitrary<infer T> ? T : never): number =>
    optionIdOf(t.underlying, t.day * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY, t.place * 500n, 500n, t.kind);
  fc.assert(
    fc.property(terms, terms, (a, b) => {
      const [x, y] = [idOf(a), idOf(b)];
      assert.ok(x >= 2 ** 31 && x < 2 ** 32);
      assert.is(x === y, a.underlying === b.underlying && a.day === b.day && a.place === b.place && a.kind === b.kind);
    }),
    { seed: 16, numRuns: 2_000 },
  );
});

test.run();
