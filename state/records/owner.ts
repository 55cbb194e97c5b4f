/** What all subaccounts of an owner hold together: the size that has to be closed if they fail as one. */
import { list, struct, u128, u16, type Decoded } from '../codec/layout.ts';
import { MAX_EXPOSURES } from '../constants.ts';
import type { Address } from '../units.ts';
import { named, type Kind } from './kind.ts';

const exposure = struct({
  underlying: u16,
  /** Sum of |size| x lot over the positions of all subaccounts [1e-8 units of the underlying], above 0. */
  units: u128,
});
export type Exposure = Decoded<typeof exposure>;

/** Exposures ascend by underlying. */
const layout = struct({ exposures: list(exposure, MAX_EXPOSURES) });
export type Owner = Decoded<typeof layout>;
/** Exists while any exposure does. */
export const OWNER: Kind<Owner, Address> = named(15, 'owner', 20, layout);
