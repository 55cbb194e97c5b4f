/** The Solidity twin of the steps on anvil: the same bytecode in another EVM, and a hundred times as fast. */
import { createPublicClient, createWalletClient, http, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { decodeExecute, encodeExecute, familyOf, type StepFamily, type StepOnL1 } from '../../../../genesis/contracts/steps.ts';
import { startAnvil, type Anvil } from '../../../../node/l1/anvil.ts';
import { fromHex, toHex } from '../../../../state/codec/bytes.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';
import type { Contract } from '../evm.ts';

/** What L1 says of a step, or why it says nothing. */
export type Answer = StepOnL1 | Readonly<{ error: string }>;

/** Calls of one HTTP request. */
const BATCH = 40;
const POLLING_MS = 10;
/** More than any step may take: what a step takes is measured elsewhere. */
const GAS: Hex = '0x1c9c380';

export class AnvilTwin {
  readonly #anvil: Anvil;
  readonly #addresses = new Map<StepFamily, Hex>();

  private constructor(anvil: Anvil) {
    this.#anvil = anvil;
  }

  static async start(contracts: Readonly<Record<StepFamily, Contract>>): Promise<AnvilTwin> {
    const twin = new AnvilTwin(await startAnvil());
    for (const [family, contract] of Object.entries(contracts)) await twin.deploy(family as StepFamily, contract);
    return twin;
  }

  /** From now on `contract` answers for its family. */
  async deploy(family: StepFamily, { bytecode }: Contract): Promise<void> {
    const { url, accounts } = this.#anvil;
    const transport = http(url, { retryCount: 0, timeout: 60_000 });
    const account = privateKeyToAccount(accounts[0]!.privateKey);
    const hash = await createWalletClient({ account, transport }).sendTransaction({ data: bytecode, chain: null });
    const client = createPublicClient({ transport, pollingInterval: POLLING_MS });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    if (contractAddress == null) throw new Error(`${family} was not deployed`);
    this.#addresses.set(family, contractAddress);
  }

  /** Answers in the order of the steps. */
  async execute(steps: readonly LoggedStep[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let from = 0; from < steps.length; from += BATCH) {
      answers.push(...(await this.#batch(steps.slice(from, from + BATCH))));
    }
    return answers;
  }

  async #batch(steps: readonly LoggedStep[]): Promise<Answer[]> {
    const calls = steps.map(({ before, bytes, witness }, id) => {
      const data = toHex(encodeExecute(before, bytes, witness));
      const call = { to: this.#addresses.get(familyOf(bytes)), data, gas: GAS };
      return { jsonrpc: '2.0', id, method: 'eth_call', params: [call, 'latest'] };
    });
    const response = await fetch(this.#anvil.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(calls),
    });
    type Reply = { id: number; result?: Hex; error?: { message: string } };
    const replies = (await response.json()) as Reply[];
    const answers: Answer[] = [];
    for (const { id, result, error } of replies) {
      answers[id] = result === undefined ? { error: error?.message ?? 'no answer' } : decodeExecute(fromHex(result));
    }
    return answers;
  }

  stop(): Promise<void> {
    return this.#anvil.stop();
  }
}
