/** The dispatcher answers as JSON-RPC 2.0 says, whatever it is given. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RpcError } from '../../../rpc/schema/errors.ts';
import { createDispatcher, NO_METHOD, type DispatcherOptions } from '../../../rpc/server/dispatcher.ts';
import { ioTests } from '../io.ts';
import { call, createDemo, processContext } from './fixture.ts';

const test = suite('rpc/server/dispatcher');
const SEED = 20260101;

function open(options: Partial<DispatcherOptions> = {}) {
  const demo = createDemo();
  const { registry, logger } = demo;
  const dispatch = createDispatcher({ registry, logger, checkResults: true, ...options });
  const context = processContext();
  const ask = async (text: string) => JSON.parse((await dispatch(text, context)) ?? 'null');
  return { demo, dispatch, context, ask };
}

const { dispatch: ioDispatch, context: ioContext } = open();
ioTests(test, fileURLToPath(new URL('./io', import.meta.url)), (request) =>
  ioDispatch(request, ioContext),
);

test('answers a synchronous handler in the same tick', () => {
  const { dispatch, context } = open();
  assert.type(dispatch(call(1, 'demo_nothing'), context), 'string');
  assert.type(dispatch(`[${call(1, 'demo_nothing')}]`, context), 'string');
  assert.instance(dispatch(call(1, 'demo_later'), context), Promise);
});

test('takes a value that is already parsed', () => {
  const { dispatch, context } = open();
  const request = { jsonrpc: '2.0', id: 3, method: 'demo_echo', params: { market: 'A' } };
  assert.is(dispatch(request, context), '{"jsonrpc":"2.0","id":3,"result":{"market":"A"}}');
});

test('logs a failure with the incident the client is told; its stack stays here', async () => {
  const { demo, ask } = open({ newIncidentId: () => 'incident-1' });
  const reply = await ask(call(1, 'demo_fail'));
  assert.is(reply.error.data.incident, 'incident-1');
  assert.not.match(JSON.stringify(reply), 'secret');
  assert.is(demo.logged.length, 1);
  const facts = demo.logged[0]?.facts as { incident: string; method: string; err: Error };
  assert.is(facts.incident, 'incident-1');
  assert.is(facts.method, 'demo_fail');
  assert.match(facts.err.message, 'secret');
});

test('a failed notification is logged too', () => {
  const { demo, dispatch, context } = open();
  assert.is(dispatch('{"jsonrpc":"2.0","method":"demo_fail"}', context), undefined);
  assert.is(demo.logged.length, 1);
});

test('a hook that throws becomes an incident', async () => {
  const charge = (): RpcError | undefined => {
    throw new Error('secret');
  };
  const { ask, demo } = open({ charge });
  for (const text of [call(1, 'demo_nothing'), '{', '1', `[${call(1, 'demo_nothing')}]`]) {
    const reply = await ask(text);
    assert.is((Array.isArray(reply) ? reply[0] : reply).error.code, -32603, text);
  }
  assert.is(demo.logged.length, 4);
});

test('a result without its documented shape is noticed when results are checked', async () => {
  const { ask } = open({
    registry: {
      ...createDemo().registry,
      get: (name) => {
        const method = createDemo().registry.get(name);
        return method && { ...method, handle: () => 'no object' };
      },
    },
  });
  assert.is((await ask(call(1, 'demo_echo', { market: 'A' }))).error.code, -32603);
});

test('an administrator is let in', () => {
  const { dispatch } = open();
  const reply = dispatch(call(1, 'admin_stop'), processContext(true));
  assert.is(reply, '{"jsonrpc":"2.0","id":1,"result":"stopped"}');
});

test('a batch over the limit is one error', async () => {
  const { ask } = open({ limits: { batchEntriesMax: 3 } });
  const entry = call(1, 'demo_nothing');
  assert.is((await ask(`[${[entry, entry, entry]}]`)).length, 3);
  const reply = await ask(`[${[entry, entry, entry, entry]}]`);
  assert.is(reply.error.code, 35002);
  assert.is(reply.error.data.limit, 3);
  assert.is(reply.id, null);
});

test('a batch that grows too large stops reading, never hides an action', async () => {
  const { ask, demo } = open({ limits: { batchReplyCharactersMax: 1_000 } });
  const entries = [
    call(1, 'demo_blob', { characters: 600 }),
    call(2, 'demo_blob', { characters: 600 }),
    call(3, 'demo_act'),
    '{"jsonrpc":"2.0","method":"demo_act"}',
    call(4, 'demo_nothing'),
  ];
  const reply = await ask(`[${entries}]`);
  assert.equal(
    reply.map((one: { id: number; error?: { code: number } }) => [one.id, one.error?.code]),
    [
      [1, undefined],
      [2, 35003],
      [3, undefined],
      [4, 35003],
    ],
  );
  assert.is(demo.actions, 2, 'both actions ran');
});

test('a batch is started in order and waits as one', async () => {
  const { demo, dispatch, context } = open();
  const entries = [call(1, 'demo_wait'), call(2, 'demo_act'), call(3, 'demo_wait')];
  const waiting = dispatch(`[${entries}]`, context);
  assert.is(demo.actions, 1);
  demo.release();
  const replies = JSON.parse((await waiting) ?? '') as { id: number }[];
  assert.equal(
    replies.map((one) => one.id),
    [1, 2, 3],
  );
});

test('tells an observer of every call', async () => {
  const seen: [string, number][] = [];
  const { ask } = open({
    observe: (method, code, milliseconds) => {
      assert.ok(milliseconds >= 0);
      seen.push([method, code]);
    },
  });
  await ask(call(1, 'demo_nothing'));
  await ask(call(1, 'demo_later'));
  await ask(call(1, 'demo_refuse'));
  await ask(call(1, 'demo_echo'));
  await ask(call(1, 'demo_madeUp'));
  await ask('{');
  await ask('[1]');
  assert.equal(seen, [
    ['demo_nothing', 0],
    ['demo_later', 0],
    ['demo_refuse', 32001],
    ['demo_echo', -32602],
    [NO_METHOD, -32601],
    [NO_METHOD, -32700],
    [NO_METHOD, -32600],
  ]);
});

/** Whether `text` is a reply or a batch of replies, each with exactly a result or an error. */
function isReplyText(text: string): boolean {
  const value = JSON.parse(text) as unknown;
  const replies = Array.isArray(value) ? value : [value];
  return (
    replies.length > 0 &&
    replies.every(
      (reply) =>
        reply.jsonrpc === '2.0' &&
        'id' in reply &&
        'result' in reply !== 'error' in reply &&
        (reply.error === undefined ||
          (Number.isInteger(reply.error.code) &&
            typeof reply.error.message === 'string' &&
            typeof reply.error.data.name === 'string' &&
            typeof reply.error.data.retryable === 'boolean')),
    )
  );
}

