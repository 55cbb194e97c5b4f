// Adds up what happens during a replay, in memory that does not grow with its length.
import type { HistogramSummary } from './histogram.ts';
import { Histogram } from './histogram.ts';
import { Efficiency, type AccountMargins, type EfficiencySummary } from './efficiency.ts';
import { KeeperLog, type KeeperSummary } from './keeperLog.ts';
import { LiquidationLog, type LiquidationSummary } from './liquidationLog.ts';
import { vaultOf } from '../../rpc/methods/auctionViews.ts';
import type { Accountant, AccountantSummary } from './accountant.ts';
import { WaterfallLog, type WaterfallState, type WaterfallSummary } from './waterfallLog.ts';
import { OptionBooks, type OptionBook } from './optionBooks.ts';

/** One look at all accounts. Money in USD: statistics are for reading, not for settling. */
export type MarginSample = Readonly<{
  timeSeconds: number;
  accounts: Iterable<
    Readonly<{ equityUsd: number; initialMarginUsd: number; maintenanceMarginUsd: number }>
  >;
}>;

export type ConservationCheck = Readonly<{
  /** An asset, or `USD` for cash. */
  name: string;
  /** In the smallest unit: micro-dollars for USD. Both sides must be equal. */
  held: bigint;
  owed: bigint;
}>;

export type Point = Readonly<{ x: number; y: number }>;

export type MarginSummary = Readonly<{
  samples: number;
  accounts: number;
  /** Initial margin over equity of accounts that have positions, in percent. */
  usePercent: HistogramSummary;
  /** Accounts below initial and below maintenance margin, and those that owe money. */
  belowInitialMost: number;
  belowMaintenanceMost: number;
  negativeMost: number;
  belowMaintenanceLast: number;
  negativeLast: number;
  worstEquityUsd: number;
}>;

export type ReplaySummary = Readonly<{
  marketSeconds: number;
  wallSeconds: number;
  speed: number;
  orders: Readonly<{
    sent: number;
    accepted: number;
    refused: number;
    cancels: number;
    refusedBy: Readonly<Record<string, number>>;
    byStyle: Readonly<Record<string, number>>;
  }>;
  trades: Readonly<{ count: number; notionalUsd: number; perSecond: number }>;
  blocks: Readonly<{ count: number; transactions: number; transactionsPerBlock: HistogramSummary }>;
  batches: Readonly<{
    count: number;
    transactions: number;
    trades: number;
    bytes: number;
    gas: number;
    bytesPerTrade: number;
    gasPerTrade: number;
    bytesPerTransaction: number;
    gasPerTransaction: number;
  }>;
  margin: MarginSummary;
  efficiency: EfficiencySummary;
  /** By underlying and kind. */
  options: Readonly<Record<string, OptionBook>>;
  keeper: KeeperSummary;
  liquidation: LiquidationSummary;
  /** Null until the replay ended. */
  waterfall: WaterfallSummary | null;
  /** Null where no accountant looked on. */
  books: AccountantSummary | null;
  conservation: readonly Readonly<{
    name: string;
    checks: number;
    /** The largest difference ever seen, in the smallest unit; zero when money is conserved. */
    worstDifference: string;
    held: string;
  }>[];
  isConserved: boolean;
  ordersPerSecond: number;
  /** Order sent to answer received, milliseconds of the wall clock. */
  latencyMillis: HistogramSummary;
  finalRoot: string | null;
  /** Null until an audit was made. */
  audit: Readonly<{ roots: number; matches: boolean }> | null;
}>;

/** At most this many points per line are kept; beyond it every second one is dropped. */
const POINTS_MAX = 4_096;

/** A line over time. When it is full, neighbours merge into the one that was there first. */
class Line {
  #points: Point[] = [];
  #stride = 1;
  #seen = 0;

  add(x: number, y: number): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#points.push({ x, y });
    if (this.#points.length < POINTS_MAX) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  get points(): readonly Point[] {
    return this.#points;
  }
}

