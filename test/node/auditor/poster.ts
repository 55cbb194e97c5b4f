/** A short chain on a real L1, and a poster that may lie about its next batch. */
import * as assert from 'uvu/assert';
import { encodePostBatch, payloadHash, type BatchHeader } from '../../../genesis/contracts/batch.ts';
import { assemble, blocksAfter, type Tip } from '../../../node/l1/assemble.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { account, BACKENDS } from '../l1/backends.ts';
import { Rig, type RigOptions } from '../l1/rig.ts';

export const [, openEmbedded] = BACKENDS[0]!;

/** Real time, put forward between blocks so that each has a second of its own. */
export class SteppedClock extends SystemClock {
  offsetMillis = 0;
  override nowMillis(): number {
    return super.nowMillis() + this.offsetMillis;
  }
}

/** Four blocks: two with a deposit in an honest batch, two sealed and not yet posted. */
export async function chain(open = openEmbedded, options: RigOptions = {}): Promise<Rig> {
  const clock = new SteppedClock();
  const rig = await Rig.create(await open('auto'), { ...options, clock });
  for (const amount of [5_000_000n, 7_000_000n]) {
    await rig.batcher.flush();
    clock.offsetMillis += 2_000;
    await rig.deposit(amount);
    await rig.watcher.poll();
    await rig.seal();
    clock.offsetMillis += 2_000;
    await rig.emptyBlock();
  }
  return rig;
}

/** What the honest batcher would post next. */
export async function honest(rig: Rig): Promise<{ header: BatchHeader; payload: Uint8Array }> {
  const onL1 = (await rig.readRollup('tip')) as readonly [Tip['hash'], Tip['root'], bigint];
  const [hash, root, lastHeight] = onL1;
  const tip = { count: Number(await rig.batchCount()), hash, root, lastHeight: Number(lastHeight) };
  return assemble(tip, (await blocksAfter(rig.store, tip.lastHeight, rig.executor.sealedHeight)).blocks);
}

/** Posts whatever the Rollup takes: header and payload must agree, nothing else need be true. */
export async function post(rig: Rig, header: BatchHeader, payload: Uint8Array): Promise<void> {
  const data = toHex(encodePostBatch({ ...header, payloadHash: payloadHash(payload), payloadBytes: payload.length }, payload));
  const wallet = rig.l1.walletClient(account(0));
  const hash = await wallet.sendTransaction({ to: rig.deployment.rollup, data, gas: 3_000_000n });
  const receipt = await rig.l1.publicClient.waitForTransactionReceipt({ hash });
  assert.is(receipt.status, 'success');
}

/** Where entry `index` of the table has its root. */
export const rootAt = (index: number): number => 5 + 36 * index + 4;
