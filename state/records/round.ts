/** A round of deleveraging: an insolvent position that all holders of the opposite side take over in proportion. */
import { accountId, choice, i64, struct, u128, u64, type Decoded } from '../codec/layout.ts';
import type { InstrumentStatus } from './instrument.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Whose position is closed, and the number of the round. */
  account: accountId,
  number: u64,
  /** Part of its position that each holder of the other side closes [1e-18]. */
  share: u64,
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
