/** Proofs of what the state says, for people who trust only a root. */
import { z } from 'zod';
import { owned } from './account.ts';
import { defineMethod } from './core.ts';
import { at, bytes32, bytesHex, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const VALUE_BYTES_MAX = 16_384;
const PROOF_BYTES_MAX = 65_536;
const ID_BYTES_MAX = 64;

export const proof = {
  type: uint,
  id: bytesHex(ID_BYTES_MAX),
  key: bytes32,
  value: bytesHex(VALUE_BYTES_MAX).nullable(),
  proof: bytesHex(PROOF_BYTES_MAX),
  root: bytes32,
};
export const exampleProof = { type: 6, id: '0x00', key: HASH, value: null, proof: '0x00', root: HASH } as const;

export const accountDefinition = defineMethod({
  name: 'proof_account',
  summary: 'Proves the record of an account, or that there is none, against the newest state root.',
  params: z.strictObject(owned),
  result: z.strictObject({ ...proof, at }),
  errors: [],
  kind: 'read',
  cost: 10,
  example: { params: { owner: OWNER }, result: { ...exampleProof, at: AT } },
});

export const recordDefinition = defineMethod({
  name: 'proof_record',
  summary: 'Proves any record, by its type and id, or that there is none.',
  params: z.strictObject({ type: uint, id: bytesHex(ID_BYTES_MAX) }),
  result: z.strictObject({ ...proof, at }),
  errors: [],
  kind: 'read',
  cost: 10,
  example: { params: { type: 1, id: '0x' }, result: { ...exampleProof, type: 1, id: '0x', at: AT } },
});

export const withdrawalDefinition = defineMethod({
  name: 'proof_withdrawal',
  summary: 'What the Vault contract wants to see before it pays a withdrawal.',
  params: z.strictObject({ withdrawal: uint }),
  result: z.strictObject({
    withdrawal: uint,
    batch: uint,
    value: bytesHex(VALUE_BYTES_MAX),
    proof: bytesHex(PROOF_BYTES_MAX),
    root: bytes32,
    final: z.boolean(),
    at,
  }),
  errors: ['WITHDRAWAL_NOT_FOUND', 'WITHDRAWAL_NOT_FINAL', 'PROOFS_NOT_SERVED'],
  kind: 'read',
  cost: 50,
  example: {
    params: { withdrawal: 0 },
    result: { withdrawal: 0, batch: 3, value: '0x00', proof: '0x00', root: HASH, final: true, at: AT },
  },
});
