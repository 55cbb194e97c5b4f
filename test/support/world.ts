/** A devnet state with signers: everything a test needs to build and apply real transactions. */
import { Draft, existing } from '../../state/access.ts';
import { concat, fromHex, toHex } from '../../state/codec/bytes.ts';
import { typedDigest } from '../../state/codec/typedData.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { encode } from '../../state/codec/layout.ts';
import { checkInvariants, usdIsConserved, type Breach } from '../../state/invariants.ts';
import { ACCOUNT, accountIdOf, type Account } from '../../state/records/account.ts';
import { CHAIN } from '../../state/records/chain.ts';
import {
  INSTRUMENT,
  INSTRUMENT_KIND,
  isOption,
  type Instrument,
  type InstrumentKind,
} from '../../state/records/instrument.ts';
import type { Kind, RecordId } from '../../state/records/kind.ts';
import { POOL, type Pool } from '../../state/records/pool.ts';
import { refusalName, type RefusalName } from '../../state/refusals.ts';
import { isqrt } from '../../state/math/q96.ts';
import { optionIdOf } from '../../state/pricing/chain.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { computeMargin, type Margin } from '../../state/risk/margin.ts';
import { State, type RawRecord } from '../../state/state.ts';
import { applyStateless, applyTransaction, type StepResult } from '../../state/transition.ts';
import type { ActionType } from '../../state/transactions/action.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { beginBlock } from '../../state/transactions/beginBlock.ts';
import { deposit } from '../../state/transactions/deposit.ts';
import { forced } from '../../state/transactions/forced.ts';
import { governance, type GovernanceAction } from '../../state/transactions/governance.ts';
import { mark } from '../../state/transactions/mark.ts';
import {
  encodeFlags,
  orderDigest,
  type OrderFlags,
  type SignedOrder,
} from '../../state/transactions/order.ts';
import { postPrices, reportDigest, type PricePoint } from '../../state/transactions/postPrices.ts';
import { roll } from '../../state/transactions/roll.ts';
import { QUANTITY } from '../../state/transactions/terms.ts';
import { trade } from '../../state/transactions/trade.ts';
import { SECONDS_PER_YEAR, WAD, type AccountId, type Address, type Seconds } from '../../state/units.ts';
import { genesisRecords, type L1Binding, type Network } from '../../genesis/genesis.ts';
import { devnet } from '../../genesis/networks/devnet.ts';
import { addressOfKey, recover, signDigest } from '../../node/crypto/recover.ts';
import { logStep, type Step } from './stepLog.ts';

export type { Step } from './stepLog.ts';

/** A key made from a name: tests talk of alice and bob. */
export type Person = Readonly<{ key: Uint8Array; address: Address; account: AccountId }>;
export function person(name: string): Person {
  const key = sha256(new TextEncoder().encode(name));
  const address = addressOfKey(key);
  return { key, address, account: accountIdOf(address, 0) };
}

export const alice = person('alice');
export const bob = person('bob');
export const carol = person('carol');
export const publishers = [person('publisher 1'), person('publisher 2'), person('publisher 3')];

/** 2026-03-02 00:00 UTC, a Monday. */
export const GENESIS_TIME = 1_772_409_600;
export const L1: L1Binding = {
  chainId: 31_337,
  rollup: `0x${'aa'.repeat(20)}`,
  sequencer: person('sequencer').address,
  tokens: Object.fromEntries([0, 1, 2, 3].map((i) => [i, `0x${`0${i + 1}`.repeat(20)}` as Address])),
};
export const BTC_PERP = 100;
export const ETH_PERP = 200;
export const SOL_PERP = 300;

/** The devnet with the publishers of tests, two of three. */
export const networkAt = (time: Seconds): Network => devnet(time, publishers.map((p) => p.address), 2);

/** Friday after genesis, 08:00 UTC: an expiry of options by rule. */
export const OPTION_EXPIRY = 1_772_784_000;
/** At-the-money volatility of slices [1e-2]. */
export const VOLATILITY = 60n;

/** theta, rho and psi as posted: flat volatility, skew -0.2, curvature 0.8 / sqrt(theta). */
export function sliceOf(volatility: bigint, life: Seconds): [bigint, bigint, bigint] {
  const theta = (volatility * volatility * WAD * BigInt(life)) / (10_000n * BigInt(SECONDS_PER_YEAR));
  return [theta, (8n * WAD) / 10n, (8n * isqrt(theta * WAD)) / 10n];
}

/** Index prices of the devnet underlyings [1e-8 USD]. */
export const PRICES: Readonly<Record<number, bigint>> = {
  0: 100_000_000n,
  1: 10_000_000_000_000n, // BTC 100,000
  2: 400_000_000_000n, // ETH 4,000
  3: 20_000_000_000n, // SOL 200
};

export type OrderTermsOf = Readonly<{
  who: Person;
  lots: bigint;
  ticks: bigint;
  buy: boolean;
  instrument?: number;
  nonce?: bigint;
  expiry?: Seconds;
  subaccount?: number;
  signer?: Person;
}> &
  Partial<OrderFlags>;

