/** What a follower is told of the book: its bytes, their limits, and what is not taken. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concat, toHex } from '../../../state/codec/bytes.ts';
import type { Digest } from '../../../state/units.ts';
import { condense, expand, recordOfPlaced, type BriefEvent, type PlacedOrder } from '../../../node/sequencer/bookEntry.ts';
import { BookError, type BookErrorCode } from '../../../node/sequencer/bookError.ts';
import {
  BATCH_ENTRIES_BYTES_MAX,
  BOOK_BATCH_BYTES_MAX,
  BOOK_IMAGE_BYTES_MAX,
  encodeEntry,
  encodeRecord,
  EVENTS_PER_ENTRY_MAX,
  openBatch,
  openPage,
  PAGE_RECORDS_BYTES_MAX,
  sealBatch,
  sealPage,
  type BookEntry,
  type ImageHead,
} from '../../../node/sequencer/bookWire.ts';
import { CANCELLATIONS, type CancellationCode } from '../../../node/sequencer/matcher/codes.ts';
import type { OrderRecord, OrderStatus } from '../../../node/sequencer/orderRecord.ts';
import { alice, bob, person } from '../../support/world.ts';

const { key, address } = person('sequencer');
const domain = new Uint8Array(32).fill(7);
const SEED = { seed: 20_261_126, numRuns: 200 };

/** What is read is compared with what was written, prototypes too. */
const PLAIN = { noNullPrototype: true };
const uint48 = fc.integer({ min: 0, max: 2 ** 47 - 1 });
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex) as fc.Arbitrary<Digest>;
/** Any UTF-16, half pairs too. */
const text = (unitsMax: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: unitsMax }).map((units) => String.fromCharCode(...units));
const signedOrder = fc.record({
  owner: fc.constantFrom(alice.address, bob.address),
  subaccount: fc.integer({ min: 0, max: 255 }),
  flags: fc.constantFrom(0, 1, 2, 3, 5, 9, 17, 25),
  lots: fc.bigInt({ min: 1n, max: 2n ** 47n - 1n }),
  limitTicks: fc.bigInt({ min: 1n, max: 2n ** 47n - 1n }),
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  expiry: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map(toHex),
}, PLAIN);
const terms = {
  instrument: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  order: signedOrder,
  clientOrderId: fc.option(text(64), { nil: undefined }),
  selfTrade: fc.constantFrom('cancelTaker' as const, 'cancelMaker' as const, 'cancelBoth' as const),
};
const placed: fc.Arbitrary<PlacedOrder> = fc.record({ ...terms, lots: uint48, sequence: uint48, replaces: fc.option(digest) }, PLAIN);
const event: fc.Arbitrary<BriefEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom('accepted' as const, 'rested' as const) }, PLAIN),
  fc.record({ type: fc.constant('filled' as const), maker: digest, lots: uint48 }, PLAIN),
  fc.record({ type: fc.constant('clipped' as const), id: digest, lots: uint48 }, PLAIN),
  fc.record({
    type: fc.constant('cancelled' as const),
    id: digest,
    reason: fc.constantFrom(...(Object.keys(CANCELLATIONS) as CancellationCode[])),
    detail: text(64),
  }, PLAIN),
  fc.record({ type: fc.constant('expired' as const), id: digest }, PLAIN),
);
const entry = fc.record({
  sequence: uint48,
  millis: uint48,
  isContinued: fc.boolean(),
  placed: fc.option(placed),
  events: fc.array(event, { maxLength: 5 }),
}, PLAIN);
const record: fc.Arbitrary<OrderRecord> = fc
  .record({
    ...terms,
    sequence: uint48,
    acceptedMillis: uint48,
    updatedMillis: uint48,
    status: fc.constantFrom<OrderStatus[]>('open', 'filled', 'cancelled', 'expired'),
    reason: text(64),
  })
  .map(({ sequence, acceptedMillis, updatedMillis, status, reason, ...more }) => {
    const lots = Number(more.order.lots);
    const base = recordOfPlaced({ ...more, lots, sequence, replaces: null }, acceptedMillis, domain);
    return { ...base, updatedMillis, status, reason, filledLots: 0 };
  });

