/** A sequencer and followers that meet over real peers. */
import { mkdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SealedBlock } from '../../../node/chain/block.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import type { Devnet } from '../../../node/devnet.ts';
import { FollowerNode, type FollowerOptions } from '../../../node/follower/followerNode.ts';
import type { Join } from '../../../node/follower/join.ts';
import type { Disagreement } from '../../../node/follower/disagreement.ts';
import { assemble } from '../../../node/l1/assemble.ts';
import { Peers, type PeerSource } from '../../../node/peers/peers.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { fastOptions, newDirectory, postByHand, startDevnet, stopDevnets, tipOf } from '../devnet/world.ts';
import { freshDirectory, trading, until, withWrongRoot } from './support.ts';

const test = suite('followers and peers');
const LOOPBACK = { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], mdns: false };
const running = new Set<FollowerNode>();
const directories = new Map<FollowerNode, string>();
test.after(async () => {
  for (const node of running) await node.close();
  for (const peers of liars) await peers.close();
  await stopDevnets();
});

const fail = (error: unknown): never => {
  throw error;
};
const never = (wrong: Disagreement): never => fail(new Error(`${wrong.rule}: ${wrong.received}`));

async function follow(devnet: Devnet, join: Join, more: Partial<FollowerOptions> = {}): Promise<FollowerNode> {
  const { node, deployment, provider } = devnet;
  const directory = more.directory ?? freshDirectory();
  const follower = await FollowerNode.open({
    ...{ directory, clock: node.clock, network: node.network, deployment, provider, join },
    ...{ peers: { ...LOOPBACK, bootstrap: devnet.publication.peers!.addresses }, snapshotSeconds: 0, confirmations: 0, pollMillis: 50 },
    ...{ recoveryWorkers: 0, sync: false, onTrouble: (what: string, error: unknown) => console.error(what, String(error)) },
    ...more,
  });
  running.add(follower);
  directories.set(follower, directory);
  return follower;
}
async function stop(node: FollowerNode): Promise<void> {
  running.delete(node);
  await node.close();
}

test('followers that begin block by block, with a snapshot and from L1 end at one root', async () => {
  const devnet = await startDevnet({ ...fastOptions(newDirectory()), peers: LOOPBACK });
  const trade = await trading(devnet);
  await trade(4);
  const first = await follow(devnet, 'blocks', { snapshotSeconds: 3_600 });
  await first.start(never, fail);
  await until(first.follower, devnet.node.executor.sealedHeight);
  await devnet.flush();
  assert.ok(await first.snapshots.make());
  await devnet.flush();
  const late = await follow(devnet, 'snapshot', { peers: { ...LOOPBACK, bootstrap: first.peers!.addresses } });
  const hasBook = new Promise<void>((resolve) => late.book.onRefill(() => resolve()));
  await late.start(never, fail);
  const alone = await follow(devnet, 'l1', { peers: null });
  await alone.start(never, fail);
  await trade(4);
  devnet.node.keeper.stop();
  await devnet.flush();
  // It knows nobody who sequences: the image came through the first one.
  await hasBook;
  const { sealedHeight, state } = devnet.node.executor;
  for (const node of [first, late, alone]) {
    await until(node.follower, sealedHeight);
    assert.is(toHex(node.follower.executor.state.root), toHex(state.root));
    assert.is(node.follower.executor.sequence, devnet.node.executor.sequence);
    await stop(node);
  }
});

/** A peer that has the key of the sequencer and says what it likes. */
async function liar(devnet: Devnet): Promise<Peers> {
  const nothing: PeerSource = {
    head: () => null,
    blocks: async () => [],
    manifest: async () => null,
    chunk: async () => null,
    book: async () => null,
  };
  const { domainSeparator: chain, address } = devnet.node.sequencer;
  const peers = await Peers.open({ ...LOOPBACK, directory: directoryOf(), source: nothing, chain, signers: [address], onTrouble: () => undefined });
  liars.add(peers);
  return peers;
}
const liars = new Set<Peers>();
const directoryOf = (): string => {
  const directory = freshDirectory();
  mkdirSync(directory, { recursive: true });
  return directory;
};

/** Resolves when `count` peers take the gossip of `peers`. */
const meets = (peers: Peers, count: number): Promise<void> =>
  new Promise((resolve) => peers.onPeers((all) => all.filter(({ gossips }) => gossips).length >= count && resolve()));

