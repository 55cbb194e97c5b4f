/** Why a node should not be relied on just now. What an operator does about each stands in `rpc/README.md`. */
import { existing } from '../../state/access.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { priceIsFresh } from '../../state/risk/portfolio.ts';
import type { Doubt } from '../../node/ports/operation.ts';
import type { NodeView } from '../methods/view.ts';

/** Blocks follow what happens; with a keeper something happens every few seconds. */
const BLOCK_AGE_SECONDS_MAX = 60;

/** How old the price of each underlying is, and whether the protocol still trades on it. */
export function priceAges({ network, executor, clock }: Pick<NodeView, 'network' | 'executor' | 'clock'>) {
  const { state } = executor;
  const now = clock.nowSeconds();
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  return network.underlyings.map(({ id, symbol }) => {
    const underlying = existing(state, UNDERLYING, id);
    const { oracleTime } = underlying;
    return {
      underlying: symbol,
      ageSeconds: oracleTime === 0 ? null : Math.max(0, now - oracleTime),
      fresh: priceIsFresh(underlying, parameters, Math.max(now, oracleTime)),
    };
  });
}

/** Reasons not to be ready, those first that say most. */
export function doubtsOf(node: NodeView): Doubt[] {
  const doubts: Doubt[] = [...(node.doubts?.() ?? [])];
  const stale = priceAges(node).filter(({ fresh }) => !fresh);
  if (stale.length > 0) {
    const symbols = stale.map(({ underlying }) => underlying).join(', ');
    doubts.push({ code: 'NO_FRESH_PRICE', detail: `no fresh price of ${symbols}` });
  }
  const age = node.clock.nowSeconds() - node.executor.timestamp;
  if (age > BLOCK_AGE_SECONDS_MAX) doubts.push({ code: 'NO_BLOCK', detail: `no block for ${age} seconds` });
  return doubts;
}
