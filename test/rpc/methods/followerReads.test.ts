/** A follower answers every read as the sequencer does at the same height: the same bytes. */
import { setImmediate } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Devnet } from '../../../node/devnet.ts';
import { FollowerNode } from '../../../node/follower/followerNode.ts';
import { viewOf } from '../../../rpc/devnetView.ts';
import { viewOfFollower } from '../../../rpc/followerView.ts';
import { allMethods } from '../../../rpc/methods/all.ts';
import { Service } from '../../../rpc/methods/service.ts';
import type { NodeView } from '../../../rpc/methods/view.ts';
import { serve } from '../../../rpc/server/nodeServer.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { fastOptions, markTicks, newDirectory, Person, startDevnet, stopDevnets, USD } from '../../node/devnet/world.ts';
import { freshDirectory, until } from '../../node/follower/support.ts';

const test = suite('reads of a follower');
const LOOPBACK = { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], mdns: false };
const never = (what: unknown): never => {
  throw new Error(JSON.stringify(what));
};

/** Of the node itself, not of its chain. */
const OF_THE_NODE: ReadonlySet<string> = new Set(['system_health', 'system_time']);

let devnet: Devnet;
let follower: FollowerNode;
let doors: { url: string; close: () => Promise<void> }[];
const known: Record<string, unknown> = {};
test.before(async () => {
  devnet = await startDevnet({ ...fastOptions(newDirectory()), blockMillis: 3_600_000, peers: LOOPBACK });
  const { node, deployment, provider } = devnet;
  const { sequencer, clock, network } = node;
  follower = await FollowerNode.open({
    ...{ directory: freshDirectory(), clock, network, deployment, provider, join: 'blocks', snapshotSeconds: 3_600 },
    ...{ peers: { ...LOOPBACK, bootstrap: devnet.publication.peers!.addresses }, confirmations: 0, pollMillis: 50 },
    ...{ recoveryWorkers: 0, sync: false, onTrouble: () => undefined },
  });
  await follower.start(never, never);
  const [alice, bob] = [new Person(devnet, 4), new Person(devnet, 5)];
  for (const person of [alice, bob]) await person.deposit(100_000n * USD);
  const ticks = markTicks(devnet);
  const { result: resting } = await sequencer.placeOrder(bob.order(false, 30n, ticks));
  await sequencer.placeOrder(alice.order(true, 10n, ticks));
  await sequencer.placeOrder(alice.order(true, 7n, ticks - 50n));
  const { result: gone } = await sequencer.placeOrder(bob.order(true, 4n, ticks - 60n));
  await sequencer.cancelOrder(bob.cancel(gone.record.digest));
  const { result } = await sequencer.submitAction(alice.action(withdraw, { asset: 0, amount: 5n * USD, recipient: alice.address }));
  while (!sequencer.screen.isLoaded) await setImmediate();
  node.keeper.stop();
  // What is missing is noticed with the blocks after it, on a chain that goes on.
  const { book } = follower;
  const isMirrored = (): boolean => book.isComplete && book.matcher.count === sequencer.desk.matcher.count;
  for (let tries = 0; !isMirrored(); tries++) {
    if (tries > 200) throw new Error(`the book did not come: ${book.gap}, ${book.matcher.count} orders`);
    node.keeper.tick();
    await sequencer.seal();
    await clock.sleep(50);
  }
  await devnet.flush();
  await until(follower.follower, node.executor.sealedHeight);
  Object.assign(known, { owner: alice.address, hash: result.hash, orderId: resting.record.digest, height: 1, index: 0, withdrawal: 0 });
  await follower.follower.watcher.poll();
  await follower.follower.watcher.poll();
  doors = [];
  for (const view of [viewOf(devnet), viewOfFollower(follower)]) {
    const door = await serve(view, { host: '127.0.0.1', port: 0, rate: null });
    doors.push({ url: `http://127.0.0.1:${door.port}`, close: () => door.close() });
  }
});
test.after(async () => {
  for (const door of doors) await door.close();
  await follower.close();
  await stopDevnets();
});

/** The example of a method, about what there is here: names of the example, and the markets that it names. */
function paramsOf(example: unknown, markets: Readonly<Record<string, string>>): unknown {
  if (typeof example === 'string') return markets[example] ?? example;
  if (Array.isArray(example)) return example.map((one) => paramsOf(one, markets));
  if (typeof example !== 'object' || example === null) return example;
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, name in known ? known[name] : paramsOf(value, markets)]),
  );
}

/** A listed market of the kind. */
async function listed(kind: string): Promise<string> {
  const { result } = JSON.parse(await ask(doors[0]!.url, 'market_list', { underlying: 'BTC', kind, limit: 1 })) as {
    result: { markets: { market: string }[] };
  };
  return result.markets[0]!.market;
}

async function ask(url: string, method: string, params: unknown): Promise<string> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  return response.text();
}

test('the book has come whole', () => {
  assert.ok(follower.book.isComplete, follower.book.gap ?? '');
  assert.is(follower.book.matcher.count, devnet.node.sequencer.desk.matcher.count);
  assert.ok(follower.book.matcher.count > 0);
});

test('every read method gives the same bytes', async () => {
  const view: NodeView = viewOf(devnet);
  const reads = allMethods(new Service(view)).map(({ definition }) => definition).filter(({ kind, name }) => kind === 'read' && !OF_THE_NODE.has(name));
  const markets = { 'BTC-27MAR26-100000-C': await listed('call'), 'BTC-27MAR26': await listed('future') };
  const refused: string[] = [];
  for (const { name, example } of reads) {
    const params = paramsOf(example.params, markets);
    const [one, other] = await Promise.all(doors.map(({ url }) => ask(url, name, params)));
    assert.is(other, one, `${name} ${JSON.stringify(params)}`);
    if (!('result' in (JSON.parse(one!) as object))) refused.push(name);
  }
  // Nothing was liquidated here: that both say so is all there is to compare.
  assert.equal(refused, ['liquidation_explain']);
});

test.run();
