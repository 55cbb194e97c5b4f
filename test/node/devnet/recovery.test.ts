/** After a batch was disproved: the chain goes on from the last good root, and nobody who was honest loses. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { vault } from '../../../genesis/contracts/abi.ts';
import { payloadHash } from '../../../genesis/contracts/batch.ts';
import { Auditor, audit } from '../../../node/auditor/auditor.ts';
import { Challenger } from '../../../node/challenger/challenger.ts';
import { blockSigner } from '../../../node/chain/block.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import { addressOfKey } from '../../../node/crypto/recover.ts';
import type { Devnet, DevnetOptions } from '../../../node/devnet.ts';
import { assemble } from '../../../node/l1/assemble.ts';
import { BatcherError } from '../../../node/l1/batcher.ts';
import { chainDirectory, DerivationError } from '../../../node/l1/derivedChain.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { EmbeddedL1 } from '../../../node/l1/embedded/embeddedL1.ts';
import { serveEmbeddedL1, type L1Server } from '../../../node/l1/embedded/server.ts';
import { Seat } from '../../../node/l1/seat.ts';
import { ChainDisproved } from '../../../node/l1/standing.ts';
import { existing } from '../../../state/access.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { checkInvariants } from '../../../state/invariants.ts';
import { positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT, type Account } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import type { Kind, RecordId } from '../../../state/records/kind.ts';
import { POOL } from '../../../state/records/pool.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import {
  blocksOf,
  BTC_PERP,
  fastOptions,
  look,
  markTicks,
  newDirectory,
  openDevnet,
  passL1Time,
  Person,
  postByHand,
  startDevnet,
  stopDevnet,
  stopDevnets,
  tipOf,
  USD,
} from './world.ts';

const test = suite('recovery');
const PROVER = DEV_ACCOUNTS[8]!;
const SUCCESSOR = DEV_ACCOUNTS[6]!;

let l1: EmbeddedL1 | undefined;
let server: L1Server | undefined;
const end = async (): Promise<void> => {
  await stopDevnets();
  await server?.close();
  await l1?.close();
  l1 = server = undefined;
};
test.after.each(end);

/** An L1 that outlives the nodes on it. */
async function openL1(): Promise<string> {
  l1 = await EmbeddedL1.open({ directory: null, mining: { kind: 'auto' } });
  server = await serveEmbeddedL1({ l1, port: 0, developmentMethods: true });
  return server.url;
}

const optionsOn = (l1Url: string, directory = newDirectory()): DevnetOptions => ({
  ...fastOptions(directory),
  l1: l1Url,
  confirmations: 0,
  onTrouble: () => undefined,
});

/** Somebody who knows L1 alone disproves what is wrong there. */
async function disprove({ provider, deployment, node }: Devnet): Promise<void> {
  const auditor = await Auditor.open(provider, deployment, node.network);
  await auditor.advance();
  const { privateKey } = PROVER;
  const challenger = new Challenger({ provider, deployment, privateKey, directory: null, pollMillis: 5 });
  const report = await challenger.challenge(auditor.evidence!);
  assert.is(report.outcome, 'proved', report.detail);
}

/** L1 and the node say the same, and every book adds up. */
async function requireSound(devnet: Devnet): Promise<void> {
  const { executor, network } = devnet.node;
  // The keeper goes on: what is sealed after the flush has begun may be on L1, or not.
  const height = executor.sealedHeight;
  await devnet.flush();
  const report = await audit(devnet.provider, devnet.deployment, network);
  assert.is(report.divergence, null);
  assert.ok(report.height >= height && report.height <= executor.sealedHeight, `${report.height}, sealed ${height}`);
  assert.equal(checkInvariants(executor.state), []);
}

const cashOf = (devnet: Devnet, { account }: Person): bigint =>
  (devnet.node.executor.state.read(ACCOUNT, account) as Account | undefined)?.cash ?? 0n;
const lotsOf = (devnet: Devnet, { account }: Person): bigint =>
  positionOf(existing(devnet.node.executor.state, ACCOUNT, account), BTC_PERP)?.size ?? 0n;

/** No timer of the node seals, prices or posts any more. */
async function holdStill({ node, batcher }: Devnet): Promise<void> {
  node.keeper.stop();
  await batcher.stop();
}

/* THE CHAIN WAS RIGHT, WHAT WAS POSTED WAS NOT */

