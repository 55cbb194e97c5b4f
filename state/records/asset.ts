/** A collateral asset: its L1 token, its price, its haircut, its caps, its books. */
import { address, choice, struct, time, u128, u16, u64, u8, type Decoded } from '../codec/layout.ts';
import { numbered } from './kind.ts';

export const ASSET_STATUS = { active: 0, withdrawOnly: 1 } as const;
export type AssetStatus = (typeof ASSET_STATUS)[keyof typeof ASSET_STATUS];

/** Asset 0 is the settlement asset: one token unit is one micro-dollar of cash. */
export const CASH_ASSET = 0;

const layout = struct({
  token: address,
  decimals: u8,
  status: choice<AssetStatus>(2),
  underlying: u16,
  /** Units of the underlying per whole token [1e-18]: above one for a token that accrues staking. */
  ratio: u128,
  baseHaircut: u64,
  /** Haircut in force [1e-18], moved by rule towards its target; when it last was, and at what index [1e-8 USD]. */
  haircut: u64,
  haircutTime: time,
  haircutPrice: u64,
  /** Weight of a new listing ramps from zero between these times. */
  rampStart: time,
  rampEnd: time,
  /** Average daily volume [1e-6 USD]: liquidity input. */
  averageDailyVolume: u128,
  /** Most token units that the pool takes, and that one account may hold. */
  cap: u128,
  accountCap: u128,
  /** Token units in accounts; ever deposited; ever withdrawn. */
  held: u128,
  deposited: u128,
  withdrawn: u128,
});
export type Asset = Decoded<typeof layout>;
export const ASSET = numbered(3, 'asset', 2, layout);
