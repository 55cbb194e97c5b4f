/** Random histories: what people, prices and time may do to a world, one operation at a time. */
import fc from 'fast-check';
import { existing } from '../../state/access.ts';
import { settledCash } from '../../state/ledger/interest.ts';
import { distressOf } from '../../state/liquidation/distress.ts';
import { offerOf, opensAt } from '../../state/liquidation/offer.ts';
import { ACCOUNT, AUCTION_STATUS } from '../../state/records/account.ts';
import { ASSET_STATUS } from '../../state/records/asset.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../state/records/instrument.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { accountHash, ANY_STATE, bid } from '../../state/transactions/bid.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { setAsset, type SetAsset } from '../../state/transactions/setAsset.ts';
import { setMode } from '../../state/transactions/setMode.ts';
import { settle } from '../../state/transactions/settle.ts';
import { NOBODY, startAuction } from '../../state/transactions/startAuction.ts';
import { transfer } from '../../state/transactions/transfer.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import { SETTLEMENT_WINDOW_SECONDS } from '../../state/constants.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { alice, bob, carol, person, PRICES, World, type Person } from './world.ts';

export const CROWD = [alice, bob, carol, person('dave'), person('erin')];
/** Has as much as all of them together and more: lends leverage, and bids. */
export const BACKER = person('backer');
const MARKETS = [100, 101, 102, 200, 201, 300];
const STRIKES = [90_000, 100_000, 110_000];
const who = fc.nat(CROWD.length - 1);
const asset = fc.constantFrom(0, 0, 0, 1, 2);
/** Below 2^127: no price is above it. */
const ANY_PRICE = 2n ** 126n;
/** Between two posts while nothing happens: neither blocks nor prices are ever out. */
const QUIET_SECONDS = 60;
const MOST_TICKS = 12;
/** A share of a balance in percent; above 100 is too much. */
const share = fc.integer({ min: 1, max: 104 });

/** Of an account in auction [1e-18]. */
const portion = fc.oneof(fc.constant(WAD), fc.bigInt(0n, WAD + WAD / 10n), fc.bigInt(0n, WAD / 500n));

const OPERATIONS = {
  deposit: fc.record({ op: fc.constant('deposit' as const), who, asset, thousands: fc.bigInt(1n, 20n) }),
  trade: fc.record({
    op: fc.constant('trade' as const),
    buyer: who,
    /** That many places after the buyer; a full round is the buyer itself. */
    across: fc.integer({ min: 1, max: CROWD.length }),
    /** A listed instrument, then calls and puts by strike. */
    market: fc.nat(MARKETS.length + 2 * STRIKES.length - 1),
    lots: fc.bigInt(1n, 400n),
    /** Away from the mark [1e-3]; 0 half of the time. */
    away: fc.oneof(fc.constant(0n), fc.bigInt(-30n, 30n)),
  }),
  move: fc.record({
    op: fc.constant('move' as const),
    /** Of every price [1e-3], and how many seconds later. */
    drifts: fc.tuple(...[1, 2, 3].map(() => fc.bigInt(-120n, 120n))),
    seconds: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4_000 })),
    marked: fc.nat(3).map((x) => x > 0),
  }),
  transfer: fc.record({ op: fc.constant('transfer' as const), from: who, to: who, asset, share }),
  withdraw: fc.record({ op: fc.constant('withdraw' as const), who, asset, share }),
  edge: fc.record({ op: fc.constant('edge' as const), who }),
  mode: fc.record({ op: fc.constant('mode' as const), who, mode: fc.nat(3) }),
  govern: fc.record({
    op: fc.constant('govern' as const),
    asset: fc.constantFrom(1, 2),
    basePercent: fc.bigInt(0n, 50n),
    /** Closed to deposits once in four. */
    open: fc.nat(3).map((x) => x > 0),
    capThousands: fc.bigInt(0n, 500n),
  }),
  expire: fc.record({ op: fc.constant('expire' as const), at: fc.bigInt(-100n, 100n) }),
  /** As large a trade with the backer as initial margin allows, but for halves; then its price runs against it. */
  squeeze: fc.record({
    op: fc.constant('squeeze' as const),
    who,
    market: fc.constantFrom(0, 0, 1, 3, 5),
    buys: fc.boolean(),
    /** Of the price at each tick, until maintenance margin is lost. */
    percent: fc.bigInt(3n, 14n),
    /** Ticks after that. */
    beyond: fc.constantFrom(0, 0, 0, 1, 3),
    /** Long after the last outage, and put up for auction at once. */
    isCalm: fc.nat(3).map((x) => x > 0),
    starts: fc.nat(3).map((x) => x > 0),
    /** What the backer then bids for, one after the other, and the seconds before each. */
    bids: fc.array(fc.record({ share: portion, after: fc.integer({ min: 0, max: 400 }) }), { maxLength: 3 }),
  }),
  wait: fc.record({ op: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 700 }) }),
  /** Of the first account from `who` on that is below its maintenance margin, if any. */
  start: fc.record({ op: fc.constant('start' as const), who, starter: fc.nat(CROWD.length) }),
  /** On the first account from `who` on that is in auction, if any. */
  bid: fc.record({
    op: fc.constant('bid' as const),
    who,
    /** The backer where it is none of the crowd. */
    bidder: fc.nat(2 * CROWD.length),
    share: portion,
    /** Above the price of the offer; null: any price will do. */
    above: fc.constantFrom(null, null, null, 0n, 0n, -1n),
    expected: fc.constantFrom('any', 'any', 'any', 'this', 'this', 'other'),
    isForced: fc.nat(4).map((x) => x === 0),
  }),
  end: fc.record({ op: fc.constant('end' as const), who }),
};
export type Operation = typeof OPERATIONS extends Record<string, fc.Arbitrary<infer T>> ? T : never;

