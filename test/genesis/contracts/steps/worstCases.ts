/**
 * For every kind of transaction the most expensive step to re-execute that its limits allow, in a
 * state of a hundred thousand accounts: most records, longest lists, both margins of every party.
 */
import { Draft, existing } from '../../../../state/access.ts';
import { concat, toHex } from '../../../../state/codec/bytes.ts';
import { encode } from '../../../../state/codec/layout.ts';
import {
  EXPIRY_SECOND_OF_DAY,
  CLAIM_FACTOR_FLOOR,
  CLAIM_FACTOR_START,
  MAX_ASSETS_PER_MARK,
  MAX_DELEVERAGED_PER_STEP,
  MAX_MARKS_PER_STEP,
  MAX_POSITIONS,
  MAX_PRICE_POINTS,
  MAX_PRUNES_PER_STEP,
  MAX_STRIKES_PER_ROLL,
  MAX_TERMS,
  SETTLEMENT_WINDOW_SECONDS,
} from '../../../../state/constants.ts';
import { sha256 } from '../../../../state/crypto/sha256.ts';
import { abs } from '../../../../state/math/integer.ts';
import { ACCOUNT, ownerOf, type Account, type Position } from '../../../../state/records/account.ts';
import { ASSET, type Asset } from '../../../../state/records/asset.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../../../../state/records/auction.ts';
import { CLAIM } from '../../../../state/records/claim.ts';
import { MARKET } from '../../../../state/records/market.ts';
import { CHAIN } from '../../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, INSTRUMENT_STATUS, type Instrument } from '../../../../state/records/instrument.ts';
import type { Kind, RecordId } from '../../../../state/records/kind.ts';
import { MACRO, type Macro } from '../../../../state/records/macro.ts';
import { ORDER } from '../../../../state/records/order.ts';
import { OWNER } from '../../../../state/records/owner.ts';
import { PART, partIdOf } from '../../../../state/records/part.ts';
import { PARAMETERS, PARAMETERS_PAGE, PUBLISHERS, PUBLISHERS_PAGE } from '../../../../state/records/parameters.ts';
import { POOL } from '../../../../state/records/pool.ts';
import { ROUND, type Round } from '../../../../state/records/round.ts';
import { STAKE, stakeIdOf } from '../../../../state/records/stake.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../../../../state/records/vault.ts';
import { REGIME, type Regime } from '../../../../state/records/regime.ts';
import { SESSION, sessionIdOf } from '../../../../state/records/session.ts';
import { UNDERLYING, type Term, type Underlying } from '../../../../state/records/underlying.ts';
import { State, type RawRecord } from '../../../../state/state.ts';
import { runStep } from '../../../../state/step.ts';
import { witnessOf } from '../../../../state/stepWitness.ts';
import { applyStateless } from '../../../../state/transition.ts';
import { encodeTransaction } from '../../../../state/transactions/all.ts';
import { authorizeSession } from '../../../../state/transactions/authorizeSession.ts';
import { beginBlock } from '../../../../state/transactions/beginBlock.ts';
import { absorb } from '../../../../state/transactions/absorb.ts';
import { accountHash, bid } from '../../../../state/transactions/bid.ts';
import { deposit, NEW_ACCOUNT } from '../../../../state/transactions/deposit.ts';
import { deleverage } from '../../../../state/transactions/deleverage.ts';
import { endAuction } from '../../../../state/transactions/endAuction.ts';
import { invalidateNonces } from '../../../../state/transactions/invalidateNonces.ts';
import { listInstrument } from '../../../../state/transactions/listInstrument.ts';
import { mark } from '../../../../state/transactions/mark.ts';
import { postPrices, reportDigest, type PricePoint } from '../../../../state/transactions/postPrices.ts';
import { QUANTITY } from '../../../../state/transactions/terms.ts';
import { prune } from '../../../../state/transactions/prune.ts';
import { redeemClaim } from '../../../../state/transactions/redeemClaim.ts';
import { revokeSession } from '../../../../state/transactions/revokeSession.ts';
import { roll } from '../../../../state/transactions/roll.ts';
import { setMode } from '../../../../state/transactions/setMode.ts';
import { setParameters } from '../../../../state/transactions/setParameters.ts';
import { settle } from '../../../../state/transactions/settle.ts';
import { socialize } from '../../../../state/transactions/socialize.ts';
import { startAuction } from '../../../../state/transactions/startAuction.ts';
import { transfer } from '../../../../state/transactions/transfer.ts';
import { vaultDeposit } from '../../../../state/transactions/vaultDeposit.ts';
import { vaultWithdraw } from '../../../../state/transactions/vaultWithdraw.ts';
import { withdraw } from '../../../../state/transactions/withdraw.ts';
import { newMacro } from '../../../../state/regime/prior.ts';
import { MAX_FILTER_DAYS, WARM_UP_HOURS } from '../../../../state/regime/model.ts';
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, WAD, type Digest } from '../../../../state/units.ts';
import { recover, signDigest } from '../../../../node/crypto/recover.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';
import { BTC_PERP, GENESIS_TIME, OPTION_EXPIRY, person, PRICES, World, type Person } from '../../../support/world.ts';

