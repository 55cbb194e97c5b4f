/** What an account gave up in rounds of deleveraging and has not been paid back. */
import { struct, u128, u32, type Decoded } from '../codec/layout.ts';
import { named } from './kind.ts';

const layout = struct({
  /** Profit given up, as of the factor and the scale of the pool that follow [1e-6 USD]. */
  amount: u128,
  factor: u128,
  scale: u32,
});
export type Claim = Decoded<typeof layout>;
/** Exists while anything is left. */
export const CLAIM = named(18, 'claim', 21, layout);
