/**
 * A wrong batch is disproved by one transaction, whatever is wrong with it; an honest one by none,
 * whatever is shown.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFunctionData } from 'viem/utils';
import type { Hex } from 'viem';
import { fraudProof as fraudProofContract } from '../../../genesis/contracts/abi.ts';
import {
  batchHash,
  CHUNK_BYTES,
  decodePayload,
  MAX_PAYLOAD_BYTES,
  payloadSize,
  type BatchHeader,
} from '../../../genesis/contracts/batch.ts';
import { ZERO_ADDRESS } from '../../../genesis/contracts/deploy.ts';
import { FormatError } from '../../../genesis/contracts/formatError.ts';
import {
  encodeProveFirstBlock,
  encodeProveHeader,
  encodeProveOffset,
  encodeProveStep,
  firstOffsetOutOfOrder,
  partOf,
  rangesOfStep,
  STATEMENT,
  type PayloadPart,
} from '../../../genesis/contracts/fraudProof.ts';
import { familyOf } from '../../../genesis/contracts/steps.ts';
import { concat, fromHex, toHex, Writer } from '../../../state/codec/bytes.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { decodeWitness, type WitnessEntry } from '../../../state/stepWitness.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { recordKey } from '../../../state/tree/node.ts';
import { alice, bob } from '../../support/world.ts';
import { account, blockHashOf, GAS_LIMIT, Revert, reverts, type Receipt } from './evm.ts';
import {
  Rig,
  withFlippedRoot,
  withOffset,
  withRoot,
  type ReplayedBatch,
} from './fraud.ts';
import { bit, treeOf } from './withdrawals.ts';
import {
  bond,
  deployer,
  GENESIS_ROOT,
  newWorld,
  nextBatch,
  parameters,
  prover,
  rival,
  sequencer,
  type Batch,
} from './world.ts';

const test = suite('FraudProof');
const DOLLARS = 10n ** 12n;
const half = parameters.bondAmount / 2n;
const NOTHING = new Uint8Array(0);
const BAD: Hex = `0x${'bb'.repeat(32)}`;

/* SCENES */

/** Two blocks: deposits, prices, marks, bytes that are no transaction, withdrawals, a trade. */
async function market(): Promise<Rig> {
  const rig = await Rig.create();
  const { ledger } = rig;
  rig.block();
  await rig.deposit(alice, DOLLARS);
  await rig.deposit(bob, DOLLARS);
  ledger.accept(ledger.pricesBytes());
  for (const underlying of [1, 2, 3]) ledger.accept(ledger.markBytes(underlying));
  // Long ones, so that the payload has several chunks.
  for (const byte of [0, 0xff]) ledger.refuse(new Uint8Array(5_000).fill(byte));
  rig.chain.mine();
  rig.block();
  const terms = { asset: 0, amount: 5n, recipient: bob.address };
  ledger.accept(ledger.action(withdraw, alice, terms));
  await rig.forced(ledger.action(withdraw, bob, terms), bob);
  trade(rig);
  return rig;
}

function trade({ ledger }: Rig, lots = 100n): void {
  const { markPrice, tickSize } = ledger.instrument(100);
  const { outcome } = ledger.tradeBetween(alice, bob, lots, markPrice / tickSize);
  assert.ok(outcome.ok, JSON.stringify(outcome));
}

/** The proof deletes batch `batch` and all after it, and its event says why. */
async function deletes(
  rig: Rig,
  proof: Promise<Receipt>,
  { batch, statement, transaction }: { batch: bigint; statement: number; transaction: number },
): Promise<void> {
  const { events } = await proof;
  const [proven] = events.filter(({ name }) => name === 'FraudProven');
  const { prover: winner, ...args } = proven!.args as { prover: Hex };
  assert.equal(args, { batch, statement, transaction: BigInt(transaction) });
  assert.is(winner.toLowerCase(), prover);
  assert.is(await rig.count(), batch);
}

/** Posts a wrong batch and sees it deleted; the cheat bonds again, and nothing else has changed. */
async function disproved(
  rig: Rig,
  wrong: Batch,
  statement: number,
  transaction: number,
  prove: () => Promise<Receipt>,
): Promise<void> {
  await rig.post(wrong);
  await deletes(rig, prove(), { batch: wrong.header.index, statement, transaction });
  await bond(rig.l1, sequencer);
}

