/** A deletion on L1 as the watcher takes it: the heads go back, and it is known which batch was disproved. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Auditor } from '../../../node/auditor/auditor.ts';
import { Challenger } from '../../../node/challenger/challenger.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { requireStanding } from '../../../node/l1/standing.ts';
import { chain, honest, post, rootAt } from '../auditor/poster.ts';
import { BACKENDS } from './backends.ts';
import { bondSequencer, closeRigs, type Rig } from './rig.ts';

const test = suite('deletion');
test.after.each(closeRigs);

async function disprove({ l1: provider, deployment, network }: Rig): Promise<void> {
  const auditor = await Auditor.open(provider, deployment, network);
  await auditor.advance();
  const { privateKey } = DEV_ACCOUNTS[7]!;
  const challenger = new Challenger({ provider, deployment, privateKey, directory: null, pollMillis: 5 });
  assert.is((await challenger.challenge(auditor.evidence!)).outcome, 'proved');
}

for (const [name, open] of BACKENDS) {
  if (name === 'embedded over HTTP') continue;
  test(`${name}: a deletion is followed, and its re-org too`, async () => {
    const rig = await chain(open);
    const told: number[] = [];
    rig.watcher.onDeletion(({ index }) => told.push(index));
    await rig.watcher.poll();
    const standing = rig.heads.posted;
    const { header, payload } = await honest(rig);
    payload[rootAt(1) + 13]! ^= 1;
    await post(rig, header, payload);
    await rig.watcher.poll();
    assert.is(rig.heads.posted.height, Number(header.lastHeight));
    assert.equal(rig.watcher.disproved, []);

    await disprove(rig);
    await rig.watcher.poll();
    assert.equal([rig.heads.posted, told], [standing, [1]]);
    assert.equal(rig.watcher.disproved.map(({ header: { index } }) => index), [1n]);
    // What is on this node's disk is not what was disproved: it may be posted.
    await requireStanding(rig.store, rig.watcher.disproved.map((batch) => batch.header));

    await rig.l1.reorg(1);
    await rig.watcher.poll();
    assert.equal([rig.watcher.disproved, rig.watcher.batches.length], [[], 2]);
    await disprove(rig);
    await bondSequencer(rig);
    await rig.batcher.flush();
    await rig.watcher.poll();
    assert.is(rig.heads.posted.height, rig.executor.sealedHeight);
    assert.equal([rig.watcher.batches.length, told], [2, [1, 1]]);
    // Of what was honestly posted and is no more, this node would say that it is its own.
    await requireStanding(rig.store, [rig.watcher.batches[1]!.header]).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /^batch 1 was disproved on L1, and blocks 3 to 4 of this node/),
    );
  });
}

test.run();
