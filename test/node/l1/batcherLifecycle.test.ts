/** The way of a user's money: in over L1, forced out past a sequencer that looks away, paid on L1. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testToken, vault } from '../../../genesis/contracts/abi.ts';
import { audit } from '../../../node/auditor/auditor.ts';
import { existing } from '../../../state/access.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { encode } from '../../../state/codec/layout.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { WITHDRAWAL } from '../../../state/records/withdrawal.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { recordKey } from '../../../state/tree/node.ts';
import { prove } from '../../../state/tree/proof.ts';
import { BACKENDS, type Backend } from './backends.ts';
import { closeRigs, Rig, USER } from './rig.ts';

const test = suite('life cycle on L1');
test.after.each(closeRigs);

async function passTime(l1: Backend, seconds: number): Promise<void> {
  await l1.raw('evm_increaseTime', [seconds]);
  await l1.mine();
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

const tokens = (rig: Rig): Promise<unknown> =>
  rig.l1.publicClient.readContract({
    address: rig.deployment.tokens[0]!,
    abi: testToken.abi,
    functionName: 'balanceOf',
    args: [USER],
  } as never);

for (const [name, open] of BACKENDS) {
  if (name === 'embedded over HTTP') continue;

  test(`${name}: an ignored forced withdrawal blocks every batch until it is included, and is paid`, async () => {
    const l1 = await open('auto');
    const rig = await Rig.create(l1);
    await rig.deposit(5_000_000n);
    await rig.watcher.poll();
    await rig.seal();
    await rig.emptyBlock();
    await rig.batcher.flush();

    const action = rig.action(withdraw, { asset: 0, amount: 2_000_000n, recipient: USER });
    await rig.enqueueForced(action);
    await rig.emptyBlock(); // The sequencer looks away: it goes on without the item.
    await rig.batcher.flush();
    assert.is(await rig.batchCount(), 2n, 'the item is not overdue yet');

    await passTime(l1, 31);
    await rig.emptyBlock();
    assert.match(await refusal(rig.batcher.flush()), /L1 would refuse batch 2: ItemOverdue\(1, \d+\)/);
    await rig.batcher.poll();
    assert.match(rig.troubles.at(-1)!, /ItemOverdue/);
    assert.is(await rig.batchCount(), 2n);

    await rig.watcher.poll(); // It looks again: the item is consumed.
    assert.is(existing(rig.executor.state, CHAIN, 0).inboxCursor, 2);
    assert.is(rig.cash, 3_000_000n);
    await rig.seal();
    await rig.batcher.flush();
    const batch = (await rig.batchCount()) - 1n;
    assert.ok(batch >= 2n);

    const value = encode(WITHDRAWAL.layout, existing(rig.executor.state, WITHDRAWAL, 0));
    const proof = prove(rig.executor.state.tree, recordKey(WITHDRAWAL.type, WITHDRAWAL.idBytes(0)));
    // The Vault takes the witness of a record that exists without the count of neighbours.
    const args = [batch, 0n, toHex(value), toHex(proof.subarray(1))] as const;
    const call = { address: rig.deployment.vault, abi: vault.abi, account: USER } as const;
    const early = l1.publicClient.simulateContract({ ...call, functionName: 'withdraw', args });
    assert.match(await refusal(early), /BatchNotFinal/);

    await passTime(l1, rig.deployment.challengeWindow + 1);
    await rig.watcher.poll();
    assert.is(rig.watcher.finalBatch, Number(batch));
    await rig.send(rig.deployment.vault, vault.abi, 'withdraw', args);
    assert.is(await tokens(rig), 0n, 'pull payment: nothing moves before the claim');
    await rig.send(rig.deployment.vault, vault.abi, 'claim', [0, USER]);
    assert.is(await tokens(rig), 2_000_000n);
    const twice = l1.publicClient.simulateContract({ ...call, functionName: 'withdraw', args });
    assert.match(await refusal(twice), /AlreadyWithdrawn/);

    const report = await audit(l1, rig.deployment, rig.network);
    assert.is(report.divergence, null);
    assert.is(report.root, toHex(rig.executor.state.root));
  });
}

test('a forced item that is no valid action is consumed, refused, and harms nobody', async () => {
  const rig = await Rig.create(await BACKENDS[0]![1]('auto'));
  await rig.deposit(1_000n);
  await rig.enqueueForced(Uint8Array.of(255, 1, 2, 3));
  await rig.enqueueForced(new Uint8Array(4_096));
  await rig.watcher.poll();
  assert.is(existing(rig.executor.state, CHAIN, 0).inboxCursor, 3);
  assert.is(rig.cash, 1_000n);
  await rig.seal();
  await rig.emptyBlock();
  await rig.batcher.flush();
  const report = await audit(rig.l1, rig.deployment, rig.network);
  assert.is(report.divergence, null);
  assert.is(report.refused, 2);
});

test.run();
