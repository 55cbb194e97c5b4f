/** Matches a taker against the book, settlement by settlement; keeps reduce-only orders honest. */
import { invariant } from '../../../state/errors.ts';
import type { CancellationCode, RejectionCode } from './codes.ts';
import type { MatchEvent } from './events.ts';
import type { PriceLevel } from './levels.ts';
import { FILLS_PER_SETTLEMENT_MAX } from './limits.ts';
import type { OpenOrders } from './openOrders.ts';
import type { LiveOrder } from './order.ts';
import type { MatcherPorts, SettleResult } from './ports.ts';

type PlannedFill = { maker: LiveOrder; lots: number };
type Plan = {
  fills: PlannedFill[];
  /** Open orders of the taker's own account met on the way. */
  own: LiveOrder[];
  /** The whole size; nothing more crosses; as many fills as allowed; stopped by an own order. */
  end: 'complete' | 'exhausted' | 'full' | 'own';
};

export class Execution {
  readonly #open: OpenOrders;
  readonly #ports: MatcherPorts;

  constructor(open: OpenOrders, ports: MatcherPorts) {
    this.#open = open;
    this.#ports = ports;
  }

  /** Lots by which this order would bring its account's position closer to zero. */
  reducibleLots(order: LiveOrder): number {
    const position = this.#ports.positionOf(order.account, order.instrument);
    return Math.max(0, order.side === 'buy' ? -position : position);
  }

  /** The open order the taker would meet first. Reduce-only orders without a position give way. */
  firstMaker(taker: LiveOrder, events: MatchEvent[]): LiveOrder | null {
    for (;;) {
      const level = this.#bestLevel(taker);
      if (level === null || !isCrossing(taker, level)) return null;
      const maker = level.head!;
      if (!maker.reduceOnly || this.clip(maker, events)) return maker;
    }
  }

  /** Cancels what is left of an order, resting or not. */
  cancel(order: LiveOrder, reason: CancellationCode, detail: string, events: MatchEvent[]): void {
    const { id, account, instrument, remainingLots: lots } = order;
    if (order.level !== null) this.#open.remove(order);
    order.remainingLots = 0;
    events.push({ type: 'cancelled', id, account, instrument, lots, reason, detail });
  }

  /** Cuts a reduce-only order down to the position it may reduce. False: nothing is left of it. */
  clip(order: LiveOrder, events: MatchEvent[]): boolean {
    const reducible = this.reducibleLots(order);
    if (reducible === 0) {
      this.cancel(order, 'reduce_only_no_position', '', events);
      return false;
    }
    const lots = order.remainingLots - reducible;
    if (lots <= 0) return true;
    if (order.level !== null) this.#open.reduce(order, lots);
    else order.remainingLots -= lots;
    const { id, account, instrument, remainingLots } = order;
    events.push({ type: 'clipped', id, account, instrument, lots, remainingLots });
    return true;
  }

