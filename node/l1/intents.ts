/** Batches announced to ourselves before L1 hears of them: what was signed, under which nonce. */
import { pack, unpack } from '../store/envelope.ts';
import { decodeHeader, encodeHeader, batchHash, type BatchHeader } from '../../genesis/contracts/batch.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import { after, batchKey, BUCKET, key } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';
import type { Variant } from './variants.ts';

export type Intent = Readonly<{
  header: BatchHeader;
  /** Of the header. */
  hash: Digest;
  nonce: number;
  variants: readonly Variant[];
}>;

type Stored = { header: Uint8Array; nonce: number; variants: { raw: Uint8Array; hash: Digest; fees: [string, string] }[] };

/** Stages an intent; it counts once the store is flushed. */
export function putIntent(store: Store, { header, nonce, variants }: Intent): void {
  const stored: Stored = {
    header: encodeHeader(header),
    nonce,
    variants: variants.map(({ raw, hash, maxFeePerGas, maxPriorityFeePerGas }) => ({
      raw: fromHex(raw),
      hash,
      fees: [`${maxFeePerGas}`, `${maxPriorityFeePerGas}`],
    })),
  };
  store.put(batchKey(Number(header.index)), pack(stored));
}

export const deleteIntent = (store: Store, { header }: Intent): void =>
  store.del(batchKey(Number(header.index)));

/** Every intent that was not deleted, by index. */
export async function readIntents(store: Store): Promise<Intent[]> {
  const intents: Intent[] = [];
  const prefix = key(BUCKET.batch);
  for await (const [, value] of store.range(prefix, after(prefix))) {
    const { header: bytes, nonce, variants } = unpack(value) as Stored;
    const header = decodeHeader(bytes);
    intents.push({
      header,
      hash: batchHash(header),
      nonce,
      variants: variants.map(({ raw, hash, fees: [max, priority] }) => ({
        raw: toHex(raw),
        hash,
        maxFeePerGas: BigInt(max),
        maxPriorityFeePerGas: BigInt(priority),
      })),
    });
  }
  return intents;
}