export type WorstCase = Readonly<{ kind: string; what: string; step: LoggedStep }>;

const IDLE_ACCOUNTS = 100_000;
const UNDERLYINGS = 8;
/** What an account was in auction for and has none of any more: one record beside its own. */
const SOLD_MARKET = 1;
const FIRST_UNDERLYING = 10;
const FIRST_ASSET = 20;
/** As many as a step marks, on the first underlying alone. */
const ASSETS_OF_ONE = 40;
/** Markets spread over all underlyings, and markets of the first one alone. */
const SPREAD = 1_000;
const SPREAD_COUNT = 72;
const OF_ONE = 2_000;
const OPTIONS_OF_ONE = 4_000;
const EXPIRED = 3_000;
/** Options spread over all underlyings. */
const SPREAD_OPTIONS = 5_000;
/** As many as a post prices, two records each beside those of the chain, its parameters, publishers, pool and macro series. */
const PRICED = 45;
const FIRST_PRICED = 100;
const CASH = 10n ** 13n;
/** 32 prices of eight underlyings fit this many reports into one transaction. */
const REPORTS = 11;
const FORWARDS = 3;
/** And so many of as many prices as there may be. */
const REPORTS_OF_ALL = 6;
/** Second of a day when expiries are settled if nothing was posted since half past seven, and the window of a bar is open. */
const SETTLED_AND_OPENED = EXPIRY_SECOND_OF_DAY + SECONDS_PER_HOUR - 240;

const reporters = Array.from({ length: 16 }, (_, i) => person(`reporter ${i}`));
const traders = Array.from({ length: 11 }, (_, i) => person(`trader ${i}`));
const TAKER = traders[0]!;
const [FULL, OTHER] = [traders[9]!, traders[10]!];
const SESSION_KEY = person('session key');
const bytesOf = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));
const hex = (text: string, length: number): Digest => toHex(bytesOf(text).subarray(0, length));

const raw = <T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, value: T): RawRecord => ({
  type: kind.type,
  id: kind.idBytes(id),
  value: encode(kind.layout, value),
});

/** Positions in `count` of the spread markets from the `first` on, long or short of five lots. */
const positions = (first: number, count: number, side: 1n | -1n, from = SPREAD): Position[] =>
  Array.from({ length: count }, (_, i) => {
    return { instrument: from + first + i, size: 5n * side, quote: -side, fundingIndex: 0n };
  });

/** A slice of 60 % of volatility with skew and curvature. */
function withSlice(term: Term): Term {
  const volatilityTime = term.expiry - 30 * SECONDS_PER_DAY;
  return { ...term, theta: 29_589_041_095_890_410n, rho: -2n * 10n ** 17n, psi: 137_600_000_000_000_000n, volatilityTime };
}

