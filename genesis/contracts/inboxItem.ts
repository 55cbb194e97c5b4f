/**
 * The bytes of an L1 inbox item and the accumulator over them: what the Inbox contract stores,
 * exactly.
 */
import { concat, Reader, Writer } from '../../state/codec/bytes.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import { FormatError, reading } from './formatError.ts';

export type InboxItem =
  | Readonly<{
      kind: 'deposit';
      asset: number;
      owner: Uint8Array;
      subaccount: number;
      /** [token units] */
      amount: bigint;
    }>
  | Readonly<{ kind: 'forced'; sender: Uint8Array; transaction: Uint8Array }>
  | Readonly<{ kind: 'governance'; payload: Uint8Array }>;

export const MAX_INBOX_PAYLOAD_BYTES = 4_096;
/** The accumulator over no item. */
export const EMPTY_ACCUMULATOR: Uint8Array = new Uint8Array(32);

const KIND_DEPOSIT = 0;
const KIND_FORCED = 1;
const KIND_GOVERNANCE = 2;
const ADDRESS_BYTES = 20;

/** @throws FormatError `inbox.size` for what the Inbox contract would refuse. */
export function encodeInboxItem(item: InboxItem): Uint8Array {
  switch (item.kind) {
    case 'deposit':
      return new Writer()
        .u8(KIND_DEPOSIT)
        .u16(item.asset)
        .raw(addressBytes(item.owner))
        .u8(item.subaccount)
        .u128(item.amount)
        .finish();
    case 'forced':
      checkSize(item.transaction);
      return concat(Uint8Array.of(KIND_FORCED), addressBytes(item.sender), item.transaction);
    case 'governance':
      checkSize(item.payload);
      return concat(Uint8Array.of(KIND_GOVERNANCE), item.payload);
  }
}

/** @throws FormatError for bytes that the Inbox contract never emits. */
export function decodeInboxItem(bytes: Uint8Array): InboxItem {
  return reading('inbox.truncated', () => {
    const reader = new Reader(bytes);
    const kind = reader.u8();
    if (kind === KIND_DEPOSIT) {
      const asset = reader.u16();
      const owner = reader.raw(ADDRESS_BYTES);
      const subaccount = reader.u8();
      const amount = reader.u128();
      reader.end();
      return { kind: 'deposit', asset, owner, subaccount, amount };
    }
    if (kind === KIND_FORCED) {
      const sender = reader.raw(ADDRESS_BYTES);
      return { kind: 'forced', sender, transaction: checkSize(reader.rest()) };
    }
    if (kind === KIND_GOVERNANCE) return { kind: 'governance', payload: checkSize(reader.rest()) };
    throw new FormatError('inbox.kind', `expected kind 0, 1 or 2, received ${kind}`);
  });
}

/** acc(n + 1) = keccak256(acc(n) || keccak256(item n)). */
export function nextAccumulator(accumulator: Uint8Array, item: Uint8Array): Uint8Array {
  return keccak256(concat(accumulator, keccak256(item)));
}

function checkSize(payload: Uint8Array): Uint8Array {
  if (payload.length < 1 || payload.length > MAX_INBOX_PAYLOAD_BYTES) {
    throw new FormatError(
      'inbox.size',
      `expected 1 to ${MAX_INBOX_PAYLOAD_BYTES} bytes of payload, received ${payload.length}`,
    );
  }
  return payload;
}

function addressBytes(address: Uint8Array): Uint8Array {
  if (address.length === ADDRESS_BYTES) return address;
  throw new FormatError('inbox.size', `expected an address of 20 bytes, received ${address.length}`);
}
