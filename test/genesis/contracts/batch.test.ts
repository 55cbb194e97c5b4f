/**
 * Batches and inbox items: what is encoded is decoded, what is not encoded is refused by name,
 * nothing else happens.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeAbiParameters, encodeAbiParameters, encodeFunctionData, keccak256 } from 'viem/utils';
import { rollup } from '../../../genesis/contracts/abi.ts';
import {
  batchHash,
  decodeHeader,
  decodePayload,
  decodePostBatch,
  encodeHeader,
  encodePayload,
  encodePostBatch,
  HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  PAYLOAD_AT,
  payloadHash,
  payloadSize,
  type BatchHeader,
} from '../../../genesis/contracts/batch.ts';
import { FormatError } from '../../../genesis/contracts/formatError.ts';
import {
  decodeInboxItem,
  encodeInboxItem,
  nextAccumulator,
  type InboxItem,
} from '../../../genesis/contracts/inboxItem.ts';
import { concat, fromHex, toHex } from '../../../state/codec/bytes.ts';
import type { Abi, AbiFunction, Hex } from 'viem';

const test = suite('batch codec');
const seed = Number(process.env['SEED'] ?? 20_260_301);
const runs = { seed, numRuns: 500 };

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const hash = bytes32.map(toHex);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.nat({ max: 2 ** 32 - 1 });
const header: fc.Arbitrary<BatchHeader> = fc.record(
  {
    index: u64,
    parentHash: hash,
    preRoot: hash,
    postRoot: hash,
    firstHeight: u64,
    lastHeight: u64,
    txCount: u32,
    firstTimestamp: u64,
    lastTimestamp: u64,
    anchorNumber: u64,
    anchorHash: hash,
    inboxCursor: u64,
    inboxAccumulator: hash,
    parameterHash: hash,
    payloadHash: hash,
    payloadBytes: u32,
  },
  { noNullPrototype: true },
);
const steps = fc.array(
  fc.record({ body: fc.uint8Array({ minLength: 1, maxLength: 60 }), rootAfter: bytes32 }),
  { minLength: 1, maxLength: 30 },
);
const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
const inboxItem: fc.Arbitrary<InboxItem> = fc.oneof(
  fc.record({
    kind: fc.constant('deposit' as const),
    asset: fc.nat({ max: 65_535 }),
    owner: address,
    subaccount: fc.nat({ max: 255 }),
    amount: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  }),
  fc.record({
    kind: fc.constant('forced' as const),
    sender: address,
    transaction: fc.uint8Array({ minLength: 1, maxLength: 4_096 }),
  }),
  fc.record({
    kind: fc.constant('governance' as const),
    payload: fc.uint8Array({ minLength: 1, maxLength: 4_096 }),
  }),
);

const postBatch = (rollup.abi as Abi).find(
  (entry): entry is AbiFunction => entry.type === 'function' && entry.name === 'postBatch',
)!;
const headerType = [postBatch.inputs[0]!];

/** The fault, or what was decoded. Anything else thrown is a bug. */
function faultOf(decode: () => unknown): string {
  try {
    decode();
    return 'decoded';
  } catch (error) {
    if (error instanceof FormatError) return error.fault;
    throw error;
  }
}

test('a header is abi.encode of the struct, both ways', () => {
  const property = fc.property(header, (value) => {
    const encoded = encodeHeader(value);
    assert.is(toHex(encoded), encodeAbiParameters(headerType, [value]));
    assert.equal(decodeHeader(encoded), value);
    assert.equal(decodeAbiParameters(headerType, toHex(encoded))[0], value);
    assert.is(batchHash(value), keccak256(encoded));
  });
  fc.assert(property, runs);
});

test('any 16 words are a header or out of range, and a header is its bytes', () => {
  const words = fc.uint8Array({ minLength: HEADER_BYTES, maxLength: HEADER_BYTES });
  const nearly = fc.tuple(header, fc.nat({ max: HEADER_BYTES - 1 }), fc.nat({ max: 255 }));
  const check = (bytes: Uint8Array): void => {
    const fault = faultOf(() => assert.equal(encodeHeader(decodeHeader(bytes)), bytes));
    assert.ok(fault === 'decoded' || fault === 'header.range', fault);
  };
  fc.assert(fc.property(words, check), runs);
  const changed = fc.property(nearly, ([value, at, byte]) => {
    const bytes = encodeHeader(value);
    bytes[at] = byte;
    check(bytes);
  });
  fc.assert(changed, runs);
  for (const size of [0, HEADER_BYTES - 1, HEADER_BYTES + 1]) {
    assert.is(faultOf(() => decodeHeader(new Uint8Array(size))), 'header.size');
  }
});

