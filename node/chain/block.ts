/** A sealed block: a signed header over transactions and the root after each of them. */
import { concat, fromHex, toHex } from '../../state/codec/bytes.ts';
import { bytes32, encode, struct, time, u32, type Decoded } from '../../state/codec/layout.ts';
import { signerOf, type CompactSignature } from '../../state/codec/signature.ts';
import { typedDigest, typedStruct } from '../../state/codec/typedData.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import type { Address, Digest } from '../../state/units.ts';
import { recover, signDigest } from '../crypto/recover.ts';

/** Code 0: applied; otherwise the refusal's number. */
export type SealedTransaction = Readonly<{ bytes: Uint8Array; root: Uint8Array; code: number }>;

export const headerLayout = struct({
  height: time,
  timestamp: time,
  parentHash: bytes32,
  /** Facts of the state after the block: what a batch that ends here says on L1. */
  anchorNumber: time,
  anchorHash: bytes32,
  inboxCursor: time,
  inboxAccumulator: bytes32,
  parameterHash: bytes32,
  /** Transactions before this block since genesis, and in it. */
  firstSequence: time,
  transactionCount: u32,
  /** keccak chain over (transaction hash, root after it). */
  transactionsHash: bytes32,
  stateRoot: bytes32,
});
export type BlockHeader = Decoded<typeof headerLayout>;
export type SealedBlock = Readonly<{
  header: BlockHeader;
  hash: Digest;
  signature: CompactSignature;
  transactions: readonly SealedTransaction[];
}>;

export const transactionHash = (bytes: Uint8Array): Digest => toHex(keccak256(bytes));
export const blockHash = (header: BlockHeader): Digest => toHex(keccak256(encode(headerLayout, header)));

export function transactionsHash(transactions: readonly SealedTransaction[]): Digest {
  let hash: Uint8Array = new Uint8Array(32);
  for (const { bytes, root } of transactions) hash = keccak256(concat(hash, keccak256(bytes), root));
  return toHex(hash);
}

/** What the sequencer signs of a block: EIP-712, so that a contract can check it. */
export const blockTyped = typedStruct('Block', [
  { name: 'height', type: 'uint64' },
  { name: 'hash', type: 'bytes32' },
]);

/** Of a block that was derived from L1: batches there do not carry the signatures of their blocks. */
export const NO_SIGNATURE: CompactSignature = `0x${'00'.repeat(64)}`;

export const signBlock = (
  domainSeparator: Uint8Array,
  height: number,
  hash: Digest,
  key: Uint8Array,
): CompactSignature => signDigest(typedDigest(domainSeparator, blockTyped, { height, hash }), key);

/** Who signed a block, or null where the signature is none. */
export const blockSigner = (domainSeparator: Uint8Array, block: Pick<SealedBlock, 'header' | 'hash' | 'signature'>): Address | null =>
  signerOf(
    recover,
    typedDigest(domainSeparator, blockTyped, { height: block.header.height, hash: block.hash }),
    block.signature,
  );

/** Hash of the block before block 1: binds the chain of blocks to its genesis. */
export const genesisBlockHash = (genesisRoot: Uint8Array, domainSeparator: Digest): Digest =>
  toHex(keccak256(concat(fromHex(domainSeparator), genesisRoot)));
