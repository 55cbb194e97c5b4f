/**
 * The keeper: prices in, instruments re-marked, expiries settled, dead records pruned. Its steps take
 * turns with orders: while a round goes on marks are of two prices, both of them young enough for trades.
 */
import { existing } from '../../state/access.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import {
  INSTRUMENT_RETENTION_SECONDS,
  MAX_ASSETS_PER_MARK,
  MAX_MARKS_PER_STEP,
  MAX_PRUNES_PER_STEP,
  MAX_SETTLEMENTS_PER_STEP,
} from '../../state/constants.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { ASSET, CASH_ASSET } from '../../state/records/asset.ts';
import { INSTRUMENT, INSTRUMENT_STATUS, isOption, type Instrument } from '../../state/records/instrument.ts';
import { ORDER } from '../../state/records/order.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { mark } from '../../state/transactions/mark.ts';
import { prune } from '../../state/transactions/prune.ts';
import { roll } from '../../state/transactions/roll.ts';
import { settle } from '../../state/transactions/settle.ts';
import type { AccountId, Digest } from '../../state/units.ts';
import type { ListedExpiry, Publishers } from '../oracle/publisher.ts';
import type { Liquidator } from '../liquidation/liquidator.ts';
import type { Clock } from '../ports/clock.ts';
import { DEFAULT_CHAIN_WIDTH, isInChain, rollsOf, type ChainWidth } from './chains.ts';
import type { Sequencer } from './sequencer.ts';

export type KeeperOptions = Readonly<{
  sequencer: Sequencer;
  publishers: Publishers;
  clock: Clock;
  /** Seconds between price posts. */
  priceSeconds: number;
  /** How many options are listed. */
  chains?: ChainWidth;
  /** Who is told that prices and marks have moved. */
  liquidator?: Liquidator;
}>;

/** A step of the keeper's, and the code of its refusal. */
export type RefusalListener = (bytes: Uint8Array, code: number) => void;

