/** What a chain that follows keeps, what it refuses, and how it tells. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockHeader, SealedBlock } from '../../../node/chain/block.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import type { Devnet } from '../../../node/devnet.ts';
import { disagreementJson, type Disagreement } from '../../../node/follower/disagreement.ts';
import { BUCKET, after, key } from '../../../node/store/buckets.ts';
import type { Store } from '../../../node/store/store.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { applyStateless } from '../../../state/transition.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { blocksOf, fastOptions, newDirectory, startDevnet, stopDevnets } from '../devnet/world.ts';
import { chainOf, emptyChain, forged, trading, withWrongRoot } from './support.ts';

const test = suite('followed chain');
let devnet: Devnet;
let blocks: SealedBlock[];
test.before(async () => {
  devnet = await startDevnet(fastOptions(newDirectory()));
  await (await trading(devnet))(12);
  devnet.node.keeper.stop();
  await devnet.node.sequencer.seal();
  await devnet.node.sequencer.settled();
  blocks = await blocksOf(devnet, 1, devnet.node.executor.sealedHeight);
});
test.after(stopDevnets);

/** Every entry of a bucket. */
async function entriesOf(store: Store, bucket: number): Promise<string[]> {
  const entries: string[] = [];
  const prefix = key(bucket);
  for await (const [at, value] of store.range(prefix, after(prefix))) {
    entries.push(`${Buffer.from(at).toString('hex')} ${Buffer.from(value).toString('hex')}`);
  }
  return entries;
}

test('a follower that executed every block has the store of the sequencer', async () => {
  const parts = await emptyChain(devnet);
  const chain = chainOf(parts);
  const heard: number[] = [];
  chain.onBlock(({ header }) => heard.push(header.height));
  for (const block of blocks) assert.is(await chain.take(block), null);
  assert.equal(heard, blocks.map(({ header }) => header.height));
  const { executor } = devnet.node;
  assert.is(toHex(parts.executor.state.root), toHex(executor.state.root));
  assert.is(parts.executor.sequence, executor.sequence);
  for (const bucket of [BUCKET.record, BUCKET.block, BUCKET.transaction, BUCKET.pending]) {
    assert.equal(await entriesOf(parts.store, bucket), await entriesOf(devnet.node.store, bucket), `bucket ${bucket}`);
  }
  await parts.store.close();
  // And goes on from there.
  const again = await emptyChain(devnet, parts.directory);
  assert.is(toHex(again.executor.state.root), toHex(executor.state.root));
  await again.store.close();
});

/** A chain that took all blocks before `at`, and what it says of another block there. */
async function refused(at: number, block: SealedBlock): Promise<Disagreement> {
  const parts = await emptyChain(devnet);
  const chain = chainOf(parts);
  for (const good of blocks.slice(0, at)) assert.is(await chain.take(good), null);
  const wrong = await chain.take(block);
  assert.ok(wrong);
  await parts.store.flush();
  assert.is(await readBlock(parts.store, blocks[at]!.header.height), undefined);
  await parts.store.close();
  // What is on disk is the chain before the block: the true one can still follow.
  const again = await emptyChain(devnet, parts.directory);
  assert.is(await chainOf(again).take(blocks[at]!), null);
  await again.store.close();
  return wrong;
}

const last = (): number => blocks.findLastIndex(({ transactions }) => transactions.length > 2);

test('a wrong root is told with the transaction, its difference, and a witness that anybody can check', async () => {
  const at = last();
  const block = withWrongRoot(devnet, blocks[at]!, 1);
  const wrong = await refused(at, block);
  const { transactions, header } = blocks[at]!;
  assert.is(wrong.height, header.height);
  assert.is(wrong.transaction, 1);
  assert.is(wrong.sequence, header.firstSequence + 1);
  assert.is(wrong.expected, toHex(transactions[1]!.root));
  assert.is(wrong.received, toHex(block.transactions[1]!.root));
  assert.ok(wrong.difference.length > 0);
  assert.is(toHex(wrong.rootBefore!), toHex(transactions[0]!.root));
  const { root } = applyStateless(wrong.rootBefore!, wrong.bytes!, wrong.witness!, { recover });
  assert.is(toHex(root), wrong.expected);
  const told = JSON.parse(disagreementJson(wrong)) as { source: { hash: string }; difference: unknown[] };
  assert.is(told.source.hash, block.hash);
  assert.is(told.difference.length, wrong.difference.length);
});

test('money from nowhere is seen: a deposit that L1 never had has another root than claimed', async () => {
  const at = last();
  const block = forged(devnet, blocks[at]!, ({ transactions }) => {
    const bytes = encodeTransaction(deposit, { asset: 0, account: `0x${'77'.repeat(20)}00`, amount: 10n ** 12n });
    transactions.push({ bytes, root: transactions.at(-1)!.root, code: 0 });
    return {};
  });
  const wrong = await refused(at, block);
  // It takes the next place of the inbox, whose accumulator is then not that of L1.
  assert.is(wrong.rule, 'root after the transaction');
  assert.is(wrong.transaction, blocks[at]!.transactions.length);
});

test('every fact of a header is compared', async () => {
  const at = last();
  const facts: Partial<Record<keyof BlockHeader, number | `0x${string}`>> = {
    timestamp: blocks[at]!.header.timestamp + 1,
    anchorNumber: 77,
    anchorHash: `0x${'01'.repeat(32)}`,
    inboxCursor: 99,
    inboxAccumulator: `0x${'02'.repeat(32)}`,
    parameterHash: `0x${'03'.repeat(32)}`,
    stateRoot: `0x${'04'.repeat(32)}`,
    height: blocks[at]!.header.height + 1,
    parentHash: `0x${'05'.repeat(32)}`,
    firstSequence: 1,
  };
  for (const [fact, value] of Object.entries(facts)) {
    const wrong = await refused(at, forged(devnet, blocks[at]!, () => ({ [fact]: value })));
    assert.is(wrong.rule, fact);
    assert.is(wrong.transaction, null);
    assert.is(wrong.received, String(value));
  }
});

test('a process that dies within a block goes on before it', async () => {
  const at = last();
  const parts = await emptyChain(devnet);
  const chain = chainOf(parts);
  for (const good of blocks.slice(0, at)) await chain.take(good);
  // Half of a block was executed when a listener made the store write.
  for (const { bytes, root } of blocks[at]!.transactions.slice(0, 2)) parts.executor.follow(bytes, root);
  await parts.store.close();
  const again = await emptyChain(devnet, parts.directory);
  assert.is(again.executor.sealedHeight, blocks[at]!.header.height - 1);
  for (const good of blocks.slice(at)) assert.is(await chainOf(again).take(good), null);
  assert.is(toHex(again.executor.state.root), toHex(devnet.node.executor.state.root));
  await again.store.close();
});

test.run();