function crowd(marked: Instrument, priced: Underlying, collateral: Asset): RawRecord[] {
  const ids = Array.from({ length: UNDERLYINGS }, (_, i) => FIRST_UNDERLYING + i);
  const expired = { ...marked, kind: 1, expiry: priced.oracleTime, status: INSTRUMENT_STATUS.trading } as const;
  return [
    ...Array.from({ length: IDLE_ACCOUNTS }, (_, i) => raw(ACCOUNT, hex(`idle ${i}`, 21), NEW_ACCOUNT)),
    ...ids.map((id) => raw(UNDERLYING, id, { ...priced, terms: priced.terms.map(withSlice), lastSettlementExpiry: priced.oracleTime, lastSettlementPrice: priced.indexPrice })),
    ...ids.map((id, i) => raw(ASSET, FIRST_ASSET + i, { ...collateral, underlying: id, held: 10n ** 20n, deposited: 10n ** 20n })),
    ...Array.from({ length: MAX_ASSETS_PER_MARK }, (_, i) =>
      raw(ASSET, ASSETS_OF_ONE + i, { ...collateral, underlying: FIRST_UNDERLYING, held: 10n ** 20n, deposited: 10n ** 20n }),
    ),
    ...Array.from({ length: SPREAD_COUNT }, (_, i) =>
      raw(INSTRUMENT, SPREAD + i, { ...marked, underlying: FIRST_UNDERLYING + (i % UNDERLYINGS), openInterest: 10n ** 6n }),
    ),
    ...Array.from({ length: MAX_MARKS_PER_STEP }, (_, i) =>
      raw(INSTRUMENT, OF_ONE + i, { ...marked, underlying: FIRST_UNDERLYING, premium: 10n ** 15n, premiumNotional: 10n ** 9n, premiumWeighted: 10n ** 24n }),
    ),
    // Near the money, so that no price of theirs is found to be certain early.
    ...Array.from({ length: MAX_MARKS_PER_STEP }, (_, i) =>
      raw(INSTRUMENT, OPTIONS_OF_ONE + i, {
        ...marked,
        kind: i % 2 === 0 ? INSTRUMENT_KIND.call : INSTRUMENT_KIND.put,
        underlying: FIRST_UNDERLYING,
        expiry: priced.terms[0]!.expiry,
        strike: (priced.indexPrice * BigInt(176 + i)) / 200n,
      }),
    ),
    raw(INSTRUMENT, EXPIRED, { ...expired, underlying: FIRST_UNDERLYING, openInterest: 10n ** 6n }),
  ];
}

/** A world with markets, collaterals and holders that a genesis does not have. */
function crowdedWorld(): World {
  const world = new World();
  world.tick();
  const marked = world.instrument(BTC_PERP);
  const priced = existing(world.state, UNDERLYING, 1);
  const added = crowd(marked, priced, existing(world.state, ASSET, 1));
  (world as { state: State }).state = State.from([...world.state.all(), ...added]);
  world.edit(PUBLISHERS, PUBLISHERS_PAGE, { threshold: 1, members: reporters.map(({ address }) => address) });
  world.edit(PARAMETERS, PARAMETERS_PAGE, { makerFee: 0n, takerFee: 0n });
  markOptions(world);
  world.block(5);
  return world;
}

/** Marks the options of the first underlying, and lists the same under all of them, at whole ticks: a trade at the mark costs nobody. */
function markOptions(world: World): void {
  const instruments = optionsOfOne();
  world.accept(encodeTransaction(mark, { underlying: FIRST_UNDERLYING, instruments, assets: [] }));
  instruments.forEach((id, i) => {
    const marked = world.instrument(id);
    const ticks = marked.markPrice / marked.tickSize;
    const mark_ = { markPrice: ticks * marked.tickSize, markPerLot: ticks * marked.tickValue };
    const option = { ...marked, ...mark_, underlying: FIRST_UNDERLYING + (i % UNDERLYINGS), openInterest: 10n ** 6n };
    put(world, INSTRUMENT, SPREAD_OPTIONS + i, option);
  });
}
const optionsOfOne = (): number[] => Array.from({ length: MAX_MARKS_PER_STEP }, (_, i) => OPTIONS_OF_ONE + i);

function put<T, Id extends RecordId>({ state }: World, kind: Kind<T, Id>, id: Id, value: T): void {
  state.commit([{ kind, id, before: null, after: value }]);
}
/** An account that has something to lose, and its owner, with the same positions. */
function hold(world: World, who: Person, account: Partial<Account>): void {
  const reputation = { score: 10n ** 12n, feesPaid: 10n ** 9n, reputationTime: world.now - 3_600 };
  put(world, ACCOUNT, who.account, { ...NEW_ACCOUNT, ...reputation, ...account });
  const units = new Map<number, bigint>();
  for (const { instrument, size } of account.positions ?? []) {
    const { underlying, lotSize } = world.instrument(instrument);
    units.set(underlying, (units.get(underlying) ?? 0n) + abs(size) * lotSize);
  }
  const exposures = [...units].sort(([a], [b]) => a - b).map(([underlying, sum]) => ({ underlying, units: sum }));
  put(world, OWNER, who.address, { exposures });
}

