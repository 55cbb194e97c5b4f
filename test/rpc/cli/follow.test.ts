/**
 * A network of processes on loopback: a sequencer under load, followers that join in every way, links that are
 * cut, processes that are killed, a peer that forges. All that are honest end at the root of a replay from L1.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateKeyToAccount } from 'viem/accounts';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rollup as rollupContract } from '../../../genesis/contracts/abi.ts';
import { encodePostBatch } from '../../../genesis/contracts/batch.ts';
import { audit } from '../../../node/auditor/auditor.ts';
import { blockHash, signBlock, transactionsHash, type BlockHeader, type SealedBlock } from '../../../node/chain/block.ts';
import { addressOfKey } from '../../../node/crypto/recover.ts';
import { devnetOf } from '../../../node/devnet.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { EmbeddedL1 } from '../../../node/l1/embedded/embeddedL1.ts';
import { serveEmbeddedL1, type L1Server } from '../../../node/l1/embedded/server.ts';
import { openL1Provider } from '../../../node/l1/provider.ts';
import { assemble } from '../../../node/l1/assemble.ts';
import { Peers, type PeerSource } from '../../../node/peers/peers.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { seededRandom } from '../../../node/ports/random.ts';
import { readDeployment } from '../../../rpc/cli/doors.ts';
import { Trader } from '../../../rpc/cli/l1.ts';
import { TidepoolClient } from '../../../rpc/client/client.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { domainSeparatorOf } from '../../../state/codec/typedData.ts';
import type { Digest } from '../../../state/units.ts';
import { newDirectory } from '../../node/devnet/world.ts';
import { ask, killAll, Link, peersOf, reaches, Running, urlOf } from './network.ts';

const test = suite('a network of processes');
const SEED = process.env['TIDEPOOL_SEED'] ?? String(Date.now());
type Heads = Readonly<{ soft: { height: number } }>;

let l1: EmbeddedL1;
let server: L1Server;
const links: Link[] = [];
test.before(async () => {
  console.log(`TIDEPOOL_SEED=${SEED}`);
  l1 = await EmbeddedL1.open({ directory: null, clock: new SystemClock(), mining: { kind: 'auto' } });
  server = await serveEmbeddedL1({ l1, port: 0, developmentMethods: true });
});
test.after(async () => {
  killAll();
  for (const link of links) link.close();
  await server.close();
  await l1.close();
});

/** The multiaddr with another port: the way through a link. */
const through = (address: string, { port }: Link): string => address.replace(/\/tcp\/\d+\//, `/tcp/${port}/`);
const portOf = (address: string): number => Number(/\/tcp\/(\d+)\//.exec(address)![1]);

/** Somebody who buys and sells at a node until told to stop. Returns how many orders were filled. */
async function trade(url: string, key: Uint8Array, owner: string, isOver: () => boolean): Promise<number> {
  const client = await TidepoolClient.connect(url);
  let filled = 0;
  for (let nonce = Date.now(); !isOver(); nonce++) {
    const { markPrice } = await ask<{ markPrice: string }>(url, 'market_ticker', { market: 'BTC-PERP' });
    const side = nonce % 2 === 0 ? 'buy' : 'sell';
    const price = String(Math.round(Number(markPrice) * (side === 'buy' ? 1.01 : 0.99)));
    const head = { owner: owner as `0x${string}`, nonce: String(nonce), expiry: Math.floor(Date.now() / 1_000) + 60 };
    try {
      const outcome = await client.submit({ type: 'order', ...head, market: 'BTC-PERP', side, size: '0.01', price, timeInForce: 'ioc' }, key);
      if ('status' in outcome && outcome.status === 'filled') filled += 1;
    } catch {
      // The node it goes through is being killed, or nobody quotes just now.
    }
    // L1 goes on, so that batches become deep.
    await l1.mine();
  }
  await client.close();
  return filled;
}

/** A peer with a key of its own, who has nothing to give. */
async function peerOf(directory: string, chain: Digest, key: Uint8Array, bootstrap: string): Promise<Peers> {
  mkdirSync(directory);
  const nothing = async (): Promise<null> => null;
  const source: PeerSource = { head: () => null, blocks: async () => [], manifest: nothing, chunk: nothing, book: nothing };
  const meeting = { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: bootstrap.split(','), mdns: false };
  return Peers.open({ ...meeting, directory, chain, signers: [addressOfKey(key)], source, onTrouble: () => undefined });
}

/** Resolves when somebody takes the gossip of `peers`. */
const heard = (peers: Peers): Promise<void> =>
  new Promise((resolve) => peers.onPeers((all) => all.some(({ gossips }) => gossips) && resolve()));

/** A block of now at this height that nobody sealed. */
function forgedBlock(chain: Digest, height: number, key: Uint8Array, before: Partial<BlockHeader> = {}): SealedBlock {
  const transactions = [{ bytes: Uint8Array.of(1, height), root: new Uint8Array(32).fill(height), code: 0 }];
  const nothing: Digest = `0x${'00'.repeat(32)}`;
  const header: BlockHeader = {
    height,
    timestamp: Math.floor(Date.now() / 1_000),
    parentHash: nothing,
    anchorNumber: 0,
    anchorHash: nothing,
    inboxCursor: 0,
    inboxAccumulator: nothing,
    parameterHash: nothing,
    firstSequence: height,
    transactionCount: 1,
    transactionsHash: transactionsHash(transactions),
    stateRoot: toHex(transactions[0]!.root),
    ...before,
  };
  const hash = blockHash(header);
  return { header, hash, transactions, signature: signBlock(fromHex(chain), height, hash, key) };
}

/** How often a node refused gossip because of who signed it. */
async function forgeries(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^tidepool_gossip_messages_total\{result="blocks\.forged"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

test('killed, cut off, lied to: every honest node ends at the root of a cold replay from L1', async () => {
  const directory = newDirectory();
  const data = (name: string): string => join(directory, name);
  const seller = new Running(
    ...['start', '--l1', server.url, '--data-dir', data('sequencer'), '--port', '0', '--p2p-port', '0'],
    ...['--batch-seconds', '1', '--price-seconds', '1', '--snapshot-seconds', '2'],
  );
  const [url, address] = [await urlOf(seller), await peersOf(seller)];
  const deployment = readDeployment(join(data('sequencer'), 'deployment.json'));
  const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: deployment.chainId });
  const link = await Link.to(portOf(address));
  links.push(link);

  const follow = (name: string, ...flags: string[]): Running =>
    new Running(
      ...['follow', '--l1', server.url, '--deployment', join(data('sequencer'), 'deployment.json')],
      ...['--data-dir', data(name), '--port', '0', '--snapshot-seconds', '2', ...flags],
    );
  const near = (port: number): Running =>
    follow('near', '--join', 'blocks', '--peers', through(address, link), '--p2p-port', String(port), '--sequencer', url);
  const nodes = { near: near(0), alone: follow('alone', '--join', 'l1') };
  let nearUrl = await urlOf(nodes.near);
  const nearAddress = await peersOf(nodes.near);

  const account = DEV_ACCOUNTS[5]!;
  const trader = new Trader(provider, account.privateKey);
  await trader.mint(deployment.tokens[0]!, 100_000n * 10n ** 6n);
  await trader.deposit(deployment.vault, deployment.tokens[0]!, 0, 0, 100_000n * 10n ** 6n);
  let isOver = false;
  const trading = trade(url, fromHex(account.privateKey), trader.address, () => isOver);

  // Somebody without the key of the sequencer says what it likes.
  const key = fromHex(DEV_ACCOUNTS[8]!.privateKey);
  const chain = domainSeparatorOf(deployment.chainId, deployment.rollup);
  const forger = await peerOf(data('forger'), chain, key, nearAddress);
  await heard(forger);
  for (let height = 1_000; height < 1_003; height++) forger.publish(forgedBlock(chain, height, key));

  // A late one joins by a snapshot of the near one, or of whoever the near one leads it to.
  const late = (): Running => follow('late', '--join', 'snapshot', '--peers', `${nearAddress},${through(address, link)}`);
  let lateNode = late();
  await urlOf(lateNode);

  await reaches(nearUrl, (await ask<Heads>(url, 'chain_heads')).soft.height);
  assert.ok((await forgeries(nearUrl)) > 0);
  const random = seededRandom(SEED);
  // Each of them once, in an order that the seed says.
  const accidents = ['near is killed', 'late is killed', 'near is cut off'];
  while (accidents.length > 0) {
    const { soft } = await ask<Heads>(url, 'chain_heads');
    const [accident] = accidents.splice(random.nextInt(accidents.length), 1);
    if (accident === 'near is killed') {
      await nodes.near.end('SIGKILL');
      nodes.near = near(portOf(nearAddress));
      nearUrl = await urlOf(nodes.near);
    } else if (accident === 'late is killed') {
      await lateNode.end('SIGKILL');
      lateNode = late();
    } else {
      link.cut();
      await reaches(url, soft.height + 4);
      link.restore();
    }
    await reaches(nearUrl, soft.height + 5);
    await reaches(await urlOf(lateNode), soft.height + 5);
  }
  isOver = true;
  assert.ok((await trading) > 0);

  const report = await audit(provider, deployment, devnetOf(deployment.genesisTime));
  assert.is(report.divergence, null);
  await l1.mine();
  await l1.mine();
  await l1.mine();
  for (const each of [url, nearUrl, await urlOf(lateNode), await urlOf(nodes.alone)]) {
    await reaches(each, report.height);
    const { block } = await ask<{ block: { stateRoot: string } }>(each, 'chain_getBlock', { height: report.height });
    assert.is(block.stateRoot, report.root, each);
  }
  await forger.close();
  for (const node of [nodes.near, nodes.alone, lateNode, seller]) assert.is(await node.end(), 0);
});

test('a wrong block of the sequencer ends a follower with 70, and its batch is disproved on L1 before', async () => {
  const directory = newDirectory();
  const data = (name: string): string => join(directory, name);
  const file = join(data('sequencer'), 'deployment.json');
  const seller = new Running(
    ...['start', '--l1', server.url, '--data-dir', data('sequencer'), '--port', '0', '--p2p-port', '0'],
    ...['--batch-seconds', '1', '--price-seconds', '1', '--maker', 'false'],
  );
  await urlOf(seller);
  const follower = new Running(
    ...['follow', '--l1', server.url, '--deployment', file, '--data-dir', data('follower'), '--port', '0'],
    ...['--join', 'blocks', '--peers', await peersOf(seller), '--prove', '--watch-seconds', '1'],
  );
  const followerUrl = await urlOf(follower);
  await reaches(followerUrl, 3);
  const deployment = readDeployment(file);
  const chain = domainSeparatorOf(deployment.chainId, deployment.rollup);
  const key = fromHex(DEV_ACCOUNTS[0]!.privateKey);
  await seller.end('SIGKILL');

  // The sequencer of before, or whoever has its key, goes on with a block that is none.
  const peer = await peerOf(data('peer'), chain, key, await peersOf(follower));
  await heard(peer);
  const { soft } = await ask<Heads>(followerUrl, 'chain_heads');
  const last = await ask<{ block: BlockHeader & { hash: Digest } }>(followerUrl, 'chain_getBlock', { height: soft.height });
  const { hash: parentHash, ...header } = last.block;
  const wrong = forgedBlock(chain, soft.height + 1, key, {
    parentHash,
    firstSequence: header.firstSequence + header.transactionCount,
  });
  peer.publish(wrong);
  assert.is((await follower.says(/^DIVERGENCE at block/))['transaction'], 0);
  const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: deployment.chainId });
  // The last batch of the killed sequencer may still be waiting for its block: the tip is read after it.
  await l1.mine();
  const rollup = { address: deployment.rollup, abi: rollupContract.abi } as const;
  const [hash, root, lastHeight] = await provider.publicClient.readContract({ ...rollup, functionName: 'tip' });
  const count = Number(await provider.publicClient.readContract({ ...rollup, functionName: 'batchCount' }));
  const tip = { count, hash, root, lastHeight: Number(lastHeight) };
  // What L1 does not have yet came to the follower signed, so that it is there to be had.
  const missing = soft.height - tip.lastHeight;
  const { blocks: rest } = missing > 0 ? await peer.blocks(tip.lastHeight + 1, missing) : { blocks: [] };
  const { header: batch, payload } = assemble(tip, [...rest, { ...wrong, header: { ...header, ...facts(wrong) } }]);
  const wallet = provider.walletClient(privateKeyToAccount(DEV_ACCOUNTS[0]!.privateKey));
  await wallet.sendTransaction({ to: deployment.rollup, data: toHex(encodePostBatch(batch, payload)) });

  assert.is(await follower.ended, 70);
  assert.match(follower.output, /"outcome":"proved"/);
  const told = JSON.parse(readFileSync(join(data('follower'), 'divergence.json'), 'utf8')) as { height: number; transaction: number };
  assert.equal([told.height, told.transaction], [soft.height + 1, 0]);
  await peer.close();
});

/** What a batch says of the chain after a block that has changed nothing of it but its root. */
const facts = ({ header: { height, stateRoot, transactionCount, transactionsHash: hash } }: SealedBlock): Partial<BlockHeader> => ({
  height,
  stateRoot,
  transactionCount,
  transactionsHash: hash,
});

test.run();
