/** Every sealed block is posted exactly once, whatever happens to the node, the L1 or the fees. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { audit } from '../../../node/auditor/auditor.ts';
import { blocksAfter } from '../../../node/l1/assemble.ts';
import { readIntents } from '../../../node/l1/intents.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { account, BACKENDS, intercepted, type Backend } from './backends.ts';
import { closeRigs, deployTo, Rig } from './rig.ts';

const test = suite('L1 batcher');
test.after.each(closeRigs);
const [, openEmbedded] = BACKENDS[0]!;

/** The chain that L1 tells is the chain of this node, block for block. */
async function sameOnL1(rig: Rig): Promise<void> {
  const report = await audit(rig.l1, rig.deployment, rig.network);
  assert.is(report.divergence, null);
  assert.is(report.height, rig.executor.sealedHeight);
  assert.is(report.root, toHex(rig.executor.state.root));
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return `${(error as { code?: string }).code ?? ''} ${(error as Error).message}`;
  }
  return 'no failure';
}

for (const [name, open] of BACKENDS) {
  test(`${name}: a deposit becomes a block, a batch, and the auditor's state`, async () => {
    const rig = await Rig.create(await open('auto'));
    await rig.deposit(5_000_000n);
    await rig.watcher.poll();
    await rig.seal();
    await rig.emptyBlock();
    await rig.batcher.flush();
    assert.is(await rig.batchCount(), 1n);
    await rig.emptyBlock();
    await rig.batcher.flush();
    await rig.batcher.flush();
    assert.is(await rig.batchCount(), 2n);
    await sameOnL1(rig);
    const { batches, transactions, gas } = rig.batcher.figures;
    assert.equal([batches, transactions], [2, 4]);
    assert.ok(gas > 200_000n, `${gas} gas`);
  });

  test(`${name}: a batch that a re-org drops is posted again, the same bytes`, async () => {
    const l1 = await open('auto');
    const rig = await Rig.create(l1, { confirmations: 4 });
    for (let i = 0; i < 4; i++) await l1.mine();
    await rig.watcher.poll();
    await rig.emptyBlock();
    await rig.batcher.flush();
    await rig.emptyBlock();
    await rig.batcher.flush();
    const before = (await rig.readRollup('tip')) as readonly unknown[];
    const nonce = await l1.publicClient.getTransactionCount({ address: rig.deployment.sequencer });

    await l1.reorg(2); // Both batches.
    assert.is(await rig.batchCount(), 0n);
    rig.batcher.recheck();
    for (let i = 0; i < 3; i++) {
      await l1.mine();
      await rig.batcher.poll();
    }
    await rig.batcher.flush();
    assert.equal(await rig.readRollup('tip'), before);
    assert.is(await l1.publicClient.getTransactionCount({ address: rig.deployment.sequencer }), nonce);
    assert.is(rig.batcher.figures.batches, 2, 'posted again is not posted twice');
    assert.equal(rig.troubles, []);
    await sameOnL1(rig);
  });

  if (name === 'embedded over HTTP') continue;

  test(`${name}: batches in flight wait for their blocks in order`, async () => {
    const l1 = await open('auto');
    const made = await deployTo(l1);
    const rig = await Rig.open(l1, made);
    await rig.watcher.poll();
    if (name === 'anvil') await l1.raw('evm_setAutomine', [false]);
    const manual = name === 'anvil' ? l1 : null;
    await rig.emptyBlock();
    await rig.batcher.poll();
    await rig.emptyBlock();
    await rig.batcher.poll();
    if (manual !== null) {
      assert.is(rig.batcher.inFlight.length, 2);
      assert.is(await rig.batchCount(), 0n);
      await manual.mine();
    }
    await rig.batcher.poll();
    assert.is(rig.batcher.inFlight.length, 0);
    assert.is(await rig.batchCount(), 2n);
    await sameOnL1(rig);
  });
}

