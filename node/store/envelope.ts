/** msgpack of what the node keeps: big integers of any width survive, which the default encoder refuses. */
import { Packr } from 'msgpackr';
import { StoreError } from './store.ts';

const packr = new Packr({ useRecords: false, useBigIntExtension: true });

export const pack = (value: unknown): Uint8Array => packr.pack(value);

/** @throws StoreError for bytes that are none */
export function unpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (error) {
    throw new StoreError('DATABASE_DAMAGED', `a stored value can not be read: ${(error as Error).message}`);
  }
}