test('a payload gives its steps back', () => {
  const property = fc.property(steps, (value) => {
    const payload = encodePayload(value);
    assert.is(payload.length, payloadSize(value.map(({ body }) => body)));
    assert.equal(
      decodePayload(payload).map(({ body, rootAfter }) => [toHex(body), toHex(rootAfter)]),
      value.map(({ body, rootAfter }) => [toHex(body), toHex(rootAfter)]),
    );
  });
  fc.assert(property, runs);
});

test('whatever decodes as a payload is what its steps encode to', () => {
  const check = (bytes: Uint8Array): void => {
    const fault = faultOf(() => assert.equal(encodePayload(decodePayload(bytes)), bytes));
    assert.ok(fault === 'decoded' || fault.startsWith('payload.'), fault);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check), runs);
  const mutation = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), cut: fc.nat({ max: 90 }) });
  const mutated = fc.property(steps, mutation, (value, { at, byte, cut }) => {
    const payload = encodePayload(value);
    payload[at % payload.length] = byte;
    check(payload);
    check(payload.slice(0, Math.max(0, payload.length - cut)));
  });
  fc.assert(mutated, runs);
});

test('each wrong payload has its name', () => {
  const root = new Uint8Array(32);
  const good = encodePayload([
    { body: Uint8Array.of(1, 2), rootAfter: root },
    { body: Uint8Array.of(3), rootAfter: root },
  ]);
  const changed = (change: (bytes: Uint8Array) => void): string => {
    const bytes = good.slice();
    change(bytes);
    return faultOf(() => decodePayload(bytes));
  };
  const set = (at: number, byte: number) => (bytes: Uint8Array) => void (bytes[at] = byte);
  assert.is(faultOf(() => decodePayload(good)), 'decoded');
  assert.is(changed(set(0, 2)), 'payload.version');
  assert.is(changed(set(4, 0)), 'payload.count');
  assert.is(changed(set(4, 3)), 'payload.count');
  assert.is(changed(set(1, 255)), 'payload.count');
  assert.is(changed(set(8, 76)), 'payload.offset'); // Body 0 inside the table.
  assert.is(changed(set(8, 78)), 'payload.offset'); // A gap before body 0.
  assert.is(changed(set(44, 77)), 'payload.offset'); // Body 0 empty.
  assert.is(changed(set(44, 80)), 'payload.offset'); // Body 1 empty.
  assert.is(changed(set(41, 255)), 'payload.offset'); // Body 1 beyond the end.
  assert.is(faultOf(() => decodePayload(new Uint8Array(0))), 'payload.truncated');
  assert.is(faultOf(() => decodePayload(good.slice(0, 4))), 'payload.truncated');
  assert.is(faultOf(() => decodePayload(new Uint8Array(MAX_PAYLOAD_BYTES + 1))), 'payload.size');

  assert.is(faultOf(() => encodePayload([])), 'payload.count');
  assert.is(
    faultOf(() => encodePayload([{ body: new Uint8Array(0), rootAfter: root }])),
    'payload.offset',
  );
  assert.is(
    faultOf(() => encodePayload([{ body: Uint8Array.of(1), rootAfter: root.slice(1) }])),
    'payload.size',
  );
  const long = { body: new Uint8Array(MAX_PAYLOAD_BYTES), rootAfter: root };
  assert.is(faultOf(() => encodePayload([long])), 'payload.size');
});

test('the payload hash is over chunks of 4,096 bytes', () => {
  for (const size of [1, 4_095, 4_096, 4_097, 8_192, 8_193]) {
    const payload = new Uint8Array(size).map((_, at) => at % 251);
    const chunks: Hex[] = [];
    for (let at = 0; at < size; at += 4_096) chunks.push(keccak256(payload.slice(at, at + 4_096)));
    assert.is(payloadHash(payload), keccak256(concat(...chunks.map(fromHex))));
  }
});

