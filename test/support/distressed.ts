/**
 * Accounts in distress, which take long to reach by trading: portfolios that are there at once,
 * behind the protocol's back but with every book in order, and the steps of their auctions.
 */
import { Draft, existing, type StateAccess } from '../../state/access.ts';
import { adjustCollateral, moveSigned } from '../../state/ledger/ledger.ts';
import { changePosition, positionOf } from '../../state/ledger/positions.ts';
import { distressOf, type Distress } from '../../state/liquidation/distress.ts';
import { openAuction } from '../../state/liquidation/lifecycle.ts';
import { max } from '../../state/math/integer.ts';
import { ACCOUNT, ownerOf, subaccountOf, type MarginMode } from '../../state/records/account.ts';
import { ASSET, CASH_ASSET } from '../../state/records/asset.ts';
import { AUCTION, AUCTION_KIND, NO_MARKET, type Auction } from '../../state/records/auction.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../../state/records/parameters.ts';
import { loadPortfolio, type Portfolio } from '../../state/risk/portfolio.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { ANY_STATE, bid } from '../../state/transactions/bid.ts';
import { deleverage } from '../../state/transactions/deleverage.ts';
import { NEW_ACCOUNT } from '../../state/transactions/deposit.ts';
import { NOBODY, startAuction } from '../../state/transactions/startAuction.ts';
import { WAD, type AccountId, type Seconds, type Wad } from '../../state/units.ts';
import type { StepResult } from '../../state/transition.ts';
import { BTC_PERP, person, type Person, type World } from './world.ts';

export type Holdings = Readonly<{
  /** By instrument, entered at the mark; the other side is the dealer's. */
  lots?: Readonly<Record<number, bigint>>;
  /** Token units by asset. */
  balances?: Readonly<Record<number, bigint>>;
  mode?: MarginMode;
}>;

/** Who is on the other side of every planted position. */
export const dealer = person('dealer');

/* PLANTING */

/** Gives an account, new or not, what it is to hold beside what it has. */
export function plant(world: World, id: AccountId, { lots = {}, balances = {}, mode }: Holdings): void {
  change(world, (draft) => {
    for (const account of [id, dealer.account]) {
      if (draft.read(ACCOUNT, account) === undefined) draft.put(ACCOUNT, account, NEW_ACCOUNT);
    }
    for (const [key, size] of Object.entries(lots)) if (size !== 0n) open(draft, id, Number(key), size);
    for (const [key, balance] of Object.entries(balances)) {
      const asset = Number(key);
      if (balance === 0n) continue;
      adjustCollateral(draft, id, asset, balance, 'deposit');
      addBooked(draft, asset, balance);
    }
    // As if it had traded: who starts its auction is rewarded.
    const planted = existing(draft, ACCOUNT, id);
    draft.put(ACCOUNT, id, { ...planted, mode: mode ?? planted.mode, feesPaid: planted.feesPaid === 0n ? 1n : planted.feesPaid });
  });
}

/** Cash from L1 to an account or to the fund, or back where negative. */
export function pour(world: World, to: AccountId | 'insurance', amount: bigint): void {
  change(world, (draft) => {
    moveSigned(draft, 'l1', to, amount, 'deposit');
    addBooked(draft, CASH_ASSET, amount);
  });
}

/** Cash such that equity is `share` of maintenance margin [1e-18], to the micro-dollar. */
export function distress(world: World, id: AccountId, share: Wad): void {
  const { equity, maintenance } = world.margin(id);
  pour(world, id, (maintenance * share) / WAD - equity);
}

/** A solvent auction of nothing that began a second ago, whatever the account is worth. */
export function plantAuction(world: World, id: AccountId, fields: Partial<Auction> = {}): void {
  const nothing = { bids: 0, sold: 0n, reserved: 0n, fundLeft: 0n, value: 0n, maintenance: 0n, market: NO_MARKET };
  const auction = { kind: AUCTION_KIND.solvent, start: world.now - 1, stepSeconds: 15n, ...nothing, ...fields };
  change(world, (draft) => openAuction(draft, id, auction));
}

/** Takes an auction from an account whose flag stays. */
export const dropAuction = (world: World, id: AccountId): void => change(world, (draft) => draft.remove(AUCTION, id));

/** Sends the clock of an auction on. */
export function age(world: World, id: AccountId, seconds: Seconds): void {
  world.edit(AUCTION, id, { start: existing(world.state, AUCTION, id).start - seconds });
}

export const limit = (world: World, parameters: Partial<Parameters>): void =>
  world.edit(PARAMETERS, PARAMETERS_PAGE, parameters);

/** Changes records behind the protocol's back. */
export function change(world: World, by: (draft: Draft) => void): void {
  const draft = new Draft(world.state);
  by(draft);
  world.state.commit(draft.touched);
}

function open(state: StateAccess, id: AccountId, key: number, size: bigint): void {
  const instrument = existing(state, INSTRUMENT, key);
  const longs = (): bigint =>
    [id, dealer.account].reduce((sum, a) => sum + max(positionOf(existing(state, ACCOUNT, a), key)?.size ?? 0n, 0n), 0n);
  const [before, cost] = [longs(), size * instrument.markPerLot];
  changePosition(state, id, key, instrument, size, -cost);
  changePosition(state, dealer.account, key, instrument, -size, cost);
  state.put(INSTRUMENT, key, { ...instrument, openInterest: instrument.openInterest + longs() - before });
}

/** Books of an asset: what came from L1, or went there where negative. */
function addBooked(state: StateAccess, id: number, amount: bigint): void {
  const asset = existing(state, ASSET, id);
  const { deposited, withdrawn } = asset;
  state.put(ASSET, id, amount > 0n ? { ...asset, deposited: deposited + amount } : { ...asset, withdrawn: withdrawn - amount });
}

/* LOOKING */

export const portfolioIn = (world: World, id: AccountId): Portfolio => loadPortfolio(world.state, id, world.account(id));
export const distressIn = (world: World, id: AccountId): Distress => distressOf(portfolioIn(world, id));
export const auctionIn = (world: World, id: AccountId): Auction | undefined => world.state.read(AUCTION, id);

/* STEPS */

type Fields = Readonly<Record<string, unknown>>;

export const startBytes = (account: AccountId, starter: AccountId = NOBODY): Uint8Array =>
  encodeTransaction(startAuction, { account, starter });

/** A whole round of deleveraging against `holders`, who are all of the other side: they are weighed, then they close. */
export function round(world: World, account: AccountId, holders: readonly AccountId[], instrument = BTC_PERP): StepResult {
  const bytes = encodeTransaction(deleverage, { account, instrument, holders: [...holders].sort() });
  world.accept(bytes);
  return world.accept(bytes);
}

/** A bid of `who` for `share` of an account, at any price and in any state unless `fields` say otherwise. */
export const bidBytes = (world: World, who: Person, account: AccountId, share = WAD, fields: Fields = {}): Uint8Array =>
  world.action(bid, who, {
    fromOwner: ownerOf(account),
    fromSubaccount: subaccountOf(account),
    share,
    maxPrice: 2n ** 126n,
    expected: ANY_STATE,
    ...fields,
  });