const names = [
  'demo_echo', 'demo_side', 'demo_blob', 'demo_later', 'demo_refuse', 'demo_refuseLater',
  'demo_fail', 'demo_failLater', 'demo_bigint', 'demo_act', 'admin_stop', 'subscribe',
  'unsubscribe', '__proto__', 'toString', '',
]; // prettier-ignore
const requestLike = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 8, arbitrary: fc.constant('2.0') }, fc.jsonValue()),
    id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.jsonValue()),
    method: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, fc.jsonValue()),
    params: fc.oneof(
      fc.record(
        {
          market: fc.oneof(fc.string(), fc.jsonValue()),
          limit: fc.oneof(fc.integer(), fc.jsonValue()),
          owner: fc.oneof(fc.string(), fc.jsonValue()),
          orders: fc.jsonValue(),
          side: fc.jsonValue(),
          form: fc.jsonValue(),
          channel: fc.constantFrom('trades', 'book', 'none'),
          subscription: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);

test('fuzz: never throws, always a valid reply or none', async () => {
  const { dispatch, context } = open({ logger: { error: () => undefined, warn: () => undefined } });
  const input = fc.oneof(
    fc.string(),
    fc.json(),
    requestLike.map((value) => JSON.stringify(value)),
    fc.array(fc.oneof(requestLike, fc.jsonValue())).map((value) => JSON.stringify(value)),
    // A good request with one character changed.
    fc
      .tuple(requestLike, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([value, where, put]) => {
        const text = JSON.stringify(value);
        const index = where % text.length;
        return text.slice(0, index) + put + text.slice(index + 1);
      }),
  );
  await fc.assert(
    fc.asyncProperty(input, async (text) => {
      const reply = await dispatch(text, context);
      context.takeEffects();
      return reply === undefined || isReplyText(reply);
    }),
    { seed: SEED, numRuns: 5_000 },
  );
});

test('fuzz: a request with an id has one reply with that id', async () => {
  const { dispatch, context } = open({ logger: { error: () => undefined, warn: () => undefined } });
  const id = fc.oneof(fc.maxSafeInteger(), fc.string(), fc.constant(null));
  await fc.assert(
    fc.asyncProperty(id, fc.constantFrom(...names), fc.object(), async (given, method, params) => {
      // Through JSON once, as any client would: -0 and undefined do not exist there.
      const text = call(given, method, params);
      const sent = JSON.parse(text) as { id: unknown };
      const reply = JSON.parse((await dispatch(text, context)) ?? 'null');
      context.takeEffects();
      return Object.is(reply.id, sent.id);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('a text nested a hundred thousand deep is refused, not followed', async () => {
  const { ask } = open();
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const text = `{"jsonrpc":"2.0","id":1,"method":"demo_nothing","params":${nested}}`;
  assert.is((await ask(text)).error.data.name, 'TOO_DEEP');
  const batch = await ask(nested);
  assert.is(batch[0].error.code, -32600);
  assert.is(Object.getOwnPropertyNames(Object.prototype).includes('limit'), false);
});

test.run();
