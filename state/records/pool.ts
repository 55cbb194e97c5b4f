/** The shared pool: every dollar that is not in an account, and the totals that prove it. One record. */
import { i128, struct, time, u128, u32, u64, type Decoded } from '../codec/layout.ts';
import { singleton } from './kind.ts';

const layout = struct({
  /** Sum of positive account cash, and of negative account cash as a positive number [1e-6 USD]. */
  cashPositive: i128,
  cashNegative: i128,
  /** Sum of the quotes of all open positions [1e-6 USD]. */
  quoteTotal: i128,
  /** Funding and settlement in transit: paid by one side, not yet collected by the other. */
  clearing: i128,
  insurance: i128,
  fees: i128,
  /** Losses nobody has paid yet [1e-6 USD]. */
  deficit: i128,
  /** USD cash that ever came from, and went back to, L1 [1e-6 USD]. */
  deposited: u128,
  withdrawn: u128,
  /** Interest indices [1e-18], and when they were last advanced. */
  borrowIndex: u128,
  supplyIndex: u128,
  interestTime: time,
  /** Share of a withdrawal that is paid [1e-18]; below one only while a loss is shared. */
  withdrawalRate: u64,
  /** Sum of the maintenance margins with which running auctions started [1e-6 USD]. */
  auctioned: u128,
  /** Sum of what the accounts in running insolvent auctions owed beyond all they had when those started [1e-6 USD]. */
  flagged: u128,
  /** Rounds of deleveraging so far. */
  rounds: u64,
  /** Until when no auction starts, by order of the guardian. */
  auctionPause: time,
  /** What holders gave up in rounds and has not been recovered for them [1e-6 USD]. */
  claims: u128,
  /** What is left of a claim of 1 since this scale began, and the scale: `ledger/claims.ts`. */
  claimFactor: u128,
  claimScale: u32,
  /** Claims of an earlier scale have been recovered whole. */
  claimStart: u32,
  /** Recovered for claims and not paid yet [1e-6 USD]. */
  recovery: i128,
  /** What the insurance fund has beyond this is income that claims share [1e-6 USD]. */
  claimMark: i128,
});
export type Pool = Decoded<typeof layout>;
export const POOL = singleton(2, 'pool', layout);
