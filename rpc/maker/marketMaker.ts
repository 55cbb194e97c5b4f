/**
 * The devnet's market maker: quotes every perpetual and future, and a few options near the money, through
 * the public JSON-RPC, so that a newcomer's first order fills. It has no other door than everybody else.
 */
import type { Clock } from '../../node/ports/clock.ts';
import type { TidepoolClient } from '../client/client.ts';
import { positionsDefinition } from '../schema/account.ts';
import type { ResultOf } from '../schema/core.ts';
import { listDefinition, tickerDefinition } from '../schema/market.ts';
import type { ActionInput } from '../schema/tx.ts';
import type { Address } from '../../state/units.ts';
import { LINEAR_LEVELS, OPTION_LEVELS, quotesOf, type Level, type Quote } from './quotes.ts';

export type MakerOptions = Readonly<{
  client: TidepoolClient;
  key: Uint8Array;
  owner: Address;
  clock: Clock;
  refreshMillis: number;
  onTrouble: (what: string, error: unknown) => void;
}>;

type Listed = ResultOf<typeof listDefinition>['markets'][number];
type Terms = Readonly<{ market: string; tick: number; lot: number }>;
const isOpen = ({ status }: Listed): boolean => status === 'trading';
/** Of each underlying: a position in each still leaves room below the limit of positions. */
const OPTIONS_QUOTED = 4;
/** Seconds an order lives: a maker that stopped leaves no stale quotes. */
const LIFETIME_SECONDS = 120;

export class MarketMaker {
  readonly #o: MakerOptions;
  #cancel: (() => void) | null = null;
  #round: Promise<void> | null = null;
  #nonce = 0;
  #rounds = 0;

  constructor(options: MakerOptions) {
    this.#o = options;
  }

  start(): void {
    this.#cancel = this.#o.clock.interval(this.#o.refreshMillis, () => this.quote());
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#round;
  }

  /** Replaces all quotes once. Never throws: trouble is reported, and the next round tries again. */
  quote(): Promise<void> {
    return (this.#round ??= this.#quoteAll()
      .catch((error: unknown) => this.#o.onTrouble('the market maker could not quote', error))
      .finally(() => {
        this.#round = null;
      }));
  }

  async #quoteAll(): Promise<void> {
    const { client, owner } = this.#o;
    const [perpetuals, futures, { positions }] = await Promise.all([
      client.call(listDefinition, { kind: 'perpetual' }),
      client.call(listDefinition, { kind: 'future' }),
      client.call(positionsDefinition, { owner }),
    ]);
    const held = new Map(positions.map((p) => [p.market, Number(p.size)]));
    for (const market of [...perpetuals.markets, ...futures.markets]) {
      await this.#quoteMarket(market, held.get(market.market) ?? 0, LINEAR_LEVELS);
    }
    // Options one underlying a round: a ladder takes a signature for each of its orders.
    const underlyings = perpetuals.markets.map(({ underlying }) => underlying);
    const underlying = underlyings[this.#rounds++ % Math.max(1, underlyings.length)];
    if (underlying === undefined) return;
    for (const market of await this.#optionsOf(underlying)) {
      await this.#quoteMarket(market, held.get(market.market) ?? 0, OPTION_LEVELS);
    }
  }

  /** Calls and puts next to the money of the nearest expiry. */
  async #optionsOf(underlying: string): Promise<Listed[]> {
    const { markets } = await this.#o.client.call(listDefinition, { underlying, kind: 'option' });
    const nearest = Math.min(...markets.filter(isOpen).map(({ expiry }) => expiry ?? Infinity));
    const distance = ({ greeks }: Listed): number => Math.abs(Math.abs(Number(greeks.delta)) - 0.5);
    return markets
      .filter((m) => isOpen(m) && m.expiry === nearest && Number(m.markPrice) > 0)
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, OPTIONS_QUOTED);
  }

  async #quoteMarket(listed: Listed, position: number, levels: readonly Level[]): Promise<void> {
    if (!isOpen(listed)) return;
    const { client, key } = this.#o;
    const { market } = listed;
    const terms = { market, tick: Number(listed.tickSize), lot: Number(listed.stepSize) };
    const { markPrice, indexPrice } = await client.call(tickerDefinition, { market });
    const mark = Number(markPrice);
    if (mark === 0) return;
    await client.submit({ type: 'cancelAll', ...this.#head(), market }, key);
    const { tick, lot } = terms;
    const quotes = quotesOf({ mark, unitPrice: Number(indexPrice), tick, lot, position, levels });
    const actions = quotes.map((quote) => client.sign(this.#order(terms, quote), key));
    await client.submitAll(await Promise.all(actions));
  }

  #head(): { owner: Address; nonce: string; expiry: number } {
    const now = this.#o.clock.nowMillis();
    this.#nonce = Math.max(this.#nonce + 1, now);
    return {
      owner: this.#o.owner,
      nonce: String(this.#nonce),
      expiry: Math.floor(now / 1_000) + LIFETIME_SECONDS,
    };
  }

  #order({ market, tick, lot }: Terms, { side, priceTicks, lots }: Quote): ActionInput {
    return {
      type: 'order',
      ...this.#head(),
      market,
      side,
      size: decimal(lots, lot),
      price: decimal(priceTicks, tick),
      postOnly: true,
      selfTrade: 'cancelMaker',
    };
  }
}

/** count x step as an exact decimal string: step is a power of ten times a digit. */
function decimal(count: number, step: number): string {
  const places = Math.max(0, Math.ceil(-Math.log10(step)));
  return (count * step).toFixed(places);
}