/** A chain on a manually mined embedded L1 whose transactions wait. */
async function waiting(patiencePolls: number): Promise<{ l1: Backend; rig: Rig }> {
  const l1 = await openEmbedded('manual');
  const deploying = intercepted(l1, async (method, _params, next) => {
    if (method === 'eth_getTransactionReceipt') await l1.mine();
    return next();
  });
  const rig = await Rig.open(l1, await deployTo(deploying), { patiencePolls });
  await l1.mine();
  await rig.watcher.poll();
  return { l1, rig };
}

test('a batch that is not mined pays more under the same nonce, and lands once', async () => {
  const { l1, rig } = await waiting(2);
  await rig.emptyBlock();
  for (let i = 0; i < 8; i++) await rig.batcher.poll();
  const [intent] = rig.batcher.inFlight;
  assert.is(intent!.variants.length, 3);
  intent!.variants.slice(1).forEach((variant, i) => {
    const before = intent!.variants[i]!;
    for (const fee of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
      assert.ok(variant[fee] * 1_000n >= before[fee] * 1_125n, `${fee} rose from ${before[fee]} to ${variant[fee]}`);
    }
  });
  await l1.mine();
  await rig.batcher.poll();
  assert.is(rig.batcher.inFlight.length, 0);
  assert.is(await rig.batchCount(), 1n);
  assert.equal(rig.troubles, []);
  await sameOnL1(rig);
});

for (const moment of ['before it is sent', 'after it was sent', 'after it was mined'] as const) {
  test(`a crash with an intent on disk, ${moment}: posted once`, async () => {
    const l1 = await openEmbedded('auto');
    const made = await deployTo(l1);
    const dying = intercepted(l1, (method, _params, next) => {
      if (method === 'eth_sendRawTransaction' && moment === 'before it is sent') throw new Error('killed');
      return method === 'eth_sendRawTransaction' && moment === 'after it was sent'
        ? next().then(() => Promise.reject(new Error('killed')))
        : next();
    });
    const first = await Rig.open(dying, made);
    await first.watcher.poll();
    await first.emptyBlock();
    await first.batcher.poll();
    assert.is((await readIntents(first.store)).length, 1);
    if (moment !== 'after it was mined') assert.match(first.troubles[0]!, /killed/);
    await first.close(false);

    const again = await Rig.open(l1, made, {}, first.directory);
    await again.batcher.flush();
    assert.is(await again.batchCount(), 1n);
    await again.watcher.poll();
    await again.emptyBlock();
    await again.batcher.flush();
    assert.is(await again.batchCount(), 2n);
    assert.equal(again.troubles, []);
    await sameOnL1(again);
  });
}

test('a second sequencer under the same key posts nothing beside the first', async () => {
  const l1 = await openEmbedded('auto');
  const rig = await Rig.create(l1);
  const rival = await Rig.open(l1, { deployment: rig.deployment, network: rig.network });
  await rig.emptyBlock();
  await rig.batcher.flush();
  // The rival knows nothing of these blocks: it may not build on them, nor on its own.
  assert.match(await failure(rival.batcher.flush()), /^CHAIN_DIVERGED L1 has batches up to block 1/);
  await rival.emptyBlock();
  assert.match(await failure(rival.batcher.flush()), /^CHAIN_DIVERGED/);
  await rig.emptyBlock();
  await rig.batcher.flush();
  assert.is(await rig.batchCount(), 2n);
  await sameOnL1(rig);
});

test('the same calldata a second time reverts', async () => {
  const l1 = await openEmbedded('auto');
  const rig = await Rig.create(l1);
  await rig.emptyBlock();
  await rig.batcher.flush();
  const [intent] = await readIntents(rig.store);
  const transaction = await l1.publicClient.getTransaction({ hash: intent!.variants[0]!.hash });
  const hash = await l1
    .walletClient(account(0))
    .sendTransaction({ to: rig.deployment.rollup, data: transaction.input, gas: 2_000_000n });
  const receipt = await l1.publicClient.waitForTransactionReceipt({ hash });
  assert.is(receipt.status, 'reverted');
  assert.is(await rig.batchCount(), 1n);
  // That nonce was spent behind the batcher's back; it goes on with the next.
  await rig.emptyBlock();
  await rig.batcher.flush();
  assert.is(await rig.batchCount(), 2n);
});