test('a node whose batches were garbled posts its own blocks again, once somebody has bonded', async () => {
  const failures: unknown[] = [];
  const devnet = await openDevnet(fastOptions(newDirectory()));
  await devnet.start((error) => failures.push(error));
  await holdStill(devnet);
  const alice = new Person(devnet, 4);
  await alice.deposit(1_000n * USD);
  await devnet.flush();
  await alice.deposit(500n * USD);
  devnet.node.keeper.tick();
  await devnet.node.sequencer.seal();
  await devnet.node.sequencer.settled();
  const tip = await tipOf(devnet);
  const { executor } = devnet.node;
  const { header, payload } = assemble(tip, await blocksOf(devnet, tip.lastHeight + 1, executor.sealedHeight));
  payload[5 + 4 + 7]! ^= 0x10; // A bit of the root after its first transaction.
  await postByHand(devnet, { ...header, payloadHash: payloadHash(payload) }, payload);
  await look(devnet);
  assert.is(devnet.heads.posted.height, executor.sealedHeight);
  const before = { height: executor.sealedHeight, root: toHex(executor.state.root) };

  await disprove(devnet);
  await look(devnet);
  assert.equal(devnet.watcher.disproved.map(({ index }) => index), [tip.count]);
  assert.equal(failures, [], 'its own blocks were not in it');
  assert.is(devnet.heads.posted.height, tip.lastHeight);
  try {
    await devnet.batcher.flush();
    assert.unreachable();
  } catch (error) {
    assert.is((error as BatcherError).code, 'NOT_BONDED');
    assert.match((error as Error).message, /this sequencer has no bond, or lost it: tidepool bond/);
  }
  const seat = new Seat(devnet.provider, devnet.deployment, DEV_ACCOUNTS[0]!.privateKey);
  assert.is(await seat.bond(), (await seat.facts()).bondNeeded);
  assert.is(await seat.bond(), 0n, 'once is enough');
  assert.is(await seat.opensIn(), 0);
  await devnet.flush();
  assert.equal({ height: devnet.heads.posted.height, root: (await tipOf(devnet)).root }, before);
  assert.is(cashOf(devnet, alice), 1_500n * USD);
  await requireSound(devnet);
});

/* THE BLOCKS THEMSELVES WERE WRONG */

/** Changes a record of the node behind the rules. */
function tamper<T, Id extends RecordId>({ node }: Devnet, kind: Kind<T, Id>, id: Id, change: (record: T) => Partial<T>): void {
  const { state } = node.executor;
  const before = existing(state, kind, id);
  state.commit([{ kind, id, before, after: { ...before, ...change(before) } }]);
}

/** Cash from nowhere, in books that still add up. */
function mint(devnet: Devnet, { account }: Person, amount: bigint): void {
  tamper(devnet, ACCOUNT, account, ({ cash }) => ({ cash: cash + amount }));
  tamper(devnet, POOL, 0, ({ cashPositive, deposited }) => ({
    cashPositive: cashPositive + amount,
    deposited: deposited + amount,
  }));
  tamper(devnet, ASSET, 0, ({ deposited }) => ({ deposited: deposited + amount }));
}

test('a successor goes on from the last good root, with nothing but L1', async () => {
  const url = await openL1();
  const options = optionsOn(url);
  const failures: Error[] = [];
  const first = await openDevnet(options);
  await first.start((error) => failures.push(error as Error));
  await holdStill(first);
  const [alice, bob, carol] = [4, 5, 7].map((index) => new Person(first, index)) as [Person, Person, Person];
  await alice.deposit(10_000n * USD);
  await bob.deposit(20_000n * USD);
  const { sequencer, store } = first.node;
  const ticks = markTicks(first);
  const resting = bob.order(false, 30n, ticks);
  await sequencer.placeOrder(resting);
  await sequencer.placeOrder(alice.order(true, 10n, ticks));
  await first.flush();
  const good = await tipOf(first);
  const goodBlock = (await readBlock(store, good.lastHeight))!;

  // Deposits and a forced withdrawal that the wrong batch consumes, or leaves in the queue.
  await carol.deposit(300n * USD);
  mint(first, alice, 1_000_000n * USD);
  await sequencer.submitAction(alice.action(withdraw, { asset: 0, amount: 900_000n * USD, recipient: alice.address }));
  const undone = alice.order(true, 5n, ticks);
  await sequencer.placeOrder(undone);
  await first.flush();
  assert.is(lotsOf(first, alice), 15n);
  await bob.l1.mint(first.deployment.tokens[0]!, 700n * USD);
  await bob.l1.deposit(first.deployment.vault, first.deployment.tokens[0]!, 0, 0, 700n * USD);
  await carol.force(carol.action(withdraw, { asset: 0, amount: 100n * USD, recipient: carol.address }));

  await disprove(first);
  await look(first);
  for (let tries = 0; failures.length === 0 && tries < 100; tries++) await first.node.clock.sleep(10);
  assert.instance(failures[0], ChainDisproved);
  assert.match(failures[0]!.message, new RegExp(`batch ${good.count} was disproved on L1.*start again with --from-l1`));
  await stopDevnet(first);
  const again = await openDevnet(options);
  await again.start(() => undefined).then(
    () => assert.unreachable(),
    (error: unknown) => assert.is((error as ChainDisproved).code, 'CHAIN_DISPROVED'),
  );
  const { deployment } = again;
  await stopDevnet(again);

  const sequencerKey = SUCCESSOR.privateKey;
  const heirs = { ...optionsOn(url), sequencerKey };
  const second = await startDevnet({ ...heirs, fromL1: deployment });
  await holdStill(second);
  // The same blocks, with the successor's word for them.
  const derived = (await readBlock(second.node.store, good.lastHeight))!;
  assert.equal([derived.hash, derived.header], [goodBlock.hash, goodBlock.header]);
  const domain = fromHex(second.node.sequencer.domainSeparator);
  assert.is(blockSigner(domain, derived), addressOfKey(fromHex(sequencerKey)));
  assert.is((await second.node.sequencer.history.fills(alice.account, 10)).length, 1);
  assert.ok((await tipOf(second)).count > good.count, 'the seat is taken before it serves');
  assert.is((await new Seat(second.provider, deployment, sequencerKey).facts()).holder, addressOfKey(fromHex(sequencerKey)));

  // What was queued is consumed; what the wrong batch did is not.
  assert.is(cashOf(second, carol), 200n * USD);
  assert.is(existing(second.node.executor.state, CHAIN, 0).withdrawalCount, 1);
  assert.ok(cashOf(second, bob) > 20_650n * USD && cashOf(second, alice) < 10_000n * USD);
  assert.is(lotsOf(second, alice), 10n);

  // Orders that were signed before, and not filled in what is left, are as good as they were.
  second.node.keeper.tick();
  assert.is((await second.node.sequencer.placeOrder(resting)).result.record.remainingLots, 20);
  assert.is((await second.node.sequencer.placeOrder(undone)).result.record.status, 'filled');
  assert.is(lotsOf(second, alice), 15n);
  await requireSound(second);
  await passL1Time(second, deployment.challengeWindow + 1);
  const heir = new Person(second, 7);
  assert.is(await heir.claim(0), 100n * USD);
  const { deposited, withdrawn } = existing(second.node.executor.state, ASSET, 0);
  const held = { address: deployment.vault, abi: vault.abi, functionName: 'held', args: [0] } as const;
  assert.is(await second.provider.publicClient.readContract(held), deposited - withdrawn, 'L1 holds what the chain owes');
  await stopDevnet(second);

  // A plain restart of the successor is a restart like any other.
  const third = await startDevnet(heirs);
  await requireSound(third);
});

