/** Arbitrary values of any layout, read off its own description: what the specification prints. */
import fc from 'fast-check';
import type { Field } from '../../state/codec/layout.ts';

const natural = (bits: number) => fc.oneof(fc.bigInt(0n, 255n), fc.bigInt(0n, 2n ** BigInt(bits) - 1n));
const signed = (bits: bigint) =>
  fc.oneof(fc.bigInt(-128n, 127n), fc.bigInt(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n));
const number = (bits: number) => natural(bits).map(Number);
const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => `0x${Buffer.from(b).toString('hex')}`);

const SIMPLE: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  u8: number(8),
  u16: number(16),
  u32: number(32),
  u40: number(40),
  u48: natural(48),
  time: number(48),
  u64: natural(64),
  i64: signed(64n),
  u128: natural(128),
  i128: signed(128n),
  rest: fc.uint8Array({ maxLength: 200 }),
};

function arbitraryOfAny(field: Field<any>): fc.Arbitrary<unknown> {
  const simple = SIMPLE[field.name];
  if (simple !== undefined) return simple;
  if ('fields' in field) {
    const fields = Object.entries(field.fields as Record<string, Field<any>>);
    const arbitraries = fields.map(([name, of]) => [name, arbitraryOfAny(of)] as const);
    return fc.record(Object.fromEntries(arbitraries), { noNullPrototype: true });
  }
  if ('item' in field) {
    const { item, max } = field as unknown as { item: Field<any>; max: number };
    return fc.array(arbitraryOfAny(item), { maxLength: max });
  }
  const bytes = /^(\d+) B$/.exec(field.name);
  if (bytes !== null) return hexOf(Number(bytes[1]));
  const choice = /^u8 < (\d+)$/.exec(field.name);
  if (choice !== null) return fc.integer({ min: 0, max: Number(choice[1]) - 1 });
  const doubles = /^(\d+) x i64$/.exec(field.name);
  if (doubles === null) throw new Error(`no arbitrary for ${field.name}`);
  const length = Number(doubles[1]);
  const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -(2 ** 52), max: 2 ** 52 }));
  return fc.array(value, { minLength: length, maxLength: length }).map((v) => Float64Array.from(v));
}

/** Any value within the bounds of its fields. */
export const arbitraryOf = <T>(field: Field<T>): fc.Arbitrary<T> =>
  arbitraryOfAny(field) as fc.Arbitrary<T>;