/* WRONG BATCHES */

test('one flipped bit of any root is disproved at its transaction, and nowhere else', async () => {
  const rig = await market();
  const honest = await rig.next();
  for (const [index, step] of honest.steps.entries()) {
    const wrong = withFlippedRoot(honest, index);
    await disproved(rig, wrong, STATEMENT.step, index, async () => {
      const before = honest.steps[index - 1];
      if (before !== undefined) await reverts(rig.proveStep(wrong, index - 1, before), 'NothingWrong', []);
      return rig.proveStep(wrong, index, step);
    });
  }
  await rig.post(honest);
});

test('nothing of an honest batch can be disproved', async () => {
  const rig = await market();
  for (let batch = 0; batch < 2; batch++) {
    const honest = await rig.postNext();
    for (const [index, step] of honest.steps.entries()) {
      await reverts(rig.proveStep(honest, index, step), 'NothingWrong', []);
      await reverts(rig.proveOffset(honest, index), 'NothingWrong', []);
    }
    await reverts(rig.proveFirstBlock(honest, honest.chains[0]!), 'NothingWrong', []);
    await reverts(rig.proveHeader(honest, honest.chains.at(-1)!), 'NothingWrong', []);
    assert.is(await rig.count(), BigInt(batch + 1));
    rig.block();
    trade(rig, 7n);
  }
});

test('a transaction that is refused, or is none, proves its root like any other', async () => {
  const rig = await Rig.create();
  rig.block();
  const { ledger } = rig;
  for (const bytes of [[0], [1, 2], [11], [255]]) ledger.refuse(Uint8Array.from(bytes));
  rig.block();
  const honest = await rig.next();
  for (const index of [1, 2, 3, 4]) {
    const wrong = withRoot(honest, index, fromHex(BAD));
    await disproved(rig, wrong, STATEMENT.step, index, () => rig.proveStep(wrong, index, honest.steps[index]!));
  }
});

test('each body that starts out of order is disproved by its offset', async () => {
  const rig = await market();
  const honest = await rig.next();
  const { length } = honest.payload;
  const last = honest.header.txCount - 1;
  const cases: readonly [index: number, change: (offset: number) => number][] = [
    [0, (offset) => offset - 1],
    [0, (offset) => offset + 1],
    [0, () => 0],
    [1, (offset) => offset - honest.steps[0]!.bytes.length],
    [2, () => 0],
    [2, () => length],
    [2, () => 2 ** 32 - 1],
    [last, () => length],
    [last, () => length + 1],
  ];
  for (const [index, change] of cases) {
    const wrong = withOffset(honest, index, change);
    assert.is(firstOffsetOutOfOrder(wrong.payload), index);
    assert.throws(() => decodePayload(wrong.payload), (error: unknown) => error instanceof FormatError);
    await disproved(rig, wrong, STATEMENT.offset, index, () => rig.proveOffset(wrong, index));
  }
  assert.is(firstOffsetOutOfOrder(honest.payload), undefined);
});

test('a body whose ends are out of order can not be read, so it proves nothing', async () => {
  const rig = await market();
  const honest = await rig.next();
  const { length } = honest.payload;
  const start = length - honest.steps.slice(1).reduce((sum, { bytes }) => sum + bytes.length, 0);
  for (const end of [length + 1, start, 0]) {
    const wrong = withOffset(honest, 2, () => end);
    await rig.post(wrong);
    assert.throws(() => rangesOfStep(wrong.payload, 1), /body 1 starts/);
    const everything = partOf(wrong.payload, [{ start: 0, end: length }]);
    const proof = stepCall(wrong.header, everything, 1n, honest.steps[1]!.witness);
    await reverts(rig.prove(proof), 'BodyOutOfOrder', [start, end]);
    await rig.proveOffset(wrong, 2);
    await bond(rig.l1, sequencer);
  }
});

test('a batch that does not open with its first block is disproved', async () => {
  const rig = await market();
  await rig.postNext();
  trade(rig, 3n);
  const unopened = await rig.next();
  const { firstHeight: lastHeight, lastTimestamp: firstTimestamp } = unopened.header;
  const wrong = { ...unopened, header: { ...unopened.header, lastHeight, firstTimestamp } };
  await disproved(rig, wrong, STATEMENT.firstBlock, 0, () => rig.proveFirstBlock(wrong, unopened.chains[0]!));
});