/** The step of `bytes`, without taking it. */
function caseOf(world: World, kind: string, what: string, bytes: Uint8Array): WorstCase {
  const before = world.state.root.slice();
  const draft = new Draft(world.state);
  const outcome = runStep(draft, bytes, { recover });
  const witness = witnessOf(world.state, draft.touched);
  const { root } = applyStateless(before, bytes, witness, { recover });
  const step = { before, bytes, witness, root, refusal: outcome.ok ? 0 : outcome.code };
  const records = `${draft.touched.length} records`;
  const facts = [what, records, outcome.ok ? '' : `refused (${step.refusal})`].filter((fact) => fact !== '');
  return { kind, what: facts.join(', '), step };
}

/** Both parties are below initial margin and reduce: each margin is computed before and after. */
function tradeBytes(world: World, makers: readonly Person[], instrument: number): Uint8Array {
  const ticks = world.instrument(instrument).markPrice / world.instrument(instrument).tickSize;
  const terms = { ticks, instrument };
  const fills = makers.map((who) => ({ maker: world.order({ ...terms, who, lots: 1n, buy: true }), lots: 1n }));
  const taker = world.order({ ...terms, who: TAKER, lots: BigInt(makers.length), buy: false });
  return world.tradeBytes(taker, fills, instrument);
}

function tradeCases(world: World): WorstCase[] {
  const cases: WorstCase[] = [];
  const maker = traders[1]!;
  for (const count of [20, MAX_POSITIONS]) {
    hold(world, TAKER, { cash: -CASH, positions: positions(0, count, 1n) });
    hold(world, maker, { cash: -CASH, positions: positions(count - 1, count, -1n) });
    const bytes = tradeBytes(world, [maker], SPREAD + count - 1);
    cases.push(caseOf(world, 'trade', `two accounts of ${count} positions, ${2 * count - 1} markets`, bytes));
  }
  cases.push(optionTradeCase(world, maker));
  const makers = traders.slice(1, 9);
  const each = 6; // One more, and the records are too many.
  hold(world, TAKER, { cash: -CASH, positions: positions(0, 1 + each, 1n).map((p) => ({ ...p, size: 10n })) });
  makers.forEach((who, i) => {
    hold(world, who, { cash: -CASH, positions: [...positions(0, 1, -1n), ...positions(1 + each * (i + 1), each, -1n)] });
  });
  cases.push(caseOf(world, 'trade', 'eight makers of 7 positions', tradeBytes(world, makers, SPREAD)));
  return cases;
}

/** One party gains by every price that rises, the other by every one that falls; each closes a call. */
function optionTradeCase(world: World, maker: Person): WorstCase {
  const half = 10;
  const held = (first: number, side: 1n | -1n): Position[] => [
    ...positions(first, half, side),
    ...positions(first, half, side, SPREAD_OPTIONS).map((p, i) => ((first + i) % 2 === 0 ? p : { ...p, size: -p.size, quote: -p.quote })),
  ];
  hold(world, TAKER, { cash: -CASH, positions: held(1, 1n) });
  hold(world, maker, { cash: -CASH, positions: held(half, -1n) });
  const bytes = tradeBytes(world, [maker], SPREAD_OPTIONS + half);
  return caseOf(world, 'trade', 'two accounts of 20 positions, half of them options', bytes);
}

function actionCases(world: World): WorstCase[] {
  const collaterals = Array.from({ length: UNDERLYINGS }, (_, i) => ({ asset: FIRST_ASSET + i, balance: 10n ** 18n }));
  const full = { cash: CASH, collaterals, positions: positions(0, MAX_POSITIONS, 1n) };
  hold(world, FULL, full);
  hold(world, OTHER, full);
  const session = { scope: 3, expiry: world.now + 600, notionalCap: 0n, markets: [] };
  put(world, SESSION, sessionIdOf(FULL.account, SESSION_KEY.address), session);
  const what = 'of 32 positions and 8 collaterals';
  const withdrawal = world.action(withdraw, FULL, { asset: FIRST_ASSET, amount: 1n, recipient: FULL.address });
  const to = { toOwner: OTHER.address, toSubaccount: 0 };
  const markets = Array.from({ length: 16 }, (_, i) => i);
  const delegation = { key: OTHER.address, scope: 3, sessionExpiry: world.now + 60, notionalCap: 5n, markets };
  return [
    caseOf(world, 'forced', `a withdrawal ${what}`, world.forcedBytes(withdrawal)),
    caseOf(world, 'withdraw', what, withdrawal),
    caseOf(world, 'transfer', what, world.action(transfer, FULL, { asset: FIRST_ASSET, amount: 1n, ...to })),
    caseOf(world, 'setMode', what, world.action(setMode, FULL, { mode: 1 })),
    caseOf(world, 'authorizeSession', '16 markets', world.action(authorizeSession, FULL, delegation)),
    caseOf(world, 'revokeSession', '', world.action(revokeSession, FULL, { key: SESSION_KEY.address })),
    caseOf(world, 'invalidateNonces', '', world.action(invalidateNonces, FULL, { floor: 9n })),
  ];
}

