/** Random histories: what people, prices and time may do to a world, one operation at a time. */
import fc from 'fast-check';
import { settledCash } from '../../state/ledger/interest.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { ASSET_STATUS } from '../../state/records/asset.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../state/records/instrument.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { setAsset, type SetAsset } from '../../state/transactions/setAsset.ts';
import { setMode } from '../../state/transactions/setMode.ts';
import { settle } from '../../state/transactions/settle.ts';
import { transfer } from '../../state/transactions/transfer.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import { SETTLEMENT_WINDOW_SECONDS } from '../../state/constants.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { bidBytes, startBytes } from './distressed.ts';
import { alice, bob, carol, person, PRICES, World, type Person } from './world.ts';

export const CROWD = [alice, bob, carol, person('dave'), person('erin')];
const MARKETS = [100, 101, 102, 200, 201, 300];
const STRIKES = [90_000, 100_000, 110_000];
const who = fc.nat(CROWD.length - 1);
const asset = fc.constantFrom(0, 0, 0, 1, 2);
/** A share of a balance in percent; above 100 is too much. */
const share = fc.integer({ min: 1, max: 104 });

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
    seconds: fc.integer({ min: 1, max: 4_000 }),
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
  liquidate: fc.record({
    op: fc.constant('liquidate' as const),
    who,
    bidder: who,
    /** Of the price of BTC against where it began [1e-3]. */
    shock: fc.bigInt(-350n, 350n),
    /** Of the whole [1e-2], in each of three bids. */
    shares: fc.tuple(...[1, 2, 3].map(() => fc.bigInt(0n, 101n))),
    /** Between two bids. */
    seconds: fc.integer({ min: 0, max: 110 }),
  }),
  expire: fc.record({ op: fc.constant('expire' as const), at: fc.bigInt(-100n, 100n) }),
};
export type Operation = typeof OPERATIONS extends Record<string, fc.Arbitrary<infer T>> ? T : never;

export const operations = (length: number): fc.Arbitrary<Operation[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: OPERATIONS.deposit },
      { weight: 60, arbitrary: OPERATIONS.trade },
      { weight: 14, arbitrary: OPERATIONS.move },
      { weight: 5, arbitrary: OPERATIONS.transfer },
      { weight: 5, arbitrary: OPERATIONS.withdraw },
      { weight: 5, arbitrary: OPERATIONS.edge },
      { weight: 3, arbitrary: OPERATIONS.mode },
      { weight: 4, arbitrary: OPERATIONS.liquidate },
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
      case 'liquidate':
        return this.liquidate(operation);
      case 'expire':
        return this.expire(operation.at);
    }
  }

  /** A crash or a rally of BTC; waits until auctions may start, starts what it can, bids three times for one, and ends it, whether or not there is one. */
  private liquidate({ who: whose, bidder, shock, shares, seconds }: Extract<Operation, { op: 'liquidate' }>): void {
    this.prices = { ...this.prices, 1: (PRICES[1]! * (1_000n + shock)) / 1_000n };
    for (const wait of [100, 100, 100]) this.pass(wait);
    const starter = CROWD[(whose + 1) % CROWD.length]!.account;
    for (const { account } of CROWD) this.step(startBytes(account, starter));
    const isOnSale = ({ account }: Person): boolean => this.world.state.read(AUCTION, account) !== undefined;
    const { account } = CROWD.find(isOnSale) ?? CROWD[whose]!;
    for (const share of shares) {
      this.step(bidBytes(this.world, CROWD[bidder]!, account, (share * WAD) / 100n));
      this.pass(seconds);
    }
    this.step(encodeTransaction(endAuction, { account }));
  }

  /** A block with the prices of the last, marked. */
  private pass(seconds: number): void {
    const { world } = this;
    world.block(seconds);
    world.apply(world.pricesBytes(this.prices));
    for (const underlying of [1, 2, 3]) world.apply(world.markBytes(underlying));
  }

  private trade({ buyer, across, market: wanted, lots, away }: Extract<Operation, { op: 'trade' }>): void {
    const { world } = this;
    const seller = (buyer + across) % CROWD.length;
    const { status, underlying } = world.instrument(this.markets[wanted]!);
    const market = status === INSTRUMENT_STATUS.settled ? underlying * 100 : this.markets[wanted]!; // Then its perpetual.
    const { markPrice, tickSize } = world.instrument(market);
    const ticks = (markPrice + (markPrice * away) / 1_000n) / tickSize || 1n;
    const terms = { lots, ticks, instrument: market };
    const maker = world.order({ ...terms, who: CROWD[seller]!, buy: false });
    const taker = world.order({ ...terms, who: CROWD[buyer]!, buy: true });
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
      const holders = CROWD.map(({ account }) => account)
        .filter((a) => world.state.read(ACCOUNT, a)?.positions.some((p) => p.instrument === id))
        .sort();
      this.step(encodeTransaction(settle, { instrument: id, accounts: holders.slice(0, 2) }));
      this.step(encodeTransaction(settle, { instrument: id, accounts: holders.slice(2) }));
    }
  }
}
