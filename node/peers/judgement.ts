/**
 * What a gossiped block is worth, before anybody else hears of it: size, then form and hashes, then
 * the signature, then the time, then whether it says anything new. What it does to the state is for
 * the follower to find out.
 */
import { blockSigner, type SealedBlock } from '../chain/block.ts';
import { decodeBlock } from '../chain/blockWire.ts';
import { DecodeError } from '../../state/codec/bytes.ts';
import type { Address } from '../../state/units.ts';
import { AGE_SECONDS_MAX, AHEAD_SECONDS_MAX, MESSAGE_BYTES_MAX } from './limits.ts';
import type { Verdict } from './thread.ts';
import type { Variants } from './variants.ts';

export type Judgement = Readonly<{
  verdict: Verdict;
  /** What it is counted as. */
  result: 'accepted' | 'oversized' | 'malformed' | 'forged' | 'ahead' | 'old' | 'known';
  block: SealedBlock | null;
}>;

const refused = (verdict: Verdict, result: Judgement['result'], block: SealedBlock | null = null): Judgement => ({
  verdict,
  result,
  block,
});

/**
 * A block of the signer that is too new or too old is dropped and nobody is blamed for it: the clock
 * that is wrong may be this one, and a node must not cut off everybody who disagrees with its clock.
 */
export function judgeBlock(
  bytes: Uint8Array,
  domainSeparator: Uint8Array,
  signer: Address,
  variants: Variants,
  nowSeconds: number,
): Judgement {
  if (bytes.length > MESSAGE_BYTES_MAX.blocks) return refused('reject', 'oversized');
  let block: SealedBlock;
  try {
    block = decodeBlock(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return refused('reject', 'malformed');
    throw error;
  }
  if (blockSigner(domainSeparator, block) !== signer) return refused('reject', 'forged');
  // A signature over an old block stays evidence.
  const isNew = variants.isNew(block);
  if (block.header.timestamp > nowSeconds + AHEAD_SECONDS_MAX) return refused('ignore', 'ahead', block);
  if (block.header.timestamp < nowSeconds - AGE_SECONDS_MAX) return refused('ignore', 'old', block);
  if (!isNew) return refused('ignore', 'known', block);
  return { verdict: 'accept', result: 'accepted', block };
}
