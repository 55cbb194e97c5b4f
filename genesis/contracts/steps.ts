/** Which contract re-executes which transaction: what FraudProof routes by, for those who ask it. */
import { encodeFunctionData, decodeFunctionResult } from 'viem/utils';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import { chainSteps } from './abi.ts';

/** Outcome and root of a step as L1 computes them; refusal 0: applied. */
export type StepOnL1 = Readonly<{ refusal: number; root: Digest }>;

/** The family of a transaction, as exported by `abi.ts`. */
export type StepFamily =
  | 'chainSteps'
  | 'actionSteps'
  | 'tradeSteps'
  | 'oracleSteps'
  | 'markSteps'
  | 'auctionSteps'
  | 'bidSteps'
  | 'waterfallSteps'
  | 'vaultSteps'
  | 'roundSteps';

const FORCED = 3;
/** Where a forced transaction has the type of the action inside: behind the L1 sender. */
const FORCED_TYPE_AT = 21;

const FAMILY: Readonly<Record<number, StepFamily>> = {
  5: 'actionSteps',
  6: 'actionSteps',
  7: 'actionSteps',
  8: 'actionSteps',
  9: 'actionSteps',
  10: 'actionSteps',
  11: 'tradeSteps',
  12: 'oracleSteps',
  13: 'markSteps',
  14: 'markSteps',
  17: 'auctionSteps',
  18: 'bidSteps',
  19: 'auctionSteps',
  20: 'waterfallSteps',
  21: 'roundSteps',
  22: 'waterfallSteps',
  23: 'vaultSteps',
  24: 'vaultSteps',
  25: 'vaultSteps',
};

/** Types of actions, which alone are forced, of other families than `actionSteps`. */
const FORCED_ELSEWHERE: ReadonlySet<number> = new Set([18, 23, 24, 25]);

/** Bytes that are no transaction go to the contract of the chain itself. */
export function familyOf(transaction: Uint8Array): StepFamily {
  const type = transaction[0] ?? 0;
  if (type !== FORCED) return FAMILY[type] ?? 'chainSteps';
  const inner = transaction[FORCED_TYPE_AT] ?? 0;
  return FORCED_ELSEWHERE.has(inner) ? FAMILY[inner]! : 'actionSteps';
}

/** All families have one interface. */
const { abi } = chainSteps;

/** Calldata of `execute`. */
export const encodeExecute = (preRoot: Uint8Array, transaction: Uint8Array, witness: Uint8Array): Uint8Array =>
  fromHex(
    encodeFunctionData({
      abi,
      functionName: 'execute',
      args: [toHex(preRoot), toHex(transaction), toHex(witness)],
    }),
  );

export function decodeExecute(result: Uint8Array): StepOnL1 {
  const [refusal, root] = decodeFunctionResult({ abi, functionName: 'execute', data: toHex(result) });
  return { refusal: Number(refusal), root };
}
