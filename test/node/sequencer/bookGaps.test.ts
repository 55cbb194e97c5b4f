/** What a mirror does with what is missing, too much, old, or wrong: it asks for an image, and ends the same. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BookError } from '../../../node/sequencer/bookError.ts';
import { BOOK_QUEUE_BYTES_MAX } from '../../../node/sequencer/bookQueue.ts';
import { encodeEntry, encodeRecord, EVENTS_PER_ENTRY_MAX, openBatch, openPage, sealBatch, sealPage, type BookEntry } from '../../../node/sequencer/bookWire.ts';
import type { OrderRecord } from '../../../node/sequencer/orderRecord.ts';
import { existing } from '../../../state/access.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import type { Digest } from '../../../state/units.ts';
import { alice, bob, BTC_PERP } from '../../support/world.ts';
import { MirrorWorld, PEOPLE, SEQUENCER_KEY, type OrderOf } from './mirrorWorld.ts';

const test = suite<{ world: MirrorWorld; mid: bigint }>('book gaps');
test.before.each(async (context) => {
  context.world = await MirrorWorld.open();
  const { markPrice, tickSize } = existing(context.world.sequencer.executor.state, INSTRUMENT, BTC_PERP);
  context.mid = markPrice / tickSize;
});
test.after.each(({ world }) => world.close());

const bid = (mid: bigint, away: bigint, more: Partial<OrderOf> = {}): OrderOf => ({
  ...{ who: alice, buy: true, lots: 3n, ticks: mid - away },
  ...more,
});
const nobody: Digest = `0x${'ee'.repeat(32)}`;

/** A batch that the sequencer signs and should not. */
function wrongBatch(world: MirrorWorld, first: number, entries: readonly Omit<BookEntry, 'number'>[], epoch = world.journal.epoch): Uint8Array {
  return sealBatch(epoch, first, entries.map(encodeEntry), world.domain, SEQUENCER_KEY);
}

test('an operation in parts is seen whole or not at all', async ({ world, mid }) => {
  for (let n = 0; n < EVENTS_PER_ENTRY_MAX + 100; n++) {
    await world.place({ who: PEOPLE[n % 3]!, buy: true, lots: 1n, ticks: mid - 1n - BigInt(n % 50) });
  }
  await world.deliver();
  await world.requireSame();
  const before = world.mirror.matcher.count;
  assert.is(before, EVENTS_PER_ENTRY_MAX + 100);
  const number = world.mirror.number;
  world.sequencer.desk.closeInstrument(BTC_PERP);
  await world.told();
  const [batch, ...more] = world.batches.splice(0);
  assert.equal(more, []);
  // As two batches: the first has the first part alone.
  const parts = openBatch(batch!, world.domain, world.sequencer.address).entries;
  world.mirror.receive(wrongBatch(world, number + 1, parts.slice(0, 1)));
  assert.is(world.mirror.matcher.count, before);
  world.mirror.receive(wrongBatch(world, number + 2, parts.slice(1)));
  assert.is(world.mirror.matcher.count, 0);
  assert.is(world.mirror.number, number + 2);
  await world.requireSame();
});

test('what the chain has not come to waits, and so does an image', async ({ world, mid }) => {
  await world.block();
  await world.place(bid(mid, 1n));
  await world.told();
  world.receive();
  assert.is(world.mirror.queued, 1);
  assert.is(world.mirror.matcher.count, 0);
  world.execute();
  assert.is(world.mirror.queued, 0);
  await world.requireSame();

  await world.restartFollower();
  await world.block();
  await world.place(bid(mid, 2n));
  await world.told();
  await world.deliverImage();
  assert.is(world.mirror.gap, null);
  assert.not.ok(world.mirror.isComplete);
  assert.is(world.mirror.matcher.count, 0);
  world.execute();
  world.receive();
  assert.ok(world.mirror.isComplete);
  await world.requireSame();
});

test('the last entry is missed although nothing follows it', async ({ world, mid }) => {
  await world.place(bid(mid, 1n));
  await world.told();
  world.batches.pop();
  for (let blocks = 0; blocks < 3; blocks++) {
    assert.equal(world.gaps, []);
    await world.block();
    await world.deliver();
  }
  assert.equal(world.gaps, ['missed']);
  const refilled: Digest[] = [];
  world.mirror.onRefill((records) => refilled.push(...records.map(({ digest }) => digest)));
  await world.deliverImage();
  assert.equal(refilled, world.digests);
  await world.requireSame();
});

test('more than is kept is given up, and memory with it', async ({ world, mid }) => {
  const events = Array.from({ length: EVENTS_PER_ENTRY_MAX }, () => ({ type: 'expired' as const, id: nobody }));
  const far = { sequence: 10 ** 9, millis: 1, isContinued: false, placed: null, events };
  let bytes = 0;
  for (let first = 1; world.gaps.length === 0; first += 3) {
    const batch = wrongBatch(world, first, [far, far, far]);
    bytes += batch.length;
    world.mirror.receive(batch);
  }
  assert.equal(world.gaps, ['overflow']);
  assert.ok(bytes > BOOK_QUEUE_BYTES_MAX && bytes < BOOK_QUEUE_BYTES_MAX + 512 * 1024);
  assert.is(world.mirror.queued, 0);
  await world.place(bid(mid, 1n));
  await world.deliver();
  await world.deliverImage();
  await world.requireSame();
});

