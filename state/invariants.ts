/** The invariants of DESIGN section 12 as functions over a whole state. Numbers are those of the specification. */
import { existing, type RecordSource } from './access.ts';
import { outstandingUp } from './ledger/claims.ts';
import { interestDown } from './ledger/interest.ts';
import { fundingOwedUp } from './ledger/positions.ts';
import { readMarket } from './liquidation/market.ts';
import { abs } from './math/integer.ts';
import { ACCOUNT, AUCTION_STATUS, ownerOf } from './records/account.ts';
import { ASSET, CASH_ASSET } from './records/asset.ts';
import { AUCTION, AUCTION_KIND } from './records/auction.ts';
import { CLAIM } from './records/claim.ts';
import { INSTRUMENT } from './records/instrument.ts';
import { OWNER, type Exposure } from './records/owner.ts';
import { POOL } from './records/pool.ts';
import { UNDERLYING } from './records/underlying.ts';
import type { State } from './state.ts';
import { SECONDS_PER_DAY, type Address } from './units.ts';

/** A broken invariant: which, and by what numbers. */
export type Breach = Readonly<{ invariant: number; detail: string }>;

/** INV-1 in O(1), from the pool's own totals: checked after every transaction everywhere. */
export function usdIsConserved(state: RecordSource): Breach | null {
  const p = existing(state, POOL, 0);
  const inside =
    p.cashPositive - p.cashNegative + p.quoteTotal + p.clearing + p.insurance + p.fees + p.recovery - p.deficit;
  const net = p.deposited - p.withdrawn;
  return inside === net ? null : { invariant: 1, detail: `inside ${inside}, deposited less withdrawn ${net}` };
}

/** Every invariant, from the records themselves. Cost: O(accounts). */
export function checkInvariants(state: State): Breach[] {
  const breaches: Breach[] = [];
  const expect = (invariant: number, held: boolean, detail: string): void => {
    if (!held) breaches.push({ invariant, detail });
  };
  const conserved = usdIsConserved(state);
  if (conserved !== null) breaches.push(conserved);

  let positive = 0n;
  let negative = 0n;
  let quotes = 0n;
  const balances = new Map<number, bigint>();
  const sizes = new Map<number, { net: bigint; long: bigint }>();
  for (const id of state.idsOf(ACCOUNT)) {
    const account = existing(state, ACCOUNT, id);
    if (account.cash > 0n) positive += account.cash;
    else negative -= account.cash;
    for (const { asset, balance } of account.collaterals) {
      expect(2, balance > 0n, `${id} holds ${balance} of asset ${asset}`);
      balances.set(asset, (balances.get(asset) ?? 0n) + balance);
    }
    for (const { instrument, size, quote } of account.positions) {
      quotes += quote;
      const sum = sizes.get(instrument) ?? { net: 0n, long: 0n };
      sizes.set(instrument, { net: sum.net + size, long: sum.long + (size > 0n ? size : 0n) });
    }
  }
  const pool = existing(state, POOL, 0);
  expect(1, pool.cashPositive === positive, `cashPositive ${pool.cashPositive}, accounts ${positive}`);
  expect(1, pool.cashNegative === negative, `cashNegative ${pool.cashNegative}, accounts ${negative}`);
  expect(1, pool.quoteTotal === quotes, `quoteTotal ${pool.quoteTotal}, accounts ${quotes}`);
  expect(6, pool.insurance >= 0n, `insurance ${pool.insurance}`);
  expect(6, pool.deficit >= 0n && (pool.deficit === 0n || pool.insurance === 0n), `deficit ${pool.deficit}, insurance ${pool.insurance}`);
  for (const id of state.idsOf(ASSET)) {
    const asset = existing(state, ASSET, id);
    if (id === CASH_ASSET) {
      const books = asset.deposited - asset.withdrawn;
      const net = pool.deposited - pool.withdrawn;
      expect(2, books === net, `asset 0 books ${books}, pool ${net}`);
      continue;
    }
    const held = balances.get(id) ?? 0n;
    expect(2, asset.held === held, `asset ${id} held ${asset.held}, accounts ${held}`);
    expect(2, held === asset.deposited - asset.withdrawn, `asset ${id} books`);
  }
  for (const id of state.idsOf(INSTRUMENT)) {
    const { openInterest, settlementPrice } = existing(state, INSTRUMENT, id);
    const { net, long } = sizes.get(id) ?? { net: 0n, long: 0n };
    // Settlement closes accounts one by one, so sizes of a settling instrument need not balance yet.
    expect(3, settlementPrice > 0n || net === 0n, `instrument ${id} sizes sum to ${net}`);
    expect(3, openInterest === long, `instrument ${id} open interest ${openInterest}, longs ${long}`);
  }
  return [...breaches, ...ownerBreaches(state), ...auctionBreaches(state), ...claimBreaches(state)];
}

