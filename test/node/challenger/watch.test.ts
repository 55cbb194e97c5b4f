/** An auditor that never ends: over wrong batches, deletions and re-orgs it comes to what a new one finds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { audit, Auditor } from '../../../node/auditor/auditor.ts';
import { Challenger } from '../../../node/challenger/challenger.ts';
import { Watch, type WatchEvent } from '../../../node/challenger/watch.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { chain, honest, post, rootAt } from '../auditor/poster.ts';
import { intercepted, type Backend } from '../l1/backends.ts';
import { bondSequencer, closeRigs, type Rig } from '../l1/rig.ts';

const test = suite('watch');
test.after.each(closeRigs);

type Seen = WatchEvent & Record<string, unknown>;

async function watching(
  rig: Rig,
  prove: boolean,
  provider: Backend = rig.l1,
): Promise<{ watch: Watch; look: () => Promise<Seen[]> }> {
  const { deployment, network } = rig;
  const { privateKey } = DEV_ACCOUNTS[7]!;
  const events: Seen[] = [];
  const watch = new Watch({
    auditor: await Auditor.open(provider, deployment, network),
    challenger: prove ? new Challenger({ provider, deployment, privateKey, directory: null, pollMillis: 5 }) : null,
    clock: new SystemClock(),
    pollMillis: 1_000,
    onEvent: (event) => events.push(event as Seen),
  });
  const look = async (): Promise<Seen[]> => {
    await watch.poll();
    return events.splice(0);
  };
  return { watch, look };
}

/** A wrong second batch; the blocks it should have had are still to be posted. */
async function lie(rig: Rig): Promise<void> {
  const { header, payload } = await honest(rig);
  payload[rootAt(1) + 13]! ^= 0x01;
  await post(rig, header, payload);
}

const kinds = (events: readonly Seen[]): string[] => events.map(({ event }) => event);

/** What the watch came to is what an audit from the genesis finds. */
async function requireSame(rig: Rig, { root, transactions, refused }: Seen): Promise<void> {
  const anew = await audit(rig.l1, rig.deployment, rig.network);
  assert.is(anew.divergence, null);
  assert.equal({ root, transactions, refused }, { root: anew.root, transactions: anew.transactions, refused: anew.refused });
}

test('a lie is proved as it comes, taken back, and the chain is followed on', async () => {
  const rig = await chain();
  const { watch, look } = await watching(rig, true);
  const [first] = await look();
  assert.equal([first!.event, first!['batches'], first!['undone']], ['replayed', 1, 0]);
  assert.equal(await look(), [], 'nothing new, nothing told');
  assert.not.ok(watch.hasDiverged);

  await lie(rig);
  const found = await look();
  assert.equal(kinds(found), ['replayed', 'divergence', 'challenge']);
  assert.equal([found[1]!['batch'], found[1]!['transaction'], found[2]!['outcome']], [1, 1, 'proved']);
  const [back] = await look();
  assert.equal([back!['undone'], back!['batches'], back!['root']], [1, 1, first!['root']]);
  await requireSame(rig, back!);

  await bondSequencer(rig);
  await rig.batcher.flush();
  const [on] = await look();
  assert.equal([on!['undone'], on!['replayed'], on!['batches']], [0, 1, 2]);
  await requireSame(rig, on!);
  assert.ok(watch.hasDiverged);
});

test('who only watches tells of it once, and of its end', async () => {
  const rig = await chain();
  const { look } = await watching(rig, false);
  await lie(rig);
  assert.equal(kinds(await look()), ['replayed', 'divergence']);
  await rig.l1.mine();
  assert.equal(await look(), []);
  const other = await watching(rig, true);
  await other.look();
  const [back] = await look();
  assert.equal([back!['undone'], back!['batches']], [1, 1]);
});

test('a re-org that takes the deletion away brings the wrong batch back: it is proved again', async () => {
  const rig = await chain();
  const { look } = await watching(rig, true);
  await lie(rig);
  assert.is((await look())[2]!['outcome'], 'proved');
  assert.is(await rig.batchCount(), 1n);
  await look();
  await rig.l1.reorg(1);
  assert.is(await rig.batchCount(), 2n);
  const again = await look();
  assert.equal(kinds(again), ['replayed', 'divergence', 'challenge']);
  assert.is(again[2]!['outcome'], 'proved');
  assert.is(await rig.batchCount(), 1n);
  await requireSame(rig, (await look())[0]!);
});

test('a re-org that takes batches away takes them back here; so does one behind what can be undone', async () => {
  const rig = await chain();
  const { look } = await watching(rig, true);
  await look();
  await rig.batcher.flush();
  const [whole] = await look();
  assert.is(whole!['batches'], 2);
  await rig.l1.reorg(1);
  const [back] = await look();
  assert.equal([back!['undone'], back!['batches']], [1, 1]);
  await requireSame(rig, back!);

  await rig.batcher.flush();
  await rig.l1.raw('evm_increaseTime', [rig.deployment.challengeWindow + 1]);
  await rig.l1.mine();
  await rig.emptyBlock();
  await rig.batcher.flush(); // Two final batches, which can not be taken back one by one, and one that is not.
  assert.is((await look())[0]!['batches'], 3);
  await rig.l1.reorg(3);
  const [far] = await look();
  assert.equal([far!['undone'], far!['batches']], [2, 1]);
  await requireSame(rig, far!);
});

test('an L1 that fails in the middle is asked again, from where it failed', async () => {
  const rig = await chain();
  await rig.batcher.flush();
  let failures = 2;
  const flaky = intercepted(rig.l1, async (method, _, next) => {
    if (method === 'eth_getTransactionByHash' && failures-- === 1) throw new Error('L1 is away');
    return next();
  });
  const { look } = await watching(rig, true, flaky);
  const first = await look();
  assert.equal(kinds(first), ['trouble']);
  assert.match(String(first[0]!['message']), /L1 is away/);
  const [whole] = await look();
  assert.equal([whole!['batches'], whole!['replayed']], [2, 1]);
  await requireSame(rig, whole!);
});

test.run();
