/** The keeper: prices in, instruments re-marked, expiries settled, dead records pruned. */
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

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #refusalListeners: RefusalListener[] = [];
  #cancel: (() => void) | null = null;
  #lastPrune = 0;
  #lastRoll = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, priceSeconds } = this.#options;
    this.tick();
    this.#cancel = clock.interval(priceSeconds * 1_000, () => this.tick());
  }

  stop(): void {
    this.#cancel?.();
    this.#options.liquidator?.stop();
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

  /** One round: newest prices, marks of what moved, then what has expired. */
  tick(): void {
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
    if (reports.filter((bytes) => this.#run(bytes)).length > 0) this.#markAll();
    this.#settleExpired(time);
    this.#options.liquidator?.pricesMoved();
    if (time - this.#lastPrune >= PRUNE_EVERY_SECONDS) {
      this.#lastPrune = time;
      this.#pruneOrders(time);
      this.#pruneInstruments(time);
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

  /** Re-marks every live instrument whose underlying has a newer price than its mark, and moves haircuts. */
  #markAll(): void {
    const { sequencer } = this.#options;
    const { state, timestamp } = sequencer.executor;
    const stale = new Map<number, number[]>();
    const assets = this.#assetsByUnderlying();
    for (const underlying of assets.keys()) stale.set(underlying, []);
    for (const id of state.idsOf(INSTRUMENT)) {
      const instrument = existing(state, INSTRUMENT, id);
      const live = instrument.status !== INSTRUMENT_STATUS.settled && (instrument.expiry === 0 || instrument.expiry > timestamp);
      const { priceSequence } = existing(state, UNDERLYING, instrument.underlying);
      if (!live || instrument.markSequence === priceSequence || this.#isIdle(id, instrument)) continue;
      const ids = stale.get(instrument.underlying) ?? [];
      stale.set(instrument.underlying, [...ids, id]);
    }
    for (const [underlying, instruments] of stale) {
      const pledged = assets.get(underlying) ?? [];
      while (instruments.length + pledged.length > 0) {
        const batch = {
          instruments: instruments.splice(0, MAX_MARKS_PER_STEP),
          assets: pledged.splice(0, MAX_ASSETS_PER_MARK),
        };
        this.#run(encodeTransaction(mark, { underlying, ...batch }));
      }
    }
  }

  /** May an option do without a mark: outside the chain, in nobody's account, and in no order? */
  #isIdle(id: number, instrument: Instrument): boolean {
    const { sequencer, chains = DEFAULT_CHAIN_WIDTH } = this.#options;
    if (chains.marksIdle !== false || !isOption(instrument) || instrument.openInterest > 0n) return false;
    const { matcher } = sequencer.desk;
    if (matcher.bestBid(id) !== null || matcher.bestAsk(id) !== null) return false;
    return !isInChain(sequencer.executor.state, instrument, sequencer.executor.timestamp, chains);
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

  #settleExpired(now: number): void {
    const { sequencer } = this.#options;
    const { state } = sequencer.executor;
    for (const id of state.idsOf(INSTRUMENT)) {
      const { expiry, openInterest, underlying, status } = existing(state, INSTRUMENT, id);
      if (expiry === 0 || expiry > now || (status === INSTRUMENT_STATUS.settled && openInterest === 0n)) continue;
      if (existing(state, UNDERLYING, underlying).lastSettlementExpiry < expiry) continue;
      sequencer.desk.closeInstrument(id);
      const holders = this.#holdersOf(id);
      do {
        const accounts = holders.splice(0, MAX_SETTLEMENTS_PER_STEP);
        this.#run(encodeTransaction(settle, { instrument: id, accounts }));
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

  #pruneOrders(now: number): void {
    const { sequencer } = this.#options;
    const { state } = sequencer.executor;
    const dead: Digest[] = [];
    for (const id of state.idsOf(ORDER)) if (existing(state, ORDER, id).expiry <= now) dead.push(id);
    for (let i = 0; i < dead.length; i += MAX_PRUNES_PER_STEP) {
      this.#run(encodeTransaction(prune, { orders: dead.slice(i, i + MAX_PRUNES_PER_STEP), sessions: [], instruments: [] }));
    }
  }

  #pruneInstruments(now: number): void {
    const { sequencer } = this.#options;
    const { state } = sequencer.executor;
    const over = [...state.idsOf(INSTRUMENT)].filter((id) => {
      const { status, openInterest, expiry } = existing(state, INSTRUMENT, id);
      const isOver = status === INSTRUMENT_STATUS.settled && openInterest === 0n;
      return isOver && expiry + INSTRUMENT_RETENTION_SECONDS <= now;
    });
    for (let i = 0; i < over.length; i += MAX_PRUNES_PER_STEP) {
      const instruments = over.slice(i, i + MAX_PRUNES_PER_STEP);
      this.#run(encodeTransaction(prune, { orders: [], sessions: [], instruments }));
    }
  }
}
