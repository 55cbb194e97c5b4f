/** A node that follows passes signed actions on, and what the sequencer says of them back, word for word. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer, type WebSocket } from 'ws';
import { SystemClock, VirtualClock } from '../../../node/ports/clock.ts';
import { TidepoolClient } from '../../../rpc/client/client.ts';
import { SequencerLink, type SequencerLinkOptions } from '../../../rpc/client/sequencerLink.ts';
import { RemoteError } from '../../../rpc/client/transport.ts';
import type { Forwarder, NodeView } from '../../../rpc/methods/view.ts';
import { RpcError, type ErrorObject } from '../../../rpc/schema/errors.ts';
import type { ActionInput, Envelope } from '../../../rpc/schema/tx.ts';
import { serve } from '../../../rpc/server/nodeServer.ts';
import type { RunningServer } from '../../../rpc/server/server.ts';
import { alice, bob } from '../../support/world.ts';
import { head, orderOf, serveNode, type ServedNode } from './support.ts';

const clock = new SystemClock();
const served: ServedNode = await serveNode();
served.fund(alice, 10n ** 12n);
served.fund(bob, 10n ** 12n);

/** What was sent on, by name. */
const sent: string[] = [];
const link = new SequencerLink({ url: `ws://127.0.0.1:${served.port}`, clock });
const counted: Forwarder = {
  forward: (method, params) => {
    sent.push(method);
    return link.forward(method, params);
  },
};

/** The same node without its intake: what stands before it is what a follower has. */
function follow(forwarder?: Forwarder): Promise<RunningServer> {
  const { intake: _, ...rest } = served.node;
  const view: NodeView = forwarder === undefined ? rest : { ...rest, forwarder };
  return serve(view, { host: '127.0.0.1', port: 0, checkResults: true, rate: null });
}
const server = await follow(counted);
const follower = await TidepoolClient.connect(`http://127.0.0.1:${server.port}`);

const test = suite('forwarded actions');
test.before.each(() => void sent.splice(0));

async function errorOf(call: Promise<unknown>): Promise<Pick<ErrorObject, 'code' | 'message' | 'data'>> {
  try {
    await call;
  } catch (thrown) {
    if (!(thrown instanceof RemoteError || thrown instanceof RpcError)) throw thrown;
    const { code, message, data } = thrown;
    return { code, message, data };
  }
  throw new Error('expected an error');
}

test('an order sent to a follower is in the book of the sequencer, and the answer is its receipt', async () => {
  const outcome = (await follower.submit(orderOf(alice, 'buy', '0.25', '3990'), alice.key)) as { orderId: `0x${string}`; status: string };
  assert.is(outcome.status, 'open');
  assert.is(served.node.desk.recordOf(outcome.orderId)!.account, alice.account);
  assert.equal(sent, ['tx_submit']);
  const cancelled = (await follower.submit({ type: 'cancel', ...head(alice), order: outcome.orderId }, alice.key)) as { status: string };
  assert.is(cancelled.status, 'cancelled');
});

test('whatever is refused, both doors say the same of it', async () => {
  const beyond = orderOf(alice, 'buy', '9000', '4000');
  const cases: [action: ActionInput, key: Uint8Array, isSent: boolean][] = [
    [beyond, alice.key, true],
    [{ ...orderOf(alice, 'buy', '1', '4000'), expiry: 1 }, alice.key, true],
    [{ type: 'cancel', ...head(alice), order: `0x${'12'.repeat(32)}` }, alice.key, true],
    [{ type: 'withdraw', ...head(bob), asset: 'USDC', amount: '99999999', recipient: bob.address }, bob.key, true],
    [orderOf(alice, 'buy', '1', '4000'), bob.key, false],
  ];
  for (const [action, key, isSent] of cases) {
    const envelope: Envelope = { ...(await follower.sign(action, key)), signer: action.owner };
    sent.splice(0);
    const there = await errorOf(follower.request('tx_submit', envelope));
    assert.is(sent.length, isSent ? 1 : 0, there.data.name);
    assert.is(JSON.stringify(there), JSON.stringify(await errorOf(served.http.request('tx_submit', envelope))));
  }
});

test('what no chain could take is refused without the sequencer', async () => {
  const envelope = await follower.sign(orderOf(alice, 'buy', '1', '4000'), alice.key);
  const wrong: [name: string, params: unknown][] = [
    ['PRICE_OFF_TICK', { ...envelope, action: { ...envelope.action, price: '4000.00001' } }],
    ['MARKET_NOT_FOUND', { ...envelope, action: { ...envelope.action, market: 'DOGE-PERP' } }],
    ['INVALID_PARAMS', { ...envelope, more: 1 }],
    ['SIGNATURE_MALFORMED', { ...envelope, signature: `0x${'ff'.repeat(65)}` }],
  ];
  for (const [name, params] of wrong) {
    const there = await errorOf(follower.request('tx_submit', params));
    assert.is(there.data.name, name);
    assert.equal(there, await errorOf(served.http.request('tx_submit', params)));
  }
  assert.equal(sent, []);
  const debug = { action: envelope.action, signature: envelope.signature };
  assert.equal(await follower.request('tx_debug', debug), await served.http.request('tx_debug', debug));
});