test('a false time of the first block is disproved', async () => {
  const rig = await market();
  const honest = await rig.next();
  for (const shift of [-1n, 1n]) {
    const header = { ...honest.header, firstTimestamp: honest.header.firstTimestamp + shift };
    const wrong = { ...honest, header };
    await disproved(rig, wrong, STATEMENT.firstBlock, 0, async () => {
      await reverts(rig.proveHeader(wrong, honest.chains.at(-1)!), 'NothingWrong', []);
      return rig.proveFirstBlock(wrong, honest.chains[0]!);
    });
  }
  await rig.post(honest);
});

const falseEnds: Readonly<Record<string, (header: BatchHeader) => Partial<BatchHeader>>> = {
  'last height': ({ lastHeight }) => ({ lastHeight: lastHeight - 1n }),
  'last timestamp': ({ lastTimestamp }) => ({ lastTimestamp: lastTimestamp + 1n }),
  anchor: ({ anchorNumber }) => ({ anchorNumber: anchorNumber - 1n, anchorHash: blockHashOf(anchorNumber - 1n) }),
  'inbox cursor': () => ({ inboxCursor: 0n, inboxAccumulator: `0x${'00'.repeat(32)}` }),
  'parameter hash': () => ({ parameterHash: BAD }),
};

for (const [name, change] of Object.entries(falseEnds)) {
  test(`a header with a false ${name} is disproved`, async () => {
    const rig = await market();
    const honest = await rig.next();
    const wrong = { ...honest, header: { ...honest.header, ...change(honest.header) } };
    await disproved(rig, wrong, STATEMENT.header, honest.header.txCount - 1, async () => {
      await reverts(rig.proveFirstBlock(wrong, honest.chains[0]!), 'NothingWrong', []);
      return rig.proveHeader(wrong, honest.chains.at(-1)!);
    });
    await rig.post(honest);
  });
}

test('a state that names its anchor falsely is disproved', async () => {
  for (const lie of [{ anchorHash: BAD }, { anchorNumber: 7 }]) {
    const rig = await Rig.create();
    rig.block(lie);
    const batch = await rig.next();
    const anchorNumber = rig.chain.number - 1n;
    const wrong = { ...batch, header: { ...batch.header, anchorNumber, anchorHash: blockHashOf(anchorNumber) } };
    await disproved(rig, wrong, STATEMENT.header, 0, () => rig.proveHeader(wrong, batch.chains[0]!));
  }
});

test('a state that consumed another item than L1 queued is disproved', async () => {
  const stolen = await Rig.create();
  stolen.block();
  await stolen.deposit(alice, 5n, bob);
  const batch = await stolen.next();
  const { inboxAccumulator } = (await nextBatch(stolen.l1, batch.header.postRoot, batch.payload)).header;
  assert.is.not(inboxAccumulator, batch.header.inboxAccumulator);
  const wrongItem = { ...batch, header: { ...batch.header, inboxAccumulator } };
  await disproved(stolen, wrongItem, STATEMENT.header, 1, () => stolen.proveHeader(wrongItem, batch.chains[1]!));
});

test('the batches after a wrong one go too, its poster alone pays, and a successor goes on', async () => {
  const rig = await market();
  const { chain, l1 } = rig;
  await rig.postNext();
  rig.block();
  trade(rig, 1n);
  const honest = await rig.next();
  const last = honest.header.txCount - 1;
  const wrong = withFlippedRoot(honest, last);
  await rig.post(wrong);
  // Another sequencer builds on the wrong root without looking.
  chain.mine(parameters.sequencerTimeout);
  await bond(l1, rival);
  await rig.post(await nextBatch(l1, GENESIS_ROOT), rival);
  assert.is(await rig.count(), 3n);

  const proof = () => rig.proveStep(wrong, last, honest.steps[last]!);
  await deletes(rig, proof(), { batch: 1n, statement: STATEMENT.step, transaction: last });
  const bondOf = async (who: Hex) => (await chain.read<readonly [bigint, bigint]>(l1.rollup, 'bondOf', [who]))[0];
  assert.is(await bondOf(sequencer), 0n);
  assert.is(await bondOf(rival), parameters.bondAmount);
  assert.is(await chain.read(l1.rollup, 'rewardOf', [prover]), half);
  await chain.call(l1.rollup, 'claimReward', [], { from: prover });
  assert.is(await chain.balance(l1.rollup.address), half + parameters.bondAmount);

  await reverts(proof(), 'UnknownBatch', [1n, 1n]);
  await reverts(rig.post(honest, sequencer), 'NotBonded');
  await rig.post(honest, rival);
  await reverts(proof(), 'BatchMismatch', [1n, batchHash(honest.header), batchHash(wrong.header)]);
  assert.is(await rig.count(), 2n);
});