const context = { recover };

export class World {
  readonly network: Network;
  readonly state: State;
  /** Every step so far: what an auditor would replay. */
  readonly steps: Step[] = [];
  private nonce = 0n;

  /** At genesis, or where another world of the network stands whose `records` these are. */
  constructor(
    time: Seconds = GENESIS_TIME,
    l1: L1Binding = L1,
    network: Network = networkAt(time),
    records: Iterable<RawRecord> = genesisRecords(network, l1),
  ) {
    this.network = network;
    this.state = State.from(records);
  }

  get now(): Seconds {
    return existing(this.state, CHAIN, 0).timestamp;
  }
  get domainSeparator(): Uint8Array {
    return fromHex(existing(this.state, CHAIN, 0).domainSeparator);
  }
  nextNonce(): bigint {
    return ++this.nonce;
  }
  account(id: AccountId): Account {
    return existing(this.state, ACCOUNT, id);
  }
  instrument(id: number): Instrument {
    return existing(this.state, INSTRUMENT, id);
  }
  get pool(): Pool {
    return existing(this.state, POOL, 0);
  }
  margin(id: AccountId): Margin {
    return computeMargin(new Draft(this.state), id, this.account(id));
  }

  /** Rewrites a record behind the protocol's back: for states that take long to reach. */
  edit<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, change: Partial<T>): void {
    const before = existing(this.state, kind, id);
    this.state.commit([{ kind, id, before, after: { ...before, ...change } }]);
  }

  /**
   * Applies one transaction and checks what must hold after every one: stateless equals stateful,
   * a refusal changes nothing but what it keeps, the dollars are all there.
   */
  apply(bytes: Uint8Array): StepResult {
    const before = this.state.root.slice();
    const result = applyTransaction(this.state, bytes, context, { witness: true });
    const again = applyStateless(before, bytes, result.witness!, context);
    if (toHex(again.root) !== toHex(result.root)) throw new Error('stateless root differs');
    if (JSON.stringify(again.outcome) !== JSON.stringify(result.outcome)) {
      throw new Error('stateless outcome differs');
    }
    const consumes = bytes[0] === forced.type || bytes[0] === governance.type;
    if (!result.outcome.ok && !consumes && toHex(before) !== toHex(result.root)) {
      throw new Error('a refusal changed the state');
    }
    const breach = usdIsConserved(this.state);
    if (breach !== null) throw new Error(`INV-${breach.invariant}: ${breach.detail}`);
    const { outcome, witness } = result;
    const step = { bytes, before, witness: witness!, outcome, root: result.root.slice() };
    this.steps.push(step);
    logStep(step);
    return result;
  }

  /** Applies what must be accepted. */
  accept(bytes: Uint8Array): StepResult {
    const result = this.apply(bytes);
    if (!result.outcome.ok) throw new Error(`refused ${JSON.stringify(result.outcome)}`);
    return result;
  }

  /** Applies what must be refused; its name. */
  refuse(bytes: Uint8Array): RefusalName | undefined {
    const { outcome } = this.apply(bytes);
    if (outcome.ok) throw new Error('accepted what should be refused');
    return refusalName(outcome.code);
  }

  breaches(): Breach[] {
    return checkInvariants(this.state);
  }

  /** Opens the next block `seconds` later. */
  block(seconds = 1): StepResult {
    const chain = existing(this.state, CHAIN, 0);
    return this.accept(
      encodeTransaction(beginBlock, {
        height: chain.height + 1,
        timestamp: chain.timestamp + seconds,
        anchorNumber: chain.anchorNumber,
        anchorHash: chain.anchorHash,
      }),
    );
  }

  deposit(to: AccountId, amount: bigint, asset = 0): StepResult {
    return this.accept(encodeTransaction(deposit, { asset, account: to, amount }));
  }

  governanceBytes<T>(action: GovernanceAction<T>, body: T): Uint8Array {
    return encodeTransaction(
      governance,
      concat(Uint8Array.of(action.action), encode(action.layout, body)),
    );
  }

  /** An action as it comes through the L1 inbox, sent there by `sender`. */
  forcedBytes(inner: Uint8Array, sender: Person = alice): Uint8Array {
    return encodeTransaction(forced, concat(fromHex(sender.address), inner));
  }

  /** Signed reports of the first `signers` publishers; forwards are the index, options get a slice. */
  pricesBytes(
    prices: Readonly<Record<number, bigint>> = PRICES,
    time = this.now,
    signers = 2,
    volatility = VOLATILITY,
  ): Uint8Array {
    const points: PricePoint[] = [];
    const values: bigint[] = [];
    for (const [id, price] of Object.entries(prices)) {
      const underlying = Number(id);
      points.push({ underlying, expiry: 0, quantity: QUANTITY.price });
      values.push(price);
      for (const [expiry, hasOptions] of this.expiriesOf(underlying, time)) {
        const term = [price, ...(hasOptions ? sliceOf(volatility, expiry - time) : [])];
        term.forEach((value, place) => {
          points.push({ underlying, expiry, quantity: place === 0 ? QUANTITY.price : place });
          values.push(value);
        });
      }
    }
    const digest = reportDigest(this.domainSeparator, points, time, values);
    const reports = publishers
      .slice(0, signers)
      .map(({ key }) => ({ time, prices: values, signature: signDigest(digest, key) }));
    return encodeTransaction(postPrices, { points, reports });
  }

  /** Live expiries of an underlying in order, and whether options are among their instruments. */
  private expiriesOf(underlying: number, time: Seconds): [Seconds, boolean][] {
    const expiries = new Map<Seconds, boolean>();
    for (const id of this.state.idsOf(INSTRUMENT)) {
      const instrument = this.instrument(id);
      if (instrument.underlying !== underlying || instrument.expiry <= time) continue;
      expiries.set(instrument.expiry, isOption(instrument) || expiries.get(instrument.expiry) === true);
    }
    return [...expiries].sort(([a], [b]) => a - b);
  }

  /** Lists calls and puts of BTC and posts their slice; ids of call and put by strike in dollars. */
  listOptions(strikes: readonly number[], expiry: Seconds = OPTION_EXPIRY): Readonly<Record<number, [call: number, put: number]>> {
    const { strikeStep } = existing(this.state, UNDERLYING, 1);
    const prices = strikes.map((usd) => BigInt(usd) * 10n ** 8n);
    this.accept(encodeTransaction(roll, { underlying: 1, expiry, strikes: prices }));
    this.tick();
    const idOf = (strike: bigint, kind: InstrumentKind): number => optionIdOf(1, expiry, strike, strikeStep, kind);
    return Object.fromEntries(
      prices.map((strike, i) => [
        strikes[i]!,
        [idOf(strike, INSTRUMENT_KIND.call), idOf(strike, INSTRUMENT_KIND.put)],
      ]),
    );
  }

  /** Marks what is live of an underlying; haircuts stay where they are unless their assets are named. */
  markBytes(underlying: number, assets: readonly number[] = []): Uint8Array {
    const instruments = [...this.state.idsOf(INSTRUMENT)].filter((id) => {
      const i = existing(this.state, INSTRUMENT, id);
      return i.underlying === underlying && (i.expiry === 0 || i.expiry > this.now);
    });
    return encodeTransaction(mark, { underlying, instruments, assets });
  }

  /** A block with fresh prices and marks for every market. */
  tick(prices: Readonly<Record<number, bigint>> = PRICES, seconds = 1): void {
    this.block(seconds);
    this.accept(this.pricesBytes(prices));
    for (const underlying of [1, 2, 3]) if (prices[underlying] !== undefined) this.accept(this.markBytes(underlying));
  }

  order(terms: OrderTermsOf): SignedOrder {
    const { who, lots, ticks, signer = who } = terms;
    const flags: OrderFlags = {
      buy: terms.buy,
      timeInForce: terms.timeInForce ?? 0,
      postOnly: terms.postOnly ?? false,
      reduceOnly: terms.reduceOnly ?? false,
    };
    const order = {
      owner: who.address,
      subaccount: terms.subaccount ?? 0,
      flags: encodeFlags(flags),
      lots,
      limitTicks: ticks,
      nonce: terms.nonce ?? this.nextNonce(),
      expiry: terms.expiry ?? this.now + 3_600,
    };
    const instrument = terms.instrument ?? BTC_PERP;
    const digest = orderDigest(this.domainSeparator, { ...order, instrument }, flags);
    return { ...order, signature: signDigest(digest, signer.key) };
  }

  tradeBytes(
    taker: SignedOrder,
    fills: readonly { maker: SignedOrder; lots: bigint }[],
    instrument = BTC_PERP,
  ): Uint8Array {
    return encodeTransaction(trade, { instrument, taker, fills });
  }

  /** `buyer` takes `lots` from `seller` at `ticks`. */
  tradeBetween(buyer: Person, seller: Person, lots: bigint, ticks: bigint, instrument = BTC_PERP): StepResult {
    const maker = this.order({ who: seller, lots, ticks, buy: false, instrument });
    const taker = this.order({ who: buyer, lots, ticks, buy: true, instrument });
    return this.apply(this.tradeBytes(taker, [{ maker, lots }], instrument));
  }

  /** Bytes of an owner-signed action; head fields and the signature may be overridden. */
  action<T>(type: ActionType<T>, who: Person, fields: Readonly<Record<string, unknown>>, signer = who): Uint8Array {
    const body = {
      owner: who.address,
      subaccount: 0,
      nonce: this.nextNonce(),
      expiry: this.now + 3_600,
      ...fields,
    };
    const digest = typedDigest(this.domainSeparator, type.typed, body);
    return encodeTransaction(type, { signature: signDigest(digest, signer.key), ...body } as T);
  }
}
