/** The few methods that wallets and generic tools ask for before anything else. */
import { z } from 'zod';
import { defineMethod } from './core.ts';

const quantity = z.string().regex(/^0x(?:0|[1-9a-f][0-9a-f]*)$/);
const nothing = z.strictObject({});
export const chainIdDefinition = defineMethod({
  name: 'eth_chainId',
  summary: 'The chain id that actions are signed with: that of the L1.',
  params: nothing,
  result: quantity,
  errors: [],
  kind: 'read',
  example: { params: {}, result: '0x7a69' },
});
export const blockNumberDefinition = defineMethod({
  name: 'eth_blockNumber',
  summary: 'The height of this chain.',
  params: nothing,
  result: quantity,
  errors: [],
  kind: 'read',
  example: { params: {}, result: '0xc' },
});
export const netVersionDefinition = defineMethod({
  name: 'net_version',
  summary: 'The chain id in decimal.',
  params: nothing,
  result: z.string(),
  errors: [],
  kind: 'read',
  example: { params: {}, result: '31337' },
});
export const clientVersionDefinition = defineMethod({
  name: 'web3_clientVersion',
  summary: 'The name and version of this program.',
  params: nothing,
  result: z.string(),
  errors: [],
  kind: 'read',
  example: { params: {}, result: 'tidepool/0.1.0' },
});
