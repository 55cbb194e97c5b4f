/** A re-org that takes a batch away: the heads move back, the same blocks are posted again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { audit } from '../../../node/auditor/auditor.ts';
import type { Reorg } from '../../../node/l1/watcher.ts';
import { fastOptions, look, newDirectory, Person, startDevnet, stopDevnets, USD } from '../devnet/world.ts';

const test = suite('L1 re-org');
test.after(stopDevnets);

test('a dropped batch is noticed and posted again, with no new block', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  await new Person(devnet, 4).deposit(1_000n * USD);
  // The items lie deep: only the batch is to be lost.
  await devnet.embedded!.mine();
  await devnet.flush();
  devnet.node.keeper.stop();
  await devnet.flush();
  const lost = devnet.heads.posted;
  const { root } = { root: devnet.watcher.batches.at(-1)!.header.postRoot };
  assert.is(lost.height, devnet.node.executor.sealedHeight);

  const reorgs: Reorg[] = [];
  const heights: number[] = [];
  devnet.watcher.onReorg((reorg) => reorgs.push(reorg));
  const isBack = new Promise<void>((resolve) =>
    devnet.heads.onChange(({ safety, to }) => {
      if (safety !== 'posted') return;
      heights.push(to.height);
      if (to.height === lost.height) resolve();
    }),
  );
  await devnet.embedded!.reorg(1, { dropTransactions: true });
  await look(devnet);
  await isBack;
  assert.is(reorgs.length, 1);
  assert.ok(heights[0]! < lost.height);
  assert.is(devnet.node.executor.sealedHeight, lost.height);
  const report = await audit(devnet.provider, devnet.deployment, devnet.node.network);
  assert.is(report.divergence, null);
  assert.is(report.root, root);
  assert.is(report.height, lost.height);
});
test.run();