test('the seat is open after a proof against its holder', async () => {
  const rig = await market();
  const honest = await rig.next();
  const wrong = withFlippedRoot(honest, 0);
  await rig.post(wrong);
  await rig.proveStep(wrong, 0, honest.steps[0]!);
  assert.is(await rig.chain.read(rig.l1.rollup, 'sequencer'), ZERO_ADDRESS);
  await bond(rig.l1, rival);
  await rig.post(honest, rival);
});

test('bodies that fill a payload are disproved within the gas and the bytes of one transaction', async () => {
  for (const type of [0, 3, 5, 11, 12]) {
    const rig = await Rig.create();
    rig.block();
    const room = MAX_PAYLOAD_BYTES - payloadSize([rig.ledger.steps[0]!.bytes, NOTHING]);
    const body = new Uint8Array(room).fill(0xa5);
    body[0] = type;
    rig.ledger.refuse(body);
    const honest = await rig.next();
    assert.is(honest.payload.length, MAX_PAYLOAD_BYTES);
    const wrong = withFlippedRoot(honest, 1);
    await rig.post(wrong);
    const calldata = encodeProveStep(wrong.header, wrong.payload, 1, honest.steps[1]!.witness);
    assert.ok((calldata.length - 2) / 2 < 128 * 1_024 - 200, 'mempools take it');
    const { gas } = await rig.prove(calldata);
    console.log(`body of ${room} bytes, type ${type}: ${gas} gas`);
    assert.ok(gas < GAS_LIMIT);
    assert.is(await rig.count(), 0n);
  }
});

/* FORGERIES: an honest batch, and a prover who shows anything */

/** Calldata of a step proof that our own builder would not write. */
const stepCall = (header: BatchHeader, payload: PayloadPart, index: bigint, witness: Uint8Array): Hex =>
  encodeFunctionData({
    abi: fraudProofContract.abi,
    functionName: 'proveStep',
    args: [header, payload, index, toHex(witness)],
  });

/** Two honest batches on L1. */
async function attacked(): Promise<{ rig: Rig; first: ReplayedBatch; second: ReplayedBatch; traded: number }> {
  const rig = await market();
  const first = await rig.postNext();
  rig.block();
  trade(rig, 2n);
  const second = await rig.postNext();
  return { rig, first, second, traded: first.steps.length - 1 };
}

/** Nothing is deleted, for the reason given or for any. */
async function fails(rig: Rig, proof: Promise<unknown>): Promise<void> {
  let thrown: unknown;
  await proof.catch((error: unknown) => (thrown = error));
  const isOutOfGas = thrown instanceof Error && thrown.message.startsWith('not a revert');
  if (!isOutOfGas && !(thrown instanceof Revert)) throw thrown ?? new Error('the proof succeeded');
  assert.is(await rig.count(), 2n);
}

test('a header that is not the batch on L1 proves nothing', async () => {
  const { rig, first, second } = await attacked();
  const { witness } = first.steps[0]!;
  const part = partOf(first.payload, rangesOfStep(first.payload, 0));
  const other = (header: BatchHeader): Batch => ({ header, payload: first.payload });
  for (const header of [
    { ...first.header, index: 1n },
    { ...first.header, preRoot: BAD },
    { ...first.header, lastTimestamp: first.header.lastTimestamp + 1n },
    { ...first.header, payloadBytes: first.header.payloadBytes - 1 },
    { ...second.header, index: 0n },
  ]) {
    const expected = [header.index, batchHash((header.index === 0n ? first : second).header), batchHash(header)];
    await reverts(rig.prove(stepCall(header, part, 0n, witness)), 'BatchMismatch', expected);
    await reverts(rig.proveOffset(other(header), 0), 'BatchMismatch', expected);
    await reverts(rig.proveFirstBlock(other(header), first.chains[0]!), 'BatchMismatch', expected);
    await reverts(rig.proveHeader(other(header), first.chains.at(-1)!), 'BatchMismatch', expected);
  }
  const unknown = other({ ...second.header, index: 2n });
  await reverts(rig.proveHeader(unknown, second.chains.at(-1)!), 'UnknownBatch', [2n, 2n]);
  // 2^64 is no index: the decoder reverts before anything is looked up.
  const wide = encodeProveHeader(first.header, first.chains[0]!.chain, first.chains[0]!.proof);
  await reverts(rig.prove(`${wide.slice(0, 10 + 2 * 23)}01${wide.slice(10 + 2 * 24)}` as Hex), '', []);
});

