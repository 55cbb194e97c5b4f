/** The Rollup takes the one honest next batch, and each way to be wrong has its own error. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeAbiParameters, keccak256 } from 'viem/utils';
import {
  batchHash,
  decodePostBatch,
  encodePayload,
  encodePostBatch,
  genesisHash,
  MAX_PAYLOAD_BYTES,
  payloadHash,
  type BatchHeader,
} from '../../../genesis/contracts/batch.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { account, blockHashOf, CHAIN_ID, reverts } from './evm.ts';
import {
  alice,
  bob,
  deposit,
  GENESIS_ROOT,
  newWorld,
  nextBatch,
  PARAMETER_HASH,
  parameters,
  payloadOf,
  post,
  postNext,
  postRaw,
  sequencer,
  steps,
  type Batch,
  type World,
} from './world.ts';
import type { Hex } from 'viem';

const test = suite('Rollup.postBatch');
const root = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
const BAD = root(0xbb);

const sealed = (payload: Uint8Array) => ({
  payload,
  change: { payloadHash: payloadHash(payload), payloadBytes: payload.length },
});

test('starts from the genesis and chains batches by their hashes', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  assert.is(
    await chain.read(rollup, 'GENESIS_HASH'),
    genesisHash(CHAIN_ID, GENESIS_ROOT, PARAMETER_HASH),
  );
  assert.is(world.plan.genesisHash, genesisHash(CHAIN_ID, GENESIS_ROOT, PARAMETER_HASH));
  const label = [{ type: 'string' }, { type: 'uint256' }, { type: 'bytes32' }, { type: 'bytes32' }];
  assert.is(
    world.plan.genesisHash,
    keccak256(
      encodeAbiParameters(label, ['tidepool.genesis', BigInt(CHAIN_ID), GENESIS_ROOT, PARAMETER_HASH]),
    ),
  );

  const first = await nextBatch(world, root(1));
  assert.is(first.header.parentHash, world.plan.genesisHash);
  const { events } = await post(world, first);
  assert.is(events.length, 1);
  assert.is(events[0]!.name, 'BatchPosted');
  assert.is(events[0]!.args['batchHash'], batchHash(first.header));
  assert.equal(events[0]!.args['header'], first.header);
  assert.is(await chain.read(rollup, 'headerHash', [0n]), batchHash(first.header));
  assert.is(await chain.read(rollup, 'rootOf', [0n]), root(1));
  assert.is(await chain.read(rollup, 'postedAt', [0n]), chain.timestamp);

  chain.mine();
  const second = await nextBatch(world, root(2));
  assert.is(second.header.parentHash, batchHash(first.header));
  assert.is(second.header.preRoot, root(1));
  await post(world, second);
  assert.is(await chain.read(rollup, 'batchCount'), 2n);
  await reverts(chain.call(rollup, 'rootOf', [2n]), 'UnknownBatch', [2n, 2n]);
  await reverts(chain.call(rollup, 'headerHash', [2n]), 'UnknownBatch', [2n, 2n]);
  await reverts(chain.call(rollup, 'postedAt', [2n]), 'UnknownBatch', [2n, 2n]);
});

test('a batch posted twice is refused: the second no longer extends the newest', async () => {
  const world = await newWorld();
  const batch = await postNext(world, root(1));
  await reverts(post(world, batch), 'IndexMismatch', [1n, 0n]);
});

type Case = readonly [
  name: string,
  change: (header: BatchHeader, world: World) => Partial<BatchHeader>,
  error: string,
  args?: (header: BatchHeader, world: World) => readonly unknown[],
];
const wrongHeaders: readonly Case[] = [
  ['index', () => ({ index: 2n }), 'IndexMismatch', () => [1n, 2n]],
  ['parent', () => ({ parentHash: BAD }), 'ParentMismatch', (h) => [h.parentHash, BAD]],
  ['root before', () => ({ preRoot: BAD }), 'PreRootMismatch', (h) => [h.preRoot, BAD]],
  ['gap of heights', () => ({ firstHeight: 4n }), 'FirstHeightMismatch', () => [3n, 4n]],
  ['ends before it starts', () => ({ lastHeight: 2n }), 'HeightsOutOfRange', () => [3n, 2n, 2]],
  ['more blocks than transactions', () => ({ lastHeight: 5n }), 'HeightsOutOfRange', () => [3n, 5n, 2]],
  ['last height', () => ({ lastHeight: 2n ** 64n - 1n }), 'HeightsOutOfRange'],
  ['no transaction', () => ({ txCount: 0 }), 'HeightsOutOfRange', () => [3n, 4n, 0]],
  [
    'starts before the newest batch ended',
    (h) => ({ firstTimestamp: h.firstTimestamp - 13n }),
    'TimestampBackwards',
    (h) => [h.firstTimestamp - 12n, h.firstTimestamp - 13n],
  ],
  [
    'ends before it starts in time',
    (h) => ({ lastTimestamp: h.firstTimestamp - 1n }),
    'TimestampBackwards',
    (h) => [h.firstTimestamp, h.firstTimestamp - 1n],
  ],
  [
    'dated ahead of L1',
    (_, { chain }) => ({ lastTimestamp: chain.timestamp + parameters.maxClockDrift + 1n }),
    'TimestampInFuture',
    (_, { chain: { timestamp } }) => [timestamp + 60n, timestamp + 61n],
  ],
  ['anchor before the newest', () => ({ anchorNumber: 998n }), 'AnchorBackwards', () => [999n, 998n]],
  ['anchor in this block', () => ({ anchorNumber: 1_001n }), 'AnchorInFuture', () => [1_001n, 1_001n]],
  [
    'anchor of another fork',
    () => ({ anchorHash: BAD }),
    'AnchorMismatch',
    () => [blockHashOf(1_000n), BAD],
  ],
  ['anchor of another block', () => ({ anchorNumber: 999n }), 'AnchorMismatch'],
  ['cursor behind', () => ({ inboxCursor: 0n }), 'InboxCursorOutOfRange', () => [1n, 2n, 0n]],
  ['cursor beyond', () => ({ inboxCursor: 3n }), 'InboxCursorOutOfRange', () => [1n, 2n, 3n]],
  [
    'accumulator',
    () => ({ inboxAccumulator: BAD }),
    'InboxAccumulatorMismatch',
    (h) => [h.inboxAccumulator, BAD],
  ],
  ['payload size', () => ({ payloadBytes: 1 }), 'PayloadSizeMismatch', (h) => [1, h.payloadBytes]],
  [
    'transaction count',
    () => ({ txCount: 3 }),
    'PayloadMalformed',
    (h) => [1, 2, h.payloadBytes],
  ],
  ['root after', () => ({ postRoot: BAD }), 'PostRootMismatch', (h) => [BAD, h.postRoot]],
  [
    'payload hash',
    () => ({ payloadHash: BAD }),
    'PayloadHashMismatch',
    (h) => [BAD, h.payloadHash],
  ],
];

for (const [name, change, error, args] of wrongHeaders) {
  test(`refuses: ${name}`, async () => {
    const world = await newWorld();
    await deposit(world, alice, 1n);
    await postNext(world, root(1));
    await deposit(world, alice, 2n);
    world.chain.mine();
    const { header, payload } = await nextBatch(world, root(2));
    const wrong = { header: { ...header, ...change(header, world) }, payload };
    await reverts(post(world, wrong), error, args?.(header, world));
    assert.is(await world.chain.read(world.rollup, 'batchCount'), 1n);
    // Nothing but the change was wrong.
    await post(world, { header, payload });
  });
}

test('a field out of its type reverts in the decoder', async () => {
  const world = await newWorld();
  const { header, payload } = await nextBatch(world, root(1));
  const calldata = encodePostBatch(header, payload);
  calldata[4] = 1;
  await reverts(world.chain.callRaw(world.rollup, calldata, { from: sequencer }), '', []);
});

test('time bounds are inclusive', async () => {
  const world = await newWorld();
  const { timestamp } = world.chain;
  const { header, payload } = await nextBatch(world, root(1));
  const edge: BatchHeader = {
    ...header,
    firstTimestamp: timestamp - parameters.maxBatchAge,
    lastTimestamp: timestamp + parameters.maxClockDrift,
  };
  const tooOld = { ...edge, firstTimestamp: edge.firstTimestamp - 1n };
  await reverts(post(world, { header: tooOld, payload }), 'BatchTooOld', [
    edge.firstTimestamp,
    tooOld.firstTimestamp,
  ]);
  await post(world, { header: edge, payload });
});

test('the anchor is known for 256 blocks by L1 itself, and longer by its history contract', async () => {
  const world = await newWorld();
  const { chain } = world;
  const { header, payload } = await nextBatch(world, root(1));
  chain.mine(12n, 256n);
  await reverts(post(world, { header, payload }), 'AnchorMismatch', [root(0), header.anchorHash]);

  // A history contract that knows every block by one hash: PUSH32 hash, MSTORE at 0, RETURN 32
  // bytes.
  const code = `0x7f${header.anchorHash.slice(2)}60005260206000f3`;
  await chain.setCode('0x0000f90827f1c53a10cb7a02335b175320002935', fromHex(code));
  const forged = { ...header, anchorHash: BAD };
  await reverts(post(world, { header: forged, payload }), 'AnchorMismatch', [header.anchorHash, BAD]);
  await post(world, { header, payload });

  const near = await newWorld();
  const young = await nextBatch(near, root(1));
  near.chain.mine(12n, 255n);
  await post(near, young);
});

test('an overdue item must be consumed, or sixteen of them', async () => {
  const world = await newWorld();
  const { chain, inbox } = world;
  const enqueued = chain.timestamp;
  for (let item = 0; item < 18; item++) await chain.call(inbox, 'enqueueForced', ['0x01']);
  const dueAt = enqueued + parameters.forcedInclusionDelay;
  const consuming = async (inboxCursor: bigint): Promise<Batch> => {
    const { header, payload } = await nextBatch(world, root(1));
    const inboxAccumulator = await chain.read<Hex>(inbox, 'accumulatorAt', [inboxCursor]);
    return { header: { ...header, inboxCursor, inboxAccumulator }, payload };
  };

  chain.mine(parameters.forcedInclusionDelay);
  await post(world, await consuming(0n));
  chain.mine(1n);
  await reverts(post(world, await consuming(0n)), 'ItemOverdue', [0n, dueAt]);
  await reverts(post(world, await consuming(15n)), 'ItemOverdue', [15n, dueAt]);
  await post(world, await consuming(16n));
  await reverts(post(world, await consuming(17n)), 'ItemOverdue', [17n, dueAt]);
  await post(world, await consuming(18n));
});

test('a deposit falls due like a forced transaction', async () => {
  const world = await newWorld();
  await deposit(world, alice, 5n);
  const { header, payload } = await nextBatch(world, root(1));
  world.chain.mine(parameters.forcedInclusionDelay + 1n);
  const skipping = { ...header, inboxCursor: 0n, inboxAccumulator: root(0) };
  await reverts(post(world, { header: skipping, payload }), 'ItemOverdue');
  await post(world, { header, payload });
});

test('payload hashes agree at every chunk border, and up to the largest payload', async () => {
  const world = await newWorld();
  const sizes = [42, 4_095, 4_096, 4_097, 8_191, 8_192, 8_193, MAX_PAYLOAD_BYTES];
  for (const [index, size] of sizes.entries()) {
    const batch = await nextBatch(world, root(index + 1), payloadOf(size, root(index + 1)));
    assert.is(batch.payload.length, size);
    await post(world, batch);
  }
  assert.is(await world.chain.read(world.rollup, 'batchCount'), BigInt(sizes.length));
});

test('refuses a payload without its frame', async () => {
  const world = await newWorld();
  const honest = await nextBatch(world, root(1));
  const refuses = async (payload: Uint8Array, error: string, args: readonly unknown[]) => {
    const { change } = sealed(payload);
    await reverts(post(world, { header: { ...honest.header, ...change }, payload }), error, args);
  };
  await refuses(new Uint8Array(0), 'PayloadMalformed', [0, 0, 0]);
  await refuses(honest.payload.slice(0, 4), 'PayloadMalformed', [0, 0, 4]);
  await refuses(honest.payload.slice(0, 5), 'PayloadMalformed', [1, 2, 5]);
  // The table alone, then one byte for two bodies.
  await refuses(honest.payload.slice(0, 77), 'PayloadMalformed', [1, 2, 77]);
  await refuses(honest.payload.slice(0, 78), 'PayloadMalformed', [1, 2, 78]);
  const version = honest.payload.slice();
  version[0] = 2;
  await refuses(version, 'PayloadMalformed', [2, 2, version.length]);
  const large = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
  large.set(honest.payload);
  await refuses(large, 'PayloadSizeMismatch', [MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1]);
});

test('our own calldata is accepted and read back', async () => {
  const world = await newWorld();
  const batch = await nextBatch(world, root(1), encodePayload(steps(7, root(1), 50)));
  const ours = encodePostBatch(batch.header, batch.payload);
  assert.equal(decodePostBatch(ours), { header: batch.header, payload: batch.payload });
  const { events } = await postRaw(world, batch);
  assert.is(events[0]!.args['batchHash'], batchHash(batch.header));
});

test('refuses any other encoding of the same call', async () => {
  const world = await newWorld();
  const batch = await nextBatch(world, root(1));
  const ours = encodePostBatch(batch.header, batch.payload);
  const longer = new Uint8Array(ours.length + 32);
  longer.set(ours);
  const call = (data: Uint8Array) =>
    world.chain.callRaw(world.rollup, data, { from: sequencer });
  await reverts(call(longer), 'CalldataNotCanonical', [ours.length, longer.length]);
  // The payload moved one word on: its offset says so, and solc would follow it.
  const moved = new Uint8Array(ours.length + 32);
  moved.set(ours.subarray(0, 548));
  moved[547] = ours[547]! + 32;
  moved.set(ours.subarray(548), 580);
  await reverts(call(moved), 'CalldataNotCanonical', [ours.length, moved.length]);
});

test('is called directly by a plain account', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  const batch = await nextBatch(world, root(1));
  const call = (options: { from: Hex; origin?: Hex }) =>
    chain.call(rollup, 'postBatch', [batch.header, toHex(batch.payload)], options);
  await reverts(call({ from: sequencer, origin: bob }), 'PosterNotPlainAccount', [sequencer]);
  // What EIP-7702 leaves behind in an account.
  const delegation = fromHex(`0xef0100${account(77).slice(2)}`);
  await chain.setCode(sequencer, delegation);
  await reverts(call({ from: sequencer }), 'PosterNotPlainAccount', [sequencer]);
});

test('gas of postBatch', async () => {
  const world = await newWorld();
  await postNext(world, root(1));
  for (const [size, limit] of [
    [10_000, 700_000n],
    [100_000, 4_300_000n],
  ] as const) {
    // Bytes without zeros: the dearest payload there is.
    const payload = encodePayload(steps(size / 250, root(9), 214));
    const { gas } = await post(world, await nextBatch(world, root(9), payload));
    console.log(`postBatch ${payload.length} bytes: ${gas} gas`);
    assert.ok(gas < limit, `${gas} gas for ${payload.length} bytes`);
  }
});

test.run();
