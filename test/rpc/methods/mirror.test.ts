/** The same read at the same height has the same bytes at a sequencer and at a node that mirrors its book. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { Executor, readBlock } from '../../../node/chain/executor.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { AccountScreen } from '../../../node/liquidation/screen.ts';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { BookJournal } from '../../../node/sequencer/bookJournal.ts';
import { BookMirror } from '../../../node/sequencer/bookMirror.ts';
import { History } from '../../../node/sequencer/history.ts';
import { Store } from '../../../node/store/store.ts';
import { TidepoolClient } from '../../../rpc/client/client.ts';
import type { Notice } from '../../../rpc/subscriptions/channel.ts';
import { serve } from '../../../rpc/server/nodeServer.ts';
import { alice, bob, L1, person } from '../../support/world.ts';
import { head, orderOf, serveNode } from './support.ts';

const { key } = person('sequencer');
const clock = new VirtualClock(Math.floor(Date.now() / 1_000) * 1_000);
const served = await serveNode({ clock });
const { node, fund } = served;
const { sequencer } = node;
const directory = mkdtempSync(join(tmpdir(), 'tidepool-mirror-rpc-'));
const store = await Store.open(directory, { sync: false });
const executor = await Executor.open(store, () => genesisRecords(node.network, L1), { recover }, key);
const history = new History(store);
executor.onStep((step) => history.record(step, executor.timestamp));

const batches: Uint8Array[] = [];
const publish = (batch: Uint8Array): void => void batches.push(batch);
const journal = await BookJournal.open({ sequencer, executor: node.executor, store: node.store, clock, key, publish });
const { domainSeparator, sequencerAddress: signer } = node;
const mirror = await BookMirror.open({ executor, store, clock, domainSeparator, signer, onGap: () => undefined });

const { intake: _, ...rest } = node;
const screen = new AccountScreen(executor);
const follower = await serve(
  { ...rest, store, executor, history, desk: mirror, screen: () => screen },
  { host: '127.0.0.1', port: 0, checkResults: true, rate: null },
);
const http = await TidepoolClient.connect(`http://127.0.0.1:${follower.port}`);
const socket = await TidepoolClient.connect(`ws://127.0.0.1:${follower.port}`);

/** A block of the sequencer, and the follower with it. */
async function follow(): Promise<void> {
  await sequencer.seal();
  await sequencer.settled();
  await journal.settled();
  while (executor.sealedHeight < node.executor.sealedHeight) {
    const block = (await readBlock(node.store, executor.sealedHeight + 1))!;
    for (const { bytes } of block.transactions) executor.derive(bytes);
    executor.seal();
  }
  for (const batch of batches.splice(0)) mirror.receive(batch);
  await store.flush();
}

const OWNER = { owner: alice.address, subaccount: 0 };
const OTHER = { owner: bob.address, subaccount: 0 };
const MARKET = { market: 'ETH-PERP' };
/** Every read that the book or its orders have a part in, and histories beside them. */
const reads = (orders: readonly string[]): [method: string, params: object][] => [
  ['market_book', { ...MARKET, depth: 50 }],
  ['market_book', { market: 'BTC-PERP', depth: 5 }],
  ['market_ticker', MARKET],
  ['market_trades', MARKET],
  ['market_candles', { ...MARKET, interval: '1m' }],
  ...[OWNER, OTHER].flatMap((who): [string, object][] => [
    ['account_get', who],
    ['account_margin', { ...who, witness: true }],
    ['account_positions', who],
    ['account_openOrders', who],
    ['account_openOrders', { ...who, ...MARKET }],
    ['account_orders', { ...who, limit: 3 }],
    ['account_orders', { ...who, limit: 100 }],
    ['account_order', { ...who, clientOrderId: 'mine' }],
    ['account_fills', who],
    ['account_ledger', who],
    ['risk_simulate', { ...who, openOrders: true }],
  ]),
  ...orders.map((orderId): [string, object] => ['account_order', { orderId }]),
  ['liquidation_atRisk', { healthBelow: '3', limit: 10 }],
  ['chain_getBlock', { height: 1, transactions: true }],
  ['system_info', {}],
  ['system_health', {}],
  ['tx_debug', { action: { type: 'cancelAll', ...head(alice) } }],
];