test('who would take over from a wrong batch is told to disprove it first; his old chain stands aside', async () => {
  const url = await openL1();
  const options = optionsOn(url);
  const first = await startDevnet(options);
  await holdStill(first);
  const alice = new Person(first, 4);
  await alice.deposit(1_000n * USD);
  await first.flush();
  const good = await tipOf(first);
  mint(first, alice, 1n * USD);
  await first.node.sequencer.submitAction(alice.action(withdraw, { asset: 0, amount: 1n, recipient: alice.address }));
  await first.flush();
  const { deployment } = first;
  const takeOver = { ...options, fromL1: deployment };
  await stopDevnet(first);
  await openDevnet(takeOver).then(
    () => assert.unreachable(),
    (error: unknown) => assert.equal([(error as DerivationError).code, readdirSync(options.directory).sort()], [
      'BATCH_IS_WRONG',
      ['chain', 'chain.new', 'deployment.json'],
    ]),
  );
  await disprove(first);
  const second = await startDevnet(takeOver);
  await holdStill(second);
  assert.equal(readdirSync(options.directory).sort(), ['chain', 'chain.aside-1', 'deployment.json']);
  assert.is((await readBlock(second.node.store, good.lastHeight))!.header.stateRoot, good.root);
  assert.is(cashOf(second, new Person(second, 4)), 1_000n * USD);
  await requireSound(second);
});

test('a successor follows whoever holds the seat, for as long as it is held', async () => {
  const url = await openL1();
  const first = await startDevnet(optionsOn(url));
  await holdStill(first);
  const alice = new Person(first, 4);
  await alice.deposit(1_000n * USD);
  await first.flush();
  const heights: number[] = [];
  let onWaiting: () => void;
  const waiting = new Promise<void>((resolve) => (onWaiting = resolve));
  const opening = openDevnet({
    ...optionsOn(url),
    fromL1: first.deployment,
    sequencerKey: SUCCESSOR.privateKey,
    onWait: (seconds, height) => {
      assert.ok(seconds > 0 && seconds <= 31);
      heights.push(height);
      onWaiting();
    },
  });
  await waiting;
  await alice.deposit(2_000n * USD);
  await first.flush();
  const last = await tipOf(first);
  while (heights.at(-1) !== last.lastHeight) await first.node.clock.sleep(10);
  await stopDevnet(first);
  await l1!.request({ method: 'evm_increaseTime', params: [31] });
  await l1!.request({ method: 'evm_mine', params: [] });
  const second = await opening;
  await second.start((error) => {
    throw error;
  });
  await holdStill(second);
  assert.is(cashOf(second, alice), 3_000n * USD);
  assert.ok((await tipOf(second)).count > last.count);
  await requireSound(second);
});

test('a chain that was derived takes its place whatever a crash left of the exchange', () => {
  for (const left of [['chain.derived'], ['chain', 'chain.derived'], ['chain', 'chain.aside-1', 'chain.derived']]) {
    const directory = newDirectory();
    for (const name of left) mkdirSync(join(directory, name));
    assert.is(chainDirectory(directory), join(directory, 'chain'));
    assert.not.ok(existsSync(join(directory, 'chain.derived')));
    assert.is(readdirSync(directory).length, left.length, 'nothing is lost');
    assert.is(chainDirectory(directory), join(directory, 'chain'));
  }
});

test.run();
