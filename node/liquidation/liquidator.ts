/**
 * Finds accounts below maintenance margin and drives their auctions: starts, ends, and starts again. Works in
 * turns of bounded length, so that a storm holds up nobody's cancel; what did not fit comes first the next time.
 */
import { existing } from '../../state/access.ts';
import { distressOf } from '../../state/liquidation/distress.ts';
import { offerOf, opensAt } from '../../state/liquidation/offer.ts';
import { ACCOUNT, AUCTION_STATUS, type Account } from '../../state/records/account.ts';
import { AUCTION, AUCTION_KIND } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { REFUSAL } from '../../state/refusals.ts';
import { computeMargin } from '../../state/risk/margin.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { NOBODY, startAuction } from '../../state/transactions/startAuction.ts';
import type { AccountId } from '../../state/units.ts';
import type { Executed } from '../chain/executor.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import { DangerHeap } from './dangerHeap.ts';

/** What one turn of the event loop does at most: ~2 ms of screening, ~2 ms of margins, ~3 ms of steps. */
export type TurnLimits = Readonly<{ screened: number; checked: number; steps: number }>;
const TURN: TurnLimits = { screened: 8_192, checked: 128, steps: 8 };

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

/** Refusals that hold for every account: no start is tried again before prices move. */
const TRY_LATER: ReadonlySet<number> = new Set([REFUSAL.auctions_full, REFUSAL.auctions_paused]);

export class Liquidator {
  readonly #options: LiquidatorOptions;
  readonly #limits: TurnLimits;
  /** Where the screen goes on, and how many accounts have not been looked at since prices moved. */
  #cursor = 0;
  #left = 0;
  /** Accounts that the screen could not pass, in the order found. */
  readonly #suspects = new Set<AccountId>();
  readonly #ready = new DangerHeap();
  /** Running auctions to be looked at; those that did not fit are before those of the next round. */
  readonly #running = new Set<AccountId>();
  #isHeld = false;
  #isScheduled = false;
  #isStopped = false;

  constructor(options: LiquidatorOptions) {
    this.#options = options;
    this.#limits = options.limits ?? TURN;
  }

  /** To be called when prices and marks have moved: does a turn, and the rest in turns of the event loop. */
  pricesMoved(): void {
    const { sequencer } = this.#options;
    const { screen } = sequencer;
    screen.refresh();
    this.#left = screen.size;
    this.#isHeld = false;
    for (const id of sequencer.executor.state.idsOf(AUCTION)) this.#running.add(id);
    this.#go();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #go(): void {
    if (!this.turn() || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isStopped) this.#go();
    });
  }

  /** One turn of work. Returns whether there is more. */
  turn(): boolean {
    let { steps } = this.#limits;
    steps -= this.#review(steps);
    this.#screen();
    this.#check();
    this.#start(steps);
    const waits = this.#ready.size > 0 && !this.#isHeld;
    const isLoading = !this.#options.sequencer.screen.isLoaded;
    return isLoading || this.#left > 0 || this.#suspects.size > 0 || this.#running.size > 0 || waits;
  }

  /** Ends auctions of what is healthy again and restarts those that ran out. Returns how many steps that took. */
  #review(steps: number): number {
    let [taken, looked] = [0, 0];
    for (const id of this.#running) {
      if (taken === steps || looked++ === this.#limits.checked) break;
      this.#running.delete(id);
      const bytes = this.#nextStepOf(id);
      if (bytes === null) continue;
      this.#run(bytes);
      taken += 1;
    }
    return taken;
  }

  /** The step that a running auction needs, or null. */
  #nextStepOf(id: AccountId): Uint8Array | null {
    const { state } = this.#options.sequencer.executor;
    const auction = state.read(AUCTION, id);
    if (auction === undefined) return null;
    const portfolio = loadPortfolio(state, id, existing(state, ACCOUNT, id));
    const distress = distressOf(portfolio);
    const { margin, value } = distress;
    if (!margin.fresh) return null;
    if (margin.equity >= margin.maintenance) return encodeTransaction(endAuction, { account: id });
    const elapsed = portfolio.now - opensAt(portfolio, existing(state, CHAIN, 0), auction.start);
    if (elapsed < 0) return null;
    const isOver =
      auction.kind === AUCTION_KIND.solvent
        ? offerOf(auction, distress, portfolio.parameters, elapsed) === null
        : auction.value <= 0n && value > margin.maintenance / 2n;
    return isOver ? this.#startOf(id) : null;
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
      if (account === undefined || account.auction !== AUCTION_STATUS.none || !holdsAnything(account)) continue;
      const { equity, maintenance, fresh } = computeMargin(state, id, account);
      if (fresh && equity < maintenance) this.#ready.push({ id, equity, maintenance });
    }
  }

  /** Starts auctions, the most dangerous account first, until the protocol has no room for more. */
  #start(steps: number): void {
    for (let left = steps; left > 0 && !this.#isHeld; left--) {
      const next = this.#ready.peek();
      if (next === undefined) return;
      const { outcome } = this.#run(this.#startOf(next.id));
      this.#isHeld = !outcome.ok && TRY_LATER.has(outcome.code);
      if (!this.#isHeld) this.#ready.pop(); // Refused for itself: the next round knows better.
    }
    // What is held is as old as the prices it was found at.
    if (this.#isHeld) this.#ready.clear();
  }

  #startOf(account: AccountId): Uint8Array {
    const { starter = NOBODY, sequencer } = this.#options;
    const isRewarded = starter !== account && sequencer.executor.state.read(ACCOUNT, starter) !== undefined;
    return encodeTransaction(startAuction, { account, starter: isRewarded ? starter : NOBODY });
  }

  #run(bytes: Uint8Array): Executed {
    const step = this.#options.sequencer.run(bytes);
    if (!step.outcome.ok) this.#options.onRefused?.(bytes, step.outcome.code);
    return step;
  }
}

/** Without anything to sell there is nothing to auction: what is owed then is a loss, not a position. */
const holdsAnything = ({ positions, collaterals }: Account): boolean => positions.length + collaterals.length > 0;