test('of a batch only what is signed by whom it names is sent on, and the answers keep their places', async () => {
  const good = await follower.sign(orderOf(alice, 'buy', '0.1', '3950'), alice.key);
  const forged = { ...(await follower.sign(orderOf(alice, 'buy', '0.1', '3950'), bob.key)), signer: alice.address };
  const poor = await follower.sign(orderOf(alice, 'buy', '9000', '4000'), alice.key);
  sent.splice(0);
  const results = await follower.submitAll([forged, good, forged, poor]);
  const names = results.map((one) => (one.ok ? 'ok' : (one.error.data as { name: string }).name));
  assert.equal(names, ['SIGNER_MISMATCH', 'ok', 'SIGNER_MISMATCH', 'INITIAL_MARGIN_TOO_LOW']);
  assert.equal(sent, ['tx_submitBatch']);
  sent.splice(0);
  await follower.submitAll([forged]);
  assert.equal(sent, []);
});

test('a follower without a way to the sequencer says so', async () => {
  const alone = await follow();
  const client = await TidepoolClient.connect(`http://127.0.0.1:${alone.port}`);
  const { data } = await errorOf(client.submit(orderOf(alice, 'buy', '0.1', '3950'), alice.key));
  assert.is(data.name, 'NOT_SEQUENCER');
  assert.is(data.nonceConsumed, false);
  await alone.close();
});

/* THE LINK: against servers that do what a sequencer does at its worst. */

type Peer = Readonly<{ url: string; port: number; close: () => Promise<void> }>;
async function listen(onMessage: (socket: WebSocket, id: number) => void, port = 0): Promise<Peer> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port });
  await once(sockets, 'listening');
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => onMessage(socket, (JSON.parse(String(data)) as { id: number }).id)),
  );
  const at = (sockets.address() as AddressInfo).port;
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) {
      socket.close();
      await once(socket, 'close');
    }
    sockets.close();
    await once(sockets, 'close');
  };
  return { url: `ws://127.0.0.1:${at}`, port: at, close };
}
const echo = (socket: WebSocket, id: number): void => socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: id }));
const linkTo = (url: string, more: Partial<SequencerLinkOptions> = {}): SequencerLink =>
  new SequencerLink({ url, clock, ...more });

test('no sequencer, then one: refused with its nonce unused, then taken', async () => {
  const peer = await listen(echo);
  await peer.close();
  const time = new VirtualClock(1_000_000);
  const to = linkTo(peer.url, { clock: time });
  const { data } = await errorOf(to.forward('tx_submit', {}));
  assert.is(data.name, 'SEQUENCER_UNREACHABLE');
  assert.is(data.nonceConsumed, false);
  assert.is(data.retryable, true);
  const back = await listen(echo, peer.port);
  // No storm of connections: it rests first.
  assert.is((await errorOf(to.forward('tx_submit', {}))).data.retryAfterMs, 1_000);
  await time.advance(1_000);
  assert.is(await to.forward('tx_submit', {}), 1);
  await to.close();
  await back.close();
});

test('a connection that died while nobody used it is replaced', async () => {
  const first = await listen(echo);
  const to = linkTo(first.url);
  assert.is(await to.forward('a', {}), 1);
  assert.is(await to.forward('a', {}), 2);
  await first.close();
  const second = await listen(echo, first.port);
  assert.is(await to.forward('a', {}), 1);
  await to.close();
  await second.close();
});

test('what was sent and not answered may have been executed: nothing is said of its nonce', async () => {
  const peer = await listen((socket) => socket.terminate());
  const to = linkTo(peer.url);
  const { data } = await errorOf(to.forward('tx_submit', {}));
  assert.is(data.name, 'SEQUENCER_UNREACHABLE');
  assert.is(data.nonceConsumed, undefined);
  await to.close();
  await peer.close();
});

test('a sequencer that is silent is given up in time, and what waits for it is bounded', async () => {
  let heard = 0;
  let onTwo = (): void => undefined;
  const two = new Promise<void>((resolve) => (onTwo = resolve));
  const peer = await listen(() => {
    heard += 1;
    if (heard === 2) onTwo();
  });
  const time = new VirtualClock(1_000_000);
  const to = linkTo(peer.url, { clock: time, pendingMax: 2, answerMillis: 5_000 });
  const waiting = [errorOf(to.forward('a', {})), errorOf(to.forward('a', {}))];
  const full = await errorOf(to.forward('a', {}));
  assert.is(full.data.name, 'QUEUE_FULL');
  assert.is(full.data.nonceConsumed, false);
  await two;
  await time.advance(5_000);
  for (const one of await Promise.all(waiting)) {
    assert.is(one.data.name, 'SEQUENCER_UNREACHABLE');
    assert.is(one.data.nonceConsumed, undefined);
  }
  await to.close();
  assert.is((await errorOf(to.forward('a', {}))).data.name, 'SHUTTING_DOWN');
  await peer.close();
});

test('an error of a newer node is passed on as far as it is understood', async () => {
  const error = { code: 39_999, message: 'Something new.', data: { name: 'NEW_THING', retryable: false } };
  const peer = await listen((socket, id) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, error })));
  const to = linkTo(peer.url);
  const { data } = await errorOf(to.forward('a', {}));
  assert.is(data.name, 'INTERNAL_ERROR');
  assert.is(data.received, 'NEW_THING: Something new.');
  await to.close();
  await peer.close();
});

test.after(async () => {
  await follower.close();
  await server.close();
  await link.close();
  await served.close();
});

test.run();
