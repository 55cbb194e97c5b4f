/** Governance: accepts a collateral asset. Its weight ramps up from zero between two times. */
import { existing, type StateAccess } from '../access.ts';
import { address, struct, time, u128, u16, u64, u8, type Decoded } from '../codec/layout.ts';
import { require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import { ASSET, ASSET_STATUS, type Asset } from '../records/asset.ts';
import { UNDERLYING } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { WAD, type Seconds } from '../units.ts';
import type { GovernanceAction } from './governance.ts';

const layout = struct({
  asset: u16,
  token: address,
  decimals: u8,
  underlying: u16,
  ratio: u128,
  baseHaircut: u64,
  rampStart: time,
  rampEnd: time,
  averageDailyVolume: u128,
  cap: u128,
  accountCap: u128,
});
export type ListAsset = Decoded<typeof layout>;

export const listAsset: GovernanceAction<ListAsset> = {
  action: 3,
  name: 'listAsset',
  layout,
  refusals: ['already_listed', 'underlying_not_found', 'listing_invalid'],
  apply: (state: StateAccess, body) => {
    require(state.read(ASSET, body.asset) === undefined, REFUSAL.already_listed);
    require(state.read(UNDERLYING, body.underlying) !== undefined, REFUSAL.underlying_not_found);
    const sane =
      body.decimals <= 30 &&
      body.ratio > 0n &&
      body.ratio < 2n ** 64n &&
      body.baseHaircut <= WAD &&
      body.rampStart <= body.rampEnd;
    require(sane, REFUSAL.listing_invalid);
    state.put(ASSET, body.asset, newAsset(body, existing(state, CHAIN, 0).timestamp));
  },
};

/** An asset as listed at `now`: none of it held, its haircut free to move from then on. */
export function newAsset(body: ListAsset, now: Seconds): Asset {
  const { asset: _, ...terms } = body;
  return {
    ...terms,
    status: ASSET_STATUS.active,
    haircut: body.baseHaircut,
    haircutTime: now,
    haircutPrice: 0n,
    held: 0n,
    deposited: 0n,
    withdrawn: 0n,
  };
}
