/** Moves the haircuts of collateral assets of one underlying: a part of `mark`. */
import type { StateAccess } from '../access.ts';
import { list, u16 } from '../codec/layout.ts';
import { MAX_ASSETS_PER_MARK } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { ASSET, CASH_ASSET } from '../records/asset.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { withHaircut } from '../risk/haircut.ts';
import type { Seconds } from '../units.ts';

export const assetsToMark = list(u16, MAX_ASSETS_PER_MARK);

export const MARK_ASSETS_REFUSALS = ['asset_not_found', 'asset_of_other_underlying'] as const;

/** @param underlying of fresh price, with its id */
export function markAssets(
  state: StateAccess,
  assets: readonly number[],
  underlyingId: number,
  underlying: Underlying,
  parameters: Parameters,
  now: Seconds,
): void {
  for (const id of assets) {
    require(id !== CASH_ASSET, REFUSAL.malformed, 'cash has no haircut');
    const asset = state.read(ASSET, id);
    if (asset === undefined) throw new Refusal(REFUSAL.asset_not_found, `asset ${id}`);
    require(asset.underlying === underlyingId, REFUSAL.asset_of_other_underlying, () => `asset ${id}`);
    state.put(ASSET, id, withHaircut(asset, underlying, parameters, now));
  }
}
