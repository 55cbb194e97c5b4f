/** The auditor finds every lie of a poster: which batch, which transaction, what the state should be. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inbox } from '../../../genesis/contracts/abi.ts';
import type { BatchHeader } from '../../../genesis/contracts/batch.ts';
import { audit, AuditError, divergenceJson } from '../../../node/auditor/auditor.ts';
import { DeploymentError } from '../../../node/l1/deployment.ts';
import { existing } from '../../../state/access.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { POOL } from '../../../state/records/pool.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { BACKENDS, intercepted } from '../l1/backends.ts';
import { closeRigs, networkAt, Rig, USER_ACCOUNT } from '../l1/rig.ts';
import { chain, honest, openEmbedded, post, rootAt } from './poster.ts';

const test = suite('auditor');
test.after.each(closeRigs);

for (const [name, open] of BACKENDS) {
  test(`${name}: one flipped byte of one posted root is found, with the state on both sides`, async () => {
    const rig = await chain(open);
    const { header, payload } = await honest(rig);
    assert.is(header.txCount, 3); // beginBlock, deposit, beginBlock.
    payload[rootAt(1) + 13]! ^= 0x01;
    await post(rig, header, payload);

    const seen: number[][] = [];
    const report = await audit(rig.l1, rig.deployment, rig.network, (...progress) => seen.push(progress));
    const divergence = report.divergence!;
    assert.equal([divergence.batch, divergence.transaction, divergence.kind], [1, 1, 'deposit']);
    assert.is(divergence.rule, 'root after the transaction');
    assert.is(divergence.outcome, 'applied');
    assert.is(divergence.posted, toHex(payload.subarray(rootAt(1), rootAt(1) + 32)));
    assert.is(differingBytes(divergence.expected, divergence.posted), 1);
    const records = new Map(divergence.difference.map((d) => [d.record, d]));
    const cash = (side: 'before' | 'ours') =>
      (records.get(`account ${USER_ACCOUNT}`)![side] as { cash: bigint }).cash;
    assert.equal([cash('before'), cash('ours')], [5_000_000n, 12_000_000n]);
    assert.ok(records.has(`${CHAIN.name} 0`) && records.has(`${POOL.name} 0`));
    const told = JSON.parse(divergenceJson(divergence)) as typeof divergence;
    assert.equal(told.difference.map(({ record }) => record), [...records.keys()]);
    assert.equal(seen.map(([done, total]) => [done, total]), [[1, 2], [2, 2]]);
  });
}

function differingBytes(a: string, b: string): number {
  const [left, right] = [Buffer.from(a.slice(2), 'hex'), Buffer.from(b.slice(2), 'hex')];
  return left.filter((byte, i) => byte !== right[i]).length;
}

test('an invented deposit is found in the accumulator, and by the contract before', async () => {
  const rig = await chain();
  rig.executor.ensureOpen(rig.executor.timestamp);
  rig.executor.execute(encodeTransaction(deposit, { asset: 0, account: USER_ACCOUNT, amount: 10n ** 12n }), true);
  await rig.seal();
  const { header, payload } = await honest(rig);
  const queued = header.inboxCursor - 1n;
  // The contract compares cursor and accumulator with its own; only a header that lies gets past it.
  const inboxAccumulator = existing(rig.executor.state, CHAIN, 0).inboxAccumulator;
  assert.is(header.inboxAccumulator, inboxAccumulator);
  const onL1 = await rig.l1.publicClient.readContract({
    address: rig.deployment.inbox,
    abi: inbox.abi,
    functionName: 'accumulatorAt',
    args: [queued],
  });
  await post(rig, { ...header, inboxCursor: queued, inboxAccumulator: onL1 }, payload);
  const { divergence } = await audit(rig.l1, rig.deployment, rig.network);
  assert.equal([divergence!.batch, divergence!.transaction, divergence!.kind], [1, null, 'header']);
  assert.is(divergence!.rule, 'inbox cursor');
});

const LIES: readonly (readonly [rule: string, lie: (header: BatchHeader) => Partial<BatchHeader>])[] = [
  ['first timestamp', (h) => ({ firstTimestamp: h.firstTimestamp - 1n })],
  ['last timestamp', (h) => ({ lastTimestamp: h.lastTimestamp + 1n })],
  ['last height', (h) => ({ lastHeight: h.lastHeight - 1n })],
  ['parameter hash', () => ({ parameterHash: `0x${'77'.repeat(32)}` })],
];

for (const [rule, lie] of LIES) {
  test(`a header that lies about its ${rule}`, async () => {
    const rig = await chain();
    const { header, payload } = await honest(rig);
    await post(rig, { ...header, ...lie(header) }, payload);
    const { divergence } = await audit(rig.l1, rig.deployment, rig.network);
    assert.equal([divergence!.batch, divergence!.transaction, divergence!.rule], [1, null, rule]);
  });
}

test('a payload whose bodies are out of order is no payload', async () => {
  const rig = await chain();
  const { header, payload } = await honest(rig);
  new DataView(payload.buffer).setUint32(5 + 36, 9);
  await post(rig, header, payload);
  const { divergence } = await audit(rig.l1, rig.deployment, rig.network);
  assert.equal([divergence!.batch, divergence!.transaction, divergence!.rule], [1, null, 'payload format']);
  assert.match(divergence!.posted, /payload.offset/);
});

test('a batch that does not open with a block', async () => {
  const rig = await chain();
  const { header, payload } = await honest(rig);
  const opens = 5 + 36 * header.txCount;
  assert.is(payload[opens], 1);
  payload[opens] = 200; // An unknown type: refused, so the root stays.
  payload.set(Buffer.from(header.preRoot.slice(2), 'hex'), rootAt(0));
  await post(rig, header, payload);
  const { divergence } = await audit(rig.l1, rig.deployment, rig.network);
  assert.equal([divergence!.batch, divergence!.rule, divergence!.posted], [1, 'first transaction', 'another step']);
});

test('an L1 node that shows other calldata or hides a log is not believed', async () => {
  const rig = await chain();
  await rig.batcher.flush();
  const failed = async (provider: Rig['l1']): Promise<string> => {
    try {
      await audit(provider, rig.deployment, rig.network);
    } catch (error) {
      assert.instance(error, AuditError);
      return (error as Error).message;
    }
    return 'no error';
  };
  const calldata = intercepted(rig.l1, async (method, _params, next) => {
    const answer = (await next()) as Record<string, unknown>;
    if (method !== 'eth_getTransactionByHash') return answer;
    const input = answer['input'] as string;
    return { ...answer, input: `${input.slice(0, 74)}01${input.slice(76)}` };
  });
  assert.match(await failed(calldata), /batch 0: its calldata can not be read: it posts 0x/);
  const hiding = intercepted(rig.l1, async (method, _params, next) => {
    const answer = await next();
    if (method !== 'eth_getLogs') return answer;
    const logs = answer as { address: string }[];
    const first = logs.findIndex(({ address }) => address.toLowerCase() === rig.deployment.inbox);
    return logs.filter((_, i) => i !== first);
  });
  assert.match(await failed(hiding), /L1 gave inbox item 1 where 0 is next/);
});

test('the terms of another network are refused before anything is read', async () => {
  const rig = await chain();
  try {
    await audit(rig.l1, rig.deployment, networkAt(rig.network.time + 1));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, DeploymentError);
    assert.is((error as DeploymentError).code, 'WRONG_NETWORK');
  }
});

test('an empty chain is its genesis', async () => {
  const rig = await Rig.create(await openEmbedded('auto'));
  const report = await audit(rig.l1, rig.deployment, rig.network);
  assert.equal([report.batches, report.transactions, report.height, report.divergence], [0, 0, 0, null]);
  assert.is(report.root, rig.deployment.genesisRoot);
});

test.run();
