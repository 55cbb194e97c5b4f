/** msgpack of what the node keeps: big integers of any width survive, which the default encoder refuses. */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, useBigIntExtension: true });

export const pack = (value: unknown): Uint8Array => packr.pack(value);
export const unpack = (bytes: Uint8Array): unknown => packr.unpack(bytes);
