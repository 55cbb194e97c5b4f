/**
 * Names of options listed by rule, both ways from the id alone: BTC-27MAR26-100000-C is the call on BTC of
 * that Friday with a strike of 100,000 USD. No list is kept: an id says its terms.
 */
import { expiryName, expiryOfName } from '../../genesis/names.ts';
import { INSTRUMENT_KIND } from '../../state/records/instrument.ts';
import { OPTION_DAYS, OPTION_DAY_ZERO, OPTION_STRIKES, optionIdOf, optionTermsOf } from '../../state/pricing/chain.ts';
import { SECONDS_PER_DAY } from '../../state/units.ts';
import { fromDecimal, priceText, type Steps } from './units.ts';

/** What options of an underlying are listed with; a strike step of 0 lists none. Prices in 1e-8 USD. */
export type OptionChain = Steps & Readonly<{ underlying: number; symbol: string; strikeStep: bigint }>;

/** The name of an option listed by rule, its strike [1e-8 USD] as listed or as its id says on this chain. */
export function optionName(chain: OptionChain, id: number, listedStrike?: bigint): string {
  const terms = optionTermsOf(id);
  if (terms === undefined) throw new Error(`${id} is no option listed by rule`);
  const strike = priceText(listedStrike ?? BigInt(terms.strikeSteps) * chain.strikeStep);
  return `${chain.symbol}-${expiryName(terms.expiry)}-${strike}-${terms.kind === INSTRUMENT_KIND.put ? 'P' : 'C'}`;
}

const OPTION_NAME = /^(.+)-(\d{2}[A-Z]{3}\d{2})-(\d+(?:\.\d+)?)-([CP])$/;
/** Names are bounded before they are matched: matching is at most quadratic. */
const NAME_CHARACTERS_MAX = 64;

/** The underlying an option's name begins with. */
export const underlyingOfName = (name: string): string | undefined =>
  name.length > NAME_CHARACTERS_MAX ? undefined : OPTION_NAME.exec(name)?.[1];

/** The id that a name stands for; undefined where no option of the chain can have this very name. */
export function optionIdOfName(chain: OptionChain, name: string): number | undefined {
  const [, , expiryText, strikeText, side] = OPTION_NAME.exec(name) ?? [];
  const expiry = expiryOfName(expiryText ?? '');
  const strike = fromDecimal(strikeText ?? '0', 8);
  if (expiry === undefined || strike === null || chain.strikeStep === 0n) return undefined;
  if (strike === 0n || strike % chain.strikeStep !== 0n || strike / chain.strikeStep >= OPTION_STRIKES) return undefined;
  const day = Math.floor(expiry / SECONDS_PER_DAY) - OPTION_DAY_ZERO;
  if (day < 0 || day >= OPTION_DAYS) return undefined;
  const kind = side === 'P' ? INSTRUMENT_KIND.put : INSTRUMENT_KIND.call;
  const id = optionIdOf(chain.underlying, expiry, strike, chain.strikeStep, kind);
  return optionName(chain, id) === name ? id : undefined; // Of 100000 and 100000.0 one is the name.
}
