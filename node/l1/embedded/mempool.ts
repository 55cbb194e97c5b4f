// Transactions waiting for a block: ordered by nonce for each sender, by fee across senders,
// bounded in every way.
import type { TypedTransaction } from '@ethereumjs/tx';
import type { Address, Hash } from 'viem';
import { L1RpcError, refused, RPC_CODE } from './errors.ts';

/** 4,096 transactions of at most 128 KiB. */
export const POOL_TRANSACTIONS_MAX = 4_096;
/** 64 for each sender, and no further ahead of its nonce: geth's slots for one account. */
export const POOL_SENDER_TRANSACTIONS_MAX = 64;
/** A replacement pays at least 10 % more, in both fees: geth's price bump. */
const REPLACEMENT_PERCENT_MIN = 110n;

export type PooledTransaction = {
  readonly transaction: TypedTransaction;
  readonly raw: Uint8Array;
  readonly hash: Hash;
  readonly sender: Address;
  readonly nonce: bigint;
  /** wei for each gas: the most it pays, and the most of that which is tip. */
  readonly feeMax: bigint;
  readonly tipMax: bigint;
  /** wei: value plus gas limit times `feeMax`. */
  readonly costMax: bigint;
  /** Breaks ties between equal tips: first come, first served. */
  readonly arrival: number;
};

type Queue = Map<bigint, PooledTransaction>;

export class Mempool {
  readonly #byHash = new Map<Hash, PooledTransaction>();
  readonly #bySender = new Map<Address, Queue>();
  #arrivals = 0;

  get size(): number {
    return this.#byHash.size;
  }
  nextArrival(): number {
    return this.#arrivals++;
  }
  find(hash: Hash): PooledTransaction | undefined {
    return this.#byHash.get(hash);
  }
  senders(): readonly Address[] {
    return [...this.#bySender.keys()];
  }
  all(): readonly PooledTransaction[] {
    return [...this.#byHash.values()];
  }

  /** What `sender` has promised in other transactions than the one at `nonce`, in wei. */
  committed(sender: Address, nonce: bigint): bigint {
    let total = 0n;
    for (const pooled of this.#bySender.get(sender)?.values() ?? []) {
      if (pooled.nonce !== nonce) total += pooled.costMax;
    }
    return total;
  }

  /** The first nonce that `sender` has not used, counting from `accountNonce` without a gap. */
  nextNonce(sender: Address, accountNonce: bigint): bigint {
    const queue = this.#bySender.get(sender);
    let nonce = accountNonce;
    while (queue?.has(nonce) === true) nonce += 1n;
    return nonce;
  }

  /** Takes `pooled` in and returns the transaction it replaces. Throws what geth would answer. */
  add(pooled: PooledTransaction, accountNonce: bigint): PooledTransaction | undefined {
    if (this.#byHash.has(pooled.hash)) throw refused('already known');
    if (pooled.nonce < accountNonce) {
      throw refused(`nonce too low: next nonce ${accountNonce}, tx nonce ${pooled.nonce}`);
    }
    if (pooled.nonce >= accountNonce + BigInt(POOL_SENDER_TRANSACTIONS_MAX)) {
      const limit = accountNonce + BigInt(POOL_SENDER_TRANSACTIONS_MAX) - 1n;
      throw refused(`nonce too high: at most ${limit} now, tx nonce ${pooled.nonce}`);
    }
    const queue: Queue = this.#bySender.get(pooled.sender) ?? new Map();
    const replaced = queue.get(pooled.nonce);
    if (replaced !== undefined && !isBetterPaid(pooled, replaced)) {
      throw refused('replacement transaction underpriced');
    }
    if (replaced === undefined && this.size >= POOL_TRANSACTIONS_MAX) {
      throw new L1RpcError(RPC_CODE.limitExceeded, 'txpool is full: try again after a block');
    }
    if (replaced !== undefined) this.#byHash.delete(replaced.hash);
    queue.set(pooled.nonce, pooled);
    this.#bySender.set(pooled.sender, queue);
    this.#byHash.set(pooled.hash, pooled);
    return replaced;
  }

  remove(hash: Hash): void {
    const pooled = this.#byHash.get(hash);
    if (pooled === undefined) return;
    this.#byHash.delete(hash);
    const queue = this.#bySender.get(pooled.sender);
    queue?.delete(pooled.nonce);
    if (queue?.size === 0) this.#bySender.delete(pooled.sender);
  }

  /** Transactions that a new account nonce has made impossible, taken out of the pool. */
  removeBelow(sender: Address, accountNonce: bigint): readonly PooledTransaction[] {
    const queue = this.#bySender.get(sender)?.values() ?? [];
    const stale = [...queue].filter((pooled) => pooled.nonce < accountNonce);
    for (const pooled of stale) this.remove(pooled.hash);
    return stale;
  }

  /** The best-paying transaction whose nonce is next for its sender and which `isEligible`. */
  best(
    nonces: ReadonlyMap<Address, bigint>,
    baseFee: bigint,
    isEligible: (pooled: PooledTransaction) => boolean,
  ): PooledTransaction | undefined {
    let best: PooledTransaction | undefined;
    for (const [sender, queue] of this.#bySender) {
      const nonce = nonces.get(sender);
      const next = nonce === undefined ? undefined : queue.get(nonce);
      if (next === undefined || next.feeMax < baseFee || !isEligible(next)) continue;
      if (best === undefined || isBefore(next, best, baseFee)) best = next;
    }
    return best;
  }
}

function isBetterPaid(next: PooledTransaction, before: PooledTransaction): boolean {
  const isEnough = (after: bigint, old: bigint): boolean =>
    after * 100n >= old * REPLACEMENT_PERCENT_MIN && after > old;
  return isEnough(next.feeMax, before.feeMax) && isEnough(next.tipMax, before.tipMax);
}

function tipAt(pooled: PooledTransaction, baseFee: bigint): bigint {
  const room = pooled.feeMax - baseFee;
  return room < pooled.tipMax ? room : pooled.tipMax;
}

function isBefore(a: PooledTransaction, b: PooledTransaction, baseFee: bigint): boolean {
  const [tipA, tipB] = [tipAt(a, baseFee), tipAt(b, baseFee)];
  return tipA === tipB ? a.arrival < b.arrival : tipA > tipB;
}