test('chunks that are not of the payload prove nothing', async () => {
  const { rig, first, second, traded } = await attacked();
  const { header, payload, steps } = first;
  const honest = partOf(payload, [{ start: 0, end: payload.length }]);
  const { hashes, indices, chunks } = honest;
  assert.ok(chunks.length >= 3);
  const attempt = (part: PayloadPart): Promise<Receipt> =>
    rig.prove(stepCall(header, part, BigInt(traded), steps[traded]!.witness));
  await reverts(attempt(honest), 'NothingWrong');

  const swapped = [chunks[1]!, chunks[0]!, ...chunks.slice(2)];
  await reverts(attempt({ ...honest, chunks: swapped }), 'ChunkMismatch', [0]);
  const changed = chunks.with(1, `${chunks[1]!.slice(0, -2)}aa` as Hex);
  await reverts(attempt({ ...honest, chunks: changed }), 'ChunkMismatch', [1]);
  await reverts(attempt({ ...honest, chunks: chunks.with(0, `${chunks[0]!}00`) }), 'ChunkMismatch', [0]);
  await reverts(attempt({ ...honest, chunks: chunks.with(0, chunks[0]!.slice(0, -2) as Hex) }), 'ChunkMismatch', [0]);
  const end = chunks.length;
  await reverts(attempt({ ...honest, chunks: chunks.with(-1, `${chunks.at(-1)!}00`) }), 'ChunkMismatch', [end - 1]);
  for (const beyond of [BigInt(end), 2n ** 256n - 1n]) {
    await reverts(attempt({ ...honest, indices: indices.with(0, beyond) }), 'ChunkMismatch', [beyond]);
  }
  await fails(rig, attempt({ ...honest, indices: indices.slice(1) }));

  const reordered = [hashes[1]!, hashes[0]!, ...hashes.slice(2)];
  for (const list of [reordered, hashes.slice(1), [...hashes, BAD], [], partOf(second.payload, []).hashes]) {
    await reverts(attempt({ ...honest, hashes: list }), 'PayloadMismatch');
  }
  // Shown twice, or in another order, a chunk is what it is.
  const twice = { hashes, indices: [...indices, ...indices].reverse(), chunks: [...chunks, ...chunks].reverse() };
  await reverts(attempt(twice), 'NothingWrong');
});

test('a chunk that a proof reads must be shown, and our builder shows no other', async () => {
  const { rig, first } = await attacked();
  const { header, payload, steps } = first;
  for (const [index, { witness }] of steps.entries()) {
    const part = partOf(payload, rangesOfStep(payload, index));
    for (const [at, chunk] of part.indices.entries()) {
      const without = { ...part, indices: part.indices.toSpliced(at, 1), chunks: part.chunks.toSpliced(at, 1) };
      await reverts(rig.prove(stepCall(header, without, BigInt(index), witness)), 'ChunkMissing', [chunk]);
    }
  }
});

test('a body that ends where a chunk ends needs no further chunk', async () => {
  const rig = await Rig.create();
  rig.block();
  const opening = rig.ledger.steps[0]!.bytes;
  rig.ledger.refuse(new Uint8Array(CHUNK_BYTES - payloadSize([opening, NOTHING, NOTHING])));
  rig.ledger.refuse(new Uint8Array(CHUNK_BYTES));
  const honest = await rig.postNext();
  assert.is(honest.payload.length, 2 * CHUNK_BYTES);
  assert.equal(partOf(honest.payload, rangesOfStep(honest.payload, 1)).indices, [0n]);
  assert.equal(partOf(honest.payload, rangesOfStep(honest.payload, 2)).indices, [0n, 1n]);
  for (const index of [1, 2]) await reverts(rig.proveStep(honest, index, honest.steps[index]!), 'NothingWrong', []);
});