export const operations = (length: number): fc.Arbitrary<Operation[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: OPERATIONS.deposit },
      { weight: 40, arbitrary: OPERATIONS.trade },
      { weight: 8, arbitrary: OPERATIONS.move },
      { weight: 8, arbitrary: OPERATIONS.squeeze },
      { weight: 4, arbitrary: OPERATIONS.wait },
      { weight: 6, arbitrary: OPERATIONS.start },
      { weight: 16, arbitrary: OPERATIONS.bid },
      { weight: 3, arbitrary: OPERATIONS.end },
      { weight: 5, arbitrary: OPERATIONS.transfer },
      { weight: 5, arbitrary: OPERATIONS.withdraw },
      { weight: 5, arbitrary: OPERATIONS.edge },
      { weight: 3, arbitrary: OPERATIONS.mode },
      { weight: 1, arbitrary: OPERATIONS.govern },
      { weight: 1, arbitrary: OPERATIONS.expire },
    ) as fc.Arbitrary<Operation>,
    { minLength: length, maxLength: length, size: 'max' },
  );

/** Collateral assets by underlying: each of the devnet. */
const ASSETS_OF: Readonly<Record<number, readonly number[]>> = { 1: [2], 2: [1, 3], 3: [] };
/** Units of an asset that are worth about a thousand dollars. */
const THOUSAND_USD: Readonly<Record<number, bigint>> = { 0: 1_000_000_000n, 1: 250_000_000_000_000_000n, 2: 1_000_000n };

export class History {
  readonly world = new World();
  /** Called with each transaction before it is applied. */
  private readonly step: (bytes: Uint8Array) => void;
  private prices: Record<number, bigint> = { ...PRICES };
  private readonly markets: readonly number[];

  constructor(observe: (world: World, bytes: Uint8Array) => void = (world, bytes) => void world.apply(bytes)) {
    this.step = (bytes) => observe(this.world, bytes);
    this.world.tick();
    this.markets = [...MARKETS, ...Object.values(this.world.listOptions(STRIKES)).flat()];
    for (const { account } of CROWD.slice(0, 4)) this.world.deposit(account, 10_000_000_000n);
    // Mostly collateral: cash beyond need would leave lenders without interest.
    this.world.deposit(BACKER.account, 30n * THOUSAND_USD[0]!);
    this.world.deposit(BACKER.account, 400n * THOUSAND_USD[1]!, 1);
  }

