/**
 * Brings one proof to L1: one nonce, written down before it is offered, raised while it waits, never
 * above the caps. Whatever happens meanwhile, at most one of its signed forms is ever mined.
 */
import type { TransactionReceipt } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { keccak256 } from 'viem/utils';
import type { Digest } from '../../state/units.ts';
import type { Deployment } from '../l1/deployment.ts';
import { freshFees, replacementFees, type Fees } from '../l1/fees.ts';
import type { L1Provider } from '../l1/provider.ts';
import { broadcast, receiptOf } from '../l1/variants.ts';
import type { Clock } from '../ports/clock.ts';
import { IntentFile, type Case, type Intent } from './intent.ts';

export type SenderOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  privateKey: Digest;
  file: IntentFile;
  clock: Clock;
  /** The most it offers for a unit of gas, and for the whole proof [wei]. */
  maxFeePerGas: bigint;
  maxCost: bigint;
  pollMillis: number;
  /** L1 blocks without a receipt before the fee is raised. */
  patienceBlocks: number;
}>;
/** Why a proof is not, or no longer, to be sent; in the words of whoever asked for it. */
export type Stop<Why> = Readonly<{ stop: Why; detail: string }>;
export type Mined = Readonly<{ case: Case; receipt: TransactionReceipt }>;
export type Ended = 'fees_above_cap' | 'nonce_taken';

/** EIP-7825: the cap of one transaction. */
export const TRANSACTION_GAS_MAX = 16_777_216n;
/** Polls without a receipt after the nonce was used, until it is believed that something else used it. */
const TAKEN_POLLS = 5;

export class ProofSender {
  readonly #o: SenderOptions;
  readonly #account: ReturnType<typeof privateKeyToAccount>;

  constructor(options: SenderOptions) {
    this.#o = options;
    this.#account = privateKeyToAccount(options.privateKey);
  }

  get address(): Digest {
    return this.#account.address;
  }

  /** The proof that was under way, once it is mined; it is forgotten with the answer. */
  async settle(): Promise<Mined | null> {
    const { file } = this.#o;
    const intent = file.read();
    if (intent === null) return null;
    const receipt = await receiptOf(this.#o.provider, intent.variants);
    if (receipt !== null) file.clear();
    return receipt === null ? null : { case: intent.case, receipt };
  }

  /**
   * Sends the proof of `which`, or goes on with it, until it is mined. `look` is asked whenever it
   * waited long, whether it is still wanted.
   */
  async send<Why>(which: Case, data: Digest, look: () => Promise<Stop<Why> | null>): Promise<Mined | Stop<Why | Ended>> {
    let intent = await this.#begin(which, data);
    for (;;) {
      if (intent.variants.length === 0) {
        const offer = await this.#offer(intent, data);
        if (offer === null) return this.#tooDear(intent);
        intent = offer;
      }
      const end = await this.#wait(intent);
      if (end === 'taken') {
        this.#o.file.clear();
        return { stop: 'nonce_taken', detail: `another transaction of ${this.address} has nonce ${intent.nonce}` };
      }
      if (end !== 'late') {
        this.#o.file.clear();
        return { case: which, receipt: end };
      }
      const stop = await look();
      if (stop !== null) return stop;
      // Above the caps what is out there stays as it is: it may still be mined.
      intent = (await this.#offer(intent, data)) ?? intent;
    }
  }

  /** The intent of an earlier run for the same batch, or a new one; of another batch it takes the nonce over. */
  async #begin(which: Case, data: Digest): Promise<Intent> {
    const { publicClient } = this.#o.provider;
    const known = this.#o.file.read();
    if (known !== null && known.case.batchHash === which.batchHash) return known;
    const { address } = this.#account;
    const needed = await publicClient.estimateGas({ account: address, to: this.#o.deployment.fraudProof, data });
    const roomy = needed + needed / 10n;
    const gas = roomy < TRANSACTION_GAS_MAX ? roomy : TRANSACTION_GAS_MAX;
    const nonce = await publicClient.getTransactionCount({ address });
    const floor = known?.nonce === nonce ? (known.variants.at(-1) ?? known.floor) : null;
    return { case: which, nonce, gas, floor, variants: [] };
  }

  /** The intent with one more signed form, on disk; null where that would be above the caps. */
  async #offer(intent: Intent, data: Digest): Promise<Intent | null> {
    const { provider, deployment, file } = this.#o;
    const fees = await this.#fees(intent);
    if (fees === null) return null;
    const { maxFeePerGas, maxPriorityFeePerGas } = fees;
    const raw = await this.#account.signTransaction({
      type: 'eip1559',
      chainId: provider.chain.id,
      to: deployment.fraudProof,
      data,
      nonce: intent.nonce,
      gas: intent.gas,
      maxFeePerGas,
      maxPriorityFeePerGas,
    });
    const variant = { maxFeePerGas, maxPriorityFeePerGas, raw, hash: keccak256(raw) };
    const next = { ...intent, variants: [...intent.variants, variant] };
    file.write(next);
    return next;
  }

