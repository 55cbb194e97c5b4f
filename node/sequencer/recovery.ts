/**
 * Signature recovery off the main thread, and the queue of the intake: requests gather into batches, worker
 * threads recover them, and the answers are remembered so that the step that checks them again pays nothing.
 * What makes nobody riskier has a lane of its own: it is admitted when orders have filled theirs, and goes first.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { signerOf, type CompactSignature, type Recover } from '../../state/codec/signature.ts';
import type { Address } from '../../state/units.ts';
import { recover as recoverHere } from '../crypto/recover.ts';
import { Pace } from './pace.ts';

/** Bytes of one request: digest, then the compact signature; and of one answer: valid, address. */
export const REQUEST_BYTES = 96;
export const ANSWER_BYTES = 21;
/** Requests one message to a worker carries at most: ~3 ms of work. */
const BATCH_MAX = 64;

/**
 * Urgent is what makes nobody riskier and takes little: cancels, top-ups and other actions, orders that only reduce.
 * A bid is as urgent and takes a millisecond, so it has its own turns. Normal are orders that may add risk; ahead is
 * what an audit asks for, where nobody waits for another.
 */
export const LANES = ['urgent', 'bid', 'normal', 'ahead'] as const;
export type Lane = (typeof LANES)[number];
/** Requests in flight at most; more is refused so that latency stays bounded. */
export type LaneLimits = Readonly<Record<Lane, number>>;
const LANE_LIMITS: LaneLimits = { urgent: 5_000, bid: 2_000, normal: 20_000, ahead: 20_000 };
/** Requests answered in one turn of the event loop at most: an action takes ~0.2 ms, a bid ~1 ms, an order ~0.1 ms. */
const PER_TURN: LaneLimits = { urgent: 8, bid: 1, normal: 32, ahead: Number.POSITIVE_INFINITY };
/** Orders, where nothing more urgent is on its way: larger groups cost less. */
const NORMAL_ALONE = 256;
/** Answers remembered: enough for every order that can rest. */
const MEMO_MAX = 400_000;
/** Of a batch, what a lane takes at most while lanes behind it wait. */
const LANE_SHARE = 3 / 4;

export class IntakeOverloaded extends Error {
  override readonly name = 'IntakeOverloaded';
  readonly lane: Lane;
  constructor(lane: Lane) {
    super(`the ${lane} lane is full: too many signatures are being checked; slow down`);
    this.lane = lane;
  }
}

type Request = { name: string; bytes: Uint8Array; lane: Lane; arrival: number; resolve: (signer: Address | null) => void };
type Recovered = { request: Request; signer: Address | null };
type Thread = { worker: Worker; busy: Request[] | null };

const eachLane = <T>(of: () => T): Record<Lane, T> => ({ urgent: of(), bid: of(), normal: of(), ahead: of() });

/** A request's bytes, while they are read: made once, since every order comes by here. */
const scratch = Buffer.alloc(REQUEST_BYTES);
const S_AT = 64;
/** Bytes as a key of a map. */
const nameOf = (request: Buffer): string => request.toString('latin1');

export class SignatureRecovery {
  /** Of bids, and of work that nobody asked for. */
  readonly pace = new Pace();
  readonly #threads: Thread[];
  readonly #limits: LaneLimits;
  readonly #memo = new Map<string, Address | null>();
  readonly #queues = eachLane<Request[]>(() => []);
  readonly #ready = eachLane<Recovered[]>(() => []);
  readonly #inFlight = eachLane(() => 0);
  #arrivals = 0;
  #scheduled = false;
  #serving = false;
  /** Set while only bids are ready, and wait. */
  #timer: NodeJS.Timeout | null = null;

