/**
 * From what happens in the node to what subscribers hear. Nothing is told before it is durable, and
 * topics that nobody ever asked for cost nothing.
 */
import { getAddress } from 'viem/utils';
import { ACCOUNT, accountIdOf, ownerOf, subaccountOf } from '../../state/records/account.ts';
import type { AccountId, Address, Digest } from '../../state/units.ts';
import type { SealedBlock } from '../../node/chain/block.ts';
import type { Executed } from '../../node/chain/executor.ts';
import { concernedBy, isOfLiquidation, type FillEntry, type LiquidationEntry } from '../../node/sequencer/history.ts';
import type { MatchEvent } from '../../node/sequencer/matcher/events.ts';
import type { OrderRecord } from '../../node/sequencer/orderRecord.ts';
import { accountJson, fillJson, orderJson } from '../methods/accountViews.ts';
import { liquidationJson } from '../methods/auctionViews.ts';
import { blockJson } from '../methods/chain.ts';
import { bookOf, tradeJson } from '../methods/market.ts';
import type { Service } from '../methods/service.ts';
import { lotsText, ticksText } from '../methods/units.ts';
import { Hub, implementChannel } from './channel.ts';
import {
  accountChannel,
  bookChannel,
  fillsChannel,
  headsChannel,
  liquidationsChannel,
  ordersChannel,
  tradesChannel,
} from './channels.ts';

const SNAPSHOT_DEPTH = 1_000;
const MICROS_PER_MILLI = 1_000;

type AccountParams = Readonly<{ owner: string; subaccount: number }>;
const idOf = ({ owner, subaccount }: AccountParams): AccountId =>
  accountIdOf(owner.toLowerCase() as Address, subaccount);
const paramsOf = (account: AccountId): AccountParams => ({
  owner: getAddress(ownerOf(account)),
  subaccount: subaccountOf(account),
});

export class Feeds {
  readonly hub: Hub;
  readonly #service: Service;
  /** Markets and accounts that somebody has subscribed to since the start. */
  readonly #books = new Set<number>();
  readonly #trades = new Set<number>();
  readonly #accounts = new Set<AccountId>();
  #fills: FillEntry[] = [];
  #liquidations: LiquidationEntry[] = [];
  #isWatched = false;
  // What one turn brought. New ones for each: sets that live long keep what was in them (see `TurnoverMap`).
  #orders = new Set<Digest>();
  #changedAccounts = new Set<AccountId>();
  #changedBooks = new Set<number>();
  #scheduled = false;