const halts = (node: FollowerNode): Promise<Disagreement> => new Promise((resolve) => void node.start(resolve, fail));

/** A devnet whose next block its followers have not heard of, three followers at the block before, and a liar they know. */
async function besieged(): Promise<{ devnet: Devnet; next: SealedBlock; nodes: FollowerNode[]; halted: Promise<Disagreement>[]; evil: Peers }> {
  // Blocks are sealed by the trades alone: the next one has a trade in it.
  const devnet = await startDevnet({ ...fastOptions(newDirectory()), blockMillis: 3_600_000, peers: LOOPBACK });
  const trade = await trading(devnet);
  await trade(3);
  devnet.node.keeper.stop();
  await devnet.flush();
  const evil = await liar(devnet);
  const first = await follow(devnet, 'blocks', { peers: { ...LOOPBACK, bootstrap: [...devnet.publication.peers!.addresses, ...evil.addresses] } });
  const met = meets(evil, 1);
  const halted = [halts(first)];
  const { sealedHeight } = devnet.node.executor;
  await until(first.follower, sealedHeight);
  await met;
  const nodes = [first];
  for (let i = 0; i < 2; i++) {
    const node = await follow(devnet, 'blocks', { peers: { ...LOOPBACK, bootstrap: first.peers!.addresses } });
    const meeting = meets(node.peers!, 1);
    halted.push(halts(node));
    await until(node.follower, sealedHeight);
    await meeting;
    nodes.push(node);
  }
  await devnet.publication.peers!.close();
  await trade(1);
  const next = (await readBlock(devnet.node.store, sealedHeight + 1))!;
  return { devnet, next, nodes, halted, evil };
}

test('a wrong root that the sequencer signed is caught by every follower within that block, with the transaction', async () => {
  const { devnet, next, nodes, halted, evil } = await besieged();
  const at = next.transactions.length - 1;
  const block = withWrongRoot(devnet, next, at);
  evil.publish(block);
  const told = await Promise.all(halted);
  for (const [i, wrong] of told.entries()) {
    assert.is(wrong.height, next.header.height);
    assert.is(wrong.transaction, at);
    assert.is(wrong.expected, toHex(next.transactions[at]!.root));
    const node = nodes[i]!;
    assert.is(node.follower.doubts()[0]!.code, 'IN_DOUBT');
    // What it answers from is still the chain before that block.
    assert.is(node.follower.executor.sealedHeight, next.header.height - 1);
    await stop(node);
  }
});

test('two blocks of one height are kept as evidence, over a restart, and the first is not given up', async () => {
  const { devnet, next, nodes, evil } = await besieged();
  const [node] = nodes;
  evil.publish(next);
  await until(node!.follower, next.header.height);
  const other = withWrongRoot(devnet, next, 0);
  const seen = new Promise<void>((resolve) => node!.follower.equivocations.onNew(() => resolve()));
  evil.publish(other);
  await seen;
  const [one] = node!.follower.equivocations.all;
  assert.is(one!.height, next.header.height);
  assert.equal(one!.headers.map(({ hash }) => hash), [next.hash, other.hash]);
  assert.is(node!.follower.disagreement, null);
  for (const each of nodes) await stop(each);
  const again = await follow(devnet, 'blocks', { directory: directories.get(node!)!, peers: null });
  assert.equal(again.follower.equivocations.all, [one]);
  assert.is(again.follower.executor.sealedHeight, next.header.height);
  await stop(again);
});

test('an L1 that has another block than peers ends it: neither is believed', async () => {
  const { devnet, next, nodes, halted, evil } = await besieged();
  evil.publish(next);
  for (const node of nodes) await until(node.follower, next.header.height);
  const tip = await tipOf(devnet);
  const wrong = withWrongRoot(devnet, next, next.transactions.length - 1);
  const { header, payload } = assemble(tip, [wrong]);
  await postByHand(devnet, header, payload);
  for (const told of await Promise.all(halted)) {
    assert.is(told.source.kind, 'batch');
    assert.is(told.rule, 'root after the batch');
    assert.is(told.expected, next.header.stateRoot);
  }
  for (const node of nodes) await stop(node);
});

test.run();