  /** Clips the resting reduce-only orders of an account whose position may have become smaller. */
  trim(account: string, instrument: number, events: MatchEvent[]): void {
    if (!this.#open.hasReduceOnly(account)) return;
    for (const order of this.#open.ofAccount(account)) {
      if (order.reduceOnly && order.instrument === instrument) this.clip(order, events);
    }
  }

  /**
   * Fills a `gtc` or `ioc` taker as far as the book, its limit and the settlement allow. Every
   * round settles at least one fill, or takes at least one order out, or splits smaller.
   */
  fill(taker: LiveOrder, events: MatchEvent[]): void {
    let fillsMax = FILLS_PER_SETTLEMENT_MAX;
    while (taker.remainingLots > 0) {
      if (taker.reduceOnly && !this.clip(taker, events)) return;
      const plan = this.#plan(taker, fillsMax, events);
      const [own] = plan.own;
      if (plan.fills.length > 0) {
        const result = this.#settle(taker, plan.fills, events);
        if (!result.ok && result.at === 'split') {
          fillsMax = Math.max(1, Math.min(result.maxFills, plan.fills.length - 1));
        }
      } else if (own !== undefined) {
        // Fills before the own order were settled in an earlier round: only then it matters.
        if (taker.selfTrade !== 'cancelTaker') this.cancel(own, 'self_trade', '', events);
        if (taker.selfTrade !== 'cancelMaker') this.cancel(taker, 'self_trade', '', events);
      } else {
        return;
      }
    }
  }

  /**
   * Would a fill-or-kill order be filled now? Several settlements cannot be all or nothing
   * together, so the whole size has to fit one, and with it the number of makers.
   */
  checkFillOrKill(taker: LiveOrder, events: MatchEvent[]): RejectionCode | null {
    if (taker.reduceOnly && this.reducibleLots(taker) < taker.remainingLots) {
      return 'fok_not_fillable';
    }
    return fillOrKillFault(this.#plan(taker, FILLS_PER_SETTLEMENT_MAX + 1, events));
  }

  /** Fills a checked fill-or-kill taker whole in one settlement, or cancels it whole. */
  fillOrKill(taker: LiveOrder, events: MatchEvent[]): void {
    while (taker.remainingLots > 0) {
      const plan = this.#plan(taker, FILLS_PER_SETTLEMENT_MAX + 1, events);
      const fault = fillOrKillFault(plan);
      if (fault !== null) return this.cancel(taker, fault, '', events);
      const result = this.#settle(taker, plan.fills, events);
      if (!result.ok && result.at === 'split' && plan.fills.length > 1) {
        return this.cancel(taker, 'fok_too_many_makers', '', events);
      }
      if (!result.ok) continue;
      // Its own orders were passed over (`cancelMaker`); they go only now that it has traded.
      for (const own of plan.own) {
        if (own.level !== null) this.cancel(own, 'self_trade', '', events);
      }
    }
  }

  /** Walks the book from the best price: whom would the taker trade with, and for how much? */
  #plan(taker: LiveOrder, fillsMax: number, events: MatchEvent[]): Plan {
    const plan: Plan = { fills: [], own: [], end: 'exhausted' };
    const passesOwn = taker.timeInForce === 'fok' && taker.selfTrade === 'cancelMaker';
    let wanted = taker.remainingLots;
    let level = this.#bestLevel(taker);
    while (level !== null && isCrossing(taker, level)) {
      // Clipping may take out the order, and with it the level, under the walk: go on from here.
      const { worse } = level;
      let maker = level.head;
      while (maker !== null) {
        const next: LiveOrder | null = maker.nextInLevel;
        if (maker.account === taker.account) {
          plan.own.push(maker);
          if (!passesOwn) return endPlan(plan, 'own');
        } else if (!maker.reduceOnly || this.clip(maker, events)) {
          const lots = Math.min(wanted, this.#fillableLots(maker, plan.fills));
          if (lots > 0) plan.fills.push({ maker, lots });
          wanted -= lots;
          if (wanted === 0) return endPlan(plan, 'complete');
          if (plan.fills.length === fillsMax) return endPlan(plan, 'full');
        }
        maker = next;
      }
      level = worse;
    }
    return plan;
  }

  /** Lots a maker can give when the fills planned before it have moved its position. */
  #fillableLots(maker: LiveOrder, planned: readonly PlannedFill[]): number {
    if (!maker.reduceOnly) return maker.remainingLots;
    let reducible = this.reducibleLots(maker);
    for (const fill of planned) if (fill.maker.account === maker.account) reducible -= fill.lots;
    return Math.max(0, Math.min(maker.remainingLots, reducible));
  }

  #settle(taker: LiveOrder, fills: readonly PlannedFill[], events: MatchEvent[]): SettleResult {
    const result = this.#ports.settle(taker, fills);
    if (result.ok) {
      for (const fill of fills) this.#apply(taker, fill, events);
      this.trim(taker.account, taker.instrument, events);
      for (const { maker } of fills) this.trim(maker.account, taker.instrument, events);
    } else if (result.at === 'maker') {
      const refused = fills[result.index]?.maker;
      invariant(refused !== undefined, 'a refused maker is one of the settled fills');
      this.cancel(refused, 'settlement_refused', result.reason, events);
    } else if (result.at === 'taker') {
      this.cancel(taker, 'settlement_refused', result.reason, events);
    } else if (fills.length === 1) {
      this.cancel(taker, 'settlement_refused', 'one fill cannot be split', events);
    }
    return result;
  }

  #apply(taker: LiveOrder, { maker, lots }: PlannedFill, events: MatchEvent[]): void {
    taker.remainingLots -= lots;
    const makerRemainingLots = maker.remainingLots - lots;
    if (makerRemainingLots > 0) {
      this.#open.reduce(maker, lots);
    } else {
      this.#open.remove(maker);
      maker.remainingLots = 0;
    }
    events.push({
      type: 'filled',
      instrument: taker.instrument,
      maker: maker.id,
      makerAccount: maker.account,
      makerRemainingLots,
      taker: taker.id,
      takerAccount: taker.account,
      takerRemainingLots: taker.remainingLots,
      takerSide: taker.side,
      priceTicks: maker.priceTicks,
      lots,
    });
  }

  #bestLevel(taker: LiveOrder): PriceLevel | null {
    const book = this.#open.findBook(taker.instrument);
    if (book === undefined) return null;
    return taker.side === 'buy' ? book.asks.best : book.bids.best;
  }
}

const isCrossing = (taker: LiveOrder, level: PriceLevel): boolean =>
  taker.side === 'buy'
    ? level.priceTicks <= taker.priceTicks
    : level.priceTicks >= taker.priceTicks;

function endPlan(plan: Plan, end: Plan['end']): Plan {
  plan.end = end;
  return plan;
}

function fillOrKillFault(
  plan: Plan,
): 'self_trade' | 'fok_not_fillable' | 'fok_too_many_makers' | null {
  if (plan.end === 'own') return 'self_trade';
  if (plan.end === 'exhausted') return 'fok_not_fillable';
  // Planned with one fill more than a settlement takes, to tell these two apart.
  return plan.fills.length > FILLS_PER_SETTLEMENT_MAX ? 'fok_too_many_makers' : null;
}
