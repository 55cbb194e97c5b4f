/** Says exactly what is wrong with bytes from L1, or for it: one code for each kind of fault. */
import { DecodeError } from '../../state/codec/bytes.ts';

export type FormatFault =
  | 'header.size'
  | 'header.range'
  | 'payload.size'
  | 'payload.version'
  | 'payload.count'
  | 'payload.offset'
  | 'payload.truncated'
  | 'calldata.selector'
  | 'calldata.shape'
  | 'inbox.kind'
  | 'inbox.size'
  | 'inbox.truncated';

export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly fault: FormatFault;
  constructor(fault: FormatFault, details: string) {
    super(`${fault}: ${details}`);
    this.fault = fault;
  }
}

/** Runs `read`; running out of bytes becomes `fault`. */
export function reading<T>(fault: FormatFault, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) throw new FormatError(fault, error.message);
    throw error;
  }
}