/** INV-14: an account is flagged as its auction is, where it is in one; and the pool's total is that of the auctions. */
function auctionBreaches(state: State): Breach[] {
  const breaches: Breach[] = [];
  let sum = 0n;
  let owed = 0n;
  for (const id of state.idsOf(AUCTION)) {
    const auction = existing(state, AUCTION, id);
    sum += auction.maintenance;
    if (auction.kind === AUCTION_KIND.insolvent && auction.value < 0n) owed -= auction.value;
  }
  const { auctioned, flagged } = existing(state, POOL, 0);
  if (auctioned !== sum) breaches.push({ invariant: 14, detail: `auctioned ${auctioned}, auctions ${sum}` });
  if (flagged !== owed) breaches.push({ invariant: 14, detail: `flagged ${flagged}, auctions ${owed}` });
  breaches.push(...marketBreaches(state));
  for (const id of new Set([...state.idsOf(ACCOUNT), ...state.idsOf(AUCTION)])) {
    const flag = state.read(ACCOUNT, id)?.auction;
    const kind = state.read(AUCTION, id)?.kind;
    const expected = kind === undefined ? AUCTION_STATUS.none : kind + 1;
    if (flag !== expected) breaches.push({ invariant: 14, detail: `${id} is flagged ${flag}, its auction is of kind ${kind}` });
  }
  return breaches;
}

/** The part of INV-14 that is of markets: what is in auction, and what the fund committed on a day and has not paid. */
function marketBreaches(state: State): Breach[] {
  const auctions = [...state.idsOf(AUCTION)].map((id) => existing(state, AUCTION, id));
  return [...state.idsOf(UNDERLYING)].flatMap((id) => {
    const { auctioned, fundDay, fundLimit, fundUsed } = readMarket(state, id);
    const ofMarket = auctions.filter(({ market }) => market === id);
    const sum = ofMarket.reduce((total, { maintenance }) => total + maintenance, 0n);
    const ofDay = ofMarket.filter(({ start }) => Math.floor(start / SECONDS_PER_DAY) === fundDay);
    const left = ofDay.reduce((total, { fundLeft }) => total + fundLeft, 0n);
    const isWithin = left <= fundUsed && fundUsed <= fundLimit;
    return auctioned === sum && isWithin ? [] : [{
      invariant: 14,
      detail: `market ${id}: auctioned ${auctioned} of ${sum}, the fund has ${left} left of ${fundUsed}, at most ${fundLimit}`,
    }];
  });
}

/** INV-15: claims are what was given up and not paid back, and what has been recovered covers what is due of each. */
function claimBreaches(state: State): Breach[] {
  const pool = existing(state, POOL, 0);
  let [amounts, left] = [0n, 0n];
  for (const id of state.idsOf(CLAIM)) {
    const claim = existing(state, CLAIM, id);
    amounts += claim.amount;
    left += outstandingUp(claim, pool);
  }
  const breaches: Breach[] = [];
  const { claims, recovery } = pool;
  if (claims + recovery !== amounts) breaches.push({ invariant: 15, detail: `claims ${claims}, recovery ${recovery}, records ${amounts}` });
  if (amounts - left > recovery) breaches.push({ invariant: 15, detail: `recovery ${recovery}, due ${amounts - left}` });
  return breaches;
}

/** INV-13: an owner's exposures are the sums over its subaccounts, and there are no others. */
function ownerBreaches(state: State): Breach[] {
  const expected = exposuresOf(state);
  const breaches: Breach[] = [];
  for (const id of new Set([...expected.keys(), ...state.idsOf(OWNER)])) {
    const kept = state.read(OWNER, id)?.exposures;
    const held = expected.get(id);
    const isSame =
      kept !== undefined &&
      kept.length === held?.length &&
      kept.every((e, i) => e.underlying === held[i]!.underlying && e.units === held[i]!.units);
    if (!isSame) breaches.push({ invariant: 13, detail: `exposures of ${id}` });
  }
  return breaches;
}

/** Exposures of every owner with positions, from the positions alone. Cost: O(accounts). */
export function exposuresOf(state: State): Map<Address, Exposure[]> {
  const units = new Map<Address, Map<number, bigint>>();
  for (const id of state.idsOf(ACCOUNT)) {
    for (const { instrument, size } of existing(state, ACCOUNT, id).positions) {
      const { underlying, lotSize } = existing(state, INSTRUMENT, instrument);
      const ofOwner = units.get(ownerOf(id)) ?? new Map<number, bigint>();
      ofOwner.set(underlying, (ofOwner.get(underlying) ?? 0n) + abs(size) * lotSize);
      units.set(ownerOf(id), ofOwner);
    }
  }
  const ascending = (ofOwner: Map<number, bigint>): Exposure[] =>
    [...ofOwner].sort(([a], [b]) => a - b).map(([underlying, sum]) => ({ underlying, units: sum }));
  return new Map([...units].map(([id, ofOwner]) => [id, ascending(ofOwner)]));
}

/**
 * What clearing owes: funding and interest not yet collected less not yet paid, and settlement in
 * transit. After everybody settled, clearing holds only the roundings, which are never negative.
 */
export function clearingIsCovered(state: State): Breach | null {
  const pool = existing(state, POOL, 0);
  let owed = 0n;
  for (const id of state.idsOf(ACCOUNT)) {
    const account = existing(state, ACCOUNT, id);
    owed -= interestDown(account, pool);
    for (const position of account.positions) {
      const instrument = existing(state, INSTRUMENT, position.instrument);
      owed += fundingOwedUp(position, instrument);
      if (instrument.settlementPrice > 0n) owed -= position.size * instrument.markPerLot;
    }
  }
  const { clearing } = pool;
  return clearing + owed >= 0n ? null : { invariant: 1, detail: `clearing ${clearing}, to come ${owed}` };
}