  /** What L1 wants now and, over an earlier form, what replaces it: within the caps, or null. */
  async #fees({ gas, variants, floor }: Intent): Promise<Fees | null> {
    const { publicClient } = this.#o.provider;
    const baseFee = (await publicClient.getBlock()).baseFeePerGas ?? 0n;
    const cap = this.#capOf(gas);
    const before = variants.at(-1) ?? floor;
    const fresh = freshFees(baseFee, await publicClient.estimateMaxPriorityFeePerGas());
    if (before !== null) {
      const raised = replacementFees(before, fresh);
      return raised.maxFeePerGas <= cap ? raised : null;
    }
    // Less room for the base fee to rise is better than no proof.
    const maxFeePerGas = fresh.maxFeePerGas < cap ? fresh.maxFeePerGas : cap;
    const { maxPriorityFeePerGas } = fresh;
    return maxFeePerGas < baseFee + maxPriorityFeePerGas ? null : { maxFeePerGas, maxPriorityFeePerGas };
  }

  #capOf(gas: bigint): bigint {
    const { maxFeePerGas, maxCost } = this.#o;
    const affordable = maxCost / gas;
    return affordable < maxFeePerGas ? affordable : maxFeePerGas;
  }

  #tooDear({ gas }: Intent): Stop<Ended> {
    const { maxFeePerGas, maxCost } = this.#o;
    const caps = `${maxFeePerGas} wei a unit and ${maxCost} wei in all`;
    return { stop: 'fees_above_cap', detail: `L1 wants more for ${gas} gas than the caps of ${caps}` };
  }

  /** Broadcasts the newest form and waits: for a receipt of any form, or for as long as patience lasts. */
  async #wait(intent: Intent): Promise<TransactionReceipt | 'taken' | 'late'> {
    const { provider, clock, pollMillis, patienceBlocks } = this.#o;
    const { publicClient } = provider;
    const mined = await receiptOf(provider, intent.variants);
    if (mined !== null) return mined;
    await broadcast(provider, intent.variants.at(-1)!);
    const start = await publicClient.getBlockNumber({ cacheTime: 0 });
    let takenPolls = 0;
    for (;;) {
      const receipt = await receiptOf(provider, intent.variants);
      if (receipt !== null) return receipt;
      const taken = (await publicClient.getTransactionCount({ address: this.#account.address })) > intent.nonce;
      // A node counts a transaction before it has the receipt, and another node may answer the one question.
      takenPolls = taken ? takenPolls + 1 : 0;
      if (takenPolls > TAKEN_POLLS) return 'taken';
      if ((await publicClient.getBlockNumber({ cacheTime: 0 })) - start >= BigInt(patienceBlocks)) return 'late';
      await clock.sleep(pollMillis);
    }
  }
}
