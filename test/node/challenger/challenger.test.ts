/** A wrong batch is disproved on L1 by whoever knows L1 alone, at a bounded price, once; a right one never. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTransaction } from 'viem';
import { DEVNET_L1_PARAMETERS } from '../../../genesis/contracts/deploy.ts';
import type { BatchHeader } from '../../../genesis/contracts/batch.ts';
import { Auditor, type Evidence } from '../../../node/auditor/auditor.ts';
import { Challenger, type ChallengeReport, type ChallengerOptions } from '../../../node/challenger/challenger.ts';
import { IntentFile } from '../../../node/challenger/intent.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { readLogs } from '../../../node/l1/logs.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { chain, honest, openEmbedded, post, rootAt } from '../auditor/poster.ts';
import { BACKENDS, intercepted, type Backend } from '../l1/backends.ts';
import { bondSequencer, closeRigs, USER, type Rig } from '../l1/rig.ts';

const test = suite('challenger');
test.after.each(closeRigs);

const CHALLENGER = DEV_ACCOUNTS[7]!;

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-challenger-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const challengerOf = (rig: Rig, options: Partial<ChallengerOptions> = {}): Challenger =>
  new Challenger({
    provider: rig.l1,
    deployment: rig.deployment,
    privateKey: CHALLENGER.privateKey,
    directory: null,
    pollMillis: 5,
    ...options,
  });

async function evidenceOf(rig: Rig, recovery?: SignatureRecovery): Promise<Evidence | null> {
  const auditor = await Auditor.open(rig.l1, rig.deployment, rig.network, recovery);
  await auditor.advance();
  return auditor.evidence;
}

type Lie = (header: BatchHeader, payload: Uint8Array) => Partial<BatchHeader> | void;
const flippedRoot: Lie = (_, payload) => void (payload[rootAt(1) + 13]! ^= 0x01);

/** A chain whose second batch lies, and the evidence of it. */
async function lying(lie: Lie = flippedRoot, open = openEmbedded): Promise<{ rig: Rig; evidence: Evidence }> {
  const rig = await chain(open);
  const { header, payload } = await honest(rig);
  const lies = lie(header, payload) ?? {};
  await post(rig, { ...header, ...lies }, payload);
  return { rig, evidence: (await evidenceOf(rig))! };
}

const nonceOf = (rig: Rig): Promise<number> => rig.l1.publicClient.getTransactionCount({ address: CHALLENGER.address });

async function passTime(l1: Backend, seconds: number): Promise<void> {
  await l1.raw('evm_increaseTime', [seconds]);
  await l1.mine();
}

/* WHAT IS WRONG IS PROVED */

const REWARD = DEVNET_L1_PARAMETERS.bondAmount / 2n;
const LIES: readonly (readonly [name: string, statement: ChallengeReport['statement'], lie: Lie])[] = [
  ['root of the opening of a block', 'step', (_, payload) => void (payload[rootAt(0) + 3]! ^= 0x80)],
  ['root of a deposit', 'step', flippedRoot],
  ['offset of a body', 'offset', (_, payload) => new DataView(payload.buffer).setUint32(5 + 36, 9)],
  ['time of the first block', 'firstBlock', (h) => ({ firstTimestamp: h.firstTimestamp - 1n })],
  ['time of the last block', 'header', (h) => ({ lastTimestamp: h.lastTimestamp + 1n })],
  ['parameters', 'header', () => ({ parameterHash: `0x${'77'.repeat(32)}` })],
];

for (const [name, statement, lie] of LIES) {
  test(`a wrong ${name} is proved: the batch is gone, half of the bond is the challenger's`, async () => {
    const { rig, evidence } = await lying(lie);
    const challenger = challengerOf(rig);
    const report = await challenger.challenge(evidence);
    assert.equal([report.outcome, report.statement, report.batch], ['proved', statement, 1], report.detail);
    assert.is(report.reward, REWARD);
    assert.ok(report.gas! > 50_000n && report.gas! < 10_000_000n);
    assert.ok(report.cost! > 0n);
    assert.is(await rig.batchCount(), 1n);
    assert.is(await rig.readRollup('rewardOf', [CHALLENGER.address]), REWARD);
    assert.is(await evidenceOf(rig), null, 'what is left is right');
    assert.is(await challenger.settle(), null, 'nothing is under way');
  });
}

const [, openAnvil] = BACKENDS.find(([name]) => name === 'anvil') ?? [];
if (openAnvil !== undefined) {
  test('anvil: a flipped root is proved', async () => {
    const { rig, evidence } = await lying(flippedRoot, openAnvil);
    const report = await challengerOf(rig).challenge(evidence);
    assert.equal([report.outcome, report.reward], ['proved', REWARD], report.detail);
    assert.is(await rig.batchCount(), 1n);
  });
}

/* WHAT IS RIGHT IS NOT CHALLENGED */

test('an honest chain leaves nothing to prove', async () => {
  const rig = await chain();
  await rig.batcher.flush();
  assert.is(await evidenceOf(rig), null);
});

