/** The Solidity twin of the steps, deployed on a chain of its own. */
import type { Hex } from 'viem';
import * as contracts from '../../../../genesis/contracts/abi.ts';
import { decodeExecute, encodeExecute, familyOf, type StepFamily, type StepOnL1 } from '../../../../genesis/contracts/steps.ts';
import { fromHex } from '../../../../state/codec/bytes.ts';
import { ANYONE, TestChain, type Contract, type Deployed } from '../evm.ts';

/** In the order in which FraudProof takes them. */
export const STEP_CONTRACTS: Readonly<Record<StepFamily, Contract>> = {
  chainSteps: contracts.chainSteps,
  actionSteps: contracts.actionSteps,
  tradeSteps: contracts.tradeSteps,
  oracleSteps: contracts.oracleSteps,
  markSteps: contracts.markSteps,
  auctionSteps: contracts.auctionSteps,
  bidSteps: contracts.bidSteps,
  waterfallSteps: contracts.waterfallSteps,
  vaultSteps: contracts.vaultSteps,
  roundSteps: contracts.roundSteps,
};

/** `gas` is that of an L1 transaction with this call alone. */
export type TwinResult = StepOnL1 & Readonly<{ gas: bigint }>;

export class Twin {
  readonly #chain: TestChain;
  readonly #contracts: ReadonlyMap<StepFamily, Deployed>;

  private constructor(chain: TestChain, deployed: ReadonlyMap<StepFamily, Deployed>) {
    this.#chain = chain;
    this.#contracts = deployed;
  }

  /** `changed` stands in for the contract of its family: a mutant. */
  static async create(changed: Partial<Record<StepFamily, Contract>> = {}): Promise<Twin> {
    const chain = await TestChain.create();
    const deployed = new Map<StepFamily, Deployed>();
    for (const [family, contract] of Object.entries({ ...STEP_CONTRACTS, ...changed })) {
      deployed.set(family as StepFamily, await chain.createRaw(contract.bytecode as Hex, contract, ANYONE));
    }
    return new Twin(chain, deployed);
  }

  /** @throws Revert where the witness is none of this step */
  async execute(preRoot: Uint8Array, transaction: Uint8Array, witness: Uint8Array): Promise<TwinResult> {
    const target = this.#contracts.get(familyOf(transaction));
    if (target === undefined) throw new Error(`no contract for ${familyOf(transaction)}`);
    const { result, gas } = await this.#chain.callRaw(target, encodeExecute(preRoot, transaction, witness));
    return { ...decodeExecute(fromHex(result as Hex)), gas };
  }
}
