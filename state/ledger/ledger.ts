/**
 * The one door for money. Cash moves from a party to a party and the pool's totals move with it;
 * nothing outside `ledger/` writes a cash balance, a quote or a pool total. Interest is settled
 * before an account's cash changes, so that it is always that of the cash that was there.
 */
import { existing, type StateAccess } from '../access.ts';
import type { CashReason } from '../effects.ts';
import { invariant } from '../errors.ts';
import { ACCOUNT, type Account } from '../records/account.ts';
import { ASSET, CASH_ASSET, type Asset } from '../records/asset.ts';
import { POOL, type Pool } from '../records/pool.ts';
import type { AccountId, MicroUsd, TokenUnits } from '../units.ts';
import { withIncome } from './deficit.ts';
import { interestDown, interestIndexOf, settledCash } from './interest.ts';

/**
 * A holder of cash that is not an account; `l1` stands for the money outside, `deficit` for losses that nobody has paid,
 * `recovery` for what has been recovered for claims.
 */
export type PoolParty = 'clearing' | 'insurance' | 'fees' | 'deficit' | 'recovery' | 'l1';
export type Party = AccountId | PoolParty;

const isAccount = (party: Party): party is AccountId => party.startsWith('0x');

const positive = (x: bigint): bigint => (x > 0n ? x : 0n);
function totalsAfter(pool: Pool, before: MicroUsd, after: MicroUsd): Pool {
  const cashPositive = pool.cashPositive + positive(after) - positive(before);
  if (before >= 0n && after >= 0n) return { ...pool, cashPositive };
  return { ...pool, cashPositive, cashNegative: pool.cashNegative + positive(-after) - positive(-before) };
}

/** Settles interest with clearing, then changes the cash of an account. */
function changeCash(state: StateAccess, id: AccountId, amount: MicroUsd, reason: CashReason): void {
  const account = existing(state, ACCOUNT, id);
  const pool = existing(state, POOL, 0);
  const interest = interestDown(account, pool);
  const cash = account.cash + interest + amount;
  state.put(ACCOUNT, id, { ...account, cash, interestIndex: interestIndexOf(pool, cash) });
  state.put(POOL, 0, { ...totalsAfter(pool, account.cash, cash), clearing: pool.clearing - interest });
  if (interest !== 0n) state.effect({ kind: 'cash', account: id, amount: interest, reason: 'interest' });
  state.effect({ kind: 'cash', account: id, amount, reason });
}

function adjust(state: StateAccess, party: Party, amount: MicroUsd, reason: CashReason): void {
  if (isAccount(party)) {
    changeCash(state, party, amount, reason);
    return;
  }
  const pool = existing(state, POOL, 0);
  if (party === 'l1') {
    const into = amount < 0n;
    state.put(POOL, 0, {
      ...pool,
      deposited: into ? pool.deposited - amount : pool.deposited,
      withdrawn: into ? pool.withdrawn : pool.withdrawn + amount,
    });
    return;
  }
  if (party === 'deficit') state.put(POOL, 0, { ...pool, deficit: pool.deficit - amount });
  else if (party === 'insurance') state.put(POOL, 0, withIncome(pool, amount));
  else state.put(POOL, 0, { ...pool, [party]: pool[party] + amount });
}

/** Moves `amount >= 0` from one party to another. Money is never made here, only moved. */
export function moveCash(
  state: StateAccess,
  from: Party,
  to: Party,
  amount: MicroUsd,
  reason: CashReason,
): void {
  invariant(amount >= 0n, 'amount is not negative: swap the parties instead');
  if (amount === 0n) return;
  adjust(state, from, -amount, reason);
  adjust(state, to, amount, reason);
}

/** Moves a signed amount: positive from -> to, negative to -> from. */
export function moveSigned(
  state: StateAccess,
  from: Party,
  to: Party,
  amount: MicroUsd,
  reason: CashReason,
): void {
  if (amount >= 0n) moveCash(state, from, to, amount, reason);
  else moveCash(state, to, from, -amount, reason);
}

/** Turns the quote of a position that is closing into cash. The caller removes the position. */
export function realiseQuote(state: StateAccess, id: AccountId, quote: MicroUsd): void {
  if (quote === 0n) return;
  changeCash(state, id, quote, 'realised');
  const pool = existing(state, POOL, 0);
  state.put(POOL, 0, { ...pool, quoteTotal: pool.quoteTotal - quote });
}

/** Changes a collateral balance by a signed amount and the asset's holdings with it. */
export function adjustCollateral(
  state: StateAccess,
  id: AccountId,
  asset: number,
  amount: TokenUnits,
  reason: CashReason,
): void {
  const account = existing(state, ACCOUNT, id);
  const record = existing(state, ASSET, asset);
  state.put(ACCOUNT, id, { ...account, collaterals: withCollateral(account, asset, amount) });
  state.put(ASSET, asset, { ...record, held: record.held + amount });
  state.effect({ kind: 'collateral', account: id, asset, amount, reason });
}

function withCollateral(account: Account, asset: number, amount: TokenUnits): Account['collaterals'] {
  const before = balanceOf(account, asset);
  const balance = before + amount;
  invariant(balance >= 0n, 'a collateral balance is never negative');
  const others = account.collaterals.filter((c) => c.asset !== asset);
  if (balance === 0n) return others;
  return [...others, { asset, balance }].sort((a, b) => a.asset - b.asset);
}

/** Collateral of an account. */
export const balanceOf = (account: Account, asset: number): TokenUnits =>
  account.collaterals.find((c) => c.asset === asset)?.balance ?? 0n;

/** What an account has of an asset: cash with its interest, collateral of any other. */
export const holdingOf = (state: StateAccess, account: Account, asset: number): bigint =>
  asset === CASH_ASSET ? settledCash(account, existing(state, POOL, 0)) : balanceOf(account, asset);

/** May the account, which need not exist yet, have `amount` more of the asset? */
export const isWithinAccountCap = (
  state: StateAccess,
  account: Account | undefined,
  id: number,
  { accountCap }: Asset,
  amount: TokenUnits,
): boolean => (account === undefined ? 0n : holdingOf(state, account, id)) + amount <= accountCap;
