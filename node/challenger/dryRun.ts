/**
 * Runs the bytecode of a step contract in an EVM of our own: what L1 will say, without asking L1.
 * Its hashes and its curve are those of the EVM library, not the node's: a third opinion on both.
 */
import { Hardfork, Mainnet, createCustomCommon } from '@ethereumjs/common';
import { createEVM } from '@ethereumjs/evm';
import { SimpleStateManager } from '@ethereumjs/statemanager';
import * as contracts from '../../genesis/contracts/abi.ts';
import { decodeExecute, encodeExecute, familyOf, type StepOnL1 } from '../../genesis/contracts/steps.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';

/** EIP-7825: more no transaction has. */
const GAS_LIMIT = 16_777_216n;

/** @throws Error where the contract reverts: the witness is none of this step, or it takes too much gas */
export async function dryRun(preRoot: Uint8Array, transaction: Uint8Array, witness: Uint8Array): Promise<StepOnL1> {
  const common = createCustomCommon({ chainId: 1 }, Mainnet, { hardfork: Hardfork.Prague });
  const evm = await createEVM({ common, stateManager: new SimpleStateManager({ common }) });
  const family = familyOf(transaction);
  const created = await evm.runCall({ data: fromHex(contracts[family].bytecode), gasLimit: GAS_LIMIT });
  const to = created.createdAddress;
  if (to === undefined || created.execResult.exceptionError !== undefined) throw new Error(`${family} can not be created`);
  const data = encodeExecute(preRoot, transaction, witness);
  const { execResult } = await evm.runCall({ to, data, gasLimit: GAS_LIMIT });
  if (execResult.exceptionError !== undefined) {
    const { error } = execResult.exceptionError;
    throw new Error(`the step contract ends with ${error} ${toHex(execResult.returnValue).slice(0, 74)}`);
  }
  return decodeExecute(execResult.returnValue);
}
