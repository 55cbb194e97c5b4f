/**
 * Finds accounts below maintenance margin and drives them through the waterfall: auctions, the vaults, rounds of
 * deleveraging, losses. Works in turns of bounded length, so that a storm holds up nobody's cancel; what did not
 * fit comes first the next time.
 */
import { existing } from '../../state/access.ts';
import { settledCash } from '../../state/ledger/interest.ts';
import { distressOf } from '../../state/liquidation/distress.ts';
import { hasRoom, marketHole, readMarket } from '../../state/liquidation/market.ts';
import { elapsedOf, isOver, offerNow, priceOf } from '../../state/liquidation/offer.ts';
import { priceForVaults } from '../../state/transactions/absorb.ts';
import { ACCOUNT, AUCTION_STATUS, type Account } from '../../state/records/account.ts';
import { AUCTION, AUCTION_KIND } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT_STATUS, isTradable } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { POOL } from '../../state/records/pool.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { REFUSAL } from '../../state/refusals.ts';
import { marginOf } from '../../state/risk/margin.ts';
import { loadPortfolio, type Portfolio } from '../../state/risk/portfolio.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { socialize } from '../../state/transactions/socialize.ts';
import { NOBODY, startAuction } from '../../state/transactions/startAuction.ts';
import type { AccountId } from '../../state/units.ts';
import type { Executed } from '../chain/executor.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import { DangerHeap, type Danger } from './dangerHeap.ts';
import { PassedOver } from './passedOver.ts';
import { Rounds } from './rounds.ts';
import { VaultBids } from './vaultBids.ts';

/**
 * What one turn of the event loop does at most: ~0.5 ms of screening, ~0.3 ms of margins, ~0.5 ms for each step. A
 * request waits for three turns, so what they take is what it waits.
 */
export type TurnLimits = Readonly<{ screened: number; checked: number; steps: number }>;
const TURN: TurnLimits = { screened: 2_048, checked: 16, steps: 2 };

/** Reading an account for the first time costs as much as screening so many. */
const LOADS_COST = 8;

export type LiquidatorOptions = Readonly<{
  sequencer: Sequencer;
  /** Whose account is rewarded for starts; absent, or no account: nobody. */
  starter?: AccountId;
  limits?: TurnLimits;
  /** Told of steps that the protocol refused. */
  onRefused?: (bytes: Uint8Array, code: number) => void;
}>;