/** Order records are pruned once so many have expired: a step deletes up to 32. */
const PRUNE_EVERY_SECONDS = 600;
const ROLL_EVERY_SECONDS = 300;
/** An option that nobody holds or quotes is marked so many times before its mark would be too old to trade on. */
const IDLE_MARKS_PER_AGE = 9;
/** Instruments of a mark while orders come: an option takes 0.2 ms, and they wait meanwhile. */
const MARKS_WHILE_BUSY = 8;

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #refusalListeners: RefusalListener[] = [];
  #cancel: (() => void) | null = null;
  #lastPrune = 0;
  #lastRoll = 0;
  /** Receipts of the sequencer when the last mark was made. */
  #receipts = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Makes the first round at once, and those after it by turns; also after a stop. */
  start(): void {
    const { clock, priceSeconds, liquidator } = this.#options;
    liquidator?.resume();
    this.tick();
    let isStopped = false;
    const cancel = clock.interval(priceSeconds * 1_000, async () => {
      for (const _ of this.#round()) {
        await clock.turn();
        if (isStopped) return;
      }
    });
    this.#cancel = () => {
      isStopped = true;
      cancel();
    };
  }

  /** No step is made after this. */
  stop(): void {
    this.#cancel?.();
    this.#options.liquidator?.stop();
  }

  /** One round at once. */
  tick(): void {
    for (const _ of this.#round());
  }

  /** Who is told of steps of this keeper that the protocol refused. They leave no other trace. */
  onRefused(listener: RefusalListener): void {
    this.#refusalListeners.push(listener);
  }

  #run(bytes: Uint8Array): boolean {
    const { outcome } = this.#options.sequencer.run(bytes);
    if (!outcome.ok) this.refused(bytes, outcome.code);
    return outcome.ok;
  }

  /** Tells of a step that was refused: of this keeper, or of those who work for it. */
  refused(bytes: Uint8Array, code: number): void {
    for (const listener of this.#refusalListeners) listener(bytes, code);
  }

  /** Newest prices, marks of what moved, then what has expired. Pauses after each step. */
  *#round(): Generator<void> {
    const { sequencer, publishers, clock } = this.#options;
    const { state } = sequencer.executor;
    const now = clock.nowSeconds();
    // Reports carry the time of the block they enter: never from its future.
    sequencer.executor.ensureOpen(now);
    const time = sequencer.executor.timestamp;
    if (time - this.#lastRoll >= ROLL_EVERY_SECONDS) this.#rollChains(time);
    const listed = this.#listed(time);
    const reports = publishers.reports(fromHex(sequencer.domainSeparator), time, {
      postedAt: (underlying) => state.read(UNDERLYING, underlying)?.oracleTime ?? 0,
      expiriesOf: (underlying) => listed.get(underlying) ?? [],
    });
    let isPosted = false;
    for (const bytes of reports) {
      if (this.#run(bytes)) isPosted = true;
      yield;
    }
    if (isPosted) yield* this.#markAll();
    yield* this.#settleExpired(time);
    this.#options.liquidator?.pricesMoved();
    if (time - this.#lastPrune >= PRUNE_EVERY_SECONDS) {
      this.#lastPrune = time;
      yield* this.#pruneOrders(time);
      yield* this.#pruneInstruments(time);
    }
  }

  /** Lists the options that the rule and the width of the chains ask for, once prices are known. */
  #rollChains(now: number): void {
    const { sequencer, chains = DEFAULT_CHAIN_WIDTH } = this.#options;
    const { state } = sequencer.executor;
    for (const id of state.idsOf(UNDERLYING)) {
      if (existing(state, UNDERLYING, id).indexPrice === 0n) continue;
      this.#lastRoll = now;
      for (const body of rollsOf(state, id, now, chains)) this.#run(encodeTransaction(roll, body));
    }
  }

  /** Live expiries by underlying, ascending. */
  #listed(now: number): ReadonlyMap<number, readonly ListedExpiry[]> {
    const { state } = this.#options.sequencer.executor;
    const listed = new Map<number, Map<number, boolean>>();
    for (const id of state.idsOf(INSTRUMENT)) {
      const instrument = existing(state, INSTRUMENT, id);
      const { underlying, expiry } = instrument;
      if (expiry <= now) continue;
      let expiries = listed.get(underlying);
      if (expiries === undefined) listed.set(underlying, (expiries = new Map()));
      expiries.set(expiry, isOption(instrument) || expiries.get(expiry) === true);
    }
    const ascending = (expiries: ReadonlyMap<number, boolean>): ListedExpiry[] =>
      [...expiries].map(([expiry, hasOptions]) => ({ expiry, hasOptions })).sort((a, b) => a.expiry - b.expiry);
    return new Map([...listed].map(([id, expiries]) => [id, ascending(expiries)]));
  }

  /**
   * Re-marks every live instrument whose underlying has a newer price than its mark and that is not idle,
   * those in accounts and orders first, and moves haircuts.
   */
  *#markAll(): Generator<void> {
    const { state } = this.#options.sequencer.executor;
    const assets = this.#assetsByUnderlying();
    const stale = [...state.idsOf(INSTRUMENT)].filter((id) => this.#isStale(id));
    const wanted = stale.filter((id) => this.#isWanted(id));
    const others = stale.filter((id) => !this.#isWanted(id));
    for (const ids of [wanted, others]) {
      const byUnderlying = new Map<number, number[]>([...assets.keys()].map((underlying) => [underlying, []]));
      for (const id of ids) {
        const { underlying } = existing(state, INSTRUMENT, id);
        const known = byUnderlying.get(underlying);
        if (known === undefined) byUnderlying.set(underlying, [id]);
        else known.push(id);
      }
      for (const [underlying, instruments] of byUnderlying) {
        yield* this.#mark(underlying, instruments, assets.get(underlying) ?? []);
        assets.delete(underlying);
      }
    }
  }

  *#mark(underlying: number, instruments: number[], assets: number[]): Generator<void> {
    while (instruments.length + assets.length > 0) {
      // What was so when the round began need not be so now.
      const batch = {
        instruments: instruments.splice(0, this.#marksPerStep()).filter((id) => this.#isStale(id)),
        assets: assets.splice(0, MAX_ASSETS_PER_MARK),
      };
      if (batch.instruments.length + batch.assets.length === 0) continue;
      this.#run(encodeTransaction(mark, { underlying, ...batch }));
      yield;
    }
  }

  /** Few while orders come, and all that a step takes when none came since the last one. */
  #marksPerStep(): number {
    const { receipts } = this.#options.sequencer;
    const isBusy = receipts !== this.#receipts;
    this.#receipts = receipts;
    return isBusy ? MARKS_WHILE_BUSY : MAX_MARKS_PER_STEP;
  }

  #isStale(id: number): boolean {
    const { state, timestamp } = this.#options.sequencer.executor;
    const instrument = state.read(INSTRUMENT, id);
    if (instrument === undefined || instrument.status === INSTRUMENT_STATUS.settled) return false;
    if (instrument.expiry !== 0 && instrument.expiry <= timestamp) return false;
    const { priceSequence } = existing(state, UNDERLYING, instrument.underlying);
    return instrument.markSequence !== priceSequence && !this.#isIdle(id, instrument);
  }

  /** Is it in an account, or in an order? */
  #isWanted(id: number): boolean {
    const { executor, desk } = this.#options.sequencer;
    if (existing(executor.state, INSTRUMENT, id).openInterest > 0n) return true;
    return desk.matcher.bestBid(id) !== null || desk.matcher.bestAsk(id) !== null;
  }

  /** May an option do without a newer mark: in nobody's account, in no order, and marked of late or outside the chain? */
  #isIdle(id: number, instrument: Instrument): boolean {
    const { sequencer, chains = DEFAULT_CHAIN_WIDTH } = this.#options;
    const { state, timestamp } = sequencer.executor;
    if (!isOption(instrument) || this.#isWanted(id)) return false;
    const { maxMarkAge } = existing(state, PARAMETERS, PARAMETERS_PAGE);
    if ((timestamp - instrument.markTime) * IDLE_MARKS_PER_AGE < maxMarkAge) return true;
    return chains.marksIdle === false && !isInChain(state, instrument, timestamp, chains);
  }

  /** Collateral assets whose haircuts have not moved at the newest price, by what prices them. */
  #assetsByUnderlying(): Map<number, number[]> {
    const { state } = this.#options.sequencer.executor;
    const found = new Map<number, number[]>();
    for (const id of state.idsOf(ASSET)) {
      const { underlying, haircutTime, haircutPrice } = existing(state, ASSET, id);
      const { indexPrice, oracleTime } = existing(state, UNDERLYING, underlying);
      const isMoved = haircutTime >= oracleTime && haircutPrice === indexPrice;
      if (id === CASH_ASSET || isMoved) continue;
      found.set(underlying, [...(found.get(underlying) ?? []), id]);
    }
    return found;
  }

  *#settleExpired(now: number): Generator<void> {
    const { sequencer } = this.#options;
    const { state } = sequencer.executor;
    for (const id of [...state.idsOf(INSTRUMENT)]) {
      const { expiry, openInterest, underlying, status } = existing(state, INSTRUMENT, id);
      if (expiry === 0 || expiry > now || (status === INSTRUMENT_STATUS.settled && openInterest === 0n)) continue;
      if (existing(state, UNDERLYING, underlying).lastSettlementExpiry < expiry) continue;
      sequencer.desk.closeInstrument(id);
      const holders = this.#holdersOf(id);
      do {
        const accounts = holders.splice(0, MAX_SETTLEMENTS_PER_STEP);
        this.#run(encodeTransaction(settle, { instrument: id, accounts }));
        yield;
      } while (holders.length > 0);
    }
  }

  #holdersOf(instrument: number): AccountId[] {
    const { state } = this.#options.sequencer.executor;
    const holders: AccountId[] = [];
    for (const id of state.idsOf(ACCOUNT)) {
      if (positionOf(existing(state, ACCOUNT, id), instrument) !== undefined) holders.push(id);
    }
    return holders.sort();
  }

  *#pruneOrders(now: number): Generator<void> {
    const { state } = this.#options.sequencer.executor;
    const orders: Digest[] = [];
    for (const id of state.idsOf(ORDER)) if (existing(state, ORDER, id).expiry <= now) orders.push(id);
    while (orders.length > 0) {
      this.#run(
        encodeTransaction(prune, { orders: orders.splice(0, MAX_PRUNES_PER_STEP), sessions: [], instruments: [] }),
      );
      yield;
    }
  }

  *#pruneInstruments(now: number): Generator<void> {
    const { state } = this.#options.sequencer.executor;
    const over = [...state.idsOf(INSTRUMENT)].filter((id) => {
      const { status, openInterest, expiry } = existing(state, INSTRUMENT, id);
      const isOver = status === INSTRUMENT_STATUS.settled && openInterest === 0n;
      return isOver && expiry + INSTRUMENT_RETENTION_SECONDS <= now;
    });
    while (over.length > 0) {
      const instruments = over.splice(0, MAX_PRUNES_PER_STEP);
      this.#run(encodeTransaction(prune, { orders: [], sessions: [], instruments }));
      yield;
    }
  }
}
