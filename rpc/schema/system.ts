/** What a client must know before it can sign, and whether the node is well. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { address, at, bytes32, bytesHex, decimalUnsigned, uint } from './scalars.ts';

const nothing = z.strictObject({});
const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
const ADDRESS = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

export const infoDefinition = defineMethod({
  name: 'system_info',
  summary: 'The network, its L1 contracts, and the EIP-712 domain and types that actions are signed with.',
  params: nothing,
  result: z.strictObject({
    name: z.literal('tidepool'),
    version: z.string(),
    network: z.string(),
    l1ChainId: uint,
    contracts: z.strictObject({
      vault: address,
      inbox: address,
      rollup: address,
      fraudProof: address,
      governance: address,
    }),
    tokens: z.array(z.strictObject({ symbol: z.string(), asset: uint, token: address, decimals: uint })),
    options: z.array(
      z.strictObject({
        underlying: z.string(),
        id: uint,
        strikeStep: decimalUnsigned,
        tickSize: decimalUnsigned,
        stepSize: decimalUnsigned,
      }),
    ).meta({ description: 'Terms of the options of each underlying: with them a name says the instrument, and back.' }),
    sequencer: address,
    domain: z.strictObject({
      name: z.string(),
      version: z.string(),
      chainId: uint,
      verifyingContract: address,
    }),
    domainSeparator: bytes32,
    types: z.record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() }))),
    at,
  }),
  errors: [],
  kind: 'read',
  example: {
    params: {},
    result: {
      name: 'tidepool',
      version: '0.1.0',
      network: 'devnet',
      l1ChainId: 31_337,
      contracts: { vault: ADDRESS, inbox: ADDRESS, rollup: ADDRESS, fraudProof: ADDRESS, governance: ADDRESS },
      tokens: [{ symbol: 'USDC', asset: 0, token: ADDRESS, decimals: 6 }],
      options: [{ underlying: 'BTC', id: 1, strikeStep: '500', tickSize: '0.1', stepSize: '0.001' }],
      sequencer: ADDRESS,
      domain: { name: 'Tidepool', version: '1', chainId: 31_337, verifyingContract: ADDRESS },
      domainSeparator: HASH,
      types: { Cancel: [{ name: 'owner', type: 'address' }] },
      at: AT,
    },
  },
});

export const timeDefinition = defineMethod({
  name: 'system_time',
  summary: 'The clock of the node: what expiries are compared with.',
  params: nothing,
  result: z.strictObject({ seconds: uint, millis: uint, at }),
  errors: [],
  kind: 'read',
  example: { params: {}, result: { seconds: 1_772_409_600, millis: 1_772_409_600_123, at: AT } },
});

export const healthDefinition = defineMethod({
  name: 'system_health',
  summary: 'Whether prices and blocks are coming, and how far L1 is behind.',
  params: nothing,
  result: z.strictObject({
    ok: z.boolean(),
    problems: z.array(z.string()),
    openTransactions: uint,
    blocksNotPosted: uint,
    blockAgeSeconds: z.int(),
    prices: z.array(z.strictObject({ underlying: z.string(), ageSeconds: uint.nullable(), fresh: z.boolean() })),
    equivocations: z
      .array(z.strictObject({ height: uint, hashes: z.tuple([bytes32, bytes32]), signatures: z.tuple([bytesHex(64), bytesHex(64)]) }))
      .describe('two headers of one height that the sequencer signed: whoever has them can show that it lied'),
    at,
  }),
  errors: [],
  kind: 'read',
  example: {
    params: {},
    result: {
      ok: true,
      problems: [],
      openTransactions: 3,
      blocksNotPosted: 40,
      blockAgeSeconds: 0,
      prices: [{ underlying: 'ETH', ageSeconds: 1, fresh: true }],
      equivocations: [],
      at: AT,
    },
  },
});
