/**
 * The scalars all methods share. Each `error` text completes "expected ...": it is what a client
 * reads in `data.expected`.
 */
import { getAddress } from 'viem/utils';
import { z } from 'zod';

/** Longer than any amount the chain can hold, short enough to parse without fear. */
const DECIMAL_CHARACTERS_MAX = 80;
export const PAGE_ITEMS_MAX = 1000;
const PAGE_ITEMS_DEFAULT = 100;

/** A fault of form ends the check: what comes after it may rely on the form. */
const text = (pattern: RegExp, error: string) =>
  z.string({ error }).regex(pattern, { error, abort: true });

/** A signed decimal number in a string: no exponent, no plus sign, no leading zeros. */
export const decimal = text(
  /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d*)(?:\.\d+)?$/,
  'a decimal number in a string, such as "-1250.5"',
)
  .max(DECIMAL_CHARACTERS_MAX, { error: `at most ${DECIMAL_CHARACTERS_MAX} characters` })
  .meta({ id: 'Decimal', description: 'Exact decimal number in human units.' });

/** A decimal number that is not negative. */
export const decimalUnsigned = text(
  /^(?:0|[1-9]\d*)(?:\.\d+)?$/,
  'a decimal number in a string that is not negative, such as "1250.5"',
)
  .max(DECIMAL_CHARACTERS_MAX, { error: `at most ${DECIMAL_CHARACTERS_MAX} characters` })
  .meta({ id: 'DecimalUnsigned', description: 'Exact decimal number in human units, >= 0.' });

/** A decimal number above zero. */
export const decimalPositive = text(
  /^(?=.*[1-9])(?:0|[1-9]\d*)(?:\.\d+)?$/,
  'a decimal number above zero in a string, such as "0.25"',
)
  .max(DECIMAL_CHARACTERS_MAX, { error: `at most ${DECIMAL_CHARACTERS_MAX} characters` })
  .meta({ id: 'DecimalPositive', description: 'Exact decimal number in human units, > 0.' });

/** An L1 address: any case comes in, checksummed (EIP-55) goes on to the handler. */
export const address = text(/^0x[0-9a-fA-F]{40}$/, 'an address: 0x and 40 hex digits')
  .overwrite((value) => getAddress(value.toLowerCase()))
  .meta({ id: 'Address', description: 'Address; any case is accepted, EIP-55 is returned.' });

/** 32 bytes; lower case goes on to the handler. */
export const bytes32 = text(/^0x[0-9a-fA-F]{64}$/, '32 bytes: 0x and 64 hex digits')
  .overwrite((value) => value.toLowerCase())
  .meta({ id: 'Bytes32', description: '32 bytes, 0x-hex: a hash, a root, a key.' });

/** Bytes of any length up to `bytesMax`; lower case goes on to the handler. */
export const bytesHex = (bytesMax: number) =>
  text(/^0x(?:[0-9a-fA-F]{2})*$/, 'bytes: 0x and an even number of hex digits')
    .max(2 + 2 * bytesMax, { error: `at most ${bytesMax} bytes` })
    .overwrite((value) => value.toLowerCase());

/** A whole number from 0 to 2^53 - 1 as a JSON integer. */
export const uint = z
  .int({ error: 'a whole number from 0 to 9007199254740991' })
  .min(0, { error: 'a whole number from 0 to 9007199254740991' })
  .meta({ id: 'Uint', description: 'JSON integer from 0 to 2^53 - 1.' });

/** A whole number from 0 to `max` as a JSON integer. */
export const uintUpTo = (max: number) => {
  const error = `a whole number from 0 to ${max}`;
  return z.int({ error }).min(0, { error }).max(max, { error });
};

/** The number of one of an owner's accounts. */
export const subaccount = uintUpTo(255).meta({
  id: 'Subaccount',
  description: 'Number of one of the accounts of an owner, 0 to 255.',
});

/** How far a fact has come on its way to L1 finality. */
export const safety = z.enum(['soft', 'posted', 'safe', 'final']).meta({
  id: 'Safety',
  description: 'soft: executed and signed; posted: on L1; safe: deep on L1; final: unchallenged.',
});

/** The moment of the chain an answer speaks of. */
export const at = z
  .strictObject({ height: uint, seq: uint, safety, time: uint })
  .meta({ id: 'At', description: 'The moment of the chain this speaks of; time in seconds.' });
export type At = z.output<typeof at>;

const cursor = z
  .string({ error: 'the cursor of an earlier page' })
  .min(1, { error: 'the cursor of an earlier page' })
  .max(128, { error: 'the cursor of an earlier page' })
  .meta({ id: 'Cursor', description: 'Where the next page starts; made by an earlier page.' });

const limit = uintUpTo(PAGE_ITEMS_MAX)
  .min(1, { error: `a whole number from 1 to ${PAGE_ITEMS_MAX}` })
  .default(PAGE_ITEMS_DEFAULT);

/** The parameters of a paged method: `z.strictObject({ account, ...page })`. */
export const page = { cursor: cursor.optional(), limit } as const;

/** The part of a paged result that leads on: absent `cursor` means this was the last page. */
export const nextPage = { cursor: cursor.optional() } as const;
