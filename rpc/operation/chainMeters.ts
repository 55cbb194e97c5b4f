/** Figures of the chain that any node has, whoever orders it. */
import { existing } from '../../state/access.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { POOL } from '../../state/records/pool.ts';
import type { Seconds } from '../../state/units.ts';
import { readBlock } from '../../node/chain/executor.ts';
import type { Labels, Meter } from '../../node/ports/operation.ts';
import type { Heads, NodeView } from '../methods/view.ts';
import { priceAges } from './doubts.ts';

const SAFETIES = ['soft', 'posted', 'safe', 'final'] as const satisfies (keyof Heads)[];
const MICRO_USD = 1e6;

export function chainMeters(node: NodeView): Meter[] {
  const { executor, store, clock } = node;
  const { state } = executor;
  const pool = () => existing(state, POOL, 0);
  const age = headAges(node);
  return [
    {
      name: 'tidepool_head_height',
      help: 'Height of the newest block by how sure it is.',
      type: 'gauge',
      read: () => SAFETIES.map((safety) => [{ safety }, node.heads[safety].height]),
    },
    {
      name: 'tidepool_head_age_seconds',
      help: 'Time since the newest block by how sure it is; absent where there is none.',
      type: 'gauge',
      read: age,
    },
    {
      name: 'tidepool_chain_time_lag_seconds',
      help: 'How far the time of the chain is behind the clock of this node.',
      type: 'gauge',
      read: () => clock.nowSeconds() - executor.timestamp,
    },
    {
      name: 'tidepool_blocks_not_posted',
      help: 'Blocks that L1 does not have, the open one included.',
      type: 'gauge',
      read: () => Math.max(0, executor.height - node.heads.posted.height),
    },
    {
      name: 'tidepool_transactions_total',
      help: 'Transactions executed since genesis: the sequence number.',
      type: 'counter',
      read: () => executor.sequence,
    },
    {
      name: 'tidepool_oracle_age_seconds',
      help: 'Age of the newest price by underlying; absent where there was none yet.',
      type: 'gauge',
      read: () => oracleAges(node),
    },
    {
      name: 'tidepool_auctions_running',
      help: 'Accounts that are for sale.',
      type: 'gauge',
      read: () => [...state.idsOf(AUCTION)].length,
    },
    {
      name: 'tidepool_insurance_fund_usd',
      help: 'What the insurance fund has.',
      type: 'gauge',
      read: () => Number(pool().insurance) / MICRO_USD,
    },
    {
      name: 'tidepool_deficit_usd',
      help: 'Losses that nobody has taken and all cash shares.',
      type: 'gauge',
      read: () => Number(pool().deficit) / MICRO_USD,
    },
    {
      name: 'tidepool_block_seal_seconds',
      help: 'Time to seal a block.',
      type: 'histogram',
      read: () => executor.sealSeconds,
    },
    {
      name: 'tidepool_store_write_seconds',
      help: 'Time of a group write to the disk, synced.',
      type: 'histogram',
      read: () => store.writeSeconds,
    },
  ];
}

/** Heads other than the newest move seldom: the time of a block is read once. */
function headAges({ heads, executor, store, clock }: NodeView): () => Promise<[Labels, number][]> {
  const known = new Map<string, { height: number; time: Seconds }>();
  const timeOf = async (safety: (typeof SAFETIES)[number]): Promise<Seconds | undefined> => {
    if (safety === 'soft') return executor.timestamp;
    const { height } = heads[safety];
    const before = known.get(safety);
    if (before?.height === height) return before.time;
    const time = (await readBlock(store, height))?.header.timestamp;
    if (time !== undefined) known.set(safety, { height, time });
    return time;
  };
  return async () => {
    const times = await Promise.all(SAFETIES.map(async (safety) => [safety, await timeOf(safety)] as const));
    return times.flatMap(([safety, time]) => (time === undefined ? [] : [[{ safety }, clock.nowSeconds() - time]]));
  };
}

function* oracleAges(node: NodeView): Generator<[Labels, number]> {
  for (const { underlying, ageSeconds } of priceAges(node)) if (ageSeconds !== null) yield [{ underlying }, ageSeconds];
}