const batchOf = (entries: readonly Omit<BookEntry, 'number'>[], first = 1): Uint8Array =>
  sealBatch(5, first, entries.map(encodeEntry), domain, key);
const HEAD: ImageHead = { epoch: 5, number: 9, sequence: 77, millis: 1_000, nextSequence: 12, pages: 1 };
const pageOf = (records: readonly OrderRecord[]): Uint8Array =>
  sealPage(HEAD, 0, [[100, 7]], records.map(encodeRecord), domain, key);

function codeOf(action: () => unknown): BookErrorCode {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof BookError) return thrown.code;
    throw thrown;
  }
  throw new Error('expected a refusal');
}

const test = suite('book wire');

test(`batches and pages are what they were, seed ${SEED.seed}`, () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), uint48, (entries, first) => {
      const opened = openBatch(batchOf(entries, first), domain, address);
      assert.equal(opened, { epoch: 5, first, entries: entries.map((one, i) => ({ ...one, number: first + i })) });
    }),
    SEED,
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), (records) => {
      assert.equal(openPage(pageOf(records), domain, address), { ...HEAD, page: 0, bookSequences: [[100, 7]], records });
    }),
    SEED,
  );
});

test(`any byte changed and any cut is refused, seed ${SEED.seed}`, () => {
  const [one] = fc.sample(fc.array(entry, { minLength: 3, maxLength: 3 }), { seed: SEED.seed, numRuns: 1 });
  const [records] = fc.sample(fc.array(record, { minLength: 3, maxLength: 3 }), { seed: SEED.seed, numRuns: 1 });
  const opened = [
    [batchOf(one!), (bytes: Uint8Array) => openBatch(bytes, domain, address)],
    [pageOf(records!), (bytes: Uint8Array) => openPage(bytes, domain, address)],
  ] as const;
  for (const [bytes, open] of opened) {
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << at % 8;
      assert.is(codeOf(() => open(changed)), 'BOOK_WRONG_SIGNER');
    }
    for (let length = 0; length < bytes.length; length += 7) {
      assert.is(codeOf(() => open(bytes.slice(0, length))), length < 64 ? 'BOOK_MALFORMED' : 'BOOK_WRONG_SIGNER');
    }
    assert.is(codeOf(() => open(concat(bytes, Uint8Array.of(0)))), 'BOOK_WRONG_SIGNER');
  }
});

test('a batch is no page, a page no batch, and neither is of another chain or another signer', () => {
  const [batch, page] = [batchOf([]), pageOf([])];
  const other = new Uint8Array(32).fill(8);
  const forged = sealBatch(5, 1, [], domain, alice.key);
  assert.is(codeOf(() => openPage(batch, domain, address)), 'BOOK_WRONG_SIGNER');
  assert.is(codeOf(() => openBatch(page, domain, address)), 'BOOK_WRONG_SIGNER');
  assert.is(codeOf(() => openBatch(batch, other, address)), 'BOOK_WRONG_SIGNER');
  assert.is(codeOf(() => openBatch(forged, domain, address)), 'BOOK_WRONG_SIGNER');
  assert.is(openBatch(batch, domain, address).entries.length, 0);
});

test('sizes are checked before anything else', () => {
  assert.is(codeOf(() => openBatch(new Uint8Array(BOOK_BATCH_BYTES_MAX + 1), domain, address)), 'BOOK_TOO_LARGE');
  assert.is(codeOf(() => openPage(new Uint8Array(BOOK_IMAGE_BYTES_MAX + 1), domain, address)), 'BOOK_TOO_LARGE');
  assert.is(codeOf(() => openBatch(new Uint8Array(BOOK_BATCH_BYTES_MAX), domain, address)), 'BOOK_WRONG_SIGNER');
});