/** A chain whose last batch has a signed action, audited by somebody whose curve says what `liar` says. */
async function misread(liar: () => Address | null): Promise<{ rig: Rig; evidence: Evidence }> {
  const rig = await chain();
  await rig.sequencer.submitAction(rig.action(withdraw, { asset: 0, amount: 1_000n, recipient: USER }));
  await rig.seal();
  await rig.batcher.flush();
  const recovery = new SignatureRecovery(0);
  Object.defineProperty(recovery, 'recover', { value: liar });
  return { rig, evidence: (await evidenceOf(rig, recovery))! };
}
type Address = `0x${string}`;

for (const [name, liar] of [
  ['nobody signed', () => null],
  ['somebody else signed', () => CHALLENGER.address.toLowerCase() as Address],
] as const) {
  test(`a replay that holds that ${name} is outvoted, and nothing is sent`, async () => {
    const { rig, evidence } = await misread(liar);
    assert.is(evidence.divergence.kind, 'withdraw');
    const directory = newDirectory();
    const report = await challengerOf(rig, { directory }).challenge(evidence);
    assert.is(report.outcome, 'disagreement');
    const opinions = JSON.parse(report.detail) as Record<string, string>;
    assert.is(opinions['replay with the state'], evidence.divergence.expected);
    assert.is.not(opinions['replay of the witness'], evidence.divergence.expected);
    assert.is.not(opinions['bytecode of the step'], evidence.divergence.expected);
    const kept = JSON.parse(readFileSync(opinions['file']!, 'utf8')) as Record<string, any>;
    assert.match(kept['step'].witness, /^0x/);
    assert.equal(kept['batch'], report.batch);
    assert.is(await nonceOf(rig), 0);
    assert.not.ok(existsSync(join(directory, 'challenge.json')));
  });
}

test('what L1 does not find wrong is not sent, and kept for somebody to look at', async () => {
  // A lie in its first transaction leaves the replay at the end of the batch before, which is right.
  const { rig, evidence } = await lying((_, payload) => void (payload[rootAt(0)]! ^= 1));
  const logs = await readLogs(rig.l1, rig.deployment, 0, Number(await rig.l1.publicClient.getBlockNumber()));
  const batch = logs.find((log) => log.kind === 'batch')!;
  const divergence = { ...evidence.divergence, batch: 0, transaction: null, rule: 'last height' };
  const directory = newDirectory();
  const report = await challengerOf(rig, { directory }).challenge({ ...evidence, batch, divergence });
  assert.equal([report.outcome, await nonceOf(rig)], ['disagreement', 0]);
  const { L1, file } = JSON.parse(report.detail) as { L1: string; file: string };
  assert.is(L1, 'NothingWrong()');
  assert.match((JSON.parse(readFileSync(file, 'utf8')) as { calldata: string }).calldata, /^0x/);
});

