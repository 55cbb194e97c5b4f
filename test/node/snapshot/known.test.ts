/** Whether L1 knows a snapshot, asked of a real L1. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { join } from 'node:path';
import type { BatchHeader } from '../../../genesis/contracts/batch.ts';
import { payloadOf } from '../../../node/auditor/batches.ts';
import { blockHash, type BlockHeader } from '../../../node/chain/block.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import { ChainView } from '../../../node/auditor/chainView.ts';
import type { BatchLog } from '../../../node/l1/logs.ts';
import { knownOnL1, requireKnown, type L1Verdict } from '../../../node/snapshot/known.ts';
import type { Manifest } from '../../../node/snapshot/manifest.ts';
import { existing } from '../../../state/access.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { beginBlock } from '../../../state/transactions/beginBlock.ts';
import { chain, honest, post, rootAt } from '../auditor/poster.ts';
import { closeRigs, Rig } from '../l1/rig.ts';
import { newDirectory, newestOf, openMaker, refusal } from './chain.ts';

const test = suite('snapshot: known on L1');
test.after.each(closeRigs);

async function manifestOf(rig: Rig): Promise<Manifest> {
  const maker = await openMaker(rig.store, join(newDirectory(), 'snapshots'));
  await maker.make();
  return newestOf(maker);
}

async function batchesOf(rig: Rig): Promise<readonly BatchLog[]> {
  const view = new ChainView(rig.l1, rig.deployment);
  await view.refresh();
  return view.batches;
}

/** The same snapshot, said to be after the block at `height`. */
async function at(rig: Rig, manifest: Manifest, height: number, change: Partial<BlockHeader> = {}): Promise<Manifest> {
  const header = { ...(await readBlock(rig.store, height))!.header, ...change };
  return { ...manifest, header, hash: blockHash(header) };
}

const ask = async (rig: Rig, manifest: Manifest): Promise<L1Verdict> =>
  knownOnL1(manifest, await batchesOf(rig), (batch) => payloadOf(rig.l1, batch));

test('every block of every batch is known, the ones after them are not yet', async () => {
  const rig = await chain();
  const manifest = await manifestOf(rig);
  assert.is(manifest.header.height, 4);
  assert.equal(await ask(rig, manifest), { is: 'not yet on L1', lastHeight: 2 });
  assert.is(await refusal(async () => requireKnown(manifest, await ask(rig, manifest))), 'NOT_ON_L1');
  await rig.batcher.flush();
  requireKnown(manifest, await ask(rig, manifest));
  for (const [height, batch] of [[1, 0], [2, 0], [3, 1], [4, 1]] as const) {
    assert.equal(await ask(rig, await at(rig, manifest, height)), { is: 'known', batch }, `height ${height}`);
  }
  assert.equal(await knownOnL1(manifest, [], () => Promise.reject(new Error('asked'))), { is: 'not yet on L1', lastHeight: 0 });
});

test('whatever the header says other than L1 is named', async () => {
  const rig = await chain();
  await rig.batcher.flush();
  const manifest = await manifestOf(rig);
  const { header } = manifest;
  const other = `0x${'66'.repeat(32)}` as const;
  const lies: Partial<BlockHeader> = {
    timestamp: header.timestamp + 1,
    firstSequence: header.firstSequence - 1,
    transactionCount: header.transactionCount + 1,
    stateRoot: other,
    transactionsHash: other,
  };
  for (const [what, lie] of Object.entries(lies) as [keyof BlockHeader, string | number][]) {
    const lying = await at(rig, manifest, 4, { [what]: lie });
    const verdict = await ask(rig, lying);
    assert.equal(verdict, { is: 'differs', batch: 1, what, expected: header[what], got: lie });
    assert.is(await refusal(() => requireKnown(lying, verdict)), 'L1_DIFFERS', what);
  }
  const lying = await at(rig, manifest, 4, { height: 3 });
  assert.is((await ask(rig, lying)).is, 'differs');
});

test('a refused opening separates no blocks', async () => {
  const rig = await chain();
  await rig.batcher.flush();
  const { executor } = rig;
  executor.ensureOpen(executor.timestamp);
  const { height, timestamp, anchorNumber, anchorHash } = existing(executor.state, CHAIN, 0);
  for (const wrong of [height, height + 2]) {
    const step = executor.execute(encodeTransaction(beginBlock, { height: wrong, timestamp, anchorNumber, anchorHash }), true);
    assert.not(step.outcome.ok);
  }
  await rig.seal();
  await rig.emptyBlock();
  await rig.batcher.flush();
  const manifest = await manifestOf(rig);
  assert.equal(await ask(rig, await at(rig, manifest, 5)), { is: 'known', batch: 2 });
  assert.is((await at(rig, manifest, 5)).header.transactionCount, 3);
  assert.equal(await ask(rig, manifest), { is: 'known', batch: 2 });
});

async function posted(lie: (payload: Uint8Array, header: BatchHeader) => Partial<BatchHeader> | undefined): Promise<[Rig, Manifest]> {
  const rig = await chain();
  const { header, payload } = await honest(rig);
  const change = lie(payload, header);
  await post(rig, { ...header, ...change }, payload);
  return [rig, await manifestOf(rig)];
}

test('a batch with another root, another height or no payload at all', async () => {
  const [rig, manifest] = await posted((payload) => {
    payload[rootAt(2) + 13]! ^= 1;
    return { postRoot: toHex(payload.subarray(rootAt(2), rootAt(2) + 32)) };
  });
  const verdict = await ask(rig, manifest);
  assert.equal([verdict.is, (verdict as { what?: string }).what], ['differs', 'stateRoot']);
  const before = await at(rig, manifest, 3);
  assert.equal(await ask(rig, before), { is: 'known', batch: 1 }, 'what came before the lie stands');

  const [higher, missing] = await posted((_, header) => ({ lastHeight: header.lastHeight + 1n }));
  const beyond = { ...missing, header: { ...missing.header, height: 5 } };
  assert.equal(await ask(higher, beyond), { is: 'differs', batch: 1, what: 'height', expected: 'no such block', got: 5 });

  const [mixed, lost] = await posted((payload) => {
    new DataView(payload.buffer).setUint32(5 + 36, 9);
    return undefined;
  });
  assert.is((await ask(mixed, lost)).is, 'differs');
});

test('an L1 node that shows another payload is not believed', async () => {
  const rig = await chain();
  await rig.batcher.flush();
  const manifest = await manifestOf(rig);
  const batches = await batchesOf(rig);
  const lying = async (batch: BatchLog): Promise<Uint8Array> => {
    const payload = (await payloadOf(rig.l1, batch)).slice();
    payload[rootAt(0)]! ^= 1;
    return payload;
  };
  assert.is(await refusal(() => knownOnL1(manifest, batches, lying)), 'L1_UNREADABLE');
});

test.run();