test('what the sequencer itself would sign wrongly is malformed', () => {
  const raw = (...bytes: number[]): Uint8Array => sealBatch(5, 1, [Uint8Array.from(bytes)], domain, key);
  assert.is(codeOf(() => openBatch(raw(1, 2, 3), domain, address)), 'BOOK_MALFORMED');
  const [sample] = fc.sample(record, { seed: 1, numRuns: 1 });
  const open = { ...sample!, status: 'open' as const };
  assert.is(codeOf(() => openPage(pageOf([{ ...open, remainingLots: 0 }]), domain, address)), 'BOOK_MALFORMED');
  assert.is(codeOf(() => openPage(pageOf([{ ...open, filledLots: 1 }]), domain, address)), 'BOOK_MALFORMED');
  const flags = { ...open, order: { ...open.order, flags: 32 } };
  assert.is(codeOf(() => openPage(pageOf([flags]), domain, address)), 'BOOK_MALFORMED');
  assert.is(codeOf(() => openPage(sealPage({ ...HEAD, pages: 0 }, 0, [], [], domain, key), domain, address)), 'BOOK_MALFORMED');
});

test('the most that goes into one message is within its limit', () => {
  const cancelled = { type: 'cancelled' as const, id: `0x${'ff'.repeat(32)}` as const, reason: 'requested' as const };
  const events = Array.from({ length: EVENTS_PER_ENTRY_MAX }, (): BriefEvent => ({ ...cancelled, detail: 'x'.repeat(16) }));
  const [largest] = fc.sample(placed, { seed: 2, numRuns: 1 });
  const bytes = encodeEntry({ sequence: 1, millis: 1, isContinued: true, placed: { ...largest!, clientOrderId: 'x'.repeat(64) }, events });
  assert.ok(bytes.length <= BATCH_ENTRIES_BYTES_MAX, `${bytes.length} bytes`);
  const full = sealBatch(5, 1, [new Uint8Array(BATCH_ENTRIES_BYTES_MAX)], domain, key);
  assert.is(full.length, BOOK_BATCH_BYTES_MAX);
  const books = Array.from({ length: 80_000 }, (_, i): [number, number] => [i, i]);
  const page = sealPage(HEAD, 0, books, [new Uint8Array(PAGE_RECORDS_BYTES_MAX)], domain, key);
  assert.ok(page.length <= BOOK_IMAGE_BYTES_MAX, `${page.length} bytes`);
});

/* CONTRADICTIONS: each row breaks one rule of what can happen to the orders that are known. */

const MAKER = placedOf({ buy: false, lots: 5, sequence: 1 });
const maker = recordOfPlaced(MAKER, 1, domain);
const known = { nextSequence: 2, recordOf: (id: Digest) => (id === maker.digest ? maker : undefined) };

function placedOf(of: { buy: boolean; lots: number; sequence: number; ticks?: bigint; replaces?: Digest }): PlacedOrder {
  const { buy, lots, sequence, ticks = 10n, replaces = null } = of;
  const signature = `0x${'11'.repeat(64)}` as const;
  const order = { owner: alice.address, subaccount: 0, flags: buy ? 1 : 0, lots: 9n, limitTicks: ticks, nonce: BigInt(sequence), expiry: 99, signature };
  return { instrument: 100, order, clientOrderId: undefined, selfTrade: 'cancelTaker', lots, sequence, replaces };
}
const taker = placedOf({ buy: true, lots: 4, sequence: 2 });
const own = recordOfPlaced(taker, 1, domain).digest;
const nobody: Digest = `0x${'ee'.repeat(32)}`;
const fill = (lots: number, of: Digest = maker.digest): BriefEvent => ({ type: 'filled', maker: of, lots });
const cancel = (id: Digest, reason: CancellationCode = 'requested'): BriefEvent => ({ type: 'cancelled', id, reason, detail: '' });
const accepted: BriefEvent = { type: 'accepted' };
const rested: BriefEvent = { type: 'rested' };
const inPlace = placedOf({ buy: false, lots: 3, sequence: 1, replaces: maker.digest });
const inPlaceOwn = { ...inPlace, order: { ...inPlace.order, nonce: 77n } };

