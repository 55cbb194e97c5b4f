/** Sessions without sockets: order, resumption, gaps and stores that fail, at any pace. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { defineChannel } from '../../../rpc/schema/core.ts';
import {
  Hub,
  implementChannel,
  topicId,
  type ChannelHooks,
  type Notice,
  type StoredEvent,
} from '../../../rpc/subscriptions/channel.ts';
import { SubscriberSession, type SubscribeOptions } from '../../../rpc/subscriptions/session.ts';
import { bookChannel, turn } from './fixture.ts';

const test = suite('rpc/subscriptions/session');
const SEED = 20260102;

const numbers = defineChannel({
  name: 'numbers',
  summary: 'Numbers.',
  params: z.strictObject({ name: z.string() }),
  event: z.int(),
  snapshot: z.strictObject({ sum: z.int() }),
  retained: 3,
  example: { params: { name: 'a' }, event: 1 },
});

type NumberHooks = ChannelHooks<{ name: string }, number, { sum: number }>;

/** A client of `numbers` that is ready or not as the test says. */
function openNumbers(hooks: NumberHooks = {}, startSeq = 0, topicsMax = 100) {
  const hub = new Hub({ channels: [implementChannel(numbers, hooks)], startSeq, topicsMax });
  const sent: Notice[] = [];
  const reported: unknown[] = [];
  const sink = {
    room: Infinity,
    isReady: () => sink.room > 0,
    send: (frame: Buffer) => {
      sink.room -= 1;
      sent.push((JSON.parse(frame.toString()) as { params: Notice }).params);
    },
    report: (error: unknown) => reported.push(error),
  };
  const session = new SubscriberSession(hub, sink);
  const publish = (seq: number, name = 'a') =>
    hub.publish(numbers, { name }, { seq, at: null, data: seq });
  const subscribe = (options: SubscribeOptions = {}) => {
    const channel = hub.channel('numbers');
    if (channel === undefined) throw new Error('no channel');
    const { reply, start } = session.subscribe(channel, { name: 'a' }, options);
    return { ...reply, start };
  };
  const kinds = () => sent.map(({ kind, seq, prevSeq }) => [kind, seq, prevSeq]);
  return { hub, sent, reported, sink, session, publish, subscribe, kinds };
}

const stored = (...seqs: number[]): StoredEvent<number>[] =>
  seqs.map((seq) => ({ seq, at: null, data: seq }));

test('an event is written out once for all who hear it', () => {
  let writes = 0;
  const hub = new Hub({ channels: [implementChannel(numbers)] });
  const frames: Buffer[] = [];
  for (let count = 0; count < 5; count += 1) {
    const session = new SubscriberSession(hub, {
      isReady: () => true,
      send: (frame) => frames.push(frame),
      report: () => undefined,
    });
    const channel = hub.channel('numbers');
    if (channel !== undefined) session.subscribe(channel, { name: 'a' }, {}).start();
  }
  const data = { toJSON: () => (writes += 1) } as unknown as number;
  hub.publish(numbers, { name: 'a' }, { at: null, data });
  assert.is(frames.length, 5);
  assert.is(new Set(frames).size, 1);
  assert.is(writes, 1);
});

test('what happens between the snapshot and the reply comes after both', () => {
  const { publish, subscribe, kinds } = openNumbers({
    snapshot: () => ({ at: null, data: { sum: 0 } }),
  });
  publish(5);
  const { seq, start } = subscribe();
  assert.is(seq, 5);
  publish(6);
  assert.equal(kinds(), []);
  start();
  publish(8);
  assert.equal(kinds(), [['snapshot', 5, null], ['event', 6, 5], ['event', 8, 6]]);
});

test('a snapshot ahead of the events hides those it includes', () => {
  const { publish, subscribe, kinds } = openNumbers({
    snapshot: () => ({ seq: 7, at: null, data: { sum: 0 } }),
  });
  publish(5);
  subscribe().start();
  publish(6);
  publish(7);
  publish(8);
  assert.equal(kinds(), [['snapshot', 7, null], ['event', 8, 7]]);
});

test('the snapshot can be left out', () => {
  const hooks = { snapshot: () => ({ at: null, data: { sum: 0 } }) };
  const { publish, subscribe, kinds } = openNumbers(hooks);
  subscribe({ snapshot: false }).start();
  publish(1);
  assert.equal(kinds(), [['event', 1, 0]]);
});

test('the store gives what memory has lost, in helpings, at once or later', async () => {
  const helping = (fromSeq: number) =>
    stored(...[1, 2, 3, 4, 5].filter((seq) => seq > fromSeq).slice(0, 2));
  for (const replay of [
    (_: object, fromSeq: number) => helping(fromSeq),
    (_: object, fromSeq: number) => Promise.resolve(helping(fromSeq)),
  ]) {
    const { publish, subscribe, kinds, sent } = openNumbers({ replay }, 5);
    for (const seq of [6, 7]) publish(seq);
    subscribe({ fromSeq: 1 }).start();
    publish(8);
    while (sent.length < 7) await turn();
    const expected = [2, 3, 4, 5, 6, 7, 8].map((seq) => ['event', seq, seq - 1]);
    assert.equal(kinds(), expected);
  }
});

