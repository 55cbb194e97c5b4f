/** What is in auction of one underlying, and what the insurance fund has committed to it. Absent: nothing yet. */
import { struct, time, u128, type Decoded } from '../codec/layout.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Sum of the maintenance margins with which running auctions of this market started [1e-6 USD]. */
  auctioned: u128,
  /** The day that the next two are of; the most that the fund commits to this market on it, and what it did [1e-6 USD]. */
  fundDay: time,
  fundLimit: u128,
  fundUsed: u128,
});
export type Market = Decoded<typeof layout>;
/** By the id of the underlying. */
export const MARKET = numbered(21, 'market', 2, layout);