/** Long, half of them options, each of which owes funding; the bidder has the same and the cash for all. */
function liquidationCases(world: World): WorstCase[] {
  const half = MAX_POSITIONS / 2;
  const options = positions(OPTIONS_OF_ONE - SPREAD, half, 1n);
  const held = [...positions(0, half, 1n), ...options].map((p) => ({ ...p, size: 1_000n, fundingIndex: -1_000_000n }));
  const collaterals = Array.from({ length: UNDERLYINGS }, (_, i) => ({ asset: FIRST_ASSET + i, balance: 10n ** 17n }));
  const ofEquity = (share: bigint): void => {
    hold(world, FULL, { collaterals, positions: held });
    const { equity, maintenance } = world.margin(FULL.account);
    hold(world, FULL, { cash: (maintenance * share) / 100n - equity, collaterals, positions: held });
  };
  hold(world, OTHER, { cash: CASH, collaterals, positions: held });
  const auction: Auction = {
    ...{ kind: AUCTION_KIND.solvent, start: world.now - 60, stepSeconds: 15n, bids: 1, sold: 0n, reserved: 1n },
    ...{ fundLeft: 10n ** 12n, value: 10n ** 9n, maintenance: 10n ** 9n, market: SOLD_MARKET },
  };
  const bidOn = (share: bigint): Uint8Array =>
    world.action(bid, OTHER, {
      ...{ fromOwner: FULL.address, fromSubaccount: 0, share, maxPrice: 2n ** 126n },
      expected: accountHash(world.account(FULL.account)),
    });
  const what = 'of 32 positions and 8 collaterals';
  const fund = { fundDay: Math.floor(world.now / SECONDS_PER_DAY), fundLimit: CASH, fundUsed: auction.fundLeft };
  put(world, MARKET, SOLD_MARKET, { auctioned: auction.maintenance, ...fund });
  world.edit(POOL, 0, { auctioned: auction.maintenance, insurance: CASH, deposited: world.pool.deposited + CASH });
  ofEquity(90n);
  const cases = [
    caseOf(world, 'startAuction', what, encodeTransaction(startAuction, { account: FULL.account, starter: OTHER.account })),
  ];
  put(world, AUCTION, FULL.account, auction);
  cases.push(caseOf(world, 'bid', `for a part ${what}`, bidOn(WAD)));
  ofEquity(-100n);
  put(world, AUCTION, FULL.account, { ...auction, kind: AUCTION_KIND.insolvent });
  cases.push(caseOf(world, 'bid', `for all ${what}`, bidOn(WAD)));
  cases.push(caseOf(world, 'forced', `a bid for a tenth ${what}`, world.forcedBytes(bidOn(WAD / 10n))));
  cases.push(...waterfallCases(world, held, collaterals, { ...auction, kind: AUCTION_KIND.insolvent, start: world.now - 600 }));
  ofEquity(200n);
  cases.push(caseOf(world, 'endAuction', what, encodeTransaction(endAuction, { account: FULL.account })));
  return cases;
}

const VAULT = 1;
/** Other markets of a holder that is weighed beside two of all the positions there may be. */
const LEFT_TO_WEIGH = 23;

