/**
 * Governance: sets the bounds of the price scan range, the peg, the daily volume, and the terms of
 * options still to be listed. The scan range in force is not touched: its own rule brings it within
 * new bounds.
 */
import { type StateAccess } from '../access.ts';
import { struct, u128, u16, u64, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { HIGHEST_PRICED } from '../pricing/option.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { WAD } from '../units.ts';
import type { GovernanceAction } from './governance.ts';
import { sizesFault } from './marketTerms.ts';

const layout = struct({
  underlying: u16,
  scanFloor: u64,
  scanCeiling: u64,
  peg: u64,
  averageDailyVolume: u128,
  strikeStep: u64,
  optionTickSize: u64,
  optionLotSize: u64,
  optionOpenInterestCap: u64,
  optionMaxOrderLots: u64,
});
export type SetUnderlying = Decoded<typeof layout>;

export const setUnderlying: GovernanceAction<SetUnderlying> = {
  action: 6,
  name: 'setUnderlying',
  layout,
  refusals: ['underlying_not_found', 'listing_invalid'],
  apply: (state: StateAccess, { underlying: id, ...terms }) => {
    const old = state.read(UNDERLYING, id);
    if (old === undefined) throw new Refusal(REFUSAL.underlying_not_found, `underlying ${id}`);
    const wrong = underlyingFault(terms) ?? (keepsChain(old, terms) ? null : 'terms of listed options never change');
    require(wrong === null, REFUSAL.listing_invalid, String(wrong));
    state.put(UNDERLYING, id, { ...old, ...terms });
  },
};

/** At a wider range the risk array of a lot of the highest value leaves its field. */
const HIGHEST_SCAN_RANGE = 4n * WAD;

/** What is wrong with the terms of an underlying, or null. */
export function underlyingFault(terms: Omit<SetUnderlying, 'underlying'>): string | null {
  const { scanFloor, scanCeiling, peg, strikeStep } = terms;
  if (scanFloor === 0n || scanFloor > scanCeiling) return 'the floor of the scan range is above 0, and not above its ceiling';
  if (scanCeiling > HIGHEST_SCAN_RANGE) return 'the ceiling of the scan range is at most 400 %';
  if (peg >= 2n ** 62n) return 'peg out of range';
  if (strikeStep === 0n) return null;
  if (strikeStep > HIGHEST_PRICED) return 'strike step out of range';
  return sizesFault({
    tickSize: terms.optionTickSize,
    lotSize: terms.optionLotSize,
    openInterestCap: terms.optionOpenInterestCap,
    maxOrderLots: terms.optionMaxOrderLots,
  });
}

/** Once there are options an id means one strike, one tick and one lot for ever. */
const keepsChain = (old: Underlying, { strikeStep, optionTickSize, optionLotSize }: Omit<SetUnderlying, 'underlying'>): boolean =>
  old.strikeStep === 0n ||
  (strikeStep === old.strikeStep && optionTickSize === old.optionTickSize && optionLotSize === old.optionLotSize);