async function textOf(client: TidepoolClient, method: string, params: object): Promise<string> {
  try {
    return JSON.stringify(await client.request(method, params));
  } catch (thrown) {
    const { code, message, data } = thrown as { code: number; message: string; data: unknown };
    return JSON.stringify({ code, message, data });
  }
}

const test = suite('mirrored reads');
const ids: string[] = [];
async function place(...[action, secret]: Parameters<typeof served.http.submit>): Promise<void> {
  const outcome = await served.http.submit(action, secret);
  if ('orderId' in outcome) ids.push(outcome.orderId);
}
async function requireSame(): Promise<void> {
  await follow();
  for (const [method, params] of reads(ids)) {
    const [there, here] = [await textOf(http, method, params), await textOf(served.http, method, params)];
    assert.is(there, here, `${method} ${JSON.stringify(params)}`);
  }
}

test('reads are the same byte for byte, whatever was traded, replaced and cancelled', async () => {
  fund(alice, 10n ** 12n);
  fund(bob, 10n ** 12n);
  await place(orderOf(alice, 'buy', '1', '3990'), alice.key);
  await follow();
  for (const page of await journal.image()) mirror.receiveImage(page);
  await requireSame();
  await place({ ...orderOf(alice, 'buy', '2', '3995'), clientOrderId: 'mine' }, alice.key);
  await place(orderOf(bob, 'sell', '0.5', '3995'), bob.key);
  await requireSame();
  await place({ ...orderOf(alice, 'buy', '1', '3995'), replaces: ids[1]! }, alice.key);
  await place(orderOf(bob, 'sell', '4', '4010'), bob.key);
  await requireSame();
  await place({ ...orderOf(alice, 'buy', '5', '4010'), timeInForce: 'ioc' }, alice.key);
  await place({ type: 'cancel', ...head(alice), order: ids[0]! }, alice.key);
  await requireSame();
  await place({ ...orderOf(bob, 'sell', '1', '4020'), expiry: clock.nowSeconds() + 5 }, bob.key);
  await requireSame();
  await clock.advance(6_000);
  await requireSame();
  assert.is(ids.length, 8);
});

test('what subscribers of the follower hear of book and orders is what the sequencer has', async () => {
  const heard: Notice[] = [];
  const counted = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (heard.length >= count ? resolve() : setImmediate(look));
      look();
    });
  await socket.subscribe('book', MARKET, (notice) => heard.push(notice));
  await socket.subscribe('orders', OWNER, (notice) => heard.push(notice));
  await counted(2);
  await place(orderOf(alice, 'buy', '3', '3980'), alice.key);
  await follow();
  await counted(4);
  const [bookEvent, orderEvent] = heard.slice(2).map(({ data }) => data) as [{ bids: unknown[] }, { orderId: string }];
  assert.equal(bookEvent.bids, [['3980', '3', 1]]);
  const { order } = (await served.http.request('account_order', { orderId: ids.at(-1) })) as { order: unknown };
  assert.equal(orderEvent, order);
});

test('after a gap subscribers are told what is, not what happened', async () => {
  const heard: Notice[] = [];
  await socket.subscribe('orders', OTHER, (notice) => heard.push(notice));
  await place(orderOf(bob, 'sell', '1', '4030'), bob.key);
  await sequencer.settled();
  await journal.settled();
  batches.splice(0);
  for (let blocks = 0; blocks < 3; blocks++) {
    node.executor.ensureOpen(clock.nowSeconds());
    await follow();
  }
  assert.is(mirror.gap, 'missed');
  for (const page of await journal.image()) mirror.receiveImage(page);
  await new Promise<void>((resolve) => {
    const look = (): void => void (heard.length >= 2 ? resolve() : setImmediate(look));
    look();
  });
  assert.is((heard.at(-1)!.data as { orderId: string }).orderId, ids.at(-1));
  await requireSame();
});

test.after(async () => {
  await http.close();
  await socket.close();
  await follower.close();
  await store.close();
  await served.close();
  rmSync(directory, { recursive: true });
});

test.run();