test('calldata of postBatch is what any ABI library writes', () => {
  const property = fc.property(header, fc.uint8Array({ maxLength: 200 }), (value, payload) => {
    const calldata = encodePostBatch(value, payload);
    const theirs = encodeFunctionData({
      abi: rollup.abi,
      functionName: 'postBatch',
      args: [value, toHex(payload)],
    });
    assert.is(toHex(calldata), theirs);
    const decoded = decodePostBatch(calldata);
    assert.equal(decoded.header, value);
    assert.is(toHex(decoded.payload), toHex(payload));
  });
  fc.assert(property, runs);
});

test('other calldata is refused by name', () => {
  const value = fc.sample(header, { seed, numRuns: 1 })[0]!;
  const good = encodePostBatch(value, Uint8Array.of(1, 2, 3));
  const changed = (at: number, byte: number): string => {
    const bytes = good.slice();
    bytes[at] = byte;
    return faultOf(() => decodePostBatch(bytes));
  };
  assert.is(changed(0, good[0]! ^ 1), 'calldata.selector');
  assert.is(changed(4, 1), 'header.range');
  assert.is(changed(4 + HEADER_BYTES, 1), 'calldata.shape');
  assert.is(changed(4 + HEADER_BYTES + 31, 1), 'calldata.shape');
  assert.is(changed(PAYLOAD_AT - 1, 33), 'calldata.shape');
  assert.is(changed(PAYLOAD_AT - 4, 255), 'calldata.shape');
  assert.is(faultOf(() => decodePostBatch(good.slice(0, PAYLOAD_AT - 1))), 'calldata.shape');
  assert.is(faultOf(() => decodePostBatch(good.slice(0, good.length - 1))), 'calldata.shape');
  const mutated = fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
    const fault = changed(at, byte);
    assert.ok(/^(decoded|calldata\.|header\.range)/.test(fault), fault);
  });
  fc.assert(mutated, runs);
  const garbage = fc.property(fc.uint8Array({ maxLength: 1_000 }), (bytes) => {
    assert.match(faultOf(() => decodePostBatch(bytes)), 'calldata.');
  });
  fc.assert(garbage, runs);
});

test('an inbox item gives itself back, and other bytes are refused', () => {
  const property = fc.property(inboxItem, (item) => {
    const decoded = decodeInboxItem(encodeInboxItem(item));
    assert.equal(encodeInboxItem(decoded), encodeInboxItem(item));
    assert.is(decoded.kind, item.kind);
  });
  fc.assert(property, runs);
  const garbage = fc.property(fc.nat({ max: 4 }), fc.uint8Array({ maxLength: 4_200 }), (kind, rest) => {
    const bytes = concat(Uint8Array.of(kind), rest);
    const fault = faultOf(() => assert.equal(encodeInboxItem(decodeInboxItem(bytes)), bytes));
    assert.ok(fault === 'decoded' || fault.startsWith('inbox.'), fault);
  });
  fc.assert(garbage, runs);
});

test('each wrong inbox item has its name', () => {
  const fault = (...bytes: Uint8Array[]): string => faultOf(() => decodeInboxItem(concat(...bytes)));
  const kind = (byte: number): Uint8Array => Uint8Array.of(byte);
  assert.is(fault(), 'inbox.truncated');
  assert.is(fault(kind(3)), 'inbox.kind');
  assert.is(fault(kind(0), new Uint8Array(38)), 'inbox.truncated');
  assert.is(fault(kind(0), new Uint8Array(39)), 'decoded');
  assert.is(fault(kind(0), new Uint8Array(40)), 'inbox.truncated');
  assert.is(fault(kind(1), new Uint8Array(19)), 'inbox.truncated');
  assert.is(fault(kind(1), new Uint8Array(20)), 'inbox.size');
  assert.is(fault(kind(1), new Uint8Array(20 + 4_097)), 'inbox.size');
  assert.is(fault(kind(2)), 'inbox.size');
  assert.is(fault(kind(2), new Uint8Array(4_097)), 'inbox.size');
  const empty = new Uint8Array(0);
  assert.is(faultOf(() => encodeInboxItem({ kind: 'governance', payload: empty })), 'inbox.size');
  const wrongSender = { kind: 'forced', sender: empty, transaction: kind(1) } as const;
  assert.is(faultOf(() => encodeInboxItem(wrongSender)), 'inbox.size');
});

test('the accumulator steps as the Inbox does', () => {
  const item = Uint8Array.of(2, 9);
  const before = new Uint8Array(32).fill(4);
  assert.is(toHex(nextAccumulator(before, item)), keccak256(concat(before, fromHex(keccak256(item)))));
});

console.log(`batch codec seed ${seed}`);
test.run();
