/** What the tree knows of a record type: its byte, its identifier, its layout. */
import { DecodeError, fromHex, toHex } from '../codec/bytes.ts';
import type { Field } from '../codec/layout.ts';

export type RecordId = string | number;

export type Kind<T, Id extends RecordId = RecordId> = Readonly<{
  /** First byte of the key preimage: `key = sha256(type || id)`. Never reused. */
  type: number;
  name: string;
  layout: Field<T>;
  /** Bytes of an id: one length for each type, so that no two records share a key. */
  idLength: number;
  idBytes: (id: Id) => Uint8Array;
  idOf: (bytes: Uint8Array) => Id;
}>;

function natural(bytes: number) {
  return {
    idLength: bytes,
    idBytes: (id: number): Uint8Array => {
      const out = new Uint8Array(bytes);
      for (let i = bytes - 1, rest = id; i >= 0; i--) {
        out[i] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      return out;
    },
    idOf: (raw: Uint8Array): number => {
      if (raw.length !== bytes) throw new DecodeError(`expected an id of ${bytes} bytes`);
      let id = 0;
      for (const byte of raw) id = id * 256 + byte;
      if (id >= 2 ** 48) throw new DecodeError('expected an id below 2^48');
      return id;
    },
  };
}

function hexId(bytes: number) {
  return {
    idLength: bytes,
    idBytes: (id: string): Uint8Array => fromHex(id),
    idOf: (raw: Uint8Array): `0x${string}` => {
      if (raw.length !== bytes) throw new DecodeError(`expected an id of ${bytes} bytes`);
      return toHex(raw);
    },
  };
}

const single = {
  idLength: 0,
  idBytes: (): Uint8Array => new Uint8Array(0),
  idOf: (raw: Uint8Array): 0 => {
    if (raw.length !== 0) throw new DecodeError('expected an empty id');
    return 0;
  },
};

export const singleton = <T>(type: number, name: string, layout: Field<T>): Kind<T, 0> => ({
  type,
  name,
  layout,
  ...single,
});
export const numbered = <T>(type: number, name: string, bytes: number, layout: Field<T>): Kind<T, number> => ({
  type,
  name,
  layout,
  ...natural(bytes),
});
export const named = <T>(
  type: number,
  name: string,
  bytes: number,
  layout: Field<T>,
): Kind<T, `0x${string}`> => ({ type, name, layout, ...hexId(bytes) });
