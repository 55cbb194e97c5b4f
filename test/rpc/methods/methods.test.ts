/** Every method over a real socket: an order from the door to the fill, and each refusal's cure. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compactSignatureToSignature, parseCompactSignature, serializeSignature } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { verifyProof } from '../../../state/tree/proof.ts';
import { ReplayedState } from '../../../node/chain/replayed.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { receiptRoot } from '../../../node/sequencer/receipts.ts';
import { RemoteError } from '../../../rpc/client/transport.ts';
import { allMethods } from '../../../rpc/methods/all.ts';
import { Service } from '../../../rpc/methods/service.ts';
import { RpcError } from '../../../rpc/schema/errors.ts';
import { exampleFaults } from '../../../rpc/schema/registry.ts';
import type { Notice } from '../../../rpc/subscriptions/channel.ts';
import {
  accountChannel,
  bookChannel,
  fillsChannel,
  headsChannel,
  ordersChannel,
  tradesChannel,
} from '../../../rpc/subscriptions/channels.ts';
import { alice, bob, carol, person } from '../../support/world.ts';
import { head, orderOf, serveNode, type ServedNode } from './support.ts';

const test = suite('rpc methods');
let served: ServedNode;

test.before(async () => {
  served = await serveNode();
  served.fund(alice, 1_000_000_000_000n);
  served.fund(bob, 1_000_000_000_000n);
});
test.after(() => served.close());

type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> =>
  (await served.http.request(method, params)) as Json;

/** What the node refused, or the client before it asked. */
async function refusal(calling: Promise<unknown>): Promise<RemoteError | RpcError> {
  try {
    await calling;
  } catch (error) {
    if (error instanceof RemoteError || error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** Resolves with the first notice for which `wanted` holds. */
function heard(channel: string, params: Json, wanted: (notice: Notice) => boolean) {
  let resolve: (notice: Notice) => void;
  const notice = new Promise<Notice>((r) => (resolve = r));
  const subscribed = served.socket.subscribe(channel, params, (n) => {
    if (wanted(n)) resolve(n);
  });
  return { subscribed, notice };
}

test('every example fits its schema', () => {
  const definitions = allMethods(new Service(served.node)).map((method) => method.definition);
  const channels = [headsChannel, tradesChannel, bookChannel, ordersChannel, fillsChannel, accountChannel];
  assert.equal(exampleFaults(definitions, channels as never), []);
  assert.ok(definitions.length >= 35);
});

test('an order signed by viem from what system_info says fills, and both sides see it', async () => {
  const info = await ask('system_info');
  const { market } = await ask('market_get', { market: 'ETH-PERP' });
  const wallet = privateKeyToAccount(toHex(alice.key));
  const action = { ...orderOf(alice, 'sell', '1.5', '4001'), timeInForce: 'gtc' };
  const signature = await wallet.signTypedData({
    domain: info['domain'],
    types: info['types'],
    primaryType: 'Order',
    message: {
      owner: action.owner,
      subaccount: 0,
      instrument: market.instrument,
      buy: false,
      lots: BigInt(Math.round(1.5 / Number(market.stepSize))),
      limitTicks: BigInt(Math.round(4001 / Number(market.tickSize))),
      timeInForce: 0,
      postOnly: false,
      reduceOnly: false,
      nonce: BigInt(action.nonce),
      expiry: BigInt(action.expiry),
    },
  } as never);
  const resting = await ask('tx_submit', { action, signer: wallet.address, signature });
  assert.is(resting['status'], 'open');
  assert.is(resting['remainingSize'], '1.5');

  const book = await ask('market_book', { market: 'ETH-PERP' });
  assert.equal(book['asks'], [['4001', '1.5', 1]]);
  const taken: Json = await served.http.submit(orderOf(bob, 'buy', '0.5', '4001'), bob.key);
  assert.is(taken['status'], 'filled');
  assert.equal(taken['fills'], [{ price: '4001', size: '0.5', makerOrder: resting['orderId'] }]);
  const { receipt } = taken as Json;
  const root = receiptRoot({
    ...receipt,
    receipt: { ...receipt, status: 1, filledLots: BigInt(receipt.filledLots), remainingLots: 0n },
  });
  assert.is(root, receipt.root, 'the receipt leads to the signed root');

  const { positions } = await ask('account_positions', { owner: bob.address });
  assert.is(positions.length, 1);
  assert.is(positions[0].size, '0.5');
  assert.is(positions[0].entryPrice, '4001');
  const { order } = await ask('account_order', { orderId: resting['orderId'] });
  assert.is(order.filledSize, '0.5');
  const { fills } = await ask('account_fills', { owner: bob.address });
  assert.is(fills[0].role, 'taker');
  assert.is(fills[0].side, 'buy');
  const { trades } = await ask('market_trades', { market: 'ETH-PERP' });
  assert.is(trades[0].price, '4001');
  const { candles } = await ask('market_candles', { market: 'ETH-PERP', interval: '1d' });
  assert.is(candles[0].close, '4001');
  const open = await ask('account_openOrders', { owner: alice.address });
  assert.is(open['orders'].length, 1);
  const { account } = await ask('account_get', { owner: bob.address });
  assert.is(account.balances[0].asset, 'USDC');
  assert.ok(Number(account.initialMargin) > 0);
});

test('an uncompact and a compact signature are the same to the node', async () => {
  const envelope = await served.http.sign(orderOf(bob, 'buy', '0.1', '3900'), bob.key);
  const compact = parseCompactSignature(envelope.signature as `0x${string}`);
  const long = serializeSignature(compactSignatureToSignature(compact));
  assert.is(long.length, 132);
  assert.is((await ask('tx_debug', { ...envelope, signature: long }))['recovered'], bob.address);
  const debug = await ask('tx_debug', envelope);
  assert.is(debug['recovered'], bob.address);
  assert.is(debug['matches'], true);
  assert.is(debug['primaryType'], 'Order');
});

test('a price off the tick or a size off the lot is told the nearest valid values', async () => {
  const price = await refusal(served.http.request('tx_submit', {
    action: orderOf(alice, 'buy', '1', '3999.995'),
    signer: alice.address,
    signature: `0x${'11'.repeat(64)}`,
  }));
  assert.is(price.code, 31_003);
  assert.equal(price.data.expected, ['3999.99', '4000']);
  const size = await refusal(served.http.request('tx_submit', {
    action: orderOf(alice, 'buy', '0.001', '4000'),
    signer: alice.address,
    signature: `0x${'11'.repeat(64)}`,
  }));
  assert.is(size.code, 31_004);
  assert.equal(size.data.expected, ['0.01']);
});

test('who signed something else, or for somebody else, is shown the digest and the signer', async () => {
  const envelope = await served.http.sign(orderOf(alice, 'buy', '1', '3900'), bob.key);
  const other = await refusal(served.http.request('tx_submit', { ...envelope, signer: alice.address }));
  assert.is(other.data.name, 'SIGNER_MISMATCH');
  assert.is((other.data.received as Json)['recovered'], bob.address);
  const { digest } = await ask('tx_debug', envelope);
  assert.equal(other.data.expected, { digest });
  const unauthorized = await refusal(served.http.request('tx_submit', envelope));
  assert.is(unauthorized.data.name, 'SIGNER_NOT_AUTHORIZED');
});

test('refusals of protocol, matcher and names have their own codes and keep the nonce', async () => {
  const poor = await refusal(served.http.submit(orderOf(carol, 'buy', '1', '4000'), carol.key));
  assert.is(poor.data.name, 'ACCOUNT_NOT_FOUND');
  assert.is(poor.data.nonceConsumed, false);
  const postOnly = { ...orderOf(bob, 'buy', '0.1', '4005'), postOnly: true };
  assert.is((await refusal(served.http.submit(postOnly, bob.key))).data.name, 'POST_ONLY_WOULD_TAKE');
  const missing = { type: 'cancel' as const, ...head(bob), order: `0x${'99'.repeat(32)}` };
  assert.is((await refusal(served.http.submit(missing, bob.key))).code, 31_001);
  const unknown = await refusal(ask('market_book', { market: 'DOGE-PERP' }));
  assert.is(unknown.code, 31_002);
  assert.match(String(unknown.data.expected), 'ETH-PERP');
  const off = await refusal(ask('market_book', { market: 'ETH-PERP', dept: 3 }));
  assert.is(off.code, -32_602);
});

test('a batch is taken in order: what follows a cancel-all stays', async () => {
  const actions = await Promise.all([
    served.http.sign(orderOf(bob, 'buy', '0.1', '3901'), bob.key),
    served.http.sign({ type: 'cancelAll', ...head(bob) }, bob.key),
    served.http.sign(orderOf(bob, 'buy', '0.2', '3902'), bob.key),
    served.http.sign({ ...orderOf(bob, 'buy', '0.2', '3902'), expiry: 1 }, bob.key),
  ]);
  const results = await served.http.submitAll(actions);
  assert.equal(results.map((r) => r.ok), [true, true, true, false]);
  const { orders } = await ask('account_openOrders', { owner: bob.address, market: 'ETH-PERP' });
  assert.equal(orders.map((o: Json) => o['price']), ['3902']);
});

test('actions of the account: transfer, mode, session keys, nonces, withdrawal', async () => {
  const key = person('session key');
  const sub = await served.http.submit(
    { type: 'transfer', ...head(alice), asset: 'USDC', amount: '100.5', toOwner: alice.address, toSubaccount: 1 },
    alice.key,
  );
  assert.ok('hash' in sub);
  assert.is((await ask('account_get', { owner: alice.address, subaccount: 1 }))['account'].cash, '100.5');
  await served.http.submit({ type: 'setMode', ...head(alice), mode: 'cross' }, alice.key);
  assert.is((await ask('account_margin', { owner: alice.address }))['mode'], 'cross');
  await served.http.submit(
    {
      type: 'authorizeSession',
      ...head(alice),
      key: key.address,
      scope: ['trade'],
      sessionExpiry: Math.floor(Date.now() / 1_000) + 3_600,
      notionalCap: '5000',
      markets: ['ETH-PERP'],
    },
    alice.key,
  );
  const { sessions } = await ask('account_sessionKeys', { owner: alice.address });
  assert.is(sessions[0].notionalCap, '5000');
  const bySession: Json = await served.http.submit(orderOf(alice, 'sell', '0.1', '4050'), key.key);
  assert.is(bySession['status'], 'open');
  const envelope = await served.http.sign(orderOf(alice, 'sell', '0.1', '4052'), key.key);
  const claimed = await refusal(served.http.request('tx_submit', { ...envelope, signer: alice.address }));
  assert.is(claimed.data.name, 'SIGNER_MISMATCH', 'a session key does not pass for its owner');
  await served.http.submit({ type: 'revokeSession', ...head(alice), key: key.address }, alice.key);
  const revoked = await refusal(served.http.submit(orderOf(alice, 'sell', '0.1', '4051'), key.key));
  assert.is(revoked.data.name, 'SIGNER_NOT_AUTHORIZED');
  await served.http.submit({ type: 'invalidateNonces', ...head(alice), floor: head(alice).nonce }, alice.key);
  assert.equal((await ask('account_openOrders', { owner: alice.address }))['orders'], []);
  const precise = await refusal(
    served.http.submit(
      { type: 'withdraw', ...head(alice), asset: 'USDC', amount: '0.0000001', recipient: alice.address },
      alice.key,
    ),
  );
  assert.is(precise.data.name, 'AMOUNT_TOO_PRECISE');
  await served.http.submit(
    { type: 'withdraw', ...head(alice), asset: 'USDC', amount: '5', recipient: alice.address },
    alice.key,
  );
  const { entries } = await ask('account_ledger', { owner: alice.address });
  const record = entries.find((e: Json) => e['type'] === 'withdrawalRecord');
  assert.is(record.withdrawal, 0);
  assert.is((await refusal(ask('proof_withdrawal', { withdrawal: 0 }))).data.name, 'PROOFS_NOT_SERVED');
  assert.is((await refusal(ask('proof_withdrawal', { withdrawal: 7 }))).data.name, 'WITHDRAWAL_NOT_FOUND');
});

test('a node that has not kept the state of a posted batch says so, and whom to ask', async () => {
  const { store } = served.node;
  // As a follower that began with a snapshot: nothing at or before the block to replay from.
  const replayed = new ReplayedState(store, async () => null, { recover });
  const proofs = { withdrawal: () => replayed.at(1, (): never => assert.unreachable() as never) };
  const methods = allMethods(new Service({ ...served.node, proofs }));
  const { handle } = methods.find(({ definition }) => definition.name === 'proof_withdrawal')!;
  const error = await Promise.resolve(handle({ withdrawal: 0 } as never, {} as never)).catch((thrown: unknown) => thrown);
  assert.instance(error, RpcError);
  const { data } = error as RpcError;
  assert.is(data.name, 'PROOFS_NOT_SERVED');
  assert.match(JSON.stringify(data), /ask a node that has all blocks/);
});

test('a proof of an account and of its absence verify against the root', async () => {
  for (const owner of [bob.address, person('nobody').address]) {
    const p = await ask('proof_account', { owner });
    const valueHash = p['value'] === null ? null : sha256(fromHex(p['value']));
    assert.is(p['value'] === null, owner !== bob.address);
    assert.ok(verifyProof(fromHex(p['root']), fromHex(p['key']), valueHash, fromHex(p['proof'])));
  }
});

test('blocks, transactions and receipts can be looked up', async () => {
  const heights = new Map<number, () => void>();
  const seen = new Set<number>();
  const leave = await served.socket.subscribe('heads', {}, ({ kind, data }) => {
    const { height } = data as Json;
    if (kind !== 'event') return;
    seen.add(height);
    heights.get(height)?.();
  });
  const done = await served.http.submit({ type: 'setMode', ...head(bob), mode: 'portfolio' }, bob.key);
  const { hash, height } = done as Json;
  await new Promise<void>((resolve) => (seen.has(height) ? resolve() : heights.set(height, resolve)));
  await leave();
  const { block } = await ask('chain_getBlock', { height, transactions: true });
  assert.ok(block.transactions.some((t: Json) => t['hash'] === hash));
  const transaction = await ask('chain_getTransaction', { hash });
  assert.is(transaction['type'], 'setMode');
  assert.is(transaction['body'].owner, bob.address);
  const receipt = await ask('chain_getReceipt', { hash });
  assert.is(receipt['ok'], true);
  assert.is((await refusal(ask('chain_getBlock', { height: 10 ** 6 }))).code, 36_005);
});

test('subscribers hear of books, trades, orders, fills and accounts, in that market and account', async () => {
  const isEvent = (n: Notice): boolean => n.kind === 'event';
  const feeds = [
    heard('book', { market: 'ETH-PERP' }, isEvent),
    heard('trades', { market: 'ETH-PERP' }, isEvent),
    heard('orders', { owner: alice.address }, isEvent),
    heard('fills', { owner: alice.address }, isEvent),
    heard('account', { owner: alice.address }, isEvent),
  ];
  const leave = await Promise.all(feeds.map((feed) => feed.subscribed));
  await served.socket.submit(orderOf(alice, 'buy', '0.3', '3950'), alice.key);
  await served.socket.submit(orderOf(bob, 'sell', '0.3', '3950'), bob.key);
  const [book, trade, order, fill, account] = await Promise.all(feeds.map((feed) => feed.notice));
  assert.is((book!.data as Json)['bids'][0][0], '3950');
  assert.is((trade!.data as Json)['side'], 'sell');
  assert.is((order!.data as Json)['market'], 'ETH-PERP');
  assert.is((fill!.data as Json)['role'], 'maker');
  assert.is((account!.data as Json)['positions'].length, 1);
  await Promise.all(leave.map((off) => off()));
});

test('what the node says of itself, its pool and its rules has its shape', async () => {
  const reads: [string, Json][] = [
    ['system_time', {}],
    ['system_health', {}],
    ['chain_heads', {}],
    ['market_list', {}],
    ['market_ticker', { market: 'ETH-PERP' }],
    ['market_funding', { market: 'ETH-PERP' }],
    ['oracle_prices', {}],
    ['pool_get', {}],
    ['pool_assets', {}],
    ['risk_parameters', {}],
    ['risk_array', { market: 'BTC-PERP' }],
    ['liquidation_atRisk', { healthBelow: '1000' }],
    ['account_greeks', { owner: bob.address }],
    ['account_orders', { owner: bob.address, limit: 2 }],
  ];
  for (const [method, params] of reads) {
    const { at } = await ask(method, params);
    assert.is(at.safety, 'soft', method);
  }
  const { ok } = await ask('system_health');
  assert.is(ok, true);
  const { scenarios } = await ask('risk_array', { market: 'ETH-PERP' });
  assert.is(scenarios.length, 35);
  assert.is(await served.http.request('eth_chainId', []), '0x7a69');
  assert.is(await served.http.request('net_version'), '31337');
  assert.match(String(await served.http.request('web3_clientVersion')), /^tidepool\//);
  const { openrpc } = await ask('rpc.discover');
  assert.type(openrpc, 'string');
});

test.run();
