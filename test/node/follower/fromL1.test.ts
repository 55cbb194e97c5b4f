/** Followers that know nothing but L1. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { payloadHash, encodePayload, type BatchHeader, batchHash } from '../../../genesis/contracts/batch.ts';
import { audit } from '../../../node/auditor/auditor.ts';
import type { Follower } from '../../../node/follower/follower.ts';
import type { Disagreement } from '../../../node/follower/disagreement.ts';
import { assemble } from '../../../node/l1/assemble.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { blocksOf, fastOptions, newDirectory, passL1Time, postByHand, startDevnet, stopDevnets, tipOf } from '../devnet/world.ts';
import { emptyChain, followerOf, trading, until, type Parts } from './support.ts';

const test = suite('follower from L1 alone');
test.after(stopDevnets);

const fail = (error: unknown): never => {
  throw error;
};
const never = (wrong: Disagreement): never => fail(new Error(`${wrong.rule}: ${wrong.received}`));
async function end(follower: Follower, { store, recovery }: Parts): Promise<void> {
  await follower.close();
  await store.close();
  await recovery.close();
}

test('derives what is on L1, goes on as batches come, and starts again where it was', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  const trade = await trading(devnet);
  await trade(6);
  await devnet.flush();
  const parts = await emptyChain(devnet);
  const follower = await followerOf(devnet, parts);
  await follower.start(never, fail);
  await until(follower, devnet.heads.posted.height);
  await trade(4);
  await devnet.flush();
  await until(follower, devnet.heads.posted.height);
  await end(follower, parts);
  const { posted } = devnet.heads;
  assert.is(follower.executor.sealedHeight, posted.height);

  await trade(4);
  devnet.node.keeper.stop();
  await devnet.flush();
  const parts2 = await emptyChain(devnet, parts.directory);
  const again = await followerOf(devnet, parts2);
  assert.is(again.executor.sealedHeight, posted.height);
  await again.start(never, fail);
  await until(again, devnet.heads.posted.height);
  assert.is(toHex(again.executor.state.root), toHex(devnet.node.executor.state.root));
  const report = await audit(devnet.provider, devnet.deployment, devnet.node.network);
  assert.is(report.root, toHex(again.executor.state.root));
  await passL1Time(devnet, 62);
  await again.watcher.poll();
  await again.watcher.poll();
  const heads = [again.heads, devnet.heads].map(({ posted: p, safe, final }) => ({ p, safe, final }));
  assert.equal(heads[0], heads[1]);
  assert.is(heads[0]!.final.height, devnet.node.executor.sealedHeight);
  assert.equal(again.doubts(), []);
  await end(again, parts2);
});

test('a re-org takes the posted head back, and the batch that comes again agrees', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  const trade = await trading(devnet);
  await trade(2);
  await devnet.embedded!.mine();
  await devnet.flush();
  devnet.node.keeper.stop();
  await devnet.flush();
  const parts = await emptyChain(devnet);
  const follower = await followerOf(devnet, parts);
  await follower.start(never, fail);
  const { height } = devnet.heads.posted;
  await until(follower, height);
  const heights: number[] = [];
  const isBack = new Promise<void>((resolve) =>
    follower.heads.onChange(({ safety, to }) => {
      if (safety !== 'posted') return;
      heights.push(to.height);
      if (to.height === height) resolve();
    }),
  );
  await devnet.embedded!.reorg(1, { dropTransactions: true });
  await isBack;
  assert.ok(heights[0]! < height);
  assert.is(follower.executor.sealedHeight, height);
  await end(follower, parts);
});

test('a wrong batch ends it, with the transaction and the difference in divergence.json', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  const trade = await trading(devnet);
  await trade(2);
  await devnet.flush();
  await trade(2);
  devnet.node.keeper.stop();
  await devnet.node.sequencer.seal();
  await devnet.node.sequencer.settled();
  const tip = await tipOf(devnet);
  const blocks = await blocksOf(devnet, tip.lastHeight + 1, devnet.node.executor.sealedHeight);
  const { header } = assemble(tip, blocks);
  const steps = blocks.flatMap(({ transactions }) => transactions.map(({ bytes, root }) => ({ body: bytes, rootAfter: root })));
  const at = steps.length - 1;
  const root = steps[at]!.rootAfter.map((byte) => byte ^ 255);
  const payload = encodePayload(steps.map((step, i) => (i === at ? { ...step, rootAfter: root } : step)));
  const wrong: BatchHeader = { ...header, postRoot: toHex(root), payloadHash: payloadHash(payload) };
  await postByHand(devnet, wrong, payload);

  const parts = await emptyChain(devnet);
  const follower = await followerOf(devnet, parts);
  const told = await new Promise<Disagreement>((resolve) => void follower.start(resolve, fail));
  assert.is(told.transaction, at);
  assert.is(told.source.kind, 'batch');
  assert.is(told.source.hash, batchHash(wrong));
  assert.is(told.received, toHex(root));
  assert.is(told.expected, toHex(steps[at]!.rootAfter));
  const file = join(parts.directory, 'divergence.json');
  assert.ok(existsSync(file));
  assert.is((JSON.parse(readFileSync(file, 'utf8')) as Disagreement).expected, told.expected);
  assert.is(follower.doubts()[0]!.code, 'IN_DOUBT');
  // Halted: nothing moves it any more, and the batches before are still there.
  follower.wake();
  assert.is(follower.executor.sealedHeight, blocks.at(-1)!.header.height - 1);
  await end(follower, parts);
});

test('a payload that is none is a wrong batch, and no reason to fall over', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  await (await trading(devnet))(1);
  devnet.node.keeper.stop();
  await devnet.node.sequencer.seal();
  await devnet.node.sequencer.settled();
  const tip = await tipOf(devnet);
  const { header, payload } = assemble(tip, await blocksOf(devnet, 1, devnet.node.executor.sealedHeight));
  // Bytes 5 to 8 say where the first body begins.
  payload.set([255, 255, 255, 255], 5);
  await postByHand(devnet, { ...header, payloadHash: payloadHash(payload) }, payload);
  const parts = await emptyChain(devnet);
  const follower = await followerOf(devnet, parts);
  const told = await new Promise<Disagreement>((resolve) => void follower.start(resolve, fail));
  assert.equal([told.rule, told.source.kind, told.transaction], ['payload format', 'batch', null]);
  assert.is(follower.executor.sealedHeight, 0);
  await end(follower, parts);
});

test.run();