test('a record of another root is not shown', async () => {
  const { rig, evidence } = await lying();
  const divergence = { ...evidence.divergence, transaction: null, rule: 'last height' };
  const report = await challengerOf(rig).challenge({ ...evidence, divergence });
  assert.equal([report.outcome, await nonceOf(rig)], ['refused', 0]);
  assert.match(report.detail, /^ProofDoesNotReachRoot\(/);
});

test('a fact that no statement speaks of is reported, not sent', async () => {
  const { rig, evidence } = await lying();
  const divergence = { ...evidence.divergence, transaction: null, rule: 'invariant 3' };
  const report = await challengerOf(rig).challenge({ ...evidence, divergence });
  assert.equal([report.outcome, report.statement, await nonceOf(rig)], ['no_statement', null, 0]);
});

/* TOO LATE */

test('a batch that somebody else deleted costs nothing', async () => {
  const { rig, evidence } = await lying();
  const other = challengerOf(rig, { privateKey: DEV_ACCOUNTS[8]!.privateKey });
  assert.is((await other.challenge(evidence)).outcome, 'proved');
  const report = await challengerOf(rig).challenge(evidence);
  assert.equal([report.outcome, report.transactionHash, await nonceOf(rig)], ['already_deleted', null, 0]);
});

test('a final batch stays', async () => {
  const { rig, evidence } = await lying();
  await passTime(rig.l1, rig.deployment.challengeWindow + 1);
  const report = await challengerOf(rig).challenge(evidence);
  assert.equal([report.outcome, await nonceOf(rig)], ['final', 0]);
  assert.match(report.detail, /^BatchIsFinal\(1\)/);
});

/* THE PRICE */

for (const [name, caps] of [
  ['a unit of gas', { maxFeePerGas: 1n }],
  ['the whole proof', { maxCost: 1_000n }],
] as const) {
  test(`above the cap for ${name} nothing is sent`, async () => {
    const { rig, evidence } = await lying();
    const report = await challengerOf(rig, caps).challenge(evidence);
    assert.equal([report.outcome, report.transactionHash, await nonceOf(rig)], ['fees_above_cap', null, 0]);
    assert.is((await challengerOf(rig).challenge(evidence)).outcome, 'proved', 'with another cap it is');
  });
}

/** An L1 that loses the first `count` transactions it is given, with a block for every wait. */
function losing(rig: Rig, count: number): { provider: Backend; clock: SystemClock; raws: string[] } {
  const raws: string[] = [];
  const provider = intercepted(rig.l1, async (method, params, next) => {
    if (method !== 'eth_sendRawTransaction') return next();
    raws.push(params[0] as string);
    return raws.length <= count ? `0x${'00'.repeat(32)}` : next();
  });
  const clock = new SystemClock();
  clock.sleep = () => rig.l1.mine();
  return { provider, clock, raws };
}

test('a proof that is not mined is offered for an eighth more, under the same nonce', async () => {
  const { rig, evidence } = await lying();
  const directory = newDirectory();
  const { provider, clock, raws } = losing(rig, 2);
  const report = await challengerOf(rig, { provider, clock, directory, patienceBlocks: 2 }).challenge(evidence);
  assert.is(report.outcome, 'proved', report.detail);
  assert.equal([raws.length, new Set(raws).size, await nonceOf(rig)], [3, 3, 1]);
});

test('the cap holds while it waits: what is out is offered again as it is', async () => {
  const { rig, evidence } = await lying();
  const { provider, clock, raws } = losing(rig, 3);
  const { baseFeePerGas } = await rig.l1.publicClient.getBlock();
  const priority = await rig.l1.publicClient.estimateMaxPriorityFeePerGas();
  const maxFeePerGas = 2n * baseFeePerGas! + priority + 1n;
  const report = await challengerOf(rig, { provider, clock, maxFeePerGas, patienceBlocks: 2 }).challenge(evidence);
  assert.is(report.outcome, 'proved', report.detail);
  assert.equal([raws.length, new Set(raws).size], [4, 1]);
});

/* RESTARTS */

/** Runs a challenge up to the moment when `method` is asked of L1, or was answered. */
async function crashAt(rig: Rig, evidence: Evidence, directory: string, method: string, when: 'before' | 'after'): Promise<void> {
  const provider = intercepted(rig.l1, async (asked, _, next) => {
    if (asked !== method) return next();
    if (when === 'before') throw new Error('the process ends');
    await next();
    throw new Error('the process ends');
  });
  try {
    await challengerOf(rig, { provider, directory }).challenge(evidence);
  } catch (error) {
    assert.match((error as Error).message, /the process ends/);
    return;
  }
  assert.unreachable();
}

test('a crash between writing down and sending: the same bytes are sent', async () => {
  const { rig, evidence } = await lying();
  const directory = newDirectory();
  await crashAt(rig, evidence, directory, 'eth_sendRawTransaction', 'before');
  const written = new IntentFile(directory).read()!;
  assert.is(written.variants.length, 1);
  const report = await challengerOf(rig, { directory }).challenge(evidence);
  assert.equal([report.outcome, report.transactionHash], ['proved', written.variants[0]!.hash]);
  assert.is(await nonceOf(rig), 1);
  assert.equal(readdirSync(directory), []);
});

test('a crash after sending: what was mined meanwhile is told, by whoever looks first', async () => {
  for (const look of ['settle', 'challenge'] as const) {
    const { rig, evidence } = await lying();
    const directory = newDirectory();
    await crashAt(rig, evidence, directory, 'eth_sendRawTransaction', 'after');
    const again = challengerOf(rig, { directory });
    const report = look === 'settle' ? await again.settle() : await again.challenge(evidence);
    assert.equal([report!.outcome, report!.reward, report!.batch], ['proved', REWARD, 1]);
    assert.is(await nonceOf(rig), 1);
    assert.is(await again.settle(), null);
  }
});

test('a proof of an older batch that never got through gives its nonce to the next one', async () => {
  const { rig, evidence } = await lying();
  const directory = newDirectory();
  await crashAt(rig, evidence, directory, 'eth_sendRawTransaction', 'before');
  const first = new IntentFile(directory).read()!.variants[0]!;
  // Somebody else was faster; then the successor lies again.
  await challengerOf(rig, { privateKey: DEV_ACCOUNTS[8]!.privateKey }).challenge(evidence);
  await bondSequencer(rig);
  const { header, payload } = await honest(rig);
  payload[rootAt(0) + 5]! ^= 1;
  await post(rig, header, payload);
  const seen: bigint[] = [];
  const counting = intercepted(rig.l1, async (method, params, next) => {
    if (method === 'eth_sendRawTransaction') {
      seen.push(parseTransaction(params[0] as `0x${string}`).maxFeePerGas!);
    }
    return next();
  });
  const report = await challengerOf(rig, { provider: counting, directory }).challenge((await evidenceOf(rig))!);
  assert.is(report.outcome, 'proved', report.detail);
  assert.is(await nonceOf(rig), 1);
  assert.ok(seen[0]! * 1_000n >= first.maxFeePerGas * 1_125n, 'it would replace the older one, were that still about');
});

test.run();
