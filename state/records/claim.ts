/** What an account gave up in rounds of deleveraging. */
import { struct, u128, type Decoded } from '../codec/layout.ts';
import { named } from './kind.ts';

const layout = struct({
  /** Profit given up [1e-6 USD]. */
  amount: u128,
});
export type Claim = Decoded<typeof layout>;
export const CLAIM = named(18, 'claim', 21, layout);
