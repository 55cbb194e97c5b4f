/**
 * Signature recovery off the main thread: requests gather into batches, worker threads recover
 * them, and the answers are remembered so that the step that checks them again pays nothing.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { signerOf, type CompactSignature, type Recover } from '../../state/codec/signature.ts';
import type { Address } from '../../state/units.ts';
import { recover as recoverHere } from '../crypto/recover.ts';

/** Bytes of one request: digest, then the compact signature; and of one answer: valid, address. */
export const REQUEST_BYTES = 96;
export const ANSWER_BYTES = 21;
/** Requests in flight at most; more is refused so that latency stays bounded. */
const QUEUE_MAX = 20_000;
/** Requests one message to a worker carries at most: ~3 ms of work. */
const BATCH_MAX = 64;
/** Answers remembered: enough for every order that can rest. */
const MEMO_MAX = 400_000;

export class IntakeOverloaded extends Error {
  override readonly name = 'IntakeOverloaded';
}

type Request = { name: string; bytes: Uint8Array; resolve: (signer: Address | null) => void };
type Lane = { worker: Worker; busy: Request[] | null };

/** A request's bytes, while they are read: made once, since every order comes by here. */
const scratch = Buffer.alloc(REQUEST_BYTES);
const S_AT = 64;
/** Bytes as a key of a map. */
const nameOf = (request: Buffer): string => request.toString('latin1');

export class SignatureRecovery {
  readonly #lanes: Lane[];
  readonly #memo = new Map<string, Address | null>();
  #queue: Request[] = [];
  #scheduled = false;
  #inFlight = 0;

  /** `workers` 0 recovers on the calling thread: virtual time needs answers within the tick. */
  constructor(workers = Math.max(1, availableParallelism() - 1)) {
    this.#lanes = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL('./recoveryWorker.mjs', import.meta.url));
      worker.unref();
      const lane: Lane = { worker, busy: null };
      worker.on('message', (answers: Uint8Array) => this.#answered(lane, answers));
      return lane;
    });
  }

  /** Requests whose signers are being found, by lane. */
  get depths(): Readonly<Record<string, number>> {
    return { normal: this.#inFlight };
  }

  /** Recovery for the transition: remembered answers first. */
  readonly recover: Recover = (digest, r, s, parity) => {
    scratch.set(digest);
    scratch.set(r, 32);
    scratch.set(s, S_AT);
    scratch[S_AT]! |= parity << 7;
    const known = this.#memo.get(nameOf(scratch));
    return known !== undefined ? known : recoverHere(digest, r, s, parity);
  };

  /** Recovers ahead of the transition. @throws IntakeOverloaded where the queue is full */
  prepare(digest: Uint8Array, compact: CompactSignature): Promise<Address | null> | Address | null {
    scratch.set(digest);
    scratch.set(fromHex(compact), 32);
    const name = nameOf(scratch);
    const known = this.#memo.get(name);
    if (known !== undefined) return known;
    if (this.#lanes.length === 0) {
      const signer = signerOf(recoverHere, digest, compact);
      this.#remember(name, signer);
      return signer;
    }
    if (this.#inFlight >= QUEUE_MAX) throw new IntakeOverloaded('too many signatures are being checked; slow down');
    this.#inFlight++;
    const bytes = Uint8Array.from(scratch);
    return new Promise((resolve) => {
      this.#queue.push({ name, bytes, resolve });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#dispatch());
    });
  }

  #dispatch(): void {
    this.#scheduled = false;
    for (const lane of this.#lanes) {
      if (lane.busy !== null || this.#queue.length === 0) continue;
      // Small queues are shared out; large ones go in full batches.
      const share = Math.max(1, Math.ceil(this.#queue.length / this.#lanes.length));
      const batch = this.#queue.splice(0, Math.min(BATCH_MAX, share));
      lane.busy = batch;
      const bytes = new Uint8Array(batch.length * REQUEST_BYTES);
      batch.forEach((request, i) => bytes.set(request.bytes, i * REQUEST_BYTES));
      lane.worker.postMessage(bytes, [bytes.buffer]);
    }
  }

  #answered(lane: Lane, answers: Uint8Array): void {
    const batch = lane.busy!;
    lane.busy = null;
    this.#inFlight -= batch.length;
    this.#dispatch();
    batch.forEach((request, i) => {
      const at = i * ANSWER_BYTES;
      const signer = answers[at] === 1 ? (toHex(answers.subarray(at + 1, at + ANSWER_BYTES)) as Address) : null;
      this.#remember(request.name, signer);
      request.resolve(signer);
    });
  }

  #remember(name: string, signer: Address | null): void {
    if (this.#memo.size >= MEMO_MAX) {
      // Oldest first: a Map iterates in insertion order.
      for (const old of this.#memo.keys()) {
        this.#memo.delete(old);
        if (this.#memo.size < MEMO_MAX / 2) break;
      }
    }
    this.#memo.set(name, signer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ worker }) => worker.terminate()));
  }
}