export class Liquidator {
  readonly #options: LiquidatorOptions;
  readonly #limits: TurnLimits;
  /** Where the screen goes on, and how many accounts have not been looked at since prices moved. */
  #cursor = 0;
  #left = 0;
  /** Accounts that the screen could not pass, in the order found. */
  readonly #suspects = new Set<AccountId>();
  readonly #ready = new DangerHeap();
  /** Those among them that there was no room for. */
  readonly #passedOver = new PassedOver();
  /** Running auctions to be looked at; those that did not fit are before those of the next round. */
  readonly #running = new Set<AccountId>();
  readonly #vaults: VaultBids;
  readonly #rounds: Rounds;
  /** Accounts that owe and have nothing. */
  readonly #owing = new Set<AccountId>();
  /** What takes steps; each is first in one turn after the other, so that none lives at another's expense. */
  readonly #lanes = [
    (steps: number): number => this.#rounds.advance(steps, this.#limits.screened),
    (steps: number): number => this.#review(steps),
    (steps: number): number => this.#start(steps),
    (steps: number): number => this.#socialize(steps),
  ];
  #firstLane = 0;
  #isHeld = false;
  /** Markets whose accounts wait for one of them that has waited long. */
  readonly #heldMarkets = new Set<number>();
  #isScheduled = false;
  #isStopped = false;

  constructor(options: LiquidatorOptions) {
    this.#options = options;
    this.#limits = options.limits ?? TURN;
    const { sequencer } = options;
    this.#vaults = new VaultBids(sequencer);
    this.#rounds = new Rounds(sequencer, (bytes) => this.#run(bytes), (account) => this.#running.add(account));
  }

  /** What waits, by what it waits for. */
  get depths(): Readonly<Record<'screen' | 'check' | 'start' | 'review' | 'round' | 'socialize', number>> {
    return {
      screen: this.#left,
      check: this.#suspects.size,
      start: this.#ready.size,
      review: this.#running.size,
      round: this.#rounds.size,
      socialize: this.#owing.size,
    };
  }

  /** To be called when prices and marks have moved: does a turn, and the rest in turns of the event loop. */
  pricesMoved(): void {
    const { sequencer } = this.#options;
    const { screen } = sequencer;
    screen.refresh();
    this.#left = screen.size;
    this.#isHeld = false;
    this.#heldMarkets.clear();
    this.#passedOver.forget(sequencer.executor.timestamp);
    for (const id of sequencer.executor.state.idsOf(AUCTION)) this.#running.add(id);
    this.#vaults.pricesMoved();
    this.#rounds.refresh();
    this.#go();
  }

  /** Takes up turns of the event loop again, when prices move next. */
  resume(): void {
    this.#isStopped = false;
  }

  stop(): void {
    this.#isStopped = true;
    this.#options.sequencer.pace.ended('keeper');
  }

  #go(): void {
    const { pace } = this.#options.sequencer;
    if (pace.mayWork('keeper')) {
      const started = performance.now();
      const isMore = this.turn();
      pace.worked('keeper', started);
      if (!isMore) return pace.ended('keeper');
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const next = (): void => {
      this.#isScheduled = false;
      if (!this.#isStopped) this.#go();
    };
    const { waitMillis } = pace;
    if (waitMillis === 0) setImmediate(next);
    else setTimeout(next, waitMillis);
  }

  /** One turn of work. Returns whether there is more. */
  turn(): boolean {
    this.#screen();
    this.#check();
    let { steps } = this.#limits;
    for (let n = 0; n < this.#lanes.length && steps > 0; n++) {
      steps -= this.#lanes[(this.#firstLane + n) % this.#lanes.length]!(steps);
    }
    this.#firstLane = (this.#firstLane + 1) % this.#lanes.length;
    const waits = (this.#ready.size > 0 && !this.#isHeld) || this.#owing.size + this.#rounds.size > 0;
    const isLoading = !this.#options.sequencer.screen.isLoaded;
    return isLoading || this.#left > 0 || this.#suspects.size > 0 || this.#running.size > 0 || waits;
  }

  /**
   * Each running auction in its turn. Returns how many steps that took: up to those of one account more than
   * `steps`.
   */
  #review(steps: number): number {
    let [taken, looked] = [0, 0];
    for (const id of this.#running) {
      if (taken >= steps || looked === this.#limits.checked) break;
      looked += 1;
      this.#running.delete(id);
      taken += this.#advance(id);
    }
    // Looks take as long as a step does.
    return taken + (looked === this.#limits.checked ? 1 : 0);
  }

  /** What a running auction needs. Returns how many steps that took. */
  #advance(id: AccountId): number {
    const { state } = this.#options.sequencer.executor;
    const auction = state.read(AUCTION, id);
    if (auction === undefined) return 0;
    const portfolio = loadPortfolio(state, id, existing(state, ACCOUNT, id));
    const { parameters } = portfolio;
    const distress = distressOf(portfolio);
    const { margin } = distress;
    if (!margin.fresh) return 0;
    if (margin.equity >= margin.maintenance) return this.#take(encodeTransaction(endAuction, { account: id }));
    if (!holdsAnything(portfolio.account)) return this.#take(encodeTransaction(socialize, { account: id }));
    const elapsed = elapsedOf(portfolio, existing(state, CHAIN, 0), auction.start);
    if (elapsed < 0) return 0;
    const offer = offerNow(auction, distress, portfolio, elapsed);
    if (offer === null || isOver(auction, distress, offer)) return this.#take(this.#startOf(id));
    if (isInRound(portfolio)) return 0;
    const isForVaults = offer.share > 0n && priceOf(offer) <= priceForVaults(auction, parameters, offer, elapsed);
    const tried = isForVaults ? this.#vaults.offer(id) : 0;
    if (auction.kind === AUCTION_KIND.insolvent && BigInt(elapsed) >= parameters.insolventSeconds) return tried + this.#deleverage(id);
    return tried;
  }

  /** Nobody took all of it: begins the round of its first position that can have one. */
  #deleverage(id: AccountId): number {
    const { state } = this.#options.sequencer.executor;
    if (state.read(AUCTION, id) === undefined) return 0;
    const { holdings, now } = loadPortfolio(state, id, existing(state, ACCOUNT, id));
    const due = holdings.find(({ instrument }) => isTradable(instrument) && (instrument.expiry === 0 || instrument.expiry > now));
    if (due === undefined) return 0;
    this.#rounds.begin(id, due.position.instrument);
    return 1;
  }

  /** Losses of accounts that have nothing left. */
  #socialize(steps: number): number {
    let taken = 0;
    for (const account of this.#owing) {
      if (taken === steps) break;
      this.#owing.delete(account);
      if (this.#owes(account)) taken += this.#take(encodeTransaction(socialize, { account }));
    }
    return taken;
  }

  /** Nothing to sell, and debts: what is owed is a loss then, not a position. */
  #owes(id: AccountId): boolean {
    const { state } = this.#options.sequencer.executor;
    const account = state.read(ACCOUNT, id);
    return account !== undefined && !holdsAnything(account) && settledCash(account, existing(state, POOL, 0)) < 0n;
  }

  #screen(): void {
    const { screen } = this.#options.sequencer;
    this.#left += screen.load(Math.ceil(this.#limits.screened / LOADS_COST));
    // No more suspects than a few turns can check: the screen waits for them.
    if (this.#left === 0 || this.#suspects.size > this.#limits.screened) return;
    screen.refresh();
    if (this.#cursor >= screen.size) this.#cursor = 0;
    const end = Math.min(this.#cursor + Math.min(this.#limits.screened, this.#left), screen.size);
    for (const slot of screen.suspects(this.#cursor, end, 1)) this.#suspects.add(screen.idAt(slot));
    this.#left -= end - this.#cursor;
    this.#cursor = end;
  }

  /** The exact margin of what the screen could not pass. */
  #check(): void {
    const { state } = this.#options.sequencer.executor;
    let checked = 0;
    for (const id of this.#suspects) {
      if (checked++ === this.#limits.checked) break;
      this.#suspects.delete(id);
      const account = state.read(ACCOUNT, id);
      if (account === undefined || account.auction !== AUCTION_STATUS.none) continue;
      if (!holdsAnything(account)) {
        if (this.#owes(id)) this.#owing.add(id);
        continue;
      }
      const portfolio = loadPortfolio(state, id, account);
      const { equity, maintenance, fresh } = marginOf(portfolio);
      if (fresh && equity < maintenance) this.#ready.push({ id, equity, maintenance, market: distressOf(portfolio).market });
    }
  }

  /**
   * Starts auctions, the most dangerous account first; one that there is no room for is passed over, until it has
   * waited so long that those in less danger wait for it a while: those of its market, where that is what is full.
   */
  #start(steps: number): number {
    let [taken, looked] = [0, 0];
    while (taken < steps && looked++ < this.#limits.checked && !this.#isHeld) {
      const next = this.#ready.pop();
      if (next === undefined) return taken;
      if (this.#heldMarkets.has(next.market)) continue;
      const lack = this.#lackOf(next);
      if (lack === null) {
        taken += 1;
        const { outcome } = this.#run(this.#startOf(next.id));
        if (outcome.ok) this.#passedOver.delete(next.id);
        // Refused for itself: the next round knows better.
        this.#isHeld = !outcome.ok && outcome.code === REFUSAL.auctions_paused;
      } else if (this.#passedOver.add(next.id, this.#options.sequencer.executor.timestamp)) {
        if (lack === 'market') this.#heldMarkets.add(next.market);
        else this.#isHeld = true;
      }
    }
    // What is held is as old as the prices it was found at.
    if (this.#isHeld) this.#ready.clear();
    return taken;
  }

  /** Where there is no room for it beside what is in auction (specification 8.18), or null. */
  #lackOf({ maintenance, market }: Danger): 'market' | 'pool' | null {
    const { state } = this.#options.sequencer.executor;
    const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
    const underlying = state.read(UNDERLYING, market);
    if (underlying !== undefined && !hasRoom(readMarket(state, market).auctioned, maintenance, marketHole(underlying, parameters))) return 'market';
    return hasRoom(existing(state, POOL, 0).auctioned, maintenance, parameters.auctionHole) ? null : 'pool';
  }

  #startOf(account: AccountId): Uint8Array {
    const { starter = NOBODY, sequencer } = this.#options;
    const isRewarded = starter !== account && sequencer.executor.state.read(ACCOUNT, starter) !== undefined;
    return encodeTransaction(startAuction, { account, starter: isRewarded ? starter : NOBODY });
  }

  #take(bytes: Uint8Array): 1 {
    this.#run(bytes);
    return 1;
  }

  #run(bytes: Uint8Array): Executed {
    const step = this.#options.sequencer.run(bytes);
    if (!step.outcome.ok) this.#options.onRefused?.(bytes, step.outcome.code);
    return step;
  }
}

const holdsAnything = ({ positions, collaterals }: Account): boolean => positions.length + collaterals.length > 0;

/** Is a market of its positions in a round of deleveraging? Then nothing of it is sold. */
const isInRound = ({ holdings }: Portfolio): boolean =>
  holdings.some(({ instrument }) => instrument.status === INSTRUMENT_STATUS.deleveraging);
