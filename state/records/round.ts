/**
 * A round of deleveraging: an insolvent position that the holders of the opposite side take over, first with
 * lots that hedge nothing. All of them are weighed before anybody closes.
 */
import { accountId, choice, i64, struct, u128, u64, type Decoded } from '../codec/layout.ts';
import type { InstrumentStatus } from './instrument.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Whose position is closed, and the number of the round. */
  account: accountId,
  number: u64,
  /** Lots of the position, and of all holders of its other side, when the round began. */
  lots: u64,
  openInterest: u64,
  /** Lots of the holders that have been weighed, and how many of those hedge nothing. */
  weighed: u64,
  free: u64,
  /** Price of every lot of the round [1e-6 USD/lot]. */
  markPerLot: i64,
  /** Most that a holder gives up per lot, of its profit alone [1e-6 USD/lot]. */
  haircutPerLot: u128,
  /** Status of the instrument before. */
  status: choice<InstrumentStatus>(4),
});
export type Round = Decoded<typeof layout>;
/** By instrument. */
export const ROUND = numbered(17, 'round', 4, layout);