test('there is no transaction beyond the last', async () => {
  const { rig, first } = await attacked();
  const { header, payload, steps } = first;
  const everything = partOf(payload, [{ start: 0, end: payload.length }]);
  const count = BigInt(header.txCount);
  for (const index of [count, count + 1n, 2n ** 32n, 2n ** 256n - 1n]) {
    const step = stepCall(header, everything, index, steps[0]!.witness);
    await reverts(rig.prove(step), 'NoSuchTransaction', [count, index]);
    const offset = encodeFunctionData({
      abi: fraudProofContract.abi,
      functionName: 'proveOffset',
      args: [header, everything, index],
    });
    await reverts(rig.prove(offset), 'NoSuchTransaction', [count, index]);
  }
  assert.throws(() => rangesOfStep(payload, header.txCount), /expected a transaction below/);
});

const encodeEntries = (entries: readonly WitnessEntry[], folding: Uint8Array): Uint8Array => {
  const writer = new Writer().u8(entries.length);
  for (const entry of entries) {
    if ('valueHash' in entry) writer.u8(0).raw(entry.key).raw(entry.valueHash);
    else {
      writer.u8(entry.kind.type).raw(entry.idBytes);
      if (entry.value === null) writer.u16(0xffff);
      else writer.u16(entry.value.length).raw(entry.value);
    }
  }
  return writer.raw(folding).finish();
};

test('a forged witness proves nothing', async () => {
  const { rig, first, second, traded } = await attacked();
  const { witness } = first.steps[traded]!;
  const { entries, folding } = decodeWitness(witness);
  assert.equal(encodeEntries(entries, folding), witness);
  const attempt = (forged: Uint8Array): Promise<Receipt> => rig.proveStep(first, traded, { witness: forged });
  const rebuilt = (change: readonly WitnessEntry[], fold = folding): Promise<Receipt> =>
    attempt(encodeEntries(change, fold));
  await reverts(attempt(witness), 'NothingWrong');

  const richest = entries.findIndex((entry) => 'kind' in entry && entry.kind.type === ACCOUNT.type);
  const rich = entries[richest] as Extract<WitnessEntry, { value: unknown }>;
  const poorer = rich.value!.slice();
  poorer[49] = poorer[49]! ^ 1;
  const mapAt = 2 + entries.length;
  const steps = new DataView(folding.buffer, folding.byteOffset).getUint16(0);
  const siblingsAt = mapAt + Math.ceil(steps / 8);
  const swapSiblings = concat(
    folding.subarray(0, siblingsAt),
    folding.subarray(siblingsAt + 32, siblingsAt + 64),
    folding.subarray(siblingsAt, siblingsAt + 32),
    folding.subarray(siblingsAt + 64),
  );
  const withoutDepth = concat(folding.subarray(0, 2 + richest), folding.subarray(3 + richest));
  const valueHash = sha256(rich.value!);
  const neighbour = { key: recordKey(rich.kind.type, rich.idBytes), valueHash };

  const instead = (entry: WitnessEntry): Promise<Receipt> => rebuilt(entries.with(richest, entry));
  await reverts(instead({ ...rich, value: poorer }), 'WitnessOfAnotherRoot'); // A balance that is not there.
  await fails(rig, instead({ ...rich, value: null })); // An account that is there, said to be absent.
  await reverts(instead(neighbour), 'RecordNotInWitness'); // A hash in place of the data.
  await fails(rig, rebuilt(entries.toSpliced(richest, 1))); // A record left out, its depth left in.
  await fails(rig, rebuilt(entries.toSpliced(richest, 1), withoutDepth));
  await fails(rig, rebuilt([...entries].reverse()));
  await fails(rig, rebuilt(entries.with(0, entries[1]!)));
  await reverts(rebuilt(entries, swapSiblings), 'WitnessOfAnotherRoot');
  await reverts(attempt(concat(witness, new Uint8Array(1))), 'WitnessLeftOver');
  await reverts(attempt(concat(witness, new Uint8Array(32))), 'WitnessLeftOver');
  await reverts(attempt(witness.subarray(0, -1)), 'WitnessTruncated');
  await reverts(attempt(new Uint8Array(0)), 'WitnessMalformed', [0]);
  await fails(rig, attempt(Uint8Array.of(0)));
  // True witnesses of other steps and roots.
  await fails(rig, attempt(first.steps[0]!.witness));
  await fails(rig, attempt(second.steps.at(-1)!.witness));
  await reverts(rig.proveStep(second, 0, first.steps[0]!), 'WitnessOfAnotherRoot');
});

