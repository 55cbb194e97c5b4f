/**
 * Disproves a wrong batch on L1. Nothing is sent before the replay with the whole state, the replay
 * from the witness alone and the bytecode of the step contract agree, and L1 itself says in a
 * simulation that the proof holds.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransactionReceipt } from 'viem';
import { decodeEventLog } from 'viem/utils';
import { rollup as rollupContract } from '../../genesis/contracts/abi.ts';
import type { Digest } from '../../state/units.ts';
import { plainJson, type Evidence } from '../auditor/auditor.ts';
import type { Deployment } from '../l1/deployment.ts';
import type { L1Provider } from '../l1/provider.ts';
import { revertReason } from '../l1/revert.ts';
import { SystemClock, type Clock } from '../ports/clock.ts';
import { disagreement } from './agreement.ts';
import { IntentFile, type Case } from './intent.ts';
import { ProofSender, TRANSACTION_GAS_MAX, type Ended, type Mined, type Stop } from './proofSender.ts';
import { statementOf, type Statement } from './statement.ts';

export type ChallengerOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  privateKey: Digest;
  /** Where the proof under way and cases of disagreement are written down; null for nowhere. */
  directory: string | null;
  /** The most it offers for a unit of gas, and for the whole proof [wei]. */
  maxFeePerGas?: bigint;
  maxCost?: bigint;
  clock?: Clock;
  pollMillis?: number;
  /** L1 blocks without a receipt before the fee is raised. */
  patienceBlocks?: number;
}>;

/**
 * - `proved`: the batch is gone, and half of the bond is claimable.
 * - `already_deleted`: somebody else was faster, or L1 re-organised.
 * - `final`: too late; L1 keeps the batch.
 * - `disagreement`: our own computations differ, or L1 sees no fraud. Nothing was sent; somebody must look.
 * - `no_statement`: no proof speaks of what is wrong.
 * - `refused`: L1 would refuse the proof, or did; `detail` has its words.
 * - `fees_above_cap`: L1 wants more than the settings allow.
 * - `nonce_taken`: this account sent something else meanwhile.
 */
export type ChallengeOutcome = 'proved' | NotProved | Ended;
type NotProved = 'already_deleted' | 'final' | 'disagreement' | 'no_statement' | 'refused';

export type ChallengeReport = Case & Readonly<{
  outcome: ChallengeOutcome;
  detail: string;
  /** Of the proof, where one was mined: also of one that came too late. */
  transactionHash: Digest | null;
  gas: bigint | null;
  /** Gas at the price that was paid [wei]. */
  cost: bigint | null;
  /** Half of what the poster lost [wei]: to be had by `claimReward`. */
  reward: bigint | null;
}>;

const MAX_FEE_PER_GAS_DEFAULT = 500n * 10n ** 9n;
/** A tenth of a mainnet bond: half of the bond comes back as the reward. */
const MAX_COST_DEFAULT = 32n * 10n ** 17n;
const POLL_MILLIS_DEFAULT = 1_000;
const PATIENCE_BLOCKS_DEFAULT = 3;

export class Challenger {
  readonly #o: ChallengerOptions;
  readonly #sender: ProofSender;

