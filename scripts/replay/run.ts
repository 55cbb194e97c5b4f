// A replay from start to audit: a whole network on virtual time, and a crowd that trades on it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { audit, type AuditReport } from '../../node/auditor/auditor.ts';
import { Devnet } from '../../node/devnet.ts';
import { VirtualClock } from '../../node/ports/clock.ts';
import type { SigningContext } from '../../rpc/client/signer.ts';
import { Directory } from '../../rpc/methods/directory.ts';
import { viewOfSequencer } from '../../rpc/sequencerView.ts';
import { existing } from '../../state/access.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { checkInvariants, clearingIsCovered, type Breach } from '../../state/invariants.ts';
import type { Effect } from '../../state/effects.ts';
import { optionTermsOf } from '../../state/pricing/chain.ts';
import { ASSET } from '../../state/records/asset.ts';
import { POOL, type Pool } from '../../state/records/pool.ts';
import { INSTRUMENT, INSTRUMENT_KIND } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { WITHDRAWAL } from '../../state/records/withdrawal.ts';
import type { RecordChange, State } from '../../state/state.ts';
import { postPrices } from '../../state/transactions/postPrices.ts';
import type { Digest } from '../../state/units.ts';
import { Accountant } from './accountant.ts';
import { Crowd, Member } from './crowd.ts';
import { Door } from './door.ts';
import { fund, vaultBalance } from './funding.ts';
import type { Market } from './market.ts';
import { Backstop } from './backstop.ts';
import { LEVERAGED_MIX, population } from './population.ts';
import { CALM, isWithin, withGaps, type Scenario } from './scenario.ts';
import { ReplayStatistics } from './statistics.ts';
import { verifyExplanations } from './verifyExplanations.ts';
import { claimsOf, waterfallSampleOf, waterfallStateOf } from './waterfallViews.ts';
import { assetSketches, marketSketches, optionUnderlyings, Views } from './views.ts';

export type ReplayProgress = (phase: 'deposits' | 'market' | 'audit', done: number, total: number) => void;

export type ReplayOptions = Readonly<{
  market: Market;
  seed: string;
  traders: number;
  /** How far time moves between two rounds of decisions. */
  stepSeconds: number;
  /** What goes wrong beside the market; nothing where absent. */
  scenario?: Scenario;
  /** Where the chain and its L1 are kept; a temporary directory, removed at the end, if not given. */
  keep?: string;
  onProgress?: ReplayProgress;
}>;

export type ReplayResult = Readonly<{
  statistics: ReplayStatistics;
  /** Of the running node, after everything was posted. */
  finalRoot: Digest;
  audit: AuditReport;
  breaches: readonly Breach[];
  wallSeconds: number;
}>;

/** Marks older than 90 s take no new risk: prices come at least this often, whatever the step. */
const PRICE_SECONDS_MAX = 60;
const L1_BLOCK_SECONDS = 60;
const BATCH_SECONDS = 600;
/** Batches go out within half the inclusion delay: it must leave them their full age. */
const PATIENCE = {
  ...{ forcedInclusionDelay: 1_800n, sequencerTimeout: 1_800n },
  ...{ unbondDelay: 7_200n, governanceDelay: 14_400n },
};
/** Governance that opens a vault is proposed so long before trading begins. */
const LEAD_SECONDS = Number(PATIENCE.governanceDelay) + 600;
const POLL_MILLIS = 60_000;
/**
 * A mark of an option takes longer than all else a step does, and the audit makes each once more: only what
 * is traded is marked.
 */
const CHAINS = { expiries: 2, strikes: 2, marksIdle: false };
/** Looks at all accounts during a replay. */
const SAMPLES = 400;

