/**
 * The auditor: derives the chain from L1 alone and compares every root. It trusts nothing but the
 * network's terms and the addresses of the contracts.
 */
import { existing } from '../../state/access.ts';
import { equalBytes, fromHex, toHex } from '../../state/codec/bytes.ts';
import { checkInvariants } from '../../state/invariants.ts';
import { refusalName } from '../../state/refusals.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { State, type RecordChange } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import { transactionOf } from '../../state/transactions/all.ts';
import type { Digest } from '../../state/units.ts';
import {
  decodePayload,
  decodePostBatch,
  payloadHash,
  type BatchHeader,
  type BatchStep,
} from '../../genesis/contracts/batch.ts';
import { FormatError } from '../../genesis/contracts/formatError.ts';
import { nextAccumulator } from '../../genesis/contracts/inboxItem.ts';
import { genesisRecords, type Network } from '../../genesis/genesis.ts';
import { recover } from '../crypto/recover.ts';
import { bindingOf, type Deployment } from '../l1/deployment.ts';
import { readLogs, type BatchLog } from '../l1/logs.ts';
import type { L1Provider } from '../l1/provider.ts';

/** One changed record of the step where the chains part: what our replay made of it. */
export type Difference = Readonly<{ record: string; ours: unknown }>;
/** Where the posted chain departs from the rules. */
export type Divergence = Readonly<{
  batch: number;
  /** Index in the batch; null where the header itself is wrong. */
  transaction: number | null;
  kind: string;
  rule: string;
  expected: string;
  posted: string;
  /** What our replay of the transaction changed, refused or not. */
  outcome: string;
  difference: readonly Difference[];
}>;
export type AuditReport = Readonly<{
  batches: number;
  transactions: number;
  height: number;
  root: Digest;
  refused: number;
  payloadBytes: number;
  /** Chain time covered [s]. */
  chainSeconds: number;
  divergence: Divergence | null;
}>;
export type AuditProgress = (done: number, total: number, transactions: number) => void;

/** L1 holds something the auditor can not read: not a divergence, a reason to look at the L1. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
}

/** Batches on L1, deleted ones taken out, and the bytes of every inbox item. */
async function readChain(
  provider: L1Provider,
  deployment: Deployment,
): Promise<{ batches: BatchLog[]; items: Uint8Array[] }> {
  const head = Number(await provider.publicClient.getBlockNumber());
  const batches: BatchLog[] = [];
  const items: Uint8Array[] = [];
  for (const log of await readLogs(provider, deployment, deployment.fromBlock, head)) {
    if (log.kind === 'item') items[log.index] = log.item;
    else if (log.kind === 'deletion') batches.length = Math.min(batches.length, log.index);
    else batches[log.index] = log;
  }
  return { batches, items };
}

/** The payload of a batch: the calldata of the transaction that posted it. */
async function payloadOf(provider: L1Provider, log: BatchLog): Promise<Uint8Array> {
  const transaction = await provider.publicClient.getTransaction({ hash: log.transactionHash });
  const { payload } = decodePostBatch(fromHex(transaction.input));
  return payload;
}

/** Replays the whole chain from L1. Stops at the first divergence. @throws AuditError */
export async function audit(
  provider: L1Provider,
  deployment: Deployment,
  network: Network,
  onProgress: AuditProgress = () => undefined,
): Promise<AuditReport> {
  const { batches, items } = await readChain(provider, deployment);
  const state = State.from(genesisRecords(network, bindingOf(deployment)));
  const replay = new Replay(state, items);
  for (const log of batches) {
    let payload: Uint8Array;
    try {
      payload = await payloadOf(provider, log);
    } catch (error) {
      throw new AuditError(`batch ${log.index}: its calldata can not be read: ${(error as Error).message}`);
    }
    replay.batch(log.index, log.header, payload);
    onProgress(log.index + 1, batches.length, replay.transactions);
    if (replay.divergence !== null) break;
  }
  return replay.report(network.time);
}

/** Replays batches one after the other over a state. */
export class Replay {
  readonly #state: State;
  readonly #items: readonly Uint8Array[];
  #batches = 0;
  #refused = 0;
  #payloadBytes = 0;
  transactions = 0;
  divergence: Divergence | null = null;

  constructor(state: State, items: readonly Uint8Array[]) {
    this.#state = state;
    this.#items = items;
  }