  constructor(service: Service) {
    this.#service = service;
    const { node } = service;
    const { executor, clock } = node;
    // Numbers of this process lie above those of the one before it: who resumes across a restart
    // is told of the gap and gets a snapshot.
    this.hub = new Hub({ channels: this.#channels(), startSeq: clock.nowMillis() * MICROS_PER_MILLI });
    node.desk.onEvents((events) => this.#matched(events));
    node.desk.onRefill((records) => this.#refilled(records));
    executor.onStep((step) => this.#stepped(step));
    node.onBlock((block) => this.#sealed(block));
  }

  #channels() {
    const service = this.#service;
    const { node } = service;
    const { desk } = node;
    const follow = (params: AccountParams): void => void this.#accounts.add(idOf(params));
    return [
      implementChannel(headsChannel, {
        snapshot: () => {
          const { soft, posted, safe, final } = node.heads;
          return { at: service.at(), data: { soft, posted, safe, final } };
        },
      }),
      implementChannel(tradesChannel, {
        check: ({ market }) => void this.#trades.add(service.market(market).instrument),
      }),
      implementChannel(bookChannel, {
        check: ({ market }) => {
          const { instrument } = service.market(market);
          this.#books.add(instrument);
          desk.matcher.watch(instrument, true);
        },
        snapshot: ({ market }) => ({
          at: service.at(),
          data: bookOf(service, service.market(market), SNAPSHOT_DEPTH),
        }),
      }),
      implementChannel(ordersChannel, {
        check: follow,
        snapshot: (params) => ({
          at: service.at(),
          data: { orders: desk.open(idOf(params)).map((record) => orderJson(service, record)) },
        }),
      }),
      implementChannel(fillsChannel, { check: follow }),
      implementChannel(liquidationsChannel, { check: () => void (this.#isWatched = true) }),
      implementChannel(accountChannel, {
        check: follow,
        snapshot: (params) => ({ at: service.at(), data: { account: this.#accountOf(idOf(params)) } }),
      }),
    ];
  }

  #accountOf(id: AccountId) {
    const account = this.#service.node.executor.state.read(ACCOUNT, id);
    return account === undefined ? null : accountJson(this.#service, id, account);
  }

  #matched(events: readonly MatchEvent[]): void {
    for (const event of events) {
      if (this.#books.has(event.instrument)) this.#changedBooks.add(event.instrument);
      if (event.type === 'filled') {
        this.#orderChanged(event.taker, event.takerAccount);
        this.#orderChanged(event.maker, event.makerAccount);
      } else if (event.type !== 'rejected') this.#orderChanged(event.id, event.account);
    }
    if (this.#changedBooks.size > 0) this.#schedule();
  }

  /** What happened is not known; what is, is told. */
  #refilled(records: readonly OrderRecord[]): void {
    for (const instrument of this.#books) this.#changedBooks.add(instrument);
    for (const { digest, account } of records) this.#orderChanged(digest, account);
    if (this.#changedBooks.size > 0) this.#schedule();
  }

  #orderChanged(id: string, account: string): void {
    if (!this.#accounts.has(account as AccountId)) return;
    this.#orders.add(id as Digest);
    this.#schedule();
  }

  #stepped({ effects, sequence, height }: Executed): void {
    for (const effect of effects) {
      if (effect.kind !== 'fill') {
        if (isOfLiquidation(effect)) {
          this.#liquidated({ sequence, height, time: this.#service.node.executor.timestamp, ...effect });
        } else this.#accountChanged(effect.account);
        continue;
      }
      const isHeard =
        this.#trades.has(effect.instrument) ||
        this.#accounts.has(effect.taker) ||
        this.#accounts.has(effect.maker);
      if (!isHeard) continue;
      const time = this.#service.node.executor.timestamp;
      this.#fills.push({ sequence, height, time, ...effect });
      this.#accountChanged(effect.taker);
      this.#accountChanged(effect.maker);
      this.#schedule();
    }
  }

  #liquidated(entry: LiquidationEntry): void {
    for (const account of concernedBy(entry)) this.#accountChanged(account);
    if (!this.#isWatched) return;
    this.#liquidations.push(entry);
    this.#schedule();
  }

  #accountChanged(account: AccountId): void {
    if (!this.#accounts.has(account)) return;
    this.#changedAccounts.add(account);
    this.#schedule();
  }

  #sealed(block: SealedBlock): void {
    const { height, timestamp, firstSequence, transactionCount } = block.header;
    const at = {
      height,
      seq: firstSequence + transactionCount,
      safety: this.#service.safetyOf(height),
      time: timestamp,
    };
    this.hub.publish(headsChannel, {}, { at, data: blockJson(this.#service, block, false) });
  }

  /** What one turn of the event loop brought is told together, once the disk has it. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const told = this.#take();
      // A disk that fails stops the node; there is nothing to tell then.
      this.#service.node.store.flush().then(told, () => undefined);
    });
  }

  /** Gathers what is to be said about this moment, and returns the saying of it. */
  #take(): () => void {
    const service = this.#service;
    const { desk } = service.node;
    const at = service.at();
    const fills = this.#fills;
    const orders = [...this.#orders].flatMap((digest) => desk.recordOf(digest) ?? []);
    const accounts = [...this.#changedAccounts];
    const books = [...this.#changedBooks].map((instrument) => this.#bookChanges(instrument));
    const liquidations = this.#liquidations;
    this.#fills = [];
    this.#liquidations = [];
    this.#orders = new Set();
    this.#changedAccounts = new Set();
    this.#changedBooks = new Set();
    return () => {
      for (const entry of fills) this.#tellFill(entry, at);
      for (const entry of liquidations) {
        this.hub.publish(liquidationsChannel, {}, { at, data: liquidationJson(service, entry) });
      }
      for (const { market, bids, asks } of books) {
        if (bids.length + asks.length > 0) this.hub.publish(bookChannel, { market }, { at, data: { bids, asks } });
      }
      for (const record of orders) {
        this.hub.publish(ordersChannel, paramsOf(record.account), { at, data: orderJson(service, record) });
      }
      for (const id of accounts) {
        const account = this.#accountOf(id);
        if (account !== null) this.hub.publish(accountChannel, paramsOf(id), { at: service.at(), data: account });
      }
    };
  }

  #bookChanges(instrument: number) {
    const market = this.#service.directory.marketOf(instrument);
    const { changes } = this.#service.node.desk.matcher.drainChanges(instrument);
    const of = (side: 'buy' | 'sell') =>
      changes
        .filter((change) => change.side === side)
        .map(({ priceTicks, lots, orders }): [string, string, number] => [
          ticksText(priceTicks, market),
          lotsText(lots, market),
          orders,
        ]);
    return { market: market.symbol, bids: of('buy'), asks: of('sell') };
  }

  #tellFill(entry: FillEntry, at: ReturnType<Service['at']>): void {
    const { instrument, taker, maker } = entry;
    const market = this.#service.directory.marketOf(instrument);
    if (this.#trades.has(instrument)) {
      this.hub.publish(tradesChannel, { market: market.symbol }, { at, data: tradeJson(entry, market) });
    }
    for (const account of [taker, maker]) {
      if (!this.#accounts.has(account)) continue;
      const data = fillJson(this.#service, entry, account);
      this.hub.publish(fillsChannel, paramsOf(account), { at, data });
    }
  }
}
