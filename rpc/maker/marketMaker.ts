/**
 * The devnet's market maker: quotes every perpetual and future through the public JSON-RPC, so that a
 * newcomer's first order fills. It has no other door than everybody else.
 */
import type { Clock } from '../../node/ports/clock.ts';
import type { TidepoolClient } from '../client/client.ts';
import { positionsDefinition } from '../schema/account.ts';
import { listDefinition, tickerDefinition } from '../schema/market.ts';
import type { ActionInput } from '../schema/tx.ts';
import type { Address } from '../../state/units.ts';
import { quotesOf, type Quote } from './quotes.ts';

export type MakerOptions = Readonly<{
  client: TidepoolClient;
  key: Uint8Array;
  owner: Address;
  clock: Clock;
  refreshMillis: number;
  onTrouble: (what: string, error: unknown) => void;
}>;

type Terms = Readonly<{ market: string; tick: number; lot: number }>;
/** Seconds an order lives: a maker that stopped leaves no stale quotes. */
const LIFETIME_SECONDS = 120;

export class MarketMaker {
  readonly #o: MakerOptions;
  #cancel: (() => void) | null = null;
  #round: Promise<void> | null = null;
  #nonce = 0;

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
    const markets = [...perpetuals.markets, ...futures.markets];
    const held = new Map(positions.map((p) => [p.market, Number(p.size)]));
    for (const { market, tickSize, stepSize, status } of markets) {
      if (status !== 'trading') continue;
      const terms = { market, tick: Number(tickSize), lot: Number(stepSize) };
      await this.#quoteMarket(terms, held.get(market) ?? 0);
    }
  }

  async #quoteMarket(terms: Terms, position: number): Promise<void> {
    const { client, key } = this.#o;
    const ticker = await client.call(tickerDefinition, { market: terms.market });
    const mark = Number(ticker.markPrice);
    if (mark === 0) return;
    await client.submit({ type: 'cancelAll', ...this.#head(), market: terms.market }, key);
    const quotes = quotesOf({ mark, tick: terms.tick, lot: terms.lot, position });
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
