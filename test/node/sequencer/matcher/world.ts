/** A settlement that keeps positions, checks every fill it is shown, and refuses as scripted. */
import * as assert from 'uvu/assert';
import type { Order, OrderInput } from '../../../../node/sequencer/matcher/order.ts';
import type { Fill, MatcherPorts, SettleResult } from '../../../../node/sequencer/matcher/ports.ts';

/** The second at which tests place their orders, before any expiry. */
export const NOW = 10;

/** Asked for one settlement of `fillCount` fills: what to answer. */
export type Script = (fillCount: number) => SettleResult;
export const accept: Script = () => ({ ok: true });

/** Answers from a list, around and around; every number means one answer. */
export function scripted(numbers: readonly number[]): Script {
  let next = 0;
  return (fillCount) => {
    const n = numbers.length === 0 ? 0 : numbers[next++ % numbers.length]!;
    const reason = `refused ${n}`;
    if (n === 1) return { ok: false, at: 'taker', reason };
    if (n === 2 || n === 3) return { ok: false, at: 'maker', index: n % fillCount, reason };
    if (n === 4) return { ok: false, at: 'split', maxFills: 3 };
    if (n === 5) return { ok: false, at: 'split', maxFills: 1 };
    return { ok: true };
  };
}

export class World implements MatcherPorts {
  readonly #positions = new Map<string, number>();
  readonly #script: Script;
  /** Lots of each settlement that went through, and how many fills it had. */
  readonly settled: { taker: string; lots: number; fills: number }[] = [];
  refusals = 0;

  constructor(script: Script = accept) {
    this.#script = script;
  }

  readonly positionOf = (account: string, instrument: number): number =>
    this.#positions.get(`${account}/${instrument}`) ?? 0;

  setPosition(account: string, instrument: number, lots: number): void {
    this.#positions.set(`${account}/${instrument}`, lots);
  }

  readonly settle = (taker: Order, fills: readonly Fill[]): SettleResult => {
    this.#checkFills(taker, fills);
    const result = this.#script(fills.length);
    if (!result.ok) {
      this.refusals += 1;
      return result;
    }
    let lots = 0;
    for (const fill of fills) {
      this.#trade(taker, fill.lots);
      this.#trade(fill.maker, fill.lots);
      lots += fill.lots;
    }
    this.settled.push({ taker: taker.id, lots, fills: fills.length });
    return result;
  };

  #checkFills(taker: Order, fills: readonly Fill[]): void {
    assert.ok(fills.length >= 1 && fills.length <= 8, 'one to eight fills');
    let lots = 0;
    let last: Order | null = null;
    for (const { maker, lots: part } of fills) {
      assert.ok(Number.isSafeInteger(part) && part >= 1, 'whole lots');
      assert.ok(part <= maker.remainingLots, 'a maker gives what it has');
      assert.is(maker.instrument, taker.instrument);
      assert.is.not(maker.side, taker.side);
      assert.is.not(maker.account, taker.account, 'nobody trades with themselves');
      const gap = taker.priceTicks - maker.priceTicks;
      assert.ok(taker.side === 'buy' ? gap >= 0 : gap <= 0, 'both limits hold');
      if (last !== null) assert.ok(isBefore(last, maker), 'makers come in priority order');
      last = maker;
      lots += part;
    }
    assert.ok(lots <= taker.remainingLots, 'a taker takes what it wants');
    const isWhole = taker.timeInForce !== 'fok' || lots === taker.lots;
    assert.ok(isWhole, 'fill or kill is settled whole');
  }

  #trade(order: Order, lots: number): void {
    const before = this.positionOf(order.account, order.instrument);
    const after = order.side === 'buy' ? before + lots : before - lots;
    if (order.reduceOnly) {
      assert.ok(Math.abs(after) < Math.abs(before), 'a reduce-only fill reduces');
      assert.ok(after === 0 || Math.sign(after) === Math.sign(before), 'and never flips');
    }
    this.setPosition(order.account, order.instrument, after);
  }
}

/** Does `a` come before `b` on their side of the book? */
export function isBefore(a: Order, b: Order): boolean {
  const gap = a.priceTicks - b.priceTicks;
  if (gap === 0) return a.sequence < b.sequence;
  return a.side === 'buy' ? gap > 0 : gap < 0;
}

/** A plain limit order, to be varied by name. */
export function order(id: string, change: Partial<OrderInput> = {}): OrderInput {
  return {
    id,
    account: 'alice:0',
    instrument: 1,
    side: 'buy',
    lots: 10,
    priceTicks: 100,
    timeInForce: 'gtc',
    postOnly: false,
    reduceOnly: false,
    expirySeconds: 1_000,
    selfTrade: 'cancelTaker',
    nonce: 1n,
    payload: null,
    ...change,
  };
}
