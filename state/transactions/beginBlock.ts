/** Opens a block: height, time and L1 anchor enter the state here and nowhere else. */
import { existing } from '../access.ts';
import { bytes32, struct, time, type Decoded } from '../codec/layout.ts';
import { require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../records/parameters.ts';
import { REFUSAL } from '../refusals.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ height: time, timestamp: time, anchorNumber: time, anchorHash: bytes32 });
export type BeginBlock = Decoded<typeof layout>;

export const beginBlock: TransactionType<BeginBlock> = {
  type: 1,
  name: 'beginBlock',
  layout,
  refusals: ['height_must_follow', 'timestamp_must_not_decrease', 'anchor_must_not_decrease'],
  apply: (state, body) => {
    const chain = existing(state, CHAIN, 0);
    require(body.height === chain.height + 1, REFUSAL.height_must_follow, () =>
      `expected ${chain.height + 1}, got ${body.height}`);
    require(body.timestamp >= chain.timestamp, REFUSAL.timestamp_must_not_decrease, () =>
      `expected at least ${chain.timestamp}, got ${body.timestamp}`);
    // Bounds against L1 time and the anchor's hash are checked by the Rollup contract.
    require(body.anchorNumber >= chain.anchorNumber, REFUSAL.anchor_must_not_decrease);

    const { outageSeconds } = existing(state, PARAMETERS, PARAMETERS_PAGE);
    const isBack = chain.height > 0 && BigInt(body.timestamp - chain.timestamp) > outageSeconds;
    state.put(CHAIN, 0, { ...chain, ...body, resumeTime: isBack ? body.timestamp : chain.resumeTime });
  },
};