const CONTRADICTIONS: readonly [name: string, placed: PlacedOrder | null, events: readonly BriefEvent[]][] = [
  ['an order nobody knows', null, [cancel(nobody)]],
  ['an end of what has ended', null, [cancel(maker.digest), { type: 'expired', id: maker.digest }]],
  ['a cut of nothing', null, [{ type: 'clipped', id: maker.digest, lots: 0 }]],
  ['a cut of all', null, [{ type: 'clipped', id: maker.digest, lots: 5 }]],
  ['acceptance of nothing', null, [accepted]],
  ['rest of nothing', null, [rested]],
  ['a trade without a taker', null, [fill(1)]],
  ['an order that is not accepted', taker, [cancel(maker.digest)]],
  ['acceptance twice', taker, [accepted, accepted, rested]],
  ['rest before acceptance', taker, [rested, accepted]],
  ['rest twice', taker, [accepted, rested, rested]],
  ['neither rest nor end', taker, [accepted, fill(1)]],
  ['rest after the end', taker, [accepted, fill(4), rested]],
  ['a trade before acceptance', taker, [fill(4), accepted]],
  ['a trade after rest', taker, [accepted, rested, fill(1)]],
  ['a trade with itself', taker, [accepted, fill(1, own), rested]],
  ['a trade on the same side', placedOf({ buy: false, lots: 4, sequence: 2 }), [accepted, fill(4)]],
  ['a trade in another market', { ...taker, instrument: 200 }, [accepted, fill(4)]],
  ['a trade of nothing', taker, [accepted, fill(0), rested]],
  ['more than the taker has', taker, [accepted, fill(5)]],
  ['more than the maker has', placedOf({ buy: true, lots: 9, sequence: 2 }), [accepted, fill(6), rested]],
  ['an end before acceptance', taker, [cancel(own), accepted]],
  ['a sequence that is not the next', placedOf({ buy: true, lots: 4, sequence: 3 }), [accepted, rested]],
  ['an order that is known', MAKER, [accepted, rested]],
  ['an order without lots', { ...taker, lots: 0 }, [accepted, rested]],
  ['more lots than were signed', { ...taker, lots: 10 }, [accepted, rested]],
  ['the place of an order at another price', { ...inPlaceOwn, order: { ...inPlaceOwn.order, limitTicks: 11n } }, [accepted, cancel(maker.digest, 'replaced'), rested]],
  ['the place of an order on the other side', { ...inPlaceOwn, order: { ...inPlaceOwn.order, flags: 1 } }, [accepted, cancel(maker.digest, 'replaced'), rested]],
  ['the place of an order that stays', inPlaceOwn, [accepted, rested]],
  ['the place of an order for another reason', inPlaceOwn, [accepted, cancel(maker.digest), rested]],
  ['a place that nobody takes', inPlaceOwn, [accepted, cancel(maker.digest, 'replaced')]],
];

test('what can not have happened is a contradiction, and nothing of it is taken', () => {
  for (const [name, order, events] of CONTRADICTIONS) {
    assert.is(codeOf(() => expand({ millis: 1, placed: order, events }, known, domain)), 'BOOK_CONTRADICTION', name);
  }
});

test('what can have happened is told in full again as it was', () => {
  const stories: [PlacedOrder | null, readonly BriefEvent[]][] = [
    [null, [{ type: 'clipped', id: maker.digest, lots: 2 }, cancel(maker.digest)]],
    [taker, [accepted, fill(4)]],
    [taker, [accepted, rested]],
    [inPlaceOwn, [accepted, cancel(maker.digest, 'replaced'), rested]],
  ];
  for (const [order, events] of stories) {
    const change = expand({ millis: 3, placed: order, events }, known, domain);
    assert.equal(condense(change), { millis: 3, placed: order, events });
  }
  const { events } = expand({ millis: 3, placed: taker, events: [accepted, fill(4)] }, known, domain);
  const [, filled] = events;
  assert.equal(filled, {
    type: 'filled',
    instrument: 100,
    maker: maker.digest,
    makerAccount: maker.account,
    makerRemainingLots: 1,
    taker: own,
    takerAccount: alice.account,
    takerRemainingLots: 0,
    takerSide: 'buy',
    priceTicks: 10,
    lots: 4,
  });
});

test.run();