/** Behind an insolvent auction: a vault that holds as much, and holders of the other side of the first market. */
function waterfallCases(
  world: World,
  held: readonly Position[],
  collaterals: Account['collaterals'],
  auction: Auction,
): WorstCase[] {
  const what = 'of 32 positions and 8 collaterals';
  const vault: Person = { ...OTHER, account: vaultAccountOf(VAULT), address: ownerOf(vaultAccountOf(VAULT)) };
  hold(world, vault, { cash: CASH, collaterals, positions: held });
  const terms = { operator: `0x${'00'.repeat(20)}` as const, lossCap: 10n ** 20n, lockSeconds: 0n };
  put(world, BACKSTOP_VAULT, VAULT, { ...terms, shares: 10n ** 12n, day: 0, dayValue: 0n });
  put(world, STAKE, stakeIdOf(VAULT, OTHER.account), { shares: 10n ** 9n, lockedUntil: 0 });
  put(world, AUCTION, FULL.account, auction);
  const [{ instrument }] = held as [Position];
  const ids = Array.from({ length: MAX_DELEVERAGED_PER_STEP }, (_, i) => person(`holder ${i}`));
  for (const who of ids) hold(world, who, { cash: CASH, positions: [{ ...held[0]!, size: -1_000n, quote: 10n ** 12n }] });
  const holders = ids.map(({ account }) => account).sort();
  const deleverageOf = (count: number): Uint8Array =>
    encodeTransaction(deleverage, { account: FULL.account, instrument, holders: holders.slice(0, count) });
  const cases = [
    caseOf(world, 'absorb', `${what} by a vault with as much`, encodeTransaction(absorb, { vault: VAULT, account: FULL.account, share: WAD })),
    caseOf(world, 'deleverage', `a position ${what} with ${MAX_DELEVERAGED_PER_STEP} holders`, deleverageOf(MAX_DELEVERAGED_PER_STEP)),
  ];
  const { status, markPerLot } = world.instrument(instrument);
  // Few lots hedge nothing, so that all are closed and some of the rest.
  const all = 1_000n * BigInt(holders.length);
  const round: Round = {
    ...{ account: FULL.account, number: 1n, lots: 1_000n, openInterest: all, weighed: all, free: 30n * BigInt(holders.length) },
    ...{ markPerLot, haircutPerLot: 10n ** 6n, status },
  };
  put(world, ROUND, instrument, round);
  // Each has a claim, of two scales ago, of which something has been recovered.
  const claim = { amount: 10n ** 12n, factor: CLAIM_FACTOR_START, scale: 0 };
  const claims = claim.amount * BigInt(holders.length);
  const { deposited } = world.pool;
  world.edit(POOL, 0, { claims, claimFactor: CLAIM_FACTOR_FLOOR, claimScale: 2, recovery: claims, deposited: deposited + claims });
  for (const holder of holders) {
    put(world, PART, partIdOf(instrument, holder), { round: 1n, free: 30n });
    put(world, CLAIM, holder, claim);
  }
  cases.push(caseOf(world, 'deleverage', `a round that is on, ${MAX_DELEVERAGED_PER_STEP} holders close`, deleverageOf(MAX_DELEVERAGED_PER_STEP)));
  put(world, ROUND, instrument, { ...round, number: 2n, weighed: 0n, free: 0n });
  const markets = [...positions(1, SPREAD_COUNT - 1, 1n), ...positions(0, MAX_MARKS_PER_STEP, 1n, SPREAD_OPTIONS)];
  holders.slice(0, 3).forEach((holder, i) => {
    const others = markets.slice(i * (MAX_POSITIONS - 1)).slice(0, i === 2 ? LEFT_TO_WEIGH : MAX_POSITIONS - 1);
    hold(world, ids.find(({ account }) => account === holder)!, { cash: CASH, positions: [{ ...held[0]!, size: -1_000n }, ...others] });
  });
  cases.push(caseOf(world, 'deleverage', 'two holders of 32 positions and one of 24 are weighed', deleverageOf(3)));
  world.state.commit([{ kind: ROUND, id: instrument, before: round, after: undefined }]);
  hold(world, ids[0]!, { cash: -CASH });
  const [{ account: broke }] = ids as [Person];
  cases.push(caseOf(world, 'redeemClaim', 'after two scales', world.action(redeemClaim, OTHER, { toOwner: ownerOf(holders[0]!), toSubaccount: 0 })));
  cases.push(caseOf(world, 'socialize', 'more than the fund has', encodeTransaction(socialize, { account: broke })));
  const shares = { vault: VAULT, shares: 10n ** 8n };
  cases.push(caseOf(world, 'vaultDeposit', `${what}, as has the vault`, world.action(vaultDeposit, OTHER, { vault: VAULT, amount: 10n ** 9n })));
  cases.push(caseOf(world, 'vaultWithdraw', `the vault ${what}`, world.action(vaultWithdraw, OTHER, shares)));
  return cases;
}

