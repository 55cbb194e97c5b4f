/** A partly or fully filled order. Exists from its first fill until it is pruned after its expiry. */
import { struct, time, u64, type Decoded } from '../codec/layout.ts';
import { named } from './kind.ts';

const layout = struct({
  /** Lots filled so far. */
  filled: u64,
  /** After it the order can not fill, so the record may go. */
  expiry: time,
});
export type OrderFill = Decoded<typeof layout>;
export const ORDER = named(7, 'order', 32, layout);