  batch(index: number, header: BatchHeader, payload: Uint8Array): void {
    const wrongHeader = (rule: string, expected: unknown, posted: unknown): void => {
      this.divergence ??= {
        batch: index,
        transaction: null,
        kind: 'header',
        rule,
        expected: String(expected),
        posted: String(posted),
        outcome: '',
        difference: [],
      };
    };
    if (payloadHash(payload) !== header.payloadHash) wrongHeader('payload hash', payloadHash(payload), header.payloadHash);
    const preRoot = toHex(this.#state.root);
    if (preRoot !== header.preRoot) wrongHeader('root before the batch', preRoot, header.preRoot);
    const firstHeight = existing(this.#state, CHAIN, 0).height + 1;
    if (BigInt(firstHeight) !== header.firstHeight) wrongHeader('first height', firstHeight, header.firstHeight);
    if (this.divergence !== null) return;

    let steps: BatchStep[];
    try {
      steps = decodePayload(payload);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return wrongHeader('payload format', 'a payload that decodes', error.message);
    }
    this.#payloadBytes += payload.length;
    for (const [i, step] of steps.entries()) {
      this.#step(index, i, step);
      if (this.divergence !== null) return;
    }
    this.#batches += 1;
    if (steps.length !== header.txCount) wrongHeader('transaction count', steps.length, header.txCount);
    for (const [rule, ours, posted] of totals(this.#state, header)) {
      if (String(ours) !== String(posted)) wrongHeader(rule, ours, posted);
    }
    const accumulator = this.#accumulatorAt(Number(header.inboxCursor));
    if (accumulator !== header.inboxAccumulator) {
      wrongHeader('inbox accumulator of L1', accumulator, header.inboxAccumulator);
    }
    const breach = checkInvariants(this.#state)[0];
    if (breach !== undefined) wrongHeader(`invariant ${breach.invariant}`, 'holds', breach.detail);
  }

  #step(batch: number, transaction: number, { body, rootAfter }: BatchStep): void {
    const result = applyTransaction(this.#state, body, { recover });
    this.transactions += 1;
    if (!result.outcome.ok) this.#refused += 1;
    if (equalBytes(result.root, rootAfter)) return;
    const { outcome } = result;
    this.divergence = {
      batch,
      transaction,
      kind: transactionOf(body[0])?.name ?? `unknown type ${body[0]}`,
      rule: 'root after the transaction',
      expected: toHex(result.root),
      posted: toHex(rootAfter),
      outcome: outcome.ok ? 'applied' : `refused: ${refusalName(outcome.code as 1)} ${outcome.detail}`,
      difference: result.changes.map((change) => this.#describe(change)),
    };
  }

  #describe({ kind, id, value }: RecordChange): Difference {
    return {
      record: `${kind.name} ${id}`,
      ours: value === null ? 'deleted' : this.#state.read(kind, id),
    };
  }

  /** The accumulator over the items L1 itself has, at a cursor. */
  #accumulatorAt(cursor: number): Digest {
    let accumulator: Uint8Array = new Uint8Array(32);
    for (const item of this.#items.slice(0, cursor)) accumulator = nextAccumulator(accumulator, item);
    return toHex(accumulator);
  }

  report(genesisTime: number): AuditReport {
    const chain = existing(this.#state, CHAIN, 0);
    return {
      batches: this.#batches,
      transactions: this.transactions,
      height: chain.height,
      root: toHex(this.#state.root),
      refused: this.#refused,
      payloadBytes: this.#payloadBytes,
      chainSeconds: chain.timestamp - genesisTime,
      divergence: this.divergence,
    };
  }
}

/** Facts of the state that a header repeats: [name, ours, posted]. */
function totals(state: State, header: BatchHeader): (readonly [string, unknown, unknown])[] {
  const chain = existing(state, CHAIN, 0);
  return [
    ['root after the batch', toHex(state.root), header.postRoot],
    ['last height', chain.height, header.lastHeight],
    ['last timestamp', chain.timestamp, header.lastTimestamp],
    ['anchor number', chain.anchorNumber, header.anchorNumber],
    ['anchor hash', chain.anchorHash, header.anchorHash],
    ['inbox cursor', chain.inboxCursor, header.inboxCursor],
    ['inbox accumulator', chain.inboxAccumulator, header.inboxAccumulator],
    ['parameter hash', chain.parameterHash, header.parameterHash],
  ];
}

/** A divergence as JSON: big integers as decimal strings, bytes as hex. */
export const divergenceJson = (divergence: Divergence): string =>
  JSON.stringify(
    divergence,
    (_, value: unknown) => {
      if (typeof value === 'bigint') return value.toString();
      if (value instanceof Uint8Array) return toHex(value);
      return value instanceof Float64Array ? [...value] : value;
    },
    2,
  );