test('an inner node is no leaf', async () => {
  const rig = await Rig.create();
  rig.block();
  rig.ledger.refuse(Uint8Array.of(0)); // Touches nothing, so that any witness of the root would do.
  const batch = await rig.postNext();
  const leaves = [...rig.ledger.state.all()].map(({ type, id, value }) => ({ key: recordKey(type, id), value }));
  assert.equal(treeOf(leaves), rig.ledger.state.root);
  const [left, right] = [0, 1].map((side) => treeOf(leaves.filter(({ key }) => bit(key, 0) === side), 1));
  // The children of the root as key and value of one record, alone in the tree.
  const witness = encodeEntries([{ key: left!, valueHash: right! }], Uint8Array.of(0, 0, 0));
  await reverts(rig.proveStep(batch, 1, { witness }), 'WitnessOfAnotherRoot');
  await reverts(rig.proveStep(batch, 1, batch.steps[1]!), 'NothingWrong');
});

test('no byte of a witness can be another', async () => {
  const { rig, first, traded } = await attacked();
  const { witness } = first.steps[traded]!;
  const stride = Math.ceil(witness.length / 150);
  for (let at = 0; at < witness.length; at += stride) {
    const forged = witness.slice();
    forged[at]! ^= 1 << at % 8;
    await fails(rig, rig.proveStep(first, traded, { witness: forged }));
  }
});

test('a forged chain record proves nothing', async () => {
  const { rig, first } = await attacked();
  const [opened, ended] = [first.chains[0]!, first.chains.at(-1)!];
  const later = ended.chain.slice();
  later[17]! ^= 1;
  const attempts = [rig.proveHeader.bind(rig), rig.proveFirstBlock.bind(rig)] as const;
  for (const [attempt, honest, other] of [
    [attempts[0], ended, opened],
    [attempts[1], opened, ended],
  ] as const) {
    const { chain, proof } = honest;
    await reverts(attempt(first, honest), 'NothingWrong');
    await reverts(attempt(first, { chain: later, proof }), 'ProofDoesNotReachRoot');
    await reverts(attempt(first, other), 'ProofDoesNotReachRoot');
    for (const sized of [chain.subarray(1), concat(chain, Uint8Array.of(0))]) {
      await reverts(attempt(first, { chain: sized, proof }), 'RecordSizeMismatch', [chain.length, sized.length]);
    }
    await reverts(attempt(first, { chain, proof: concat(proof, Uint8Array.of(0)) }), 'ProofSizeMismatch');
    await reverts(attempt(first, { chain, proof: proof.subarray(0, -1) }), 'ProofSizeMismatch');
    await fails(rig, attempt(first, { chain, proof: new Uint8Array(0) }));
    for (let at = 0; at < proof.length; at += 3) {
      const forged = proof.slice();
      forged[at]! ^= 1 << at % 8;
      await fails(rig, attempt(first, { chain, proof: forged }));
    }
  }
});

test('too little gas deletes nothing, at any limit', async () => {
  const { rig, first, traded } = await attacked();
  const { header, payload, steps } = first;
  const calldata = encodeProveStep(header, payload, traded, steps[traded]!.witness);
  // What it takes to come to the end: nothing is wrong, so the end is a revert.
  for (let gas = 100_000n; gas < 3_000_000n; gas += gas / 20n) await fails(rig, rig.prove(calldata, { gas }));
  const last = first.chains.at(-1)!;
  const headerProof = encodeProveHeader(header, last.chain, last.proof);
  for (let gas = 30_000n; gas < 300_000n; gas += gas / 20n) await fails(rig, rig.prove(headerProof, { gas }));
});