function priceBytes(world: World): Uint8Array {
  const points: PricePoint[] = Array.from({ length: UNDERLYINGS }, (_, i) => FIRST_UNDERLYING + i).flatMap((underlying) =>
    Array.from({ length: 1 + FORWARDS }, (_, month) => {
      return { underlying, expiry: month === 0 ? 0 : world.now + month * 86_400, quantity: QUANTITY.price };
    }),
  );
  return postBytes(world, points, REPORTS);
}

/** The same price of every point, reported by so many. */
function postBytes(world: World, points: readonly PricePoint[], count: number): Uint8Array {
  const prices = points.map(() => PRICES[1]! + 10n ** 9n);
  const digest = reportDigest(world.domainSeparator, points, world.now, prices);
  const reports = reporters
    .slice(0, count)
    .map(({ key }) => ({ time: world.now, prices, signature: signDigest(digest, key) }));
  return encodeTransaction(postPrices, { points, reports });
}

function marketCases(world: World): WorstCase[] {
  const instruments = Array.from({ length: MAX_MARKS_PER_STEP }, (_, i) => OF_ONE + i);
  const assets = Array.from({ length: MAX_ASSETS_PER_MARK }, (_, i) => ASSETS_OF_ONE + i);
  const { strikeStep, indexPrice } = existing(world.state, UNDERLYING, 1);
  const strikes = Array.from({ length: MAX_STRIKES_PER_ROLL }, (_, i) => (indexPrice / strikeStep + BigInt(i)) * strikeStep);
  const holders = traders.slice(0, 8).sort((a, b) => (a.account < b.account ? -1 : 1));
  for (const who of holders) {
    const expired = { instrument: EXPIRED, size: 5n, quote: -5n, fundingIndex: -7n };
    hold(world, who, { cash: CASH, positions: [...positions(0, MAX_POSITIONS - 1, 1n), expired] });
  }
  const digests = Array.from({ length: MAX_PRUNES_PER_STEP }, (_, i) => hex(`order ${i}`, 32));
  for (const digest of digests) put(world, ORDER, digest, { filled: 1n, expiry: 1 });
  return [
    caseOf(world, 'postPrices', `32 prices by ${REPORTS} publishers`, priceBytes(world)),
    caseOf(world, 'mark', `${MAX_MARKS_PER_STEP} perpetuals, 8 assets`, encodeTransaction(mark, { underlying: FIRST_UNDERLYING, instruments, assets })),
    caseOf(world, 'mark', `${MAX_MARKS_PER_STEP} options, 8 assets`, encodeTransaction(mark, { underlying: FIRST_UNDERLYING, instruments: optionsOfOne(), assets })),
    caseOf(world, 'roll', '32 strikes', encodeTransaction(roll, { underlying: 1, expiry: OPTION_EXPIRY, strikes })),
    caseOf(
      world,
      'settle',
      '8 accounts of 32 positions',
      encodeTransaction(settle, { instrument: EXPIRED, accounts: holders.map(({ account }) => account) }),
    ),
    caseOf(world, 'prune', '32 orders', encodeTransaction(prune, { orders: digests, sessions: [], instruments: [] })),
  ];
}

/**
 * Posts that end a bar and a day of every underlying they price: the last bar a day ago, each day so far an
 * exception; or so long ago that the filter takes all its steps. The hour is the one that also settles expiries.
 */
function regimeCases(world: World): WorstCase[] {
  const ids = Array.from({ length: PRICED }, (_, i) => FIRST_PRICED + i);
  world.block(SECONDS_PER_DAY + SETTLED_AND_OPENED - (world.now % SECONDS_PER_DAY));
  const endedHour = EXPIRY_SECOND_OF_DAY / SECONDS_PER_HOUR + Math.floor(world.now / SECONDS_PER_DAY) * 24;
  put(world, MACRO, 0, stressedMacro(Math.floor(world.now / SECONDS_PER_DAY)));
  return ([['24 hours', 24], ['a month', 24 * MAX_FILTER_DAYS]] as const).map(([what, hours]) => {
    for (const id of ids) {
      put(world, UNDERLYING, id, pricedBefore(world, endedHour));
      put(world, REGIME, id, regimeBefore(world, endedHour - hours));
    }
    const points = ids.flatMap((underlying, i) => {
      const expiries = i < MAX_PRICE_POINTS - PRICED ? [0, world.now + SECONDS_PER_DAY] : [0];
      return expiries.map((expiry) => ({ underlying, expiry, quantity: QUANTITY.price }));
    });
    const bytes = postBytes(world, points, REPORTS_OF_ALL);
    return caseOf(world, 'postPrices', `${MAX_PRICE_POINTS} prices of ${PRICED} underlyings by ${REPORTS_OF_ALL} publishers, ${what} after their last bars`, bytes);
  });
}