  /** `workers` 0 recovers on the calling thread, without queues: virtual time needs answers within the tick. */
  constructor(workers = Math.max(1, availableParallelism() - 1), limits = LANE_LIMITS) {
    this.#limits = limits;
    this.#threads = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL('./recoveryWorker.mjs', import.meta.url));
      worker.unref();
      const thread: Thread = { worker, busy: null };
      worker.on('message', (answers: Uint8Array) => this.#answered(thread, answers));
      return thread;
    });
  }

  /** Requests whose signers are being found, by lane. */
  get depths(): Readonly<Record<Lane, number>> {
    return this.#inFlight;
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

  /** @throws IntakeOverloaded where the lane is full: asked before the work that a refusal would waste */
  requireRoom(lane: Lane): void {
    if (this.#inFlight[lane] >= this.#limits[lane]) throw new IntakeOverloaded(lane);
  }

  /** Recovers ahead of the transition. @throws IntakeOverloaded where the lane is full */
  prepare(digest: Uint8Array, compact: CompactSignature, lane: Lane): Promise<Address | null> | Address | null {
    scratch.set(digest);
    scratch.set(fromHex(compact), 32);
    const name = nameOf(scratch);
    const known = this.#memo.get(name);
    if (known !== undefined) return known;
    if (this.#threads.length === 0) {
      const signer = signerOf(recoverHere, digest, compact);
      this.#remember(name, signer);
      return signer;
    }
    this.requireRoom(lane);
    if (lane !== 'bid') this.pace.requested();
    if (lane === 'urgent') this.pace.urged();
    this.#inFlight[lane]++;
    const bytes = Uint8Array.from(scratch);
    const arrival = this.#arrivals++;
    return new Promise((resolve) => {
      this.#queues[lane].push({ name, bytes, lane, arrival, resolve });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#dispatch());
    });
  }

  #dispatch(): void {
    this.#scheduled = false;
    for (const thread of this.#threads) {
      const waiting = LANES.reduce((sum, lane) => sum + this.#queues[lane].length, 0);
      if (thread.busy !== null || waiting === 0) continue;
      // Small queues are shared out; large ones go in full batches.
      const batch = this.#take(Math.min(BATCH_MAX, Math.ceil(waiting / this.#threads.length)), waiting);
      thread.busy = batch;
      const bytes = new Uint8Array(batch.length * REQUEST_BYTES);
      batch.forEach((request, i) => bytes.set(request.bytes, i * REQUEST_BYTES));
      thread.worker.postMessage(bytes, [bytes.buffer]);
    }
  }

  /** The next requests, lane by lane but for the share of those behind. They keep the order in which they came. */
  #take(count: number, waiting: number): Request[] {
    const batch: Request[] = [];
    let behind = waiting;
    for (const lane of LANES) {
      const [queue, room] = [this.#queues[lane], count - batch.length];
      behind -= queue.length;
      batch.push(...queue.splice(0, Math.max(Math.ceil(room * LANE_SHARE), room - behind)));
    }
    return batch.sort((a, b) => a.arrival - b.arrival);
  }

  #answered(thread: Thread, answers: Uint8Array): void {
    const batch = thread.busy!;
    thread.busy = null;
    batch.forEach((request, i) => {
      const at = i * ANSWER_BYTES;
      const signer = answers[at] === 1 ? (toHex(answers.subarray(at + 1, at + ANSWER_BYTES)) as Address) : null;
      this.#remember(request.name, signer);
      this.#ready[request.lane].push({ request, signer });
    });
    this.#dispatch();
    if (!this.#serving || this.#timer !== null) this.#serve();
  }

  #serveIn(millis: number): void {
    this.#timer = setTimeout(() => this.#serve(), millis);
  }

  /** Answers what has its turn in this turn of the event loop, and the rest in those that follow. */
  #serve(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const mayBid = this.#ready.bid.length > 0 && this.pace.mayWork('bids');
    const isAlone = this.#inFlight.urgent + this.#inFlight.bid === 0;
    const limitOf = (lane: Lane): number => (lane === 'normal' && isAlone ? NORMAL_ALONE : PER_TURN[lane]);
    const served = LANES.flatMap((lane) => (lane === 'bid' && !mayBid ? [] : this.#ready[lane].splice(0, limitOf(lane))));
    served.sort((a, b) => a.request.arrival - b.request.arrival);
    for (const { request, signer } of served) {
      this.#inFlight[request.lane]--;
      if (request.lane === 'urgent') this.pace.answered();
      request.resolve(signer);
    }
    this.#serving = LANES.some((lane) => this.#ready[lane].length > 0);
    if (!this.#serving) return;
    const onlyBids = LANES.every((lane) => lane === 'bid' || this.#ready[lane].length === 0);
    if (onlyBids && !mayBid) this.#serveIn(this.pace.waitMillis);
    else setImmediate(() => this.#serve());
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
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}