test('a proof has its whole effect or none, at any limit', async () => {
  const rig = await market();
  const honest = await rig.next();
  const traded = honest.steps.length - 1;
  const wrong = withFlippedRoot(honest, traded);
  await rig.post(wrong);
  const { chain, l1 } = rig;
  for (let gas = 100_000n; (await rig.count()) === 1n; gas += gas / 20n) {
    assert.ok(gas < GAS_LIMIT, 'the proof succeeds in the end');
    const outcome = await rig.proveStep(wrong, traded, honest.steps[traded]!, { gas }).catch(() => null);
    const reward = await chain.read(l1.rollup, 'rewardOf', [prover]);
    assert.is(reward, outcome === null ? 0n : half);
    assert.is(await rig.count(), outcome === null ? 1n : 0n);
  }
});

test('a final batch stands, whatever is wrong with it', async () => {
  const rig = await market();
  const honest = await rig.next();
  const wrong = withFlippedRoot(honest, 1);
  await rig.post(wrong);
  rig.chain.mine(parameters.challengeWindow + 1n);
  await reverts(rig.proveStep(wrong, 1, honest.steps[1]!), 'BatchIsFinal', [0n]);
  assert.is(await rig.count(), 1n);
});

test('nobody deletes a batch without a proof', async () => {
  const { rig } = await attacked();
  const { chain, l1 } = rig;
  await reverts(chain.call(l1.rollup, 'deleteFrom', [0n, prover], { from: prover }), 'NotTheCaller', [
    l1.fraudProof.address,
    prover,
  ]);
});

/* THE CONTRACT */

/** One for each family. */
const STEP_CONTRACTS = 10;

test('steps are routed as the auditor routes them', async () => {
  const { chain, fraudProof } = await newWorld();
  const byFamily = new Map<string, Hex>();
  for (let kind = 0; kind < 256; kind++) {
    const forced = Uint8Array.of(3, ...new Uint8Array(20), kind);
    for (const transaction of [Uint8Array.of(kind), forced, Uint8Array.of(kind, ...forced)]) {
      const step = await chain.read<Hex>(fraudProof, 'stepOf', [toHex(transaction)]);
      const family = familyOf(transaction);
      assert.is(step, byFamily.get(family) ?? step, toHex(transaction));
      byFamily.set(family, step);
    }
  }
  assert.is(await chain.read<Hex>(fraudProof, 'stepOf', ['0x']), byFamily.get(familyOf(new Uint8Array(0)))!);
  assert.is(new Set(byFamily.values()).size, STEP_CONTRACTS);
});

test('it does not exist without the contracts that re-execute', async () => {
  const { chain, rollup } = await newWorld();
  const steps = Array<Hex>(STEP_CONTRACTS).fill(rollup.address);
  for (let missing = 0; missing < steps.length; missing++) {
    const args = [rollup.address, ...steps.with(missing, account(99))];
    await reverts(chain.create(fraudProofContract, args, deployer), 'NoStepContract', [account(99)]);
  }
});

test('gas of the proofs', async () => {
  const rig = await market();
  const honest = await rig.next();
  const traded = honest.steps.length - 1;
  const [opened, ended] = [honest.chains[0]!, honest.chains.at(-1)!];
  const early = { ...honest, header: { ...honest.header, firstTimestamp: honest.header.firstTimestamp - 1n } };
  const late = { ...honest, header: { ...honest.header, lastTimestamp: honest.header.lastTimestamp + 1n } };
  const flipped = withFlippedRoot(honest, traded);
  const moved = withOffset(honest, 1, () => 0);
  const proofs: readonly [string, Batch, Hex][] = [
    ['a trade', flipped, encodeProveStep(flipped.header, flipped.payload, traded, honest.steps[traded]!.witness)],
    ['an offset', moved, encodeProveOffset(moved.header, moved.payload, 1)],
    ['the first block', early, encodeProveFirstBlock(early.header, early.payload, opened.chain, opened.proof)],
    ['the header', late, encodeProveHeader(late.header, ended.chain, ended.proof)],
  ];
  for (const [name, wrong, calldata] of proofs) {
    await rig.post(wrong);
    const { gas } = await rig.prove(calldata);
    console.log(`disproving ${name}: ${gas} gas, ${(calldata.length - 2) / 2} bytes`);
    await bond(rig.l1, sequencer);
  }
});

test.run();
