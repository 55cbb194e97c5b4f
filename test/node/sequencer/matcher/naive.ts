/** The matcher's plain twin: one array, sorted for every question; too plain to be wrong. */
import type { CancellationCode, RejectionCode } from '../../../../node/sequencer/matcher/codes.ts';
import type { MatchEvent } from '../../../../node/sequencer/matcher/events.ts';
import type { Depth, DepthLevel } from '../../../../node/sequencer/matcher/book.ts';
import type { Order, OrderInput, Side } from '../../../../node/sequencer/matcher/order.ts';
import type { MatcherPorts } from '../../../../node/sequencer/matcher/ports.ts';

type Entry = { input: OrderInput; sequence: number; left: number };
type Planned = { maker: Entry; lots: number };

const byAge = (a: Entry, b: Entry): number => a.sequence - b.sequence;
const asOrder = (e: Entry): Order => ({
  ...e.input,
  sequence: e.sequence,
  remainingLots: e.left,
});

export class NaiveMatcher {
  readonly #ports: MatcherPorts;
  readonly #limits: { account: number; instrument: number };
  #entries: Entry[] = [];
  #closed: number[] = [];
  #sequence = 1;
  #events: MatchEvent[] = [];

  constructor(ports: MatcherPorts, limits = { account: 1_000, instrument: 200_000 }) {
    this.#ports = ports;
    this.#limits = limits;
  }