/** Replays a market. @throws where the network itself fails */
export async function runReplay(options: ReplayOptions): Promise<ReplayResult> {
  const { keep } = options;
  const directory = keep ?? mkdtempSync(join(tmpdir(), 'tidepool-replay-'));
  mkdirSync(directory, { recursive: true });
  try {
    const replay = await Replay.open(directory, options);
    try {
      return await replay.run();
    } finally {
      await replay.close();
    }
  } finally {
    if (keep === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #clock: VirtualClock;
  readonly #devnet: Devnet;
  readonly #statistics = new ReplayStatistics();
  readonly #members: readonly Member[];
  readonly #views: Views;
  readonly #door: Door;
  readonly #crowd: Crowd;
  readonly #scenario: Scenario;
  readonly #backstop: Backstop | null;
  readonly #signing: SigningContext;
  #isDown = false;
  readonly #breaches: Breach[] = [];
  readonly #troubles: Troubles;
  readonly #startedMillis = performance.now();
  #fills = 0;
  #postedFills = 0;
  #batches = { batches: 0, bytes: 0, gas: 0n, transactions: 0 };

  private constructor(options: ReplayOptions, clock: VirtualClock, devnet: Devnet, troubles: Troubles) {
    this.#options = options;
    this.#clock = clock;
    this.#devnet = devnet;
    this.#troubles = troubles;
    const { market, seed, traders, scenario = CALM } = options;
    this.#scenario = scenario;
    this.#backstop = scenario.vaultUsd === null ? null : new Backstop(seed, scenario.vaultUsd);
    const { node } = devnet;
    const recorded = new Set(market.series.map(({ underlying }) => underlying));
    const isChosen = (id: number): boolean => recorded.size === 0 || recorded.has(id);
    const markets = marketSketches(node.network, isChosen);
    const chains = optionUnderlyings(node.network, isChosen);
    this.#members = population({
      ...{ seed, traders, markets, optionUnderlyings: chains, assets: assetSketches(node.network, market.startPricesUsd) },
      ...{ startSeconds: market.fromSeconds, endSeconds: market.toSeconds },
      biddersFromSeconds: scenario.biddersFromSeconds,
      ...(scenario.leverage === null ? {} : { leverage: scenario.leverage, mix: LEVERAGED_MIX }),
    }).map((trader) => new Member(trader, seed));
    this.#views = new Views(node, markets, chains);
    const { network, binding, store, executor, sequencer } = node;
    const { deployment, heads } = devnet;
    this.#door = new Door({ ...viewOfSequencer(sequencer), network, binding, clock, store, deployment, heads });
    this.#signing = { domainSeparator: sequencer.domainSeparator, directory: Directory.of(network) };
    this.#crowd = new Crowd({
      ...{ members: this.#members, views: this.#views, statistics: this.#statistics },
      door: this.#door,
      signing: this.#signing,
    });
    const accountant = new Accountant(existing(executor.state, POOL, 0));
    this.#statistics.accountant = accountant;
    executor.onStep(({ bytes, effects, changes, outcome }) => {
      this.#followDeficit(effects, changes);
      const { state, timestamp: time } = executor;
      const step = { postsPrices: outcome.ok && bytes[0] === postPrices.type, time, effects };
      accountant.step(step, existing(state, PARAMETERS, PARAMETERS_PAGE), { pool: existing(state, POOL, 0), claims: claimsOf(state) });
      for (const effect of effects) {
        if (effect.kind !== 'fill') continue;
        this.#fills += 1;
        this.#statistics.trade(Number(effect.notional) / 1e6);
      }
      for (const effect of effects) {
        this.#countOption(effect);
        this.#statistics.liquidation.effect(effect);
      }
    });
    node.keeper.onRefused((bytes, code) => this.#statistics.keeper.refused(bytes, code, (id) => this.#symbolOf(id)));
    sequencer.onBlock(({ transactions }) => this.#statistics.block(transactions.length));
  }

  static async open(directory: string, options: ReplayOptions): Promise<Replay> {
    const { market, seed, stepSeconds } = options;
    const { scenario = CALM } = options;
    const leadSeconds = scenario.vaultUsd === null ? 0 : LEAD_SECONDS;
    const clock = new VirtualClock((market.fromSeconds - leadSeconds) * 1_000);
    const troubles = new Troubles();
    const recorded = market.series.map(({ underlying }) => underlying);
    const devnet = await Devnet.open({
      ...{ directory, clock, l1: 'embedded', l1BlockSeconds: L1_BLOCK_SECONDS },
      l1Parameters: PATIENCE,
      network: market.network,
      ...{ seed, source: withGaps(market.source, scenario.gaps), priceSeconds: Math.min(PRICE_SECONDS_MAX, stepSeconds) },
      ...{ blockMillis: Math.min(PRICE_SECONDS_MAX, stepSeconds) * 1_000, batchSeconds: BATCH_SECONDS },
      chains: { ...CHAINS, ...(recorded.length === 0 ? {} : { underlyings: recorded }) },
      ...{ pollMillis: POLL_MILLIS, recoveryWorkers: 0, sync: false },
      onTrouble: (what, error) => troubles.report(what, error),
    });
    return new Replay(options, clock, devnet, troubles);
  }

  async run(): Promise<ReplayResult> {
    const { market, stepSeconds, onProgress = () => undefined } = this.#options;
    const { fromSeconds, toSeconds } = market;
    onProgress('deposits', 0, this.#members.length);
    const { governanceDelay } = PATIENCE;
    await this.#backstop?.open(this.#devnet, this.#clock, Number(governanceDelay), fromSeconds * 1_000);
    await this.#fund();
    await this.#devnet.start((error) => this.#troubles.report('the node failed', error));
    const sampleSeconds = Math.max(stepSeconds, Math.floor((toSeconds - fromSeconds) / SAMPLES));
    let nextSample = fromSeconds;
    for (let now = fromSeconds; now <= toSeconds; now += stepSeconds) {
      await this.#clock.advanceTo(now * 1_000);
      await this.#devnet.node.sequencer.settled();
      this.#troubles.throwFirst();
      if (this.#isOut(now)) continue;
      if (now === fromSeconds) await this.#backstop?.stake(this.#door, this.#signing, now);
      this.#statistics.time(now);
      this.#countBatches();
      this.#views.step(now);
      this.#countAges(now);
      await this.#crowd.step(now);
      if (now >= nextSample) {
        this.#sample(now);
        nextSample = now + sampleSeconds;
      }
      onProgress('market', now - fromSeconds, toSeconds - fromSeconds);
    }
    return this.#finish();
  }

  /** Stops the sequencer while an outage lasts: no blocks, no prices, no orders. L1 goes on. */
  #isOut(now: number): boolean {
    const isDown = isWithin(this.#scenario.outage, now);
    const { keeper } = this.#devnet.node;
    if (isDown && !this.#isDown) keeper.stop();
    if (!isDown && this.#isDown) keeper.start();
    this.#isDown = isDown;
    return isDown;
  }

  /** The deficit of the pool before and after a step that changed it, or as it is. */
  #followDeficit(effects: readonly Effect[], changes: readonly RecordChange[]): void {
    const after = existing(this.#devnet.node.executor.state, POOL, 0).deficit;
    const pool = changes.find(({ kind }) => kind.type === POOL.type);
    const before = pool === undefined ? after : (pool.before as Pool).deficit;
    this.#statistics.waterfall.step(effects, before, after);
  }

  #fund(): Promise<void> {
    const accounts = this.#members.map(({ owner, trader }) => ({ owner, deposits: trader.deposits }));
    return fund(this.#devnet.provider, this.#devnet.deployment, [...accounts, ...(this.#backstop?.accounts() ?? [])]);
  }

  /** Posts what is left, compares with the Vault, audits from L1 alone. */
  async #finish(): Promise<ReplayResult> {
    const { onProgress = () => undefined } = this.#options;
    const { node, provider, deployment } = this.#devnet;
    await this.#devnet.flush();
    this.#troubles.throwFirst();
    this.#countBatches();
    const { state } = node.executor;
    this.#sample(node.executor.timestamp);
    await verifyExplanations(this.#door, (holds) => this.#statistics.liquidation.explained(holds));
    this.#statistics.waterfallEnded(waterfallStateOf(state));
    const uncovered = clearingIsCovered(state);
    if (uncovered !== null) this.#breaches.push(uncovered);
    for (const { asset, symbol } of node.network.assets) {
      const held = await vaultBalance(provider, deployment, asset);
      this.#statistics.conservation([{ name: `${symbol} on L1`, held, owed: owedByVault(state, asset) }]);
    }
    const finalRoot = toHex(state.root);
    this.#statistics.finished(finalRoot);
    const report = await audit(provider, deployment, node.network, (done, total) =>
      onProgress('audit', done, total),
    );
    this.#statistics.audited(report.transactions, report.divergence === null && report.root === finalRoot);
    const wallSeconds = (performance.now() - this.#startedMillis) / 1_000;
    const [statistics, breaches] = [this.#statistics, this.#breaches];
    return { statistics, finalRoot, audit: report, breaches, wallSeconds };
  }

  #sample(timeSeconds: number): void {
    const { state } = this.#devnet.node.executor;
    const accounts = this.#members.flatMap(({ id }) => this.#views.margin(id) ?? []);
    this.#statistics.margins({ timeSeconds, accounts });
    const margins = this.#members.flatMap(({ id, trader }) => this.#views.margins(id, trader.style) ?? []);
    this.#statistics.books(timeSeconds, margins);
    const { running, unattended, fundUsd } = this.#views.liquidation(this.#members.map(({ id }) => id));
    this.#statistics.liquidation.sample(running, unattended, fundUsd);
    this.#statistics.waterfall.sample(timeSeconds, waterfallSampleOf(state));
    this.#statistics.conservation(this.#views.conservation());
    this.#breaches.push(...checkInvariants(state));
    for (const { underlying } of this.#options.market.series) {
      const { indexPrice } = existing(state, UNDERLYING, underlying);
      this.#statistics.price(this.#symbolOf(underlying), timeSeconds, Number(indexPrice) / 1e8);
    }
  }

  #countAges(now: number): void {
    const { state } = this.#devnet.node.executor;
    for (const { underlying } of this.#options.market.series) {
      const { oracleTime } = existing(state, UNDERLYING, underlying);
      if (oracleTime > 0) this.#statistics.keeper.age(this.#symbolOf(underlying), now - oracleTime);
    }
  }

  #symbolOf(underlying: number): string {
    return this.#devnet.node.network.underlyings.find(({ id }) => id === underlying)?.symbol ?? `#${underlying}`;
  }

  /** A premium paid, or a holder settled: the long side, so that every unit counts once. */
  #countOption(effect: Effect): void {
    if (effect.kind !== 'fill' && effect.kind !== 'settled') return;
    const terms = optionTermsOf(effect.instrument);
    if (terms === undefined) return;
    const { kind, lotSize, markPerLot } = existing(this.#devnet.node.executor.state, INSTRUMENT, effect.instrument);
    const name = `${this.#symbolOf(terms.underlying)} ${kind === INSTRUMENT_KIND.call ? 'calls' : 'puts'}`;
    const units = (Number(effect.lots) * Number(lotSize)) / 1e8;
    const { options } = this.#statistics;
    if (effect.kind === 'fill') options.trade(name, units, Number(effect.notional) / 1e6);
    else if (units > 0) options.settled(name, units, Number(effect.lots * markPerLot) / 1e6);
  }

  /** Batches posted since the last look: nearly always none or one. */
  #countBatches(): void {
    const { figures } = this.#devnet.batcher;
    const before = this.#batches;
    if (figures.batches === before.batches) return;
    const trades = this.#fills - this.#postedFills;
    this.#postedFills = this.#fills;
    this.#statistics.batch({
      ...{ transactions: figures.transactions - before.transactions, trades },
      ...{ bytes: figures.bytes - before.bytes, gas: Number(figures.gas - before.gas) },
    });
    for (let more = before.batches + 1; more < figures.batches; more++) {
      this.#statistics.batch({ transactions: 0, trades: 0, bytes: 0, gas: 0 });
    }
    this.#batches = { ...figures };
  }

  close(): Promise<void> {
    return this.#devnet.close();
  }
}

/** What accounts hold, and what went back to L1 beyond a cap: nobody fetches it during a replay. */
function owedByVault(state: State, asset: number): bigint {
  const { deposited, withdrawn } = existing(state, ASSET, asset);
  const onTheWay = [...state.idsOf(WITHDRAWAL)].map((id) => existing(state, WITHDRAWAL, id));
  return onTheWay.reduce((sum, one) => (one.asset === asset ? sum + one.amount : sum), deposited - withdrawn);
}

/** Keeps the first thing that went wrong until the replay can stop for it. */
class Troubles {
  #first: Error | null = null;

  report(what: string, cause: unknown): void {
    this.#first ??= new Error(`${what}: ${(cause as Error).message}`, { cause });
  }

  throwFirst(): void {
    if (this.#first !== null) throw this.#first;
  }
}
