/** Governance: confines a market to trades that reduce, or opens it again, and sets its caps. */
import { existing, type StateAccess } from '../access.ts';
import { choice, struct, u32, u64, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS, isTradable } from '../records/instrument.ts';
import { REFUSAL } from '../refusals.ts';
import type { GovernanceAction } from './governance.ts';
import { capsFault } from './marketTerms.ts';

const layout = struct({
  instrument: u32,
  /** Trading or reduce only: nothing but its settlement settles an instrument. */
  status: choice<typeof INSTRUMENT_STATUS.trading | typeof INSTRUMENT_STATUS.reduceOnly>(2),
  openInterestCap: u64,
  maxOrderLots: u64,
});
export type SetInstrument = Decoded<typeof layout>;

export const setInstrument: GovernanceAction<SetInstrument> = {
  action: 5,
  name: 'setInstrument',
  layout,
  refusals: ['instrument_not_found', 'instrument_not_trading', 'listing_invalid'],
  apply: (state: StateAccess, { instrument: id, ...terms }) => {
    const instrument = state.read(INSTRUMENT, id);
    if (instrument === undefined) throw new Refusal(REFUSAL.instrument_not_found, `instrument ${id}`);
    const { timestamp: now } = existing(state, CHAIN, 0);
    const isOpen = instrument.expiry === 0 || instrument.expiry > now;
    require(isOpen && isTradable(instrument), REFUSAL.instrument_not_trading);
    const wrong = capsFault(terms);
    require(wrong === null, REFUSAL.listing_invalid, String(wrong));
    state.put(INSTRUMENT, id, { ...instrument, ...terms });
  },
};
