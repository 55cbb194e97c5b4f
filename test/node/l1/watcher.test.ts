/** Items reach the chain once, in order and deep enough; heads follow L1 forward and back. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { readLogs } from '../../../node/l1/logs.ts';
import { inbox } from '../../../genesis/contracts/abi.ts';
import { BACKENDS, deployProbe, intercepted, type Interceptor } from './backends.ts';
import { closeRigs, deployTo, Rig } from './rig.ts';

const test = suite('L1 watcher');
test.after.each(closeRigs);
const [, openEmbedded] = BACKENDS[0]!;
const cursorOf = (rig: Rig): number => existing(rig.executor.state, CHAIN, 0).inboxCursor;

for (const [name, open] of BACKENDS) {
  if (name === 'embedded over HTTP') continue;

  test(`${name}: an item is taken at its depth, once`, async () => {
    const l1 = await open('auto');
    const rig = await Rig.create(l1, { confirmations: 2 });
    await rig.deposit(1_000_000n);
    await rig.watcher.poll();
    assert.is(cursorOf(rig), 0);
    await l1.mine();
    await rig.watcher.poll();
    assert.is(cursorOf(rig), 0, 'one block on top is not two');
    await l1.mine();
    await rig.watcher.poll();
    assert.is(cursorOf(rig), 1);
    assert.is(rig.cash, 1_000_000n);
    await l1.mine();
    await rig.watcher.poll();
    await rig.watcher.poll();
    assert.is(cursorOf(rig), 1);
    assert.is(rig.cash, 1_000_000n);
    assert.equal(rig.troubles, []);
  });

  test(`${name}: a re-org of a batch moves the heads back, and forward once it is there again`, async () => {
    const l1 = await open('auto');
    const rig = await Rig.create(l1, { confirmations: 2 });
    await l1.mine();
    await rig.watcher.poll();
    const height = await rig.emptyBlock();
    await l1.mine();
    await rig.batcher.flush();
    await rig.watcher.poll();
    assert.is(rig.heads.posted.height, height);
    assert.is(rig.heads.safe.height, 0);

    await l1.reorg(1);
    await rig.watcher.poll();
    assert.is(rig.reorgs.length, 1);
    assert.is(rig.heads.posted.height, 0);
    assert.is(rig.watcher.batches.length, 0);

    await rig.batcher.flush();
    await l1.mine();
    await l1.mine();
    await rig.watcher.poll();
    assert.is(rig.heads.posted.height, height);
    assert.is(rig.heads.safe.height, height);
    assert.equal(
      rig.changes.map(({ safety, from, to }) => [safety, from.height, to.height]),
      [
        ['posted', 0, height],
        ['posted', height, 0],
        ['posted', 0, height],
        ['safe', 0, height],
      ],
    );
    assert.equal(rig.troubles, []);
  });

  test(`${name}: a deposit that a re-org takes before its depth never happened`, async () => {
    const l1 = await open('auto');
    const rig = await Rig.create(l1, { confirmations: 3 });
    await rig.deposit(1_000_000n);
    await rig.watcher.poll();
    await l1.reorg(1);
    await l1.mine();
    await l1.mine();
    await l1.mine();
    await rig.watcher.poll();
    assert.is(cursorOf(rig), 0);
    await rig.deposit(7n);
    for (let i = 0; i < 3; i++) await l1.mine();
    await rig.watcher.poll();
    assert.is(cursorOf(rig), 1);
    assert.is(rig.cash, 7n);
  });

  test(`${name}: a batch is final after the window, by L1's clock`, async () => {
    const l1 = await open('auto');
    const rig = await Rig.create(l1, { parameters: { challengeWindow: 50n } });
    const height = await rig.emptyBlock();
    await rig.batcher.flush();
    await rig.watcher.poll();
    assert.is(rig.watcher.finalBatch, null);
    await l1.raw('evm_increaseTime', [51]);
    await l1.mine();
    await rig.watcher.poll();
    assert.is(rig.watcher.finalBatch, 0);
    assert.is(rig.heads.final.height, height);
    assert.is(await rig.readRollup('isFinal', [0n]), true);
  });
}

test('many items of several polls and kinds arrive in order', async () => {
  const l1 = await openEmbedded('auto');
  const rig = await Rig.create(l1);
  await rig.deposit(10n);
  await rig.enqueueForced(Uint8Array.of(99));
  await rig.watcher.poll();
  for (let i = 0; i < 5; i++) await rig.enqueueForced(Uint8Array.of(5, i));
  await rig.deposit(32n);
  await rig.watcher.poll();
  const chain = existing(rig.executor.state, CHAIN, 0);
  assert.is(chain.inboxCursor, 8);
  const args = [8n] as const;
  const contract = { address: rig.deployment.inbox, abi: inbox.abi, functionName: 'accumulatorAt' } as const;
  assert.is(chain.inboxAccumulator, await l1.publicClient.readContract({ ...contract, args }));
  assert.is(rig.cash, 42n);
});

test('after a restart nothing is taken twice, also what was not yet sealed', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  const first = await Rig.open(l1, made);
  await first.deposit(10n);
  await first.watcher.poll();
  await first.seal();
  await first.deposit(20n);
  await first.watcher.poll(); // In the open block: journaled, not sealed.
  await first.close(false);
  await (await Rig.open(l1, made, {}, first.directory)).close(false);

  const again = await Rig.open(l1, made, {}, first.directory);
  await again.deposit(30n);
  await again.watcher.poll();
  assert.is(cursorOf(again), 3);
  assert.is(again.cash, 60n);
  assert.equal(again.troubles, []);
});

test('logs of other contracts and logs that are no events of ours are passed over', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  const address = await deployProbe(l1);
  const garbage: Interceptor = async (method, _params, next) => {
    const answer = await next();
    if (method !== 'eth_getLogs') return answer;
    return (answer as { address: string; topics: string[]; data: string }[]).flatMap((log) => [
      { ...log, address }, // The right event of a foreign contract.
      { ...log, topics: [`0x${'ab'.repeat(32)}`] }, // An event that nobody knows.
      { ...log, topics: [] },
      { ...log, data: '0x' }, // The right event, cut short.
      { ...log, data: log.data.slice(0, -64) },
      { ...log, blockNumber: null, blockHash: null },
      log,
    ]);
  };
  const rig = await Rig.open(intercepted(l1, garbage), made);
  await rig.deposit(5n);
  await rig.watcher.poll();
  await rig.seal();
  await rig.emptyBlock();
  await rig.batcher.flush();
  await rig.watcher.poll();
  assert.is(rig.cash, 5n);
  assert.is(rig.watcher.batches.length, 1);
  const head = await l1.publicClient.getBlockNumber({ cacheTime: 0 });
  const logs = await readLogs(rig.l1, made.deployment, made.deployment.fromBlock, Number(head));
  assert.equal(logs.map(({ kind }) => kind), ['item', 'batch']);
  assert.equal(rig.troubles, []);
});

test('an L1 that does not answer is reported and read again', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  let broken: string | null = null;
  const rig = await Rig.open(
    intercepted(l1, (method, _params, next) => {
      if (method === broken) throw new Error('connection refused');
      return next();
    }),
    made,
  );
  await rig.deposit(5n);
  for (broken of ['eth_getBlockByNumber', 'eth_getLogs', 'eth_call']) await rig.watcher.poll();
  assert.is(rig.troubles.length, 3);
  assert.match(rig.troubles[0]!, /L1 can not be read: .*connection refused/s);
  broken = null;
  await rig.watcher.poll();
  assert.is(rig.cash, 5n);
  assert.is(rig.troubles.length, 3);
});

test('an L1 that moves while it is read is read again, without a word', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  let isMoving = true;
  const rig = await Rig.open(
    intercepted(l1, async (method, _params, next) => {
      const answer = await next();
      if (method === 'eth_getLogs' && isMoving) {
        isMoving = false;
        await l1.reorg(1);
        await l1.mine();
      }
      return answer;
    }),
    made,
  );
  await rig.deposit(5n);
  await rig.watcher.poll();
  assert.is(cursorOf(rig), 0, 'the deposit is no longer on L1');
  await rig.watcher.poll();
  assert.is(cursorOf(rig), 0);
  await rig.deposit(9n);
  await rig.watcher.poll();
  assert.is(rig.cash, 9n);
  assert.equal(rig.troubles, []);
});

test('missing logs are noticed, and everything is read again', async () => {
  const l1 = await openEmbedded('auto');
  const made = await deployTo(l1);
  let isHiding = true;
  const rig = await Rig.open(
    intercepted(l1, async (method, _params, next) => {
      const answer = await next();
      return method === 'eth_getLogs' && isHiding ? [] : answer;
    }),
    made,
  );
  await rig.deposit(5n);
  await rig.watcher.poll();
  await rig.emptyBlock();
  await rig.batcher.flush();
  await rig.watcher.poll();
  isHiding = false;
  await rig.emptyBlock();
  await rig.batcher.flush();
  await rig.watcher.poll();
  assert.is(rig.troubles.length, 1);
  assert.match(rig.troubles[0]!, /batch 1 where 0 is next/);
  await rig.watcher.poll();
  assert.is(rig.watcher.batches.length, 2);
  assert.is(rig.cash, 5n);
});

test('a re-org below what was consumed is told, until L1 has the same items again', async () => {
  const l1 = await openEmbedded('auto');
  const rig = await Rig.create(l1, { confirmations: 0 });
  await rig.deposit(5n);
  await rig.watcher.poll();
  assert.is(rig.cash, 5n);
  await l1.reorg(1);
  await rig.watcher.poll();
  assert.match(rig.troubles.at(-1)!, /the inbox on L1 is not the one .*consumed 1 items, L1 has 0/);
  await rig.deposit(6n); // Another item at the same place.
  await rig.watcher.poll();
  assert.match(rig.troubles.at(-1)!, /after 1 items the chain has/);
  await l1.reorg(1);
  await rig.deposit(5n);
  const told = rig.troubles.length;
  await rig.watcher.poll();
  assert.is(rig.troubles.length, told);
  assert.is(cursorOf(rig), 1);
  assert.is(rig.cash, 5n);
});

test('blocks are anchored below the newest block that is deep enough', async () => {
  const l1 = await openEmbedded('auto');
  const rig = await Rig.create(l1, { confirmations: 2 });
  for (let i = 0; i < 3; i++) await l1.mine();
  await rig.watcher.poll();
  const head = await l1.publicClient.getBlock({ blockTag: 'latest' });
  await rig.emptyBlock();
  const chain = existing(rig.executor.state, CHAIN, 0);
  assert.is(chain.anchorNumber, Number(head.number) - 3);
  const anchor = await l1.publicClient.getBlock({ blockNumber: head.number - 3n });
  assert.is(chain.anchorHash, anchor.hash);
});

test.run();
