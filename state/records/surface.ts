/** An implied-volatility slice (eSSVI) of one underlying and expiry. */
import { i64, struct, time, u64, type Decoded } from '../codec/layout.ts';
import { named } from './kind.ts';

const layout = struct({
  /** At-the-money total variance, skew, curvature [1e-18]. */
  theta: u64,
  rho: i64,
  psi: u64,
  oracleTime: time,
  confidence: u64,
});
export type Surface = Decoded<typeof layout>;
/** Id: underlying u16 || expiry u64. */
export const SURFACE = named(13, 'surface', 10, layout);
