/** A market of benchmark size: 32 linear instruments, a million accounts, some thousand of them trading. */
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { encode } from '../../state/codec/layout.ts';
import { EXPIRY_SECOND_OF_DAY } from '../../state/constants.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { usdIsConserved } from '../../state/invariants.ts';
import { ACCOUNT, accountIdOf, ownerOf, type Account, type Position } from '../../state/records/account.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, type Instrument } from '../../state/records/instrument.ts';
import { OWNER, type Exposure } from '../../state/records/owner.ts';
import { POOL } from '../../state/records/pool.ts';
import { State, type RawRecord } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { NEW_ACCOUNT } from '../../state/transactions/deposit.ts';
import { mark } from '../../state/transactions/mark.ts';
import { encodeFlags, orderDigest, type SignedOrder } from '../../state/transactions/order.ts';
import { postPrices, reportDigest, type PricePoint } from '../../state/transactions/postPrices.ts';
import { QUANTITY } from '../../state/transactions/terms.ts';
import { trade } from '../../state/transactions/trade.ts';
import { SECONDS_PER_DAY, type AccountId, type Address } from '../../state/units.ts';
import { genesisRecords, type L1Binding, type Network } from '../../genesis/genesis.ts';
import { devnet } from '../../genesis/networks/devnet.ts';
import { addressOfKey, recover, signDigest } from '../../node/crypto/recover.ts';

const MONDAY = 1_772_409_600; // 2026-03-02 00:00 UTC
const UNDERLYINGS = 8;
const EXPIRIES = 3;
export const INSTRUMENTS = UNDERLYINGS * (1 + EXPIRIES);
export const POSITIONS = 20;
const CASH = 10n ** 12n; // A million dollars.
const PRICE = 400_000_000_000n; // 4,000 USD everywhere: what differs is not the point here.
const TICK = 1_000_000n;
const LOT = 1_000_000n;

export type Trader = Readonly<{ key: Uint8Array; address: Address; account: AccountId }>;

const seed = (name: string): Uint8Array => sha256(new TextEncoder().encode(name));
function trader(n: number): Trader {
  const key = seed(`trader ${n}`);
  const address = addressOfKey(key);
  return { key, address, account: accountIdOf(address, 0) };
}

