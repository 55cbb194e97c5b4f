/** Why one of our contracts refused a call, in its own words. */
import { decodeErrorResult, type BaseError } from 'viem';
import { fraudProof, rollup, tradeSteps } from '../../genesis/contracts/abi.ts';
import type { Digest } from '../../state/units.ts';

/** Step contracts share their errors. */
const ABI = [...rollup.abi, ...fraudProof.abi, ...tradeSteps.abi];

/** `ItemOverdue(3, 1700000000)`, or null for an error that is no revert. */
export function revertReason(error: unknown): string | null {
  const walk = (error as Partial<BaseError>).walk;
  if (typeof walk !== 'function') return null;
  const data = revertData(error as BaseError);
  if (data === null) return /revert/i.test((error as Error).message) ? 'reverted without a reason' : null;
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ABI, data });
    return `${errorName}(${args.map(String).join(', ')})`;
  } catch {
    return `unknown error ${data.slice(0, 74)}`;
  }
}

/** Nodes put the revert data directly into `data`, or one level deeper. */
function revertData(error: BaseError): Digest | null {
  let found: Digest | null = null;
  error.walk((inner) => {
    const { data } = inner as { data?: unknown };
    const bytes = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : data;
    if (typeof bytes === 'string' && /^0x[0-9a-f]{8,}$/i.test(bytes)) found = bytes as Digest;
    return found !== null;
  });
  return found;
}