  perform(operation: Operation): void {
    const { world } = this;
    const balance = (id: AccountId, asset_: number): bigint => {
      const account = world.state.read(ACCOUNT, id);
      if (asset_ === 0) return account?.cash ?? 0n;
      return account?.collaterals.find((c) => c.asset === asset_)?.balance ?? 0n;
    };
    const amountOf = (id: AccountId, asset_: number, percent: number): bigint => {
      const amount = (balance(id, asset_) * BigInt(percent)) / 100n;
      return amount > 0n ? amount : 0n;
    };
    switch (operation.op) {
      case 'deposit':
        world.deposit(
          CROWD[operation.who]!.account,
          operation.thousands * THOUSAND_USD[operation.asset]!,
          operation.asset,
        );
        return;
      case 'trade':
        return this.trade(operation);
      case 'move':
        this.prices = { ...PRICES };
        operation.drifts.forEach((drift, i) => (this.prices[i + 1]! += (PRICES[i + 1]! * drift) / 1_000n));
        world.block(operation.seconds);
        world.apply(world.pricesBytes(this.prices));
        if (operation.marked) for (const underlying of [1, 2, 3]) world.apply(world.markBytes(underlying, ASSETS_OF[underlying]));
        return;
      case 'transfer': {
        const from = CROWD[operation.from]!;
        const amount = amountOf(from.account, operation.asset, operation.share);
        const to = { toOwner: CROWD[operation.to]!.address, toSubaccount: 0 };
        return this.step(world.action(transfer, from, { asset: operation.asset, amount, ...to }));
      }
      case 'withdraw': {
        const from = CROWD[operation.who]!;
        const amount = amountOf(from.account, operation.asset, operation.share);
        return this.step(
          world.action(withdraw, from, { asset: operation.asset, amount, recipient: from.address }),
        );
      }
      case 'edge':
        return this.edge(CROWD[operation.who]!);
      case 'mode':
        return this.step(world.action(setMode, CROWD[operation.who]!, { mode: operation.mode }));
      case 'govern': {
        const { asset: id, basePercent, open, capThousands } = operation;
        const cap = capThousands * THOUSAND_USD[id]!;
        const body: SetAsset = {
          asset: id,
          status: open ? ASSET_STATUS.active : ASSET_STATUS.withdrawOnly,
          baseHaircut: (basePercent * WAD) / 100n,
          averageDailyVolume: 10n ** 12n,
          cap,
          accountCap: cap / 2n,
        };
        return this.step(world.governanceBytes(setAsset, body));
      }
      case 'expire':
        return this.expire(operation.at);
      case 'squeeze':
        return this.squeeze(operation);
      case 'wait':
        return this.wait(operation.seconds);
      case 'start': {
        const { account } = this.firstFrom(operation.who, (id) => this.isUnhealthy(id));
        const starter = CROWD[operation.starter]?.account ?? NOBODY;
        return this.step(encodeTransaction(startAuction, { account, starter }));
      }
      case 'bid':
        return this.bid(operation);
      case 'end': {
        const { account } = this.firstFrom(operation.who, (id) => world.account(id).auction !== AUCTION_STATUS.none);
        return this.step(encodeTransaction(endAuction, { account }));
      }
    }
  }

  private wait(seconds: number): void {
    for (let left = seconds; left > 0; left -= QUIET_SECONDS) this.quiet(Math.min(left, QUIET_SECONDS));
  }

  /** A block some seconds later, with prices and marks as they are. */
  private quiet(seconds: number): void {
    const { world } = this;
    world.block(seconds);
    world.apply(world.pricesBytes(this.prices));
    for (const underlying of [1, 2, 3]) world.apply(world.markBytes(underlying, ASSETS_OF[underlying]));
  }

  /** The first of the crowd from `place` on, all around, that exists and is so; else who is there. */
  private firstFrom(place: number, isSo: (id: AccountId) => boolean): Person {
    const around = CROWD.map((_, i) => CROWD[(place + i) % CROWD.length]!);
    const { state } = this.world;
    return around.find(({ account }) => state.read(ACCOUNT, account) !== undefined && isSo(account)) ?? around[0]!;
  }

  private bid({ who, bidder: wanted, share, above, expected, isForced }: Extract<Operation, { op: 'bid' }>): void {
    const { world } = this;
    const seller = this.firstFrom(who, (id) => world.account(id).auction !== AUCTION_STATUS.none);
    const account = world.state.read(ACCOUNT, seller.account);
    const hash = account === undefined ? ANY_STATE : accountHash(account);
    const price = this.priceOf(seller.account);
    const bytes = world.action(bid, CROWD[wanted] ?? BACKER, {
      fromOwner: seller.address,
      fromSubaccount: 0,
      share,
      maxPrice: above === null || price === null ? ANY_PRICE : price + above,
      expected: { any: ANY_STATE, this: hash, other: accountHash(world.account(BACKER.account)) }[expected],
    });
    this.step(isForced ? world.forcedBytes(bytes) : bytes);
  }

  /** What all of an account in auction costs right now [1e-6 USD]; null: it is not to be had. */
  private priceOf(id: AccountId): bigint | null {
    const { state } = this.world;
    const auction = state.read(AUCTION, id);
    if (auction === undefined) return null;
    const portfolio = loadPortfolio(state, id, existing(state, ACCOUNT, id));
    const elapsed = portfolio.now - opensAt(portfolio, existing(state, CHAIN, 0), auction.start);
    const offer = elapsed < 0 ? null : offerOf(auction, distressOf(portfolio), portfolio.parameters, elapsed);
    return offer === null ? null : offer.value - offer.fromAccount - offer.fromFund;
  }

