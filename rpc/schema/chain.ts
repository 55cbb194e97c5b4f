/** Heads, blocks, transactions and batches. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { address, at, bytes32, bytesHex, safety, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
const SIGNATURE = `0x${'cd'.repeat(64)}`;
const TRANSACTION_BYTES_MAX = 8_192;

const head = z.strictObject({ height: uint, sequence: uint });
export const headsDefinition = defineMethod({
  name: 'chain_heads',
  summary: 'The newest block that is soft (signed), posted on L1, safe (deep on L1) and final.',
  params: z.strictObject({}),
  result: z.strictObject({ soft: head, posted: head, safe: head, final: head, stateRoot: bytes32, at }),
  errors: [],
  kind: 'read',
  example: {
    params: {},
    result: {
      soft: { height: 12, sequence: 340 },
      posted: { height: 10, sequence: 300 },
      safe: { height: 8, sequence: 250 },
      final: { height: 2, sequence: 40 },
      stateRoot: HASH,
      at: AT,
    },
  },
});

const header = {
  height: uint,
  timestamp: uint,
  parentHash: bytes32,
  anchorNumber: uint,
  anchorHash: bytes32,
  inboxCursor: uint,
  inboxAccumulator: bytes32,
  parameterHash: bytes32,
  firstSequence: uint,
  transactionCount: uint,
  transactionsHash: bytes32,
  stateRoot: bytes32,
};
export const block = z
  .strictObject({
    ...header,
    hash: bytes32,
    signature: bytesHex(64),
    signer: address.nullable(),
    safety,
    transactions: z
      .array(z.strictObject({ hash: bytes32, type: z.string(), code: uint, root: bytes32 }))
      .optional(),
  })
  .meta({ id: 'Block', description: 'A sealed block: its header as signed, and how far it has come.' });
export const exampleBlock: z.input<typeof block> = {
  height: 12,
  timestamp: 1_772_409_600,
  parentHash: HASH,
  anchorNumber: 7,
  anchorHash: HASH,
  inboxCursor: 1,
  inboxAccumulator: HASH,
  parameterHash: HASH,
  firstSequence: 300,
  transactionCount: 40,
  transactionsHash: HASH,
  stateRoot: HASH,
  hash: HASH,
  signature: SIGNATURE,
  signer: null,
  safety: 'soft',
};

export const getBlockDefinition = defineMethod({
  name: 'chain_getBlock',
  summary: 'A sealed block by height, with the hash, code and state root of every transaction if asked.',
  params: z.strictObject({ height: uint, transactions: z.boolean().default(false) }),
  result: z.strictObject({ block, at }),
  errors: ['BLOCK_NOT_FOUND'],
  kind: 'read',
  cost: 2,
  example: { params: { height: 12 }, result: { block: exampleBlock, at: AT } },
});

const place = { hash: bytes32, height: uint, index: uint, sequence: uint, safety };
export const getTransactionDefinition = defineMethod({
  name: 'chain_getTransaction',
  summary: 'A transaction of a sealed block by its hash, as bytes and decoded.',
  params: z.strictObject({ hash: bytes32 }),
  result: z.strictObject({
    ...place,
    type: z.string(),
    body: z.unknown(),
    bytes: bytesHex(TRANSACTION_BYTES_MAX),
    at,
  }),
  errors: ['TRANSACTION_NOT_FOUND'],
  kind: 'read',
  cost: 2,
  example: {
    params: { hash: HASH },
    result: {
      hash: HASH,
      height: 12,
      index: 0,
      sequence: 300,
      safety: 'soft',
      type: 'beginBlock',
      body: { height: 12 },
      bytes: '0x01',
      at: AT,
    },
  },
});

export const getReceiptDefinition = defineMethod({
  name: 'chain_getReceipt',
  summary: 'The outcome of a transaction: applied or refused by which rule, and the state root after it.',
  params: z.strictObject({ hash: bytes32 }),
  result: z.strictObject({
    ...place,
    ok: z.boolean(),
    code: uint,
    refusal: z.string().nullable(),
    stateRoot: bytes32,
    at,
  }),
  errors: ['TRANSACTION_NOT_FOUND'],
  kind: 'read',
  cost: 2,
  example: {
    params: { hash: HASH },
    result: {
      hash: HASH,
      height: 12,
      index: 0,
      sequence: 300,
      safety: 'soft',
      ok: true,
      code: 0,
      refusal: null,
      stateRoot: HASH,
      at: AT,
    },
  },
});

export const getBatchDefinition = defineMethod({
  name: 'chain_getBatch',
  summary: 'A batch as it was posted on L1.',
  params: z.strictObject({ index: uint }),
  result: z.strictObject({
    index: uint,
    hash: bytes32,
    parentHash: bytes32,
    preRoot: bytes32,
    postRoot: bytes32,
    firstHeight: uint,
    lastHeight: uint,
    transactions: uint,
    payloadHash: bytes32,
    payloadBytes: uint,
    safety,
    l1Transaction: bytes32.nullable(),
    at,
  }),
  errors: ['BATCH_NOT_FOUND', 'PROOFS_NOT_SERVED'],
  kind: 'read',
  cost: 2,
  example: {
    params: { index: 0 },
    result: {
      index: 0,
      hash: HASH,
      parentHash: HASH,
      preRoot: HASH,
      postRoot: HASH,
      firstHeight: 1,
      lastHeight: 12,
      transactions: 340,
      payloadHash: HASH,
      payloadBytes: 40_000,
      safety: 'posted',
      l1Transaction: HASH,
      at: AT,
    },
  },
});
