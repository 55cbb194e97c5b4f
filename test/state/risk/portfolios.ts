/** Portfolios for tests of margin: of marked devnet markets, bought at the mark. */
import { existing } from '../../../state/access.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import type { Holding, Portfolio } from '../../../state/risk/portfolio.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { WAD } from '../../../state/units.ts';
import { World } from '../../support/world.ts';

export const USD = 1_000_000n;
/** Fresh marks: a lot of BTC is worth 100 USD, of ETH 40, of SOL 20; scan ranges 15, 18, 25 %. */
export const world = new World();
world.tick();
export const underlyingOf = (id: number): Underlying => existing(world.state, UNDERLYING, id);

export type Terms = {
  /** Lots by instrument, token units by asset, units of the owner in 1e-8 by underlying. */
  sizes?: Readonly<Record<number, bigint>>;
  pledges?: Readonly<Record<number, bigint>>;
  exposures?: Readonly<Record<number, bigint>>;
  cash?: bigint;
  parameters?: Partial<Portfolio['parameters']>;
  underlyings?: Readonly<Record<number, Partial<Underlying>>>;
  earned?: Partial<Pick<Portfolio['account'], 'score' | 'feesPaid'>>;
};

const NOTHING = {};
/** Reputation changes nothing, unless a test says so. */
const NEUTRAL = { reputationWorst: WAD, reputationBest: WAD };
export function portfolioOf({
  sizes = NOTHING,
  pledges = NOTHING,
  exposures = NOTHING,
  cash = 0n,
  parameters = NOTHING,
  underlyings = NOTHING,
  earned = NOTHING,
}: Terms): Portfolio {
  // One record an underlying, as in the state.
  const changed = Object.fromEntries([0, 1, 2, 3].map((id) => [id, { ...underlyingOf(id), ...underlyings[id] }]));
  const entries = Object.entries(exposures).map(([id, units]) => ({ underlying: Number(id), units }));
  return {
    account: { ...NEW_ACCOUNT, cash, ...earned },
    pool: world.pool,
    holdings: Object.entries(sizes).map(([id, size]): Holding => {
      const instrument = world.instrument(Number(id));
      const { fundingIndex, markPerLot, underlying } = instrument;
      const position = { instrument: Number(id), size, quote: -size * markPerLot, fundingIndex };
      return { position, instrument, underlying: changed[underlying]! };
    }),
    pledges: Object.entries(pledges).map(([id, balance]) => {
      const asset = existing(world.state, ASSET, Number(id));
      return { balance, asset, underlying: changed[asset.underlying]! };
    }),
    owner: entries.length === 0 ? undefined : { exposures: entries },
    parameters: { ...world.network.parameters, ...NEUTRAL, ...parameters },
    now: world.now,
  };
}
