/** Exact conversion between the integers of the chain and the decimal strings people read. */

/** `value` x 10^-decimals, without trailing zeros: 1500000 with 6 decimals is "1.5". */
export function toDecimal(value: bigint, decimals: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end -= 1;
  const whole = digits.slice(0, point);
  return end === point ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(point, end)}`;
}

/** The integer of an unsigned decimal string, or null where it has more decimals than there are. */
export function fromDecimal(text: string, decimals: number): bigint | null {
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * 10n ** BigInt(decimals);
  let end = text.length;
  while (end > point + 1 && text.charCodeAt(end - 1) === 48) end -= 1;
  const fraction = text.slice(point + 1, end);
  if (fraction.length > decimals) return null;
  return BigInt(text.slice(0, point) + fraction.padEnd(decimals, '0'));
}

/** The integer of a signed decimal string, or null where it has more decimals than there are. */
export function fromSignedDecimal(text: string, decimals: number): bigint | null {
  if (!text.startsWith('-')) return fromDecimal(text, decimals);
  const value = fromDecimal(text.slice(1), decimals);
  return value === null ? null : -value;
}

const PRICE_DECIMALS = 8;
const USD_DECIMALS = 6;
const WAD_DECIMALS = 18;

/** Prices [1e-8 USD], sizes [1e-8 units], cash [1e-6 USD], ratios [1e-18]. */
export const priceText = (price: bigint): string => toDecimal(price, PRICE_DECIMALS);
export const usdText = (amount: bigint): string => toDecimal(amount, USD_DECIMALS);
export const wadText = (ratio: bigint): string => toDecimal(ratio, WAD_DECIMALS);

/** The step sizes of a market, in units of 1e-8. */
export type Steps = Readonly<{ tickSize: bigint; lotSize: bigint }>;
export const ticksText = (ticks: number | bigint, { tickSize }: Steps): string =>
  toDecimal(BigInt(ticks) * tickSize, PRICE_DECIMALS);
export const lotsText = (lots: number | bigint, { lotSize }: Steps): string =>
  toDecimal(BigInt(lots) * lotSize, PRICE_DECIMALS);

/** How many steps a decimal is, or the two valid decimals around it. */
export type Stepped =
  | Readonly<{ ok: true; steps: bigint }>
  | Readonly<{ ok: false; nearest: readonly string[] }>;

/** Digits that a double holds whatever they are. */
const SAFE_DIGITS = 15;

/** What `fromDecimal` says of 8 decimals, in doubles: undefined where the result might not be exact. */
function fromShortDecimal(text: string): number | undefined {
  const point = text.indexOf('.');
  const whole = point < 0 ? text.length : point;
  const decimals = point < 0 ? 0 : text.length - point - 1;
  if (decimals > PRICE_DECIMALS || whole + PRICE_DECIMALS > SAFE_DIGITS) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) if (i !== point) value = value * 10 + text.charCodeAt(i) - 48;
  for (let i = decimals; i < PRICE_DECIMALS; i++) value *= 10;
  return value;
}

/** Counts `step` [1e-8] in an unsigned decimal. Every order comes by here twice. */
export function stepsOf(text: string, step: bigint): Stepped {
  const short = fromShortDecimal(text);
  const size = Number(step);
  if (short !== undefined && short % size === 0) return { ok: true, steps: BigInt(short / size) };
  return stepsOfAny(text, step);
}

/** The plain twin of `stepsOf`, for decimals of any length. */
export function stepsOfAny(text: string, step: bigint): Stepped {
  const exact = fromDecimal(text, PRICE_DECIMALS);
  if (exact !== null && exact % step === 0n) return { ok: true, steps: exact / step };
  const point = text.indexOf('.');
  const cut = fromDecimal(text.slice(0, point < 0 ? undefined : point + 1 + PRICE_DECIMALS), PRICE_DECIMALS);
  const below = (cut ?? 0n) / step;
  const candidates = below > 0n ? [below, below + 1n] : [below + 1n];
  return { ok: false, nearest: candidates.map((n) => toDecimal(n * step, PRICE_DECIMALS)) };
}