  private trade({ buyer, across, market, lots, away }: Extract<Operation, { op: 'trade' }>): void {
    const seller = (buyer + across) % CROWD.length;
    this.fill(CROWD[buyer]!, CROWD[seller]!, market, lots, away);
  }

  private squeeze(operation: Extract<Operation, { op: 'squeeze' }>): void {
    const { world } = this;
    const { who: place, market, buys, percent, beyond, isCalm, starts, bids } = operation;
    const who = CROWD[place]!;
    if (isCalm) this.wait(400);
    for (let lots = 512n; lots > 0n; lots /= 2n) {
      if (buys) this.fill(who, BACKER, market, lots, 0n);
      else this.fill(BACKER, who, market, lots, 0n);
      if (world.steps.at(-1)!.outcome.ok) break;
    }
    if (world.state.read(ACCOUNT, who.account) === undefined) return;
    const { underlying } = world.instrument(this.markets[market]!);
    for (let ticks = 0, left = beyond; ticks < MOST_TICKS && left >= 0; ticks++) {
      this.prices[underlying]! += (this.prices[underlying]! * (buys ? -percent : percent)) / 100n;
      this.quiet(5);
      if (this.isUnhealthy(who.account)) left--;
    }
    if (!starts) return;
    this.step(encodeTransaction(startAuction, { account: who.account, starter: NOBODY }));
    for (const { share, after } of bids) {
      this.wait(after);
      this.bid({ op: 'bid', who: place, bidder: CROWD.length, share, above: null, expected: 'any', isForced: false });
    }
  }

  private isUnhealthy(id: AccountId): boolean {
    const { equity, maintenance } = this.world.margin(id);
    return equity < maintenance;
  }

  /** @param away from the mark [1e-3] */
  private fill(buyer: Person, seller: Person, wanted: number, lots: bigint, away: bigint): void {
    const { world } = this;
    const { status, underlying } = world.instrument(this.markets[wanted]!);
    const market = status === INSTRUMENT_STATUS.settled ? underlying * 100 : this.markets[wanted]!; // Then its perpetual.
    const { markPrice, tickSize } = world.instrument(market);
    const ticks = (markPrice + (markPrice * away) / 1_000n) / tickSize || 1n;
    const terms = { lots, ticks, instrument: market };
    const maker = world.order({ ...terms, who: seller, buy: false });
    const taker = world.order({ ...terms, who: buyer, buy: true });
    this.step(world.tradeBytes(taker, [{ maker, lots }], market));
  }

  /**
   * Takes out what is free and one micro-dollar more, then what is free, and brings it back: both
   * outcomes hang on every digit of the margin.
   */
  private edge(who: Person): void {
    const { world } = this;
    const account = world.state.read(ACCOUNT, who.account);
    if (account === undefined) return;
    const { initialEquity, initial } = world.margin(who.account);
    const free = initialEquity - initial;
    const cash = settledCash(account, world.pool);
    if (free <= 0n || free >= cash) return;
    for (const amount of [free + 1n, free]) {
      this.step(world.action(withdraw, who, { asset: 0, amount, recipient: who.address }));
    }
    if (world.account(who.account).cash === cash - free) world.deposit(who.account, free);
  }

  /** Lets the next expiry pass and settles everybody, a few at a time. */
  private expire(drift: bigint): void {
    const { world } = this;
    const expiries = [...world.state.idsOf(INSTRUMENT)]
      .map((id) => world.instrument(id))
      .filter((i) => i.expiry > 0 && i.status === INSTRUMENT_STATUS.trading)
      .map((i) => i.expiry);
    if (expiries.length === 0) return;
    const expiry = Math.min(...expiries);
    world.block(expiry - SETTLEMENT_WINDOW_SECONDS - world.now);
    for (const id of [1, 2, 3]) this.prices[id]! += (this.prices[id]! * drift) / 1_000n;
    for (const seconds of [600, 900, 300]) {
      world.block(seconds);
      world.accept(world.pricesBytes(this.prices));
    }
    for (const underlying of [1, 2, 3]) world.accept(world.markBytes(underlying));
    for (const id of [...world.state.idsOf(INSTRUMENT)]) {
      if (world.instrument(id).expiry !== expiry) continue;
      const holders = [...CROWD, BACKER].map(({ account }) => account)
        .filter((a) => world.state.read(ACCOUNT, a)?.positions.some((p) => p.instrument === id))
        .sort();
      this.step(encodeTransaction(settle, { instrument: id, accounts: holders.slice(0, 2) }));
      this.step(encodeTransaction(settle, { instrument: id, accounts: holders.slice(2) }));
    }
  }
}
