/** Signed requests that only the sequencer acts on: cancels. They never reach the chain. */
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import type { CompactSignature } from '../../state/codec/signature.ts';
import { typedDigest, typedStruct, type TypedStruct } from '../../state/codec/typedData.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { State } from '../../state/state.ts';
import type { Address, Digest, Seconds } from '../../state/units.ts';

type Head = Readonly<{ owner: Address; subaccount: number; nonce: bigint; expiry: Seconds }>;
export type CancelRequest = Head & Readonly<{ order: Digest }>;
/** `instrument` 0: all of them. */
export type CancelAllRequest = Head & Readonly<{ instrument: number }>;
export type Signed<T> = Readonly<{ request: T; signature: CompactSignature }>;

const HEAD = [
  { name: 'owner', type: 'address' },
  { name: 'subaccount', type: 'uint8' },
  { name: 'nonce', type: 'uint64' },
  { name: 'expiry', type: 'uint64' },
] as const;
export const cancelTyped = typedStruct('Cancel', [...HEAD, { name: 'order', type: 'bytes32' }]);
export const cancelAllTyped = typedStruct('CancelAll', [...HEAD, { name: 'instrument', type: 'uint32' }]);

/** The digest of a request on this chain. */
export function requestDigest(
  state: State,
  typed: TypedStruct,
  request: Readonly<Record<string, unknown>>,
): Uint8Array {
  return typedDigest(fromHex(existing(state, CHAIN, 0).domainSeparator), typed, request);
}
export const requestId = (digest: Uint8Array): Digest => toHex(digest);
