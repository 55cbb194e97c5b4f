/** WebSocket: the same conversations, limits for both sides, and clients that read slowly. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { ioTests } from '../io.ts';
import {
  AT,
  Client,
  bookChannel,
  call,
  createDemo,
  startDemo,
  tradesChannel,
  turn,
} from './fixture.ts';

const test = suite('rpc/server/websocket');

/** The status a refused upgrade was answered with. */
async function refusedStatus(port: number, options: object = {}): Promise<number> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, options);
  const [, response] = (await once(ws, 'unexpected-response')) as [unknown, { statusCode: number }];
  ws.on('error', () => undefined);
  ws.terminate();
  return response.statusCode;
}

/** Stops and restarts reading at the client, as a stalled program would. */
const socketOf = (client: Client): Socket => (client.ws as unknown as { _socket: Socket })._socket;

const demo = createDemo();
const server = await startDemo(demo);
const stranger = await Client.open(server.port, { headers: { via: '1.1 proxy' } });
test.after(() => server.close());

ioTests(test, fileURLToPath(new URL('./io', import.meta.url)), async (request) => {
  stranger.send(request);
  stranger.send(call('end', 'demo_wait'));
  await demo.untilWaiting(1);
  await turn();
  // What is answered after this turn is the end: a reply to the request would be before it.
  demo.release();
  const reply = await stranger.next();
  if (reply.id === 'end') return undefined;
  assert.is((await stranger.next()).id, 'end');
  return JSON.stringify(reply);
});

test('replies to pipelined calls come in the order they are ready', async () => {
  const client = await Client.open(server.port);
  for (let id = 0; id < 1_000; id += 1) client.send(call(id, 'demo_echo', { market: `M${id}` }));
  for (let id = 0; id < 1_000; id += 1) {
    const reply = await client.next();
    assert.is(reply.id, id);
    assert.is(reply.result.market, `M${id}`);
  }
  client.send(call('slow', 'demo_wait'));
  client.send(call('fast', 'demo_nothing'));
  assert.is((await client.next()).id, 'fast');
  demo.release();
  assert.is((await client.next()).id, 'slow');
  await client.close();
});

test('a message over the limit closes with 1009, a binary one is a parse error', async () => {
  const own = await startDemo(createDemo(), { limits: { requestBytesMax: 1_000 } });
  const client = await Client.open(own.port);
  client.ws.send(Buffer.from(call(1, 'demo_nothing')));
  assert.is((await client.next()).error.code, -32700);
  const full = call(1, 'demo_nothing').padEnd(1_000);
  client.send(full);
  assert.is((await client.next()).result, null);
  const closed = client.closed();
  client.send(`${full} `);
  assert.is((await closed).code, 1009);
  await own.close();
});

test('connections are limited in all and by address', async () => {
  const own = await startDemo(createDemo(), {
    limits: { connectionsMax: 3, connectionsPerIpMax: 2 },
    clientIp: (request) => String(request.headers['x-ip'] ?? '1.1.1.1'),
  });
  const first = await Client.open(own.port);
  const second = await Client.open(own.port);
  assert.is(await refusedStatus(own.port), 429);
  const third = await Client.open(own.port, { headers: { 'x-ip': '2.2.2.2' } });
  assert.is(await refusedStatus(own.port, { headers: { 'x-ip': '3.3.3.3' } }), 503);
  assert.is(own.server.connections, 3);
  await first.close();
  const fourth = await Client.open(own.port, { headers: { 'x-ip': '3.3.3.3' } });
  assert.is((await fourth.call('demo_nothing')).result, null);
  await Promise.all([second.close(), third.close(), fourth.close()]);
  await own.close();
});

test('pages of other origins are refused, ours are not', async () => {
  assert.is(await refusedStatus(server.port, { origin: 'https://evil.example' }), 403);
  const page = await Client.open(server.port, { origin: `http://127.0.0.1:${server.port}` });
  assert.is((await page.call('admin_stop')).error.code, 30003, 'a page is no administrator');
  await page.close();
  const program = await Client.open(server.port);
  assert.is((await program.call('admin_stop')).result, 'stopped');
  await program.close();
});

test('a peer that answers no ping is dropped, one that does is kept', async () => {
  const own = await startDemo(createDemo(), { limits: { keepaliveMs: 500 } });
  const silent = await Client.open(own.port, { autoPong: false });
  const lively = await Client.open(own.port);
  assert.is((await silent.closed()).code, 1006);
  assert.is((await lively.call('demo_nothing')).result, null);
  await lively.close();
  await own.close();
});

test('calls beyond the limit in flight wait their turn; none is lost', async () => {
  const waiting = createDemo();
  const own = await startDemo(waiting, { limits: { inFlightMax: 3 } });
  const client = await Client.open(own.port);
  for (let id = 0; id < 10; id += 1) client.send(call(id, 'demo_wait'));
  client.send(call('last', 'demo_nothing'));
  const answered = new Set<unknown>();
  while (answered.size < 11) {
    await turn();
    assert.ok(waiting.waitingCalls <= 3);
    const released = waiting.waitingCalls;
    waiting.release();
    for (let index = 0; index < released; index += 1) answered.add((await client.next()).id);
    if (answered.size === 10) answered.add((await client.next()).id);
  }
  assert.ok(answered.has('last'));
  await client.close();
  await own.close();
});

