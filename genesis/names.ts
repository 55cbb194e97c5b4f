/** How people write an expiry: 27MAR26 is 2026-03-27 08:00 UTC. */
import { EXPIRY_SECOND_OF_DAY } from '../state/constants.ts';
import type { Seconds } from '../state/units.ts';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const CENTURY = 2_000;

/** Day, month and year of an expiry of this century. */
export function expiryName(expiry: Seconds): string {
  const date = new Date(expiry * 1_000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const year = String(date.getUTCFullYear() - CENTURY).padStart(2, '0');
  return `${day}${MONTHS[date.getUTCMonth()]!}${year}`;
}

/** The expiry of a name, undefined where it names no day. */
export function expiryOfName(name: string): Seconds | undefined {
  const [, day, month, year] = /^(\d{2})([A-Z]{3})(\d{2})$/.exec(name) ?? [];
  const monthIndex = MONTHS.indexOf(month ?? '');
  if (monthIndex < 0) return undefined;
  const expiry = Date.UTC(CENTURY + Number(year), monthIndex, Number(day)) / 1_000 + EXPIRY_SECOND_OF_DAY;
  return expiryName(expiry) === name ? expiry : undefined; // 31FEB26 would be a day of March.
}
