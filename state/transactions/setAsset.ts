/**
 * Governance: closes an asset to deposits or opens it again, and sets its caps and what its haircut
 * follows. Nothing that is held counts otherwise at once: the haircut in force moves by its rule.
 */
import { type StateAccess } from '../access.ts';
import { choice, struct, u128, u16, u64, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { ASSET, type AssetStatus } from '../records/asset.ts';
import { REFUSAL } from '../refusals.ts';
import { WAD } from '../units.ts';
import type { GovernanceAction } from './governance.ts';

const layout = struct({
  asset: u16,
  status: choice<AssetStatus>(2),
  baseHaircut: u64,
  averageDailyVolume: u128,
  cap: u128,
  accountCap: u128,
});
export type SetAsset = Decoded<typeof layout>;

export const setAsset: GovernanceAction<SetAsset> = {
  action: 4,
  name: 'setAsset',
  layout,
  refusals: ['asset_not_found', 'listing_invalid'],
  apply: (state: StateAccess, { asset: id, ...terms }) => {
    const asset = state.read(ASSET, id);
    if (asset === undefined) throw new Refusal(REFUSAL.asset_not_found, `asset ${id}`);
    require(terms.baseHaircut <= WAD, REFUSAL.listing_invalid, 'a haircut is at most one');
    state.put(ASSET, id, { ...asset, ...terms });
  },
};