test('a store with nothing more to give closes the hole', () => {
  const { publish, subscribe, kinds } = openNumbers({ replay: () => [] }, 5);
  publish(6);
  subscribe({ fromSeq: 2 }).start();
  assert.equal(kinds(), [['event', 6, 5]]);
});

test('a store that cannot, fails or repeats itself: a gap or a report, never a loop', async () => {
  const snapshot = () => ({ at: null, data: { sum: 1 } });
  const cannot = openNumbers({ replay: () => undefined, snapshot }, 5);
  cannot.subscribe({ fromSeq: 2 }).start();
  assert.equal(cannot.kinds(), [['gap', 5, 2], ['snapshot', 5, null]]);

  const fails = openNumbers({ replay: () => Promise.reject(new Error('disk')), snapshot }, 5);
  fails.subscribe({ fromSeq: 2 }).start();
  await turn();
  assert.equal(fails.kinds(), [['gap', 5, 2], ['snapshot', 5, null]]);
  assert.is(fails.reported.length, 1);

  for (const replay of [() => stored(1), () => Promise.resolve(stored(1))]) {
    const repeats = openNumbers({ replay }, 5);
    repeats.subscribe({ fromSeq: 2 }).start();
    await turn();
    assert.is(repeats.reported.length, 1);
    repeats.publish(6);
    assert.equal(repeats.kinds(), [['event', 6, 5]], 'live, and prevSeq shows the hole');
  }
});

test('what is left while the store is read stays left', async () => {
  let finish: (events: StoredEvent<number>[]) => void = () => undefined;
  const replay = () => new Promise<StoredEvent<number>[]>((resolve) => (finish = resolve));
  const { publish, subscribe, session, kinds } = openNumbers({ replay }, 5);
  const { subscription, start } = subscribe({ fromSeq: 2 });
  start();
  publish(6);
  assert.ok(session.unsubscribe(subscription));
  finish(stored(3, 4, 5));
  await turn();
  assert.equal(kinds(), []);
});

test('a topic that was forgotten does not pretend to know its past', () => {
  const { hub, publish, subscribe, kinds } = openNumbers({}, 0, 2);
  publish(1, 'a');
  publish(2, 'b');
  publish(3, 'c');
  assert.is(hub.lastSeq, 3);
  subscribe({ fromSeq: 0 }).start();
  assert.is(kinds()[0]?.[0], 'gap');
});

test('sequence numbers only grow within a topic', () => {
  const { publish } = openNumbers();
  publish(5);
  assert.throws(() => publish(5), /seq 5 after 5/);
  assert.throws(() => publish(4), /seq 4 after 5/);
  publish(5, 'b');
});

test('topics of different params never share a name', () => {
  const names = ['a:b', 'a', ':', '', '%3A', 'a%3Ab'];
  const pairs = names.flatMap((market) => [1, 11, undefined].map((depth) => ({ market, depth })));
  const ids = pairs.map((params) => topicId(bookChannel, params));
  assert.is(new Set(ids).size, pairs.length);
});

/** Publishing is the most frequent, reconnecting the least. */
const PACES = ['publish', 'publish', 'room', 'room', 'drained', 'reconnect'] as const;

test('whatever the pace of the client: every event once and in order, or an announced gap', () => {
  const kind = fc.constantFrom(...PACES);
  const step = fc.record({ kind, by: fc.integer({ min: 0, max: 4 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, hasSnapshot) => {
      const snapshot = () => ({ at: null, data: { sum: 0 } });
      const opened = openNumbers(hasSnapshot ? { snapshot } : {});
      const { hub, publish, subscribe, session, sink, sent } = opened;
      const published: number[] = [];
      subscribe({ snapshot: false }).start();
      let seen = 0;
      let read = 0;
      const covered: [number, number][] = [];
      const check = (): void => {
        for (; read < sent.length; read += 1) {
          const notice = sent[read] as Notice;
          assert.ok(notice.seq >= seen, 'never back');
          if (notice.kind === 'event') {
            assert.ok((notice.prevSeq ?? Infinity) <= seen, 'no silent hole');
            assert.ok(notice.seq > seen, 'never twice');
          } else if (notice.kind === 'gap') covered.push([seen, notice.seq]);
          seen = notice.seq;
        }
      };
      for (const { kind, by } of steps) {
        if (kind === 'publish') {
          const seq = hub.lastSeq + 1 + by;
          published.push(seq);
          publish(seq);
        } else if (kind === 'room') {
          // Room may be there a while before the session is told of it.
          sink.room = by;
        } else if (kind === 'drained') {
          if (sink.room > 0) session.drained();
        } else {
          check();
          session.unsubscribe('numbers:a');
          subscribe({ fromSeq: seen }).start();
        }
        check();
      }
      sink.room = Infinity;
      session.drained();
      check();
      assert.is(seen, published.at(-1) ?? 0, 'the end is reached');
      const told = new Set(sent.filter(({ kind }) => kind === 'event').map(({ seq }) => seq));
      for (const seq of published) {
        const isInGap = covered.some(([from, to]) => seq > from && seq <= to);
        assert.ok(told.has(seq) !== isInGap, `event ${seq}`);
      }
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

test.run();
