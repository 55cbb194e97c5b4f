/** Which contract re-executes which transaction: what FraudProof routes by, for those who ask it. */
import { encodeFunctionData, decodeFunctionResult } from 'viem/utils';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import { chainSteps } from './abi.ts';

/** Outcome and root of a step as L1 computes them; refusal 0: applied. */
export type StepOnL1 = Readonly<{ refusal: number; root: Digest }>;

/** The family of a transaction, as exported by `abi.ts`. */
export type StepFamily = 'chainSteps' | 'actionSteps' | 'tradeSteps' | 'oracleSteps' | 'markSteps';

const FAMILY: Readonly<Record<number, StepFamily>> = {
  3: 'actionSteps', // Forced: an action inside.
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
};

/** Bytes that are no transaction go to the contract of the chain itself. */
export const familyOf = (transaction: Uint8Array): StepFamily => FAMILY[transaction[0] ?? 0] ?? 'chainSteps';

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
