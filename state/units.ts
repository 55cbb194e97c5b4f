/**
 * The units of consensus. Each is its own type: a value of one unit does not compile where another
 * is wanted. Plain integers flow in (arithmetic yields them); two different units never mix.
 */

declare const unit: unique symbol;
type Unit<Name extends string> = bigint & { readonly [unit]?: Name };

/** US dollars, 1e-6. Fits i128 everywhere; an account's cash stays below 2^96 by the input bounds. */
export type MicroUsd = Unit<'1e-6 USD'>;
/** US dollars per lot, 1e-12: the resolution of funding indices, so that seconds of funding count. */
export type PicoUsdPerLot = Unit<'1e-12 USD/lot'>;
/** Contracts: integer lots, signed in positions. |lots| < 2^47 in orders, < 2^62 in positions. */
export type Lots = Unit<'lot'>;
/** Order prices: integer ticks of the instrument, < 2^48. */
export type Ticks = Unit<'tick'>;
/** Index, forward and mark prices: 1e-8 USD, < 2^63. */
export type Price = Unit<'1e-8 USD'>;
/** Ratios, volatilities, rates: 1e-18. */
export type Wad = Unit<'1e-18'>;
/** Shares and roots in risk: 1e-6. */
export type Millionths = Unit<'1e-6'>;
/** Dollars of option pricing, 1e-18: forwards, strikes, premiums. */
export type WadUsd = Unit<'1e-18 USD'>;
/** Numbers inside the pricing kernels: multiples of 2^-96. */
export type X96 = Unit<'2^-96'>;
/** Units of an L1 token (its own decimals), < 2^128. */
export type TokenUnits = Unit<'token unit'>;
/** Seconds since 1970 [u64 on the wire, below 2^48 by the decoder]. */
export type Seconds = number;

/** An Ethereum address, lower-case hex. */
export type Address = `0x${string}`;
/** Owner and subaccount: lower-case hex of 21 bytes, owner first. */
export type AccountId = `0x${string}`;
/** An EIP-712 digest, lower-case hex of 32 bytes. */
export type Digest = `0x${string}`;

export const WAD = 10n ** 18n;
export const MILLION = 10n ** 6n;
export const PICO_PER_MICRO = 10n ** 6n;
export const SECONDS_PER_HOUR = 3_600;
export const SECONDS_PER_DAY = 86_400;
export const SECONDS_PER_YEAR = 31_536_000;
/** price [1e-8 USD] x lot size [1e-8 units of underlying] / this = micro-dollars. */
export const PRICE_TIMES_SIZE_PER_MICRO_USD = 10n ** 10n;
