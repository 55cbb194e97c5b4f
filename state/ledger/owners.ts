/** What all subaccounts of an owner hold together: changed here alone, with every position. */
import type { StateAccess } from '../access.ts';
import { invariant } from '../errors.ts';
import { OWNER, type Exposure, type Owner } from '../records/owner.ts';
import type { Address } from '../units.ts';

/** Sum of |size| x lot over all subaccounts in `underlying` [1e-8 units]. */
export function exposureOf(owner: Owner | undefined, underlying: number): bigint {
  if (owner === undefined) return 0n;
  for (const exposure of owner.exposures) if (exposure.underlying === underlying) return exposure.units;
  return 0n;
}

/** Adds `change` [1e-8 units, signed]. A record without exposures is no record. */
export function changeExposure(state: StateAccess, id: Address, underlying: number, change: bigint): void {
  if (change === 0n) return;
  const owner = state.read(OWNER, id);
  const units = exposureOf(owner, underlying) + change;
  invariant(units >= 0n, 'an owner is never exposed to less than nothing');
  const exposures = withExposure(owner?.exposures ?? [], { underlying, units });
  if (exposures.length === 0) state.remove(OWNER, id);
  else state.put(OWNER, id, { exposures });
}

function withExposure(exposures: readonly Exposure[], exposure: Exposure): readonly Exposure[] {
  let at = 0;
  while (at < exposures.length && exposures[at]!.underlying < exposure.underlying) at++;
  const replaces = exposures[at]?.underlying === exposure.underlying ? 1 : 0;
  const next = exposures.slice();
  if (exposure.units === 0n) next.splice(at, replaces);
  else next.splice(at, replaces, exposure);
  return next;
}