export class ReplayStatistics {
  readonly options = new OptionBooks();
  readonly keeper = new KeeperLog();
  readonly liquidation = new LiquidationLog();
  readonly waterfall = new WaterfallLog((id) => vaultOf(id) !== null);
  accountant: Accountant | null = null;
  #waterfall: WaterfallSummary | null = null;
  readonly #efficiency = new Efficiency();
  #fromSeconds: number | null = null;
  #toSeconds = 0;
  #orders = { sent: 0, accepted: 0, refused: 0, cancels: 0 };
  readonly #refusedBy = new Map<string, number>();
  readonly #byStyle = new Map<string, number>();
  readonly #latency = new Histogram();
  #trades = { count: 0, notionalUsd: 0 };
  #blocks = { count: 0, transactions: 0 };
  readonly #perBlock = new Histogram();
  #batches = { count: 0, transactions: 0, trades: 0, bytes: 0, gas: 0 };
  readonly #marginUse = new Histogram();
  #margin = {
    ...{ samples: 0, accounts: 0, belowInitialMost: 0, belowMaintenanceMost: 0, negativeMost: 0 },
    ...{ belowMaintenanceLast: 0, negativeLast: 0, worstEquityUsd: 0 },
  };
  readonly #conservation = new Map<string, { checks: number; worst: bigint; held: bigint }>();
  readonly #prices = new Map<string, Line>();
  readonly #equity = new Line();
  #finalRoot: string | null = null;
  #audit: { roots: number; matches: boolean } | null = null;

  /** What the waterfall came to, by its log and by the state. */
  waterfallEnded(state: WaterfallState): void {
    this.#waterfall = this.waterfall.summary(state);
  }

  /** Call whenever market time moves; the first and the last call span the replay. */
  time(timeSeconds: number): void {
    this.#fromSeconds ??= timeSeconds;
    this.#toSeconds = Math.max(this.#toSeconds, timeSeconds);
  }

  orderAccepted(style: string, latencyMillis: number): void {
    this.#countOrder(style, latencyMillis);
    this.#orders.accepted++;
  }

  /** `reason` is the stable name of the error. */
  orderRefused(style: string, reason: string, latencyMillis: number): void {
    this.#countOrder(style, latencyMillis);
    this.#orders.refused++;
    increase(this.#refusedBy, reason);
  }

  orderCancelled(count = 1): void {
    this.#orders.cancels += count;
  }

  trade(notionalUsd: number): void {
    this.#trades.count++;
    this.#trades.notionalUsd += Math.abs(notionalUsd);
  }

  block(transactions: number): void {
    this.#blocks.count++;
    this.#blocks.transactions += transactions;
    this.#perBlock.add(transactions);
  }

  batch(
    batch: Readonly<{ transactions: number; trades: number; bytes: number; gas: number }>,
  ): void {
    this.#batches.count++;
    this.#batches.transactions += batch.transactions;
    this.#batches.trades += batch.trades;
    this.#batches.bytes += batch.bytes;
    this.#batches.gas += batch.gas;
  }

  margins(sample: MarginSample): void {
    let [accounts, belowInitial, belowMaintenance, negative, equity] = [0, 0, 0, 0, 0];
    for (const account of sample.accounts) {
      accounts++;
      equity += account.equityUsd;
      this.#margin.worstEquityUsd = Math.min(this.#margin.worstEquityUsd, account.equityUsd);
      if (account.equityUsd < 0) negative++;
      if (account.equityUsd < account.maintenanceMarginUsd) belowMaintenance++;
      if (account.equityUsd < account.initialMarginUsd) belowInitial++;
      if (account.initialMarginUsd > 0 && account.equityUsd > 0) {
        this.#marginUse.add((100 * account.initialMarginUsd) / account.equityUsd);
      }
    }
    const margin = this.#margin;
    margin.samples++;
    margin.accounts = accounts;
    margin.belowInitialMost = Math.max(margin.belowInitialMost, belowInitial);
    margin.belowMaintenanceMost = Math.max(margin.belowMaintenanceMost, belowMaintenance);
    margin.negativeMost = Math.max(margin.negativeMost, negative);
    margin.belowMaintenanceLast = belowMaintenance;
    margin.negativeLast = negative;
    this.#equity.add(sample.timeSeconds, equity);
  }

  books(timeSeconds: number, accounts: Iterable<AccountMargins>): void {
    this.#efficiency.sample(timeSeconds, accounts);
  }

  price(name: string, timeSeconds: number, usd: number): void {
    let line = this.#prices.get(name);
    if (line === undefined) this.#prices.set(name, (line = new Line()));
    line.add(timeSeconds, usd);
  }

  conservation(checks: readonly ConservationCheck[]): void {
    for (const { name, held, owed } of checks) {
      const difference = held > owed ? held - owed : owed - held;
      const before = this.#conservation.get(name) ?? { checks: 0, worst: 0n, held: 0n };
      const worst = difference > before.worst ? difference : before.worst;
      this.#conservation.set(name, { checks: before.checks + 1, worst, held });
    }
  }

  finished(finalRoot: string): void {
    this.#finalRoot = finalRoot;
  }

  audited(roots: number, matches: boolean): void {
    this.#audit = { roots, matches };
  }

  get prices(): ReadonlyMap<string, readonly Point[]> {
    return new Map([...this.#prices].map(([name, line]) => [name, line.points]));
  }

  /** Sum of all accounts' equity, USD. */
  get equity(): readonly Point[] {
    return this.#equity.points;
  }

  summary(wallSeconds: number): ReplaySummary {
    const marketSeconds = this.#toSeconds - (this.#fromSeconds ?? this.#toSeconds);
    const conservation = [...this.#conservation].map(([name, { checks, worst, held }]) => ({
      ...{ name, checks, worstDifference: worst.toString(), held: held.toString() },
    }));
    return {
      ...{ marketSeconds, wallSeconds, speed: over(marketSeconds, wallSeconds) },
      orders: {
        ...this.#orders,
        refusedBy: byCount(this.#refusedBy),
        byStyle: byCount(this.#byStyle),
      },
      trades: { ...this.#trades, perSecond: over(this.#trades.count, wallSeconds) },
      blocks: { ...this.#blocks, transactionsPerBlock: this.#perBlock.summary() },
      batches: this.#batchSummary(),
      efficiency: this.#efficiency.summary(),
      options: this.options.summary(),
      keeper: this.keeper.summary(),
      liquidation: this.liquidation.summary(),
      waterfall: this.#waterfall,
      books: this.accountant?.summary() ?? null,
      margin: { ...this.#margin, usePercent: this.#marginUse.summary() },
      conservation,
      // Unchecked is not conserved.
      isConserved:
        conservation.length > 0 && conservation.every((one) => one.worstDifference === '0'),
      ordersPerSecond: over(this.#orders.sent, wallSeconds),
      latencyMillis: this.#latency.summary(),
      finalRoot: this.#finalRoot,
      audit: this.#audit,
    };
  }

  #batchSummary(): ReplaySummary['batches'] {
    const { bytes, gas, trades, transactions } = this.#batches;
    return {
      ...this.#batches,
      bytesPerTrade: over(bytes, trades),
      gasPerTrade: over(gas, trades),
      bytesPerTransaction: over(bytes, transactions),
      gasPerTransaction: over(gas, transactions),
    };
  }

  #countOrder(style: string, latencyMillis: number): void {
    this.#orders.sent++;
    increase(this.#byStyle, style);
    this.#latency.add(latencyMillis);
  }
}

const over = (value: number, divisor: number): number => (divisor > 0 ? value / divisor : 0);

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The most frequent first; equal ones by name, so that two runs print alike. */
const byCount = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
