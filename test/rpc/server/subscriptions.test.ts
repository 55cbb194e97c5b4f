/** Subscriptions: snapshot first, no event lost in silence, and the way back after an absence. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AT, Client, bookChannel, call, createDemo, startDemo, tradesChannel } from './fixture.ts';

const test = suite('rpc/subscriptions');

const trade = (price: string, seq?: number) => ({
  ...(seq === undefined ? {} : { seq }),
  at: AT,
  data: { price },
});

test('over a socket: reply, snapshot, events, unsubscribe', async () => {
  const demo = createDemo(50);
  const server = await startDemo(demo);
  const client = await Client.open(server.port);
  demo.book = { seq: 55, at: AT, data: { levels: 3 } };
  const wanted = { channel: 'book', market: 'ETH/USD', depth: 5 };
  const { result } = await client.call('subscribe', wanted);
  const subscription = 'book:ETH%2FUSD:5';
  assert.equal(result, { subscription, channel: 'book', seq: 55 });
  assert.equal(await client.next(), {
    jsonrpc: '2.0',
    method: 'subscription',
    params: {
      subscription,
      channel: 'book',
      kind: 'snapshot',
      seq: 55,
      prevSeq: null,
      at: AT,
      data: { levels: 3 },
    },
  });
  const params = { market: 'ETH/USD', depth: 5 };
  demo.hub.publish(bookChannel, params, { seq: 60, at: AT, data: { level: 1 } });
  assert.equal((await client.next()).params, {
    subscription,
    channel: 'book',
    kind: 'event',
    seq: 60,
    prevSeq: 50,
    at: AT,
    data: { level: 1 },
  });
  // Other topics are not heard here.
  demo.hub.publish(bookChannel, { market: 'ETH/USD' }, { seq: 61, at: AT, data: { level: 9 } });
  demo.hub.publish(bookChannel, params, { seq: 62, at: AT, data: { level: 2 } });
  assert.is((await client.next()).params.prevSeq, 60);
  assert.equal((await client.call('unsubscribe', { subscription })).result, { subscription });
  demo.hub.publish(bookChannel, params, { seq: 63, at: AT, data: { level: 3 } });
  const { error } = await client.call('unsubscribe', { subscription });
  assert.is(error.data.name, 'SUBSCRIPTION_NOT_FOUND');
  await client.close();
  await server.close();
});

test('the refusals of subscribe', async () => {
  const demo = createDemo();
  const server = await startDemo(demo);
  const client = await Client.open(server.port);
  const refusal = async (params: object) =>
    (await client.call('subscribe', params)).error.data as Record<string, unknown>;
  assert.equal(await refusal({ channel: 'trade', market: 'A' }), {
    name: 'CHANNEL_NOT_FOUND',
    param: 'channel',
    expected: 'one of trades, book',
    received: '"trade"',
    retryable: false,
  });
  assert.is((await refusal({ channel: 'trades' }))['param'], 'market');
  assert.is((await refusal({ channel: 'trades', market: 'A', depht: 1 }))['param'], 'depht');
  assert.is((await refusal({ channel: 'trades', market: 'NONE' })).name, 'MARKET_NOT_FOUND');
  assert.is((await refusal({ channel: 'trades', market: 'A', fromSeq: -1 }))['param'], 'fromSeq');
  assert.is((await refusal({ channel: 'trades', market: 'A', fromSeq: 1 })).name, 'SEQ_IN_FUTURE');
  await client.call('subscribe', { channel: 'trades', market: 'A' });
  assert.is((await refusal({ channel: 'trades', market: 'A' })).name, 'ALREADY_SUBSCRIBED');
  for (const market of ['B', 'C', 'D']) {
    await client.call('subscribe', { channel: 'trades', market });
  }
  const full = await refusal({ channel: 'trades', market: 'E' });
  assert.is(full.name, 'TOO_MANY_SUBSCRIPTIONS');
  assert.is(full['limit'], 4);
  await client.call('unsubscribe', { subscription: 'trades:B' });
  assert.ok((await client.call('subscribe', { channel: 'trades', market: 'E' })).result);
  await client.close();
  await server.close();
});

test('a reply that waits for its batch is not overtaken by its events', async () => {
  const demo = createDemo();
  const server = await startDemo(demo);
  const client = await Client.open(server.port);
  const subscribe = call(1, 'subscribe', { channel: 'trades', market: 'A' });
  client.send(`[${subscribe},${call(2, 'demo_wait')}]`);
  await demo.untilWaiting(1);
  // Another reply of the same connection must not set the subscription free.
  assert.is((await client.call('demo_nothing')).result, null);
  demo.hub.publish(tradesChannel, { market: 'A' }, trade('1'));
  demo.release();
  assert.is((await client.next())[0].result.subscription, 'trades:A');
  assert.is((await client.next()).params.data.price, '1');
  await client.close();
  await server.close();
});

test('after a reconnect: what memory has is replayed, what it has not is a gap', async () => {
  const demo = createDemo();
  const server = await startDemo(demo);
  const publish = (from: number, to: number): void => {
    for (let seq = from; seq <= to; seq += 1) {
      demo.hub.publish(tradesChannel, { market: 'A' }, trade(String(seq), seq));
    }
  };
  publish(1, 6);
  const back = await Client.open(server.port);
  const { result } = await back.call('subscribe', { channel: 'trades', market: 'A', fromSeq: 4 });
  assert.is(result.seq, 4);
  for (const seq of [5, 6]) {
    const { params } = await back.next();
    assert.equal([params.kind, params.seq, params.prevSeq], ['event', seq, seq - 1]);
  }
  publish(7, 7);
  assert.is((await back.next()).params.seq, 7);
  await back.close();
  publish(8, 40);
  const late = await Client.open(server.port);
  await late.call('subscribe', { channel: 'trades', market: 'A', fromSeq: 7 });
  const gap = (await late.next()).params;
  assert.is(gap.kind, 'gap');
  assert.is(gap.prevSeq, 7);
  assert.equal(gap.data, { reason: 'too_old', fromSeq: 7, toSeq: 40 });
  publish(41, 41);
  assert.is((await late.next()).params.prevSeq, 40);
  await late.close();
  await server.close();
});

test('a closed connection leaves nothing behind', async () => {
  const demo = createDemo();
  const server = await startDemo(demo);
  const client = await Client.open(server.port);
  await client.call('subscribe', { channel: 'trades', market: 'A' });
  assert.ok(demo.hub.hasListeners(tradesChannel, { market: 'A' }));
  await client.close();
  // The server sees the end of the socket before it answers the next connection.
  const next = await Client.open(server.port);
  await next.call('demo_nothing');
  assert.not(demo.hub.hasListeners(tradesChannel, { market: 'A' }));
  await next.close();
  await server.close();
});

test.run();