test('a signed contradiction is not applied: the book stays as it was until an image comes', async ({ world, mid }) => {
  await world.place(bid(mid, 1n));
  await world.deliver();
  const { number } = world.mirror;
  const sequence = world.follower.sequence;
  world.mirror.receive(wrongBatch(world, number + 1, [{ sequence, millis: 1, isContinued: false, placed: null, events: [{ type: 'expired', id: nobody }] }]));
  assert.equal(world.gaps, ['contradiction']);
  assert.is(world.mirror.matcher.count, 1);
  await world.place(bid(mid, 2n));
  await world.deliver();
  await world.deliverImage();
  await world.requireSame();
});

test('what another signed is refused, and what an earlier run signed is over', async ({ world, mid }) => {
  await world.place(bid(mid, 1n));
  await world.told();
  const old = [...world.batches];
  const oldImage = await world.journal.image();
  const forged = sealBatch(world.journal.epoch, 1, [], world.domain, alice.key);
  assert.throws(() => world.mirror.receive(forged), (error: unknown) => error instanceof BookError && error.code === 'BOOK_WRONG_SIGNER');
  await world.deliver();
  await world.restartLeader();
  await world.place(bid(mid, 2n));
  await world.deliver();
  assert.equal(world.gaps, ['restarted']);
  for (const page of oldImage) world.mirror.receiveImage(page);
  for (const batch of old) world.mirror.receive(batch);
  assert.is(world.mirror.gap, 'restarted');
  await world.deliverImage();
  await world.requireSame();
  for (const batch of old) world.mirror.receive(batch);
  assert.equal(world.gaps, ['restarted']);
  await world.requireSame();
});

test('an epoch is above every epoch before, whatever the clock says', async ({ world }) => {
  const first = world.journal.epoch;
  await world.restartLeader();
  assert.is(world.clock.nowMillis(), first);
  assert.is(world.journal.epoch, first + 1);
});

test('an image of two pages is an image once both are there, in any order', async ({ world, mid }) => {
  for (const away of [1n, 2n, 3n]) await world.place(bid(mid, away));
  await world.told();
  world.batches.splice(0);
  world.execute();
  await world.restartFollower();
  const { sequencerAddress, records, head, bookSequences } = await imageOf(world);
  assert.is(records.length, 3);
  const pages = [records.slice(0, 2), records.slice(2)].map((some, page) =>
    sealPage({ ...head, pages: 2 }, page, page === 0 ? bookSequences : [], some.map(encodeRecord), world.domain, SEQUENCER_KEY),
  );
  world.mirror.receiveImage(pages[1]!);
  world.mirror.receiveImage(pages[1]!);
  assert.is(world.mirror.gap, 'joined');
  world.mirror.receiveImage(pages[0]!);
  await world.requireSame();
  assert.is(openPage(pages[1]!, world.domain, sequencerAddress).records.length, 1);
});

test('an image with an order in it twice is no image', async ({ world, mid }) => {
  await world.place(bid(mid, 1n));
  await world.told();
  await world.restartFollower();
  const { head, records } = await imageOf(world);
  const twice = sealPage(head, 0, [], [...records, ...records].map(encodeRecord), world.domain, SEQUENCER_KEY);
  assert.throws(() => world.mirror.receiveImage(twice), (error: unknown) => error instanceof BookError && error.code === 'BOOK_CONTRADICTION');
  await world.deliverImage();
  world.execute();
  await world.requireSame();
});

test('of an order that ended and expired while nobody told, the mirror knows nothing rather than something wrong', async ({ world, mid }) => {
  const short = (await world.place(bid(mid, 1n, { lifeSeconds: 5 })))!;
  const long = (await world.place(bid(mid, 2n, { who: bob })))!;
  await world.deliver();
  await world.restartFollower();
  await world.clock.advance(10_000);
  await world.sequencer.seal();
  world.sequencer.desk.cancel(long);
  await world.told();
  world.batches.splice(0);
  world.execute();
  assert.is((await world.mirror.find(short))!.status, 'open');
  await world.deliverImage();
  await world.requireSame(true);
  assert.is((await world.sequencer.desk.find(short))!.status, 'expired');
  assert.is(await world.mirror.find(short), undefined);
  assert.equal(await world.mirror.orders(alice.account, 10), []);
  assert.is((await world.mirror.find(long))!.status, 'cancelled');
});

async function imageOf(world: MirrorWorld) {
  const sequencerAddress = world.sequencer.address;
  const [page, ...more] = await world.journal.image();
  assert.equal(more, []);
  const { page: _, bookSequences, records, ...head } = openPage(page!, world.domain, sequencerAddress);
  return { sequencerAddress, head, bookSequences, records: records as readonly OrderRecord[] };
}

test.run();