  constructor(options: ChallengerOptions) {
    this.#o = options;
    this.#sender = new ProofSender({
      ...options,
      file: new IntentFile(options.directory),
      clock: options.clock ?? new SystemClock(),
      maxFeePerGas: options.maxFeePerGas ?? MAX_FEE_PER_GAS_DEFAULT,
      maxCost: options.maxCost ?? MAX_COST_DEFAULT,
      pollMillis: options.pollMillis ?? POLL_MILLIS_DEFAULT,
      patienceBlocks: options.patienceBlocks ?? PATIENCE_BLOCKS_DEFAULT,
    });
  }

  /** What became of a proof that an earlier run sent and did not see mined; null where there is none. */
  async settle(): Promise<ChallengeReport | null> {
    const mined = await this.#sender.settle();
    return mined === null ? null : this.#ended(mined);
  }

  /** One wrong batch, to its end. Asked twice of the same batch, it goes on with the same transaction. */
  async challenge(evidence: Evidence): Promise<ChallengeReport> {
    const mined = await this.#sender.settle();
    if (mined?.case.batchHash === evidence.batch.hash) return this.#ended(mined);
    const statement = statementOf(evidence);
    const which = caseOf(evidence, statement);
    if (statement === null) return reportOf(which, { stop: 'no_statement', detail: evidence.divergence.rule });
    const { calldata } = statement;
    const stop = (await this.#disagreement(which, statement, evidence)) ?? (await this.#rehearse(which, calldata));
    if (stop !== null) return reportOf(which, stop);
    const end = await this.#sender.send(which, calldata, () => this.#rehearse(which, calldata));
    return 'stop' in end ? reportOf(which, end) : this.#ended(end, calldata);
  }

  async #disagreement(which: Case, statement: Statement, { divergence }: Evidence): Promise<Stop<NotProved> | null> {
    const opinions = await disagreement(statement, divergence);
    if (opinions === null) return null;
    const file = this.#keep(which, { opinions, ...statement });
    return { stop: 'disagreement', detail: JSON.stringify({ ...opinions, ...file }) };
  }

  /** What L1 says of the proof now; null: it takes it. */
  async #rehearse(which: Case, data: Digest): Promise<Stop<NotProved> | null> {
    const { provider, deployment } = this.#o;
    const call = { account: this.#sender.address, to: deployment.fraudProof, data, gas: TRANSACTION_GAS_MAX };
    try {
      await provider.publicClient.call(call);
      return null;
    } catch (error) {
      const reason = revertReason(error);
      if (reason === null) throw error;
      if (/^(UnknownBatch|BatchMismatch)\(/.test(reason)) return { stop: 'already_deleted', detail: reason };
      if (reason.startsWith('BatchIsFinal(')) return { stop: 'final', detail: reason };
      if (!reason.startsWith('NothingWrong(')) return { stop: 'refused', detail: reason };
      const file = this.#keep(which, { calldata: data, l1: reason });
      return { stop: 'disagreement', detail: JSON.stringify({ L1: reason, ...file }) };
    }
  }

  /** Of a proof that was mined: it deleted the batch, or it came too late. */
  async #ended({ case: which, receipt }: Mined, data?: Digest): Promise<ChallengeReport> {
    const spent = {
      transactionHash: receipt.transactionHash,
      gas: receipt.gasUsed,
      cost: receipt.gasUsed * receipt.effectiveGasPrice,
    };
    if (receipt.status === 'success') {
      return { ...reportOf(which, null), ...spent, reward: slashedBy(receipt) / 2n };
    }
    const said = data === undefined ? null : await this.#rehearse(which, data);
    return { ...reportOf(which, said ?? { stop: 'refused', detail: 'the proof was mined and reverted' }), ...spent };
  }

  /** Writes down a case that somebody must look at. */
  #keep({ batch, batchHash, transaction }: Case, facts: object): { file?: string } {
    const { directory } = this.#o;
    if (directory === null) return {};
    const file = join(directory, `disagreement-${batch}-${transaction ?? 'header'}.json`);
    writeFileSync(file, plainJson({ batch, batchHash, transaction, ...facts }, 2));
    return { file };
  }
}

const caseOf = ({ divergence, batch }: Evidence, statement: Statement | null): Case => ({
  batch: batch.index,
  batchHash: batch.hash,
  statement: statement?.kind ?? null,
  transaction: divergence.transaction,
  expected: divergence.expected,
  posted: divergence.posted,
});

const reportOf = (which: Case, stop: Stop<NotProved | Ended> | null): ChallengeReport => ({
  outcome: stop?.stop ?? 'proved',
  ...which,
  detail: stop?.detail ?? '',
  transactionHash: null,
  gas: null,
  cost: null,
  reward: null,
});

/** What the poster of the batch lost [wei]. */
function slashedBy({ logs }: TransactionReceipt): bigint {
  for (const { data, topics } of logs) {
    try {
      const { eventName, args } = decodeEventLog({ abi: rollupContract.abi, data, topics });
      if (eventName === 'BatchesDeleted') return args.slashed;
    } catch {
      // An event of FraudProof.
    }
  }
  return 0n;
}