/** mulberry32: the same market on every machine. */
export function randomFrom(start: number): (bound: number) => number {
  let state = start;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

const instrumentId = (n: number): number => 100 * (1 + Math.floor(n / (1 + EXPIRIES))) + (n % (1 + EXPIRIES));

function benchNetwork(publisher: Address): Network {
  const base = devnet(MONDAY, [publisher], 1);
  const risk = base.underlyings[1]!;
  return {
    ...base,
    underlyings: Array.from({ length: UNDERLYINGS + 1 }, (_, id) => {
      return { ...risk, id, symbol: `U${id}`, group: id % 3 };
    }),
    instruments: Array.from({ length: INSTRUMENTS }, (_, n) => {
      const month = n % (1 + EXPIRIES);
      return {
        instrument: instrumentId(n),
        symbol: `I${n}`,
        kind: month === 0 ? INSTRUMENT_KIND.perpetual : INSTRUMENT_KIND.future,
        underlying: 1 + Math.floor(n / (1 + EXPIRIES)),
        expiry: month === 0 ? 0 : MONDAY + 28 * month * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY,
        strike: 0n,
        tickSize: TICK,
        lotSize: LOT,
        openInterestCap: 2n ** 61n,
        maxOrderLots: 10n ** 7n,
      };
    }),
  };
}

/** Genesis with every instrument priced and marked: few records, no accounts. */
function pricedMarket(): State {
  const publisher = trader(-1);
  const l1: L1Binding = {
    chainId: 31_337,
    rollup: `0x${'aa'.repeat(20)}`,
    sequencer: publisher.address,
    tokens: Object.fromEntries([0, 1, 2, 3].map((i) => [i, `0x${`0${i + 1}`.repeat(20)}` as Address])),
  };
  const network = benchNetwork(publisher.address);
  const state = State.from(genesisRecords(network, l1));
  const points: PricePoint[] = network.instruments.map(({ underlying, expiry }) => ({ underlying, expiry, quantity: QUANTITY.price }));
  const prices = points.map(() => PRICE);
  const domain = fromHex(existing(state, CHAIN, 0).domainSeparator);
  const signature = signDigest(reportDigest(domain, points, MONDAY, prices), publisher.key);
  must(state, encodeTransaction(postPrices, { points, reports: [{ time: MONDAY, prices, signature }] }));
  for (let underlying = 1; underlying <= UNDERLYINGS; underlying++) {
    const instruments = network.instruments.filter((i) => i.underlying === underlying).map((i) => i.instrument);
    must(state, encodeTransaction(mark, { underlying, instruments, assets: [] }));
  }
  return state;
}

function must(state: State, bytes: Uint8Array): void {
  const { outcome } = applyTransaction(state, bytes, { recover });
  if (!outcome.ok) throw new Error(`refused: ${outcome.code} ${outcome.detail}`);
}

/** `count` positions of `size` lots, from instrument number `first` on, ascending by id. */
function positionsOf(first: number, count: number, size: bigint): Position[] {
  return Array.from({ length: count }, (_, i) => (first + i) % INSTRUMENTS)
    .sort((a, b) => a - b)
    .map((n) => ({
      instrument: instrumentId(n),
      size: n % 2 === 0 ? size : -size,
      quote: (n % 2 === 0 ? -size : size) * 40_000_000n,
      fundingIndex: 0n,
    }));
}

/** Four instruments an underlying, one owner an account. */
function exposuresOf(positions: readonly Position[]): Exposure[] {
  const units = new Map<number, bigint>();
  for (const { instrument, size } of positions) {
    const underlying = Math.floor(instrument / 100);
    units.set(underlying, (units.get(underlying) ?? 0n) + (size < 0n ? -size : size) * LOT);
  }
  return [...units].map(([underlying, sum]) => ({ underlying, units: sum }));
}

const ownerRecord = (id: AccountId, { positions }: Account): RawRecord => ({
  type: OWNER.type,
  id: OWNER.idBytes(ownerOf(id)),
  value: encode(OWNER.layout, { exposures: exposuresOf(positions) }),
});
/** An account and its owner. */
const raw = (id: AccountId, account: Account): RawRecord[] => [
  { type: ACCOUNT.type, id: ACCOUNT.idBytes(id), value: encode(ACCOUNT.layout, account) },
  ownerRecord(id, account),
];

export type BenchMarket = Readonly<{ state: State; traders: readonly Trader[] }>;

/**
 * `traders` accounts of 20 positions and `idle` accounts of `idlePositions`; every second account is
 * the mirror image of the one before, so that all positions and all dollars add up.
 */
export function benchMarket(traders: number, idle: number, idlePositions: number): BenchMarket {
  const market = pricedMarket();
  const people = Array.from({ length: traders }, (_, n) => trader(n));
  const longs = new Map<number, bigint>();
  const account = (n: number, count: number): Account => {
    const size = BigInt(1 + ((n >> 1) % 7)) * (n % 2 === 0 ? 1n : -1n);
    const positions = positionsOf((n >> 1) % INSTRUMENTS, count, size);
    for (const { instrument, size: lots } of positions) {
      if (lots > 0n) longs.set(instrument, (longs.get(instrument) ?? 0n) + lots);
    }
    return { ...NEW_ACCOUNT, cash: CASH, positions };
  };
  function* records(): Generator<RawRecord> {
    for (const [n, { account: id }] of people.entries()) yield* raw(id, account(n, POSITIONS));
    for (let n = 0; n < idle; n++) {
      const id = toHex(seed(`idle ${n}`).subarray(0, 21));
      yield* raw(id, account(n, idlePositions));
    }
    yield ownerRecord(FULL_ACCOUNT, fullAccount());
    for (const record of market.all()) {
      if (record.type !== INSTRUMENT.type && record.type !== POOL.type) yield record;
    }
    const deposited = CASH * BigInt(traders + idle);
    const pool = { ...existing(market, POOL, 0), cashPositive: deposited, deposited };
    yield { type: POOL.type, id: POOL.idBytes(0), value: encode(POOL.layout, pool) };
    for (const id of market.idsOf(INSTRUMENT)) {
      const listed: Instrument = { ...existing(market, INSTRUMENT, id), openInterest: longs.get(id) ?? 0n };
      yield { type: INSTRUMENT.type, id: INSTRUMENT.idBytes(id), value: encode(INSTRUMENT.layout, listed) };
    }
  }
  const state = State.from(records());
  if (usdIsConserved(state) !== null) throw new Error('the market was built with money missing');
  return { state, traders: people };
}

/** Of `fullAccount`, which is not in the state; its owner is. */
export const FULL_ACCOUNT = trader(-2).account;

/** An account of 32 positions, hedged in part, as margin sees it. */
export const fullAccount = (): Account => ({
  ...NEW_ACCOUNT,
  cash: CASH,
  positions: positionsOf(0, INSTRUMENTS, 3n).map((p, i) => ({ ...p, size: p.size * BigInt(1 + (i % 5)) })),
});

export type SignedTrade = Readonly<{
  bytes: Uint8Array;
  digests: readonly Uint8Array[];
  signers: readonly Address[];
}>;

/** A trade of one lot at the mark between two traders, both orders new and really signed. */
export function signTrades(
  { state, traders }: BenchMarket,
  count: number,
  random: (bound: number) => number,
): SignedTrade[] {
  const domain = fromHex(existing(state, CHAIN, 0).domainSeparator);
  return Array.from({ length: count }, (_, i) => {
    // Only among the twenty instruments that both mirror images of a pair hold.
    const first = random(traders.length >> 1) * 2;
    const instrument = instrumentId((first / 2 + random(POSITIONS)) % INSTRUMENTS);
    const other = partnerOf(first, traders.length, random);
    const digests: Uint8Array[] = [];
    const sign = (who: Trader, buy: boolean): SignedOrder => {
      const flags = { buy, timeInForce: 0, postOnly: false, reduceOnly: false } as const;
      const terms = {
        owner: who.address,
        subaccount: 0,
        flags: encodeFlags(flags),
        lots: BigInt(1 + (i % 3)),
        limitTicks: PRICE / TICK,
        nonce: BigInt(i),
        expiry: MONDAY + 3_600,
      };
      const digest = orderDigest(domain, { ...terms, instrument }, flags);
      digests.push(digest);
      return { ...terms, signature: signDigest(digest, who.key) };
    };
    const buys = random(2) === 0;
    const taker = sign(traders[first]!, buys);
    const maker = sign(traders[other]!, !buys);
    const bytes = encodeTransaction(trade, { instrument, taker, fills: [{ maker, lots: taker.lots }] });
    return { bytes, digests, signers: [taker.owner, maker.owner] };
  });
}

/** Another trader with the same instruments: their numbers differ by a multiple of 2 x 32. */
function partnerOf(first: number, traders: number, random: (bound: number) => number): number {
  const steps = Math.floor((traders - 1 - first) / (2 * INSTRUMENTS));
  return first + 1 + (steps === 0 ? 0 : random(steps)) * 2 * INSTRUMENTS;
}