test('a client that reads slowly is read slowly, and gets every reply in the end', async () => {
  const own = await startDemo(createDemo(), {
    limits: { bufferedBytesSlow: 50_000, bufferedBytesMax: 80_000_000 },
  });
  const client = await Client.open(own.port);
  socketOf(client).pause();
  const calls = 400;
  for (let id = 0; id < calls; id += 1) {
    client.send(call(id, 'demo_blob', { characters: 100_000 }));
  }
  // Others are served while this one is stuck.
  const other = await Client.open(own.port);
  for (let count = 0; count < 50; count += 1) {
    assert.is((await other.call('demo_nothing')).result, null);
  }
  socketOf(client).resume();
  for (let id = 0; id < calls; id += 1) {
    const reply = await client.next();
    assert.is(reply.id, id);
    assert.is(reply.result.length, 100_000);
  }
  await client.close();
  await other.close();
  await own.close();
});

test('a client that does not read for too long is closed with 1013, then cut off', async () => {
  const slow = createDemo();
  const own = await startDemo(slow, {
    // Time enough for who reads to answer a ping, on a busy machine too.
    limits: { bufferedBytesSlow: 20_000, slowMsMax: 30, keepaliveMs: 1_000 },
  });
  const late = await Client.open(own.port);
  const never = await Client.open(own.port);
  for (const [client, market] of [[late, 'LATE'], [never, 'NEVER']] as const) {
    await client.call('subscribe', { channel: 'trades', market });
    socketOf(client).pause();
    for (let id = 0; id < 200; id += 1) client.send(call(id, 'demo_blob', { characters: 100_000 }));
  }
  const other = await Client.open(own.port);
  const isHeard = (market: string) => slow.hub.hasListeners(tradesChannel, { market });
  // The server drops the subscriptions of a client when it says goodbye.
  while (isHeard('LATE')) await other.call('demo_nothing');
  const closed = late.closed();
  socketOf(late).resume();
  const { code, reason } = await closed;
  assert.is(code, 1013);
  assert.match(reason, 'slow consumer: nothing read for 30 ms');
  while (own.server.connections > 1) await other.call('demo_nothing');
  assert.not(isHeard('NEVER'));
  socketOf(never).destroy();
  await other.close();
  await own.close();
});

test('a client with too much unread is closed with 1013 and told why', async () => {
  const own = await startDemo(createDemo(), {
    limits: { bufferedBytesSlow: 1_000, bufferedBytesMax: 11_000, batchReplyCharactersMax: 10_000 },
  });
  const client = await Client.open(own.port);
  const closed = client.closed();
  client.send(call(1, 'demo_blob', { characters: 9_000_000 }));
  const { code, reason } = await closed;
  assert.is(code, 1013);
  assert.match(reason, 'slow consumer');
  await own.close();
});

/** For clients that are to be slow, not gone, however busy the machine is. */
const PATIENT = { slowMsMax: 600_000, keepaliveMs: 600_000 };

test('events pass a slow client by; it catches up from memory without a hole', async () => {
  const quick = createDemo();
  const own = await startDemo(quick, { limits: { bufferedBytesSlow: 100_000, ...PATIENT } });
  const client = await Client.open(own.port);
  await client.call('subscribe', { channel: 'trades', market: 'A' });
  socketOf(client).pause();
  const large = 'x'.repeat(4_000_000);
  for (let seq = 1; seq <= 3; seq += 1) {
    const data = { price: `${large}${seq}` };
    quick.hub.publish(tradesChannel, { market: 'A' }, { at: AT, data });
    // One turn of the loop, so that the socket takes what it can.
    await turn();
  }
  socketOf(client).resume();
  for (let seq = 1; seq <= 3; seq += 1) {
    const { params } = await client.next();
    assert.is(params.kind, 'event');
    assert.is(params.seq, seq);
    assert.is(params.prevSeq, seq - 1);
  }
  await client.close();
  await own.close();
});

test('a client too slow for memory gets a gap and a new snapshot', async () => {
  const quick = createDemo();
  const own = await startDemo(quick, { limits: { bufferedBytesSlow: 100_000, ...PATIENT } });
  const client = await Client.open(own.port);
  await client.call('subscribe', { channel: 'book', market: 'A' });
  assert.is((await client.next()).params.kind, 'snapshot');
  client.send(call(9, 'demo_wait'));
  await quick.untilWaiting(1);
  socketOf(client).pause();
  // Fill the way to the client, then publish more than is kept.
  client.send(call(10, 'demo_blob', { characters: 9_000_000 }));
  const other = await Client.open(own.port);
  for (let count = 0; count < 20; count += 1) await other.call('demo_nothing');
  for (let level = 1; level <= 100; level += 1) {
    quick.hub.publish(bookChannel, { market: 'A' }, { at: AT, data: { level } });
  }
  quick.book = { at: AT, data: { levels: 100 } };
  socketOf(client).resume();
  assert.is((await client.next()).id, 10);
  const gap = (await client.next()).params;
  assert.is(gap.kind, 'gap');
  assert.equal(gap.data, { reason: 'slow_consumer', fromSeq: 0, toSeq: 100 });
  const snapshot = (await client.next()).params;
  assert.is(snapshot.kind, 'snapshot');
  assert.is(snapshot.seq, 100);
  assert.equal(snapshot.data, { levels: 100 });
  quick.hub.publish(bookChannel, { market: 'A' }, { at: AT, data: { level: 101 } });
  assert.is((await client.next()).params.seq, 101);
  quick.release();
  assert.is((await client.next()).id, 9);
  await Promise.all([client.close(), other.close()]);
  await own.close();
});

test('what is not a WebSocket upgrade is refused and the server lives on', async () => {
  const { connect } = await import('node:net');
  for (const lines of [
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no plain text here\r\n\r\n',
  ]) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(lines);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, 'HTTP/1.1 400');
  }
  const client = await Client.open(server.port);
  assert.is((await client.call('demo_nothing')).result, null);
  await client.close();
});

test.run();
