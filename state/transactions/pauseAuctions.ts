/** Governance: the guardian keeps auctions from starting for a bounded time. Bids, top-ups and trades go on. */
import { existing, type StateAccess } from '../access.ts';
import { struct, time, type Decoded } from '../codec/layout.ts';
import { AUCTION_PAUSE_REST_SECONDS, MAX_AUCTION_PAUSE_SECONDS } from '../constants.ts';
import { require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import { POOL } from '../records/pool.ts';
import { REFUSAL } from '../refusals.ts';
import type { GovernanceAction } from './governance.ts';

const layout = struct({ until: time });
export type PauseAuctions = Decoded<typeof layout>;

export const pauseAuctions: GovernanceAction<PauseAuctions> = {
  action: 7,
  name: 'pauseAuctions',
  layout,
  refusals: ['parameter_out_of_bounds'],
  apply: (state: StateAccess, { until }) => {
    const { timestamp: now } = existing(state, CHAIN, 0);
    const pool = existing(state, POOL, 0);
    const isShorter = until <= pool.auctionPause;
    const isRested = pool.auctionPause === 0 || now >= pool.auctionPause + AUCTION_PAUSE_REST_SECONDS;
    require(isShorter || (isRested && until <= now + MAX_AUCTION_PAUSE_SECONDS), REFUSAL.parameter_out_of_bounds, () =>
      `a pause until ${until}, the last one until ${pool.auctionPause}`);
    // What was paused counts: a pause that is cut short ends now at the earliest, and rest begins there.
    const auctionPause = Math.max(until, Math.min(now, pool.auctionPause));
    state.put(POOL, 0, { ...pool, auctionPause });
  },
};