  place(input: OrderInput, now: number): MatchEvent[] {
    return this.#collect(() => {
      this.#expire(now);
      this.#admit(input, null, now);
    });
  }

  replace(oldId: string, input: OrderInput, now: number): MatchEvent[] {
    return this.#collect(() => {
      this.#expire(now);
      const old = this.#entries.find((e) => e.input.id === oldId);
      if (old === undefined) return this.#reject(input, 'order_not_found');
      const same = (['account', 'instrument', 'side'] as const).every(
        (key) => old.input[key] === input[key],
      );
      return same ? this.#admit(input, old, now) : this.#reject(input, 'replace_mismatch');
    });
  }

  cancel(id: string): MatchEvent[] {
    return this.#collect(() => {
      const entry = this.#entries.find((e) => e.input.id === id);
      if (entry !== undefined) return this.#drop(entry, 'requested');
      this.#events.push({
        type: 'rejected',
        id,
        account: '',
        instrument: -1,
        code: 'order_not_found',
      });
    });
  }

  cancelAll(account: string, instrument?: number): MatchEvent[] {
    const isMeant = ({ input }: Entry): boolean =>
      input.account === account && (instrument === undefined || input.instrument === instrument);
    return this.#dropAll(this.#entries.filter(isMeant).sort(byAge), 'requested');
  }

  invalidate(account: string, noncesBelow: bigint): MatchEvent[] {
    const isMeant = ({ input }: Entry): boolean =>
      input.account === account && input.nonce < noncesBelow;
    return this.#dropAll(this.#entries.filter(isMeant).sort(byAge), 'nonce_invalidated');
  }

  expire(now: number): MatchEvent[] {
    return this.#collect(() => this.#expire(now));
  }

  closeInstrument(instrument: number): MatchEvent[] {
    this.#closed.push(instrument);
    const bids = this.#side(instrument, 'buy');
    return this.#dropAll([...bids, ...this.#side(instrument, 'sell')], 'instrument_closed');
  }

  positionChanged(account: string, instrument: number): MatchEvent[] {
    return this.#collect(() => this.#trim(account, instrument));
  }

  open(account: string): Order[] {
    return this.#entries.filter((e) => e.input.account === account).sort(byAge).map(asOrder);
  }

  openOrders(): Order[] {
    const instruments = [...new Set(this.#entries.map((e) => e.input.instrument))];
    const books = instruments
      .sort((a, b) => a - b)
      .map((i) => [...this.#side(i, 'buy'), ...this.#side(i, 'sell')]);
    return books.flat().map(asOrder);
  }

  l2(instrument: number, depth: number): Omit<Depth, 'sequence'> {
    const levels = (side: Side): DepthLevel[] => {
      const prices = new Map<number, { priceTicks: number; lots: number; orders: number }>();
      for (const { input, left } of this.#side(instrument, side)) {
        const { priceTicks } = input;
        const level = prices.get(priceTicks) ?? { priceTicks, lots: 0, orders: 0 };
        prices.set(priceTicks, { priceTicks, lots: level.lots + left, orders: level.orders + 1 });
      }
      return [...prices.values()].slice(0, depth);
    };
    return { bids: levels('buy'), asks: levels('sell') };
  }

  /** One side of a book, best price first, oldest first. */
  #side(instrument: number, side: Side): Entry[] {
    const sign = side === 'buy' ? -1 : 1;
    return this.#entries
      .filter((e) => e.input.instrument === instrument && e.input.side === side)
      .sort((a, b) => sign * (a.input.priceTicks - b.input.priceTicks) || byAge(a, b));
  }

  /** The open orders this one may trade with, in priority order. */
  #crossing({ input }: Entry): Entry[] {
    const isBuy = input.side === 'buy';
    return this.#side(input.instrument, isBuy ? 'sell' : 'buy').filter((e) =>
      isBuy ? e.input.priceTicks <= input.priceTicks : e.input.priceTicks >= input.priceTicks,
    );
  }

  #reducible({ input }: Entry): number {
    const position = this.#ports.positionOf(input.account, input.instrument);
    return Math.max(0, input.side === 'buy' ? -position : position);
  }

  #admit(input: OrderInput, old: Entry | null, now: number): void {
    const entry: Entry = { input, sequence: this.#sequence, left: input.lots };
    const code = this.#checkForm(entry, now) ?? this.#checkRoom(entry, old);
    if (code !== null) return this.#reject(input, code);
    const unmatchable = this.#checkMatch(entry);
    if (unmatchable !== null) return this.#reject(input, unmatchable);
    const keepsPlace =
      old !== null &&
      input.timeInForce === 'gtc' &&
      input.priceTicks === old.input.priceTicks &&
      input.lots <= old.left;
    if (keepsPlace) entry.sequence = old.sequence;
    else this.#sequence += 1;
    const { id, account, instrument, lots } = input;
    const replaces = old?.input.id ?? null;
    const { sequence } = entry;
    this.#events.push({ type: 'accepted', id, account, instrument, sequence, lots, replaces });
    if (keepsPlace && input.reduceOnly) this.#clip(entry);
    if (old !== null) this.#drop(old, 'replaced');
    if (!keepsPlace && input.timeInForce === 'fok') this.#fillOrKill(entry);
    if (!keepsPlace && input.timeInForce !== 'fok') this.#fill(entry);
    if (entry.left === 0) return;
    if (input.timeInForce !== 'gtc') return this.#drop(entry, 'unfilled_remainder');
    this.#entries.push(entry);
    const { side, priceTicks } = input;
    this.#events.push({
      type: 'rested',
      id,
      account,
      instrument,
      side,
      priceTicks,
      lots: entry.left,
    });
  }

  #checkForm({ input }: Entry, now: number): RejectionCode | null {
    const isBad = (n: number): boolean => !Number.isSafeInteger(n) || n < 1 || n >= 2 ** 47;
    if (this.#entries.some((e) => e.input.id === input.id)) return 'duplicate_order_id';
    if (this.#closed.includes(input.instrument)) return 'instrument_closed';
    if (isBad(input.lots)) return 'size_out_of_range';
    if (isBad(input.priceTicks)) return 'price_out_of_range';
    if (!Number.isSafeInteger(input.expirySeconds)) return 'expiry_out_of_range';
    if (input.expirySeconds <= now) return 'expired';
    if (input.postOnly && input.timeInForce !== 'gtc') return 'post_only_needs_gtc';
    return null;
  }

  #checkRoom({ input }: Entry, old: Entry | null): RejectionCode | null {
    const others = this.#entries.filter((e) => e !== old);
    const mine = others.filter((e) => e.input.account === input.account);
    const { clientOrderId } = input;
    const isTaken = mine.some((e) => e.input.clientOrderId === clientOrderId);
    if (clientOrderId !== undefined && isTaken) return 'duplicate_client_order_id';
    if (input.timeInForce !== 'gtc') return null;
    if (mine.length >= this.#limits.account) return 'too_many_open_orders';
    const here = others.filter((e) => e.input.instrument === input.instrument);
    if (here.length >= this.#limits.instrument) return 'book_full';
    const level = here.filter(
      (e) => e.input.side === input.side && e.input.priceTicks === input.priceTicks,
    );
    const lots = level.reduce((sum, e) => sum + BigInt(e.left), BigInt(input.lots));
    return lots > BigInt(Number.MAX_SAFE_INTEGER) ? 'level_full' : null;
  }

  #checkMatch(entry: Entry): RejectionCode | null {
    const { input } = entry;
    if (input.reduceOnly && this.#reducible(entry) === 0) return 'reduce_only_no_position';
    const first = this.#crossing(entry).find((e) => !e.input.reduceOnly || this.#clip(e));
    if (first !== undefined && input.postOnly) return 'post_only_would_cross';
    if (input.timeInForce === 'fok') {
      if (input.reduceOnly && this.#reducible(entry) < input.lots) return 'fok_not_fillable';
      return this.#plan(entry, 9).fault;
    }
    const isOwn = first?.input.account === input.account;
    return isOwn && input.selfTrade === 'cancelTaker' ? 'self_trade' : null;
  }

  #plan(taker: Entry, fillsMax: number) {
    const fills: Planned[] = [];
    const own: Entry[] = [];
    let wanted = taker.left;
    let isStopped = false;
    for (const maker of this.#crossing(taker)) {
      if (wanted === 0 || fills.length === fillsMax || isStopped) break;
      if (maker.input.account === taker.input.account) {
        own.push(maker);
        const { timeInForce, selfTrade } = taker.input;
        isStopped = timeInForce !== 'fok' || selfTrade !== 'cancelMaker';
      } else if (!maker.input.reduceOnly || this.#clip(maker)) {
        const moved = fills
          .filter((f) => f.maker.input.account === maker.input.account)
          .reduce((sum, f) => sum + f.lots, 0);
        const room = maker.input.reduceOnly ? this.#reducible(maker) - moved : Infinity;
        const lots = Math.min(wanted, maker.left, Math.max(0, room));
        if (lots > 0) fills.push({ maker, lots });
        wanted -= lots;
      }
    }
    let fault: 'self_trade' | 'fok_not_fillable' | 'fok_too_many_makers' | null = null;
    if (isStopped) fault = 'self_trade';
    else if (fills.length > 8) fault = 'fok_too_many_makers';
    else if (wanted > 0) fault = 'fok_not_fillable';
    return { fills, own, fault };
  }

  #fill(taker: Entry): void {
    let fillsMax = 8;
    while (taker.left > 0) {
      if (taker.input.reduceOnly && !this.#clip(taker)) return;
      const { fills, own } = this.#plan(taker, fillsMax);
      if (fills.length === 0 && own.length === 0) return;
      if (fills.length > 0) {
        const split = this.#settle(taker, fills);
        if (split !== null) fillsMax = Math.max(1, Math.min(split, fills.length - 1));
      } else {
        if (taker.input.selfTrade !== 'cancelTaker') this.#drop(own[0]!, 'self_trade');
        if (taker.input.selfTrade !== 'cancelMaker') this.#drop(taker, 'self_trade');
      }
    }
  }

  #fillOrKill(taker: Entry): void {
    while (taker.left > 0) {
      const { fills, own, fault } = this.#plan(taker, 9);
      if (fault !== null) return this.#drop(taker, fault);
      const before = this.#events.length;
      const split = this.#settle(taker, fills);
      if (split !== null) {
        if (taker.left > 0) this.#drop(taker, 'fok_too_many_makers');
        return;
      }
      const isFilled = this.#events[before]?.type === 'filled';
      if (isFilled) for (const e of own) if (this.#entries.includes(e)) this.#drop(e, 'self_trade');
    }
  }

  /** The number of fills to split into, or null. */
  #settle(taker: Entry, fills: Planned[]): number | null {
    const result = this.#ports.settle(
      asOrder(taker),
      fills.map(({ maker, lots }) => ({ maker: asOrder(maker), lots })),
    );
    if (!result.ok) {
      if (result.at === 'maker') {
        this.#drop(fills[result.index]!.maker, 'settlement_refused', result.reason);
      } else if (result.at === 'taker') {
        this.#drop(taker, 'settlement_refused', result.reason);
      } else {
        if (fills.length === 1) {
          this.#drop(taker, 'settlement_refused', 'one fill cannot be split');
        }
        return result.maxFills;
      }
      return null;
    }
    for (const { maker, lots } of fills) {
      taker.left -= lots;
      maker.left -= lots;
      if (maker.left === 0) this.#entries = this.#entries.filter((e) => e !== maker);
      this.#events.push({
        type: 'filled',
        instrument: taker.input.instrument,
        maker: maker.input.id,
        makerAccount: maker.input.account,
        makerRemainingLots: maker.left,
        taker: taker.input.id,
        takerAccount: taker.input.account,
        takerRemainingLots: taker.left,
        takerSide: taker.input.side,
        priceTicks: maker.input.priceTicks,
        lots,
      });
    }
    const parties = [taker, ...fills.map((f) => f.maker)];
    for (const { input } of parties) this.#trim(input.account, taker.input.instrument);
    return null;
  }

  #trim(account: string, instrument: number): void {
    for (const entry of [...this.#entries].sort(byAge)) {
      const { input } = entry;
      const isMeant = input.account === account && input.instrument === instrument;
      if (isMeant && input.reduceOnly) this.#clip(entry);
    }
  }

  #clip(entry: Entry): boolean {
    const reducible = this.#reducible(entry);
    if (reducible === 0) this.#drop(entry, 'reduce_only_no_position');
    if (reducible === 0) return false;
    const lots = entry.left - reducible;
    if (lots <= 0) return true;
    entry.left = reducible;
    const { id, account, instrument } = entry.input;
    this.#events.push({ type: 'clipped', id, account, instrument, lots, remainingLots: reducible });
    return true;
  }

  #expire(now: number): void {
    const due = this.#entries
      .filter((e) => e.input.expirySeconds <= now)
      .sort((a, b) => a.input.expirySeconds - b.input.expirySeconds || byAge(a, b));
    this.#entries = this.#entries.filter((e) => !due.includes(e));
    for (const { input, left } of due) {
      const { id, account, instrument } = input;
      this.#events.push({ type: 'expired', id, account, instrument, lots: left });
    }
  }

  #drop(entry: Entry, reason: CancellationCode, detail = ''): void {
    this.#entries = this.#entries.filter((e) => e !== entry);
    const { id, account, instrument } = entry.input;
    const lots = entry.left;
    entry.left = 0;
    this.#events.push({ type: 'cancelled', id, account, instrument, lots, reason, detail });
  }

  #dropAll(entries: Entry[], reason: CancellationCode): MatchEvent[] {
    return this.#collect(() => entries.forEach((entry) => this.#drop(entry, reason)));
  }

  #reject({ id, account, instrument }: OrderInput, code: RejectionCode): void {
    this.#events.push({ type: 'rejected', id, account, instrument, code });
  }

  #collect(run: () => void): MatchEvent[] {
    this.#events = [];
    run();
    return this.#events;
  }
}