/** Last priced a minute before the settlement window of the hour that has ended, with a surface of every expiry. */
function pricedBefore(world: World, endedHour: number): Underlying {
  const one = existing(world.state, UNDERLYING, 1);
  const oracleTime = endedHour * SECONDS_PER_HOUR - SETTLEMENT_WINDOW_SECONDS - 60;
  const slice = withSlice(one.terms[0]!);
  const terms = Array.from({ length: MAX_TERMS }, (_, i) => {
    return { ...slice, expiry: world.now + (i + 1) * SECONDS_PER_DAY, theta: slice.theta * BigInt(i + 1), volatilityTime: oracleTime };
  });
  return { ...one, leader: FIRST_PRICED, oracleTime, settlementExpiry: endedHour * SECONDS_PER_HOUR, windowPriceSeconds: 0n, terms };
}

function regimeBefore(world: World, hour: number): Regime {
  const { indexPrice, priceSeconds } = existing(world.state, UNDERLYING, 1);
  const price = (indexPrice * 9n) / 10n;
  const bar = { hour, barPrice: price, barHours: 1, barReturn: 1n << 90n, windowPriceSeconds: priceSeconds };
  const day = { dayHour: hour, dayPrice: price, dayReturn: -(1n << 92n), outcomes: `0x03${'ff'.repeat(31)}` as const, observations: 250 };
  const own = existing(world.state, REGIME, 1);
  return { ...own, ...bar, ...day, observedHours: WARM_UP_HOURS + 1, covariance: 1n << 80n, ownVariance: 1n << 82n, leaderVariance: 1n << 82n };
}

/** Every series fresh, equities correlated: nothing of the tilt is left out. */
function stressedMacro(day: number): Macro {
  const series = { equityDay: day, volatilityDay: day, dollarDay: day, volatilityStress: 1n << 95n, dollarStress: 1n << 94n };
  return { ...newMacro(1), ...series, equityDays: 100, covariance: 1n << 80n, equityVariance: 1n << 81n, referenceVariance: 1n << 81n };
}

function chainCases(world: World): WorstCase[] {
  const { height, timestamp, anchorNumber, anchorHash } = existing(world.state, CHAIN, 0);
  const block = { height: height + 1, timestamp: timestamp + 1, anchorNumber, anchorHash };
  const parameters = existing(world.state, PARAMETERS, PARAMETERS_PAGE);
  const publishers = { threshold: 16, members: reporters.map(({ address }) => address) };
  const listing = {
    ...{ instrument: 9_999, kind: 0 as const, underlying: FIRST_UNDERLYING, expiry: 0, strike: 0n },
    ...{ tickSize: 10_000_000n, lotSize: 100_000n, openInterestCap: 10n ** 9n, maxOrderLots: 10n ** 7n },
  };
  return [
    caseOf(world, 'beginBlock', '', encodeTransaction(beginBlock, block)),
    caseOf(
      world,
      'deposit',
      'a new account',
      encodeTransaction(deposit, { asset: FIRST_ASSET, account: hex('newcomer', 21), amount: 5n }),
    ),
    caseOf(world, 'governance', 'new parameters', world.governanceBytes(setParameters, { parameters, publishers })),
    caseOf(world, 'governance', 'a listing', world.governanceBytes(listInstrument, listing)),
    caseOf(world, 'no transaction', 'a body of 100 KB', concat(Uint8Array.of(255), new Uint8Array(100_000).fill(7))),
  ];
}

export function worstCases(): WorstCase[] {
  const world = crowdedWorld();
  if (world.now <= GENESIS_TIME) throw new Error('the world has not begun');
  const cases = [...chainCases(world), ...actionCases(world), ...tradeCases(world), ...marketCases(world)];
  // Regimes last: they begin a new day, at which no mark is fresh.
  return [...cases, ...liquidationCases(world), ...regimeCases(world)];
}