test('a nonce that another transaction took while a batch waited: built and posted anew', async () => {
  const { l1, rig } = await waiting(1_000);
  await rig.emptyBlock();
  await rig.batcher.poll();
  const [intent] = rig.batcher.inFlight;
  await l1.walletClient(account(0)).sendTransaction({
    to: rig.deployment.sequencer,
    nonce: intent!.nonce,
    gas: 21_000n,
    maxFeePerGas: 10n ** 12n,
    maxPriorityFeePerGas: 10n ** 11n,
  });
  await l1.mine();
  assert.is(await rig.batchCount(), 0n);
  rig.batcher.recheck();
  await rig.batcher.poll();
  await l1.mine();
  await rig.batcher.poll();
  assert.is(await rig.batchCount(), 1n);
  assert.is(rig.batcher.inFlight.length, 0);
  await sameOnL1(rig);
});

test('an unreachable L1 is told, left alone for a while, and catches up', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  let isDown = true;
  let asked = 0;
  const rig = await Rig.open(
    intercepted(l1, (_method, _params, next) => {
      asked += 1;
      if (isDown) throw new Error('connection refused');
      return next();
    }),
    made,
  );
  await rig.emptyBlock();
  for (let i = 0; i < 40; i++) await rig.batcher.poll();
  assert.ok(asked < 10, `${asked} requests in 40 polls`);
  assert.match(rig.troubles[0]!, /a batch was not posted; it is tried again: .*connection refused/s);
  assert.match(await failure(rig.batcher.flush()), /connection refused/);
  isDown = false;
  await rig.watcher.poll();
  await rig.emptyBlock();
  await rig.batcher.flush();
  await sameOnL1(rig);
});

test('dearer than the cap, a batch waits for a cheaper L1', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  let isDear = true;
  const rig = await Rig.open(
    intercepted(l1, async (method, _params, next) => {
      if (method === 'eth_maxPriorityFeePerGas' && isDear) return `0x${(600n * 10n ** 9n).toString(16)}`;
      return next();
    }),
    made,
  );
  await rig.watcher.poll();
  await rig.emptyBlock();
  assert.match(await failure(rig.batcher.flush()), /^FEES_ABOVE_CAP .*the cap is 500000000000/);
  assert.is(await rig.batchCount(), 0n);
  isDear = false;
  await rig.batcher.flush();
  assert.is(await rig.batchCount(), 1n);
  await sameOnL1(rig);
});

test('a batch is due by its age, by its size, and not before', async () => {
  const rig = await Rig.create(await openEmbedded('auto'), { batchSeconds: 1_000 });
  await rig.emptyBlock();
  await rig.batcher.poll();
  await rig.batcher.poll();
  assert.is(await rig.batchCount(), 0n);
  for (let i = 0; i < 32; i++) {
    rig.executor.ensureOpen(rig.executor.timestamp);
    // Forced items are the longest transactions there are; here they need not be on L1 yet.
    rig.executor.execute(new Uint8Array(4_000).fill(99), true);
    await rig.seal();
  }
  await rig.batcher.poll();
  await rig.batcher.poll();
  assert.is(await rig.batchCount(), 1n);
  const { blocks, isFull } = await blocksAfter(rig.store, 0, rig.executor.sealedHeight);
  assert.ok(isFull);
  assert.is(((await rig.readRollup('tip')) as bigint[])[2], BigInt(blocks.at(-1)!.header.height));
});

test('a block never outgrows a batch: what does not fit opens the next one', async () => {
  const rig = await Rig.create(await openEmbedded('auto'));
  for (let i = 0; i < 60; i++) rig.sequencer.run(new Uint8Array(4_000).fill(99), true);
  await rig.seal();
  const heights = rig.executor.sealedHeight;
  assert.ok(heights >= 3, `${heights} blocks`);
  let transactions = 0;
  for (let height = 1; height <= heights; height++) {
    const block = await readBlock(rig.store, height);
    assert.is(block!.transactions[0]!.bytes[0], 1, 'a block opens with beginBlock');
    transactions += block!.transactions.length;
  }
  assert.is(transactions, 60 + heights);
  await rig.batcher.flush();
  await sameOnL1(rig);
});

test.run();
