/**
 * A plain accountant beside the chain: from what each step says it did, it keeps its own books of the insurance fund, of
 * losses, their rate and claims, by the arithmetic of the specification (11.1, 11.5, 11.6), and compares them with the
 * state after every step. All amounts are micro-dollars, all ratios 1e-18.
 */
import type { Effect } from '../../state/effects.ts';
import type { Pool } from '../../state/records/pool.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import type { AccountId, MicroUsd, Seconds } from '../../state/units.ts';
import { number, type ReportSection } from './reportText.ts';

const WAD = 10n ** 18n;
const SECONDS_PER_YEAR = 31_536_000n;
const MICRO_USD = 1e6;
/** Why cash leaves an account that withdraws it. */
const LEAVING: ReadonlySet<string> = new Set(['withdrawal', 'loss']);

/** What the state says after a step. */
export type AuditedState = Readonly<{ pool: Pool; claims: MicroUsd }>;
/** A step: whether it posted prices, which carries interest to its time, and what it did. */
export type AuditedStep = Readonly<{ postsPrices: boolean; time: Seconds; effects: readonly Effect[] }>;

export type Balance = Readonly<{ name: string; predicted: string; state: string }>;
export type AccountantSummary = Readonly<{
  /** Steps after which the books were compared, and the first after which they differed. */
  steps: number;
  firstDifference: string | null;
  balances: readonly Balance[];
  /** Accounts found insolvent, and what they owed beyond all they had when they were. */
  insolvent: number;
  flagged: string;
  /** Into the fund, and out of it. */
  penalties: string;
  interest: string;
  fundPaid: string;
  /** Given up by holders, lost by all, and of that paid back from income. */
  haircuts: string;
  losses: string;
  repaid: string;
  /** Left behind by withdrawals. */
  withheld: string;
}>;

const NOTHING = { flagged: 0n, penalties: 0n, interest: 0n, fundPaid: 0n, haircuts: 0n, losses: 0n, repaid: 0n, withheld: 0n };

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const floor = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((b - 1n - a) / b));
const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

export class Accountant {
  readonly #cash = new Map<AccountId, MicroUsd>();
  readonly #flaggedOf = new Map<AccountId, MicroUsd>();
  readonly #insolvent = new Set<AccountId>();
  #positive = 0n;
  #negative = 0n;
  #insurance = 0n;
  #deficit = 0n;
  #rate = WAD;
  #claims = 0n;
  #flagged = 0n;
  #interestTime: Seconds;
  readonly #sums = { ...NOTHING };
  /** Of the withdrawal of this step: what pays the loss that is known. */
  #shared = 0n;
  #steps = 0;
  #firstDifference: string | null = null;
  #balances: readonly Balance[] = [];

  /** Begins with the books of a chain on which nobody has anything. */
  constructor({ insurance, interestTime }: Pick<Pool, 'insurance' | 'interestTime'>) {
    this.#insurance = insurance;
    this.#interestTime = interestTime;
  }

  step({ postsPrices, time, effects }: AuditedStep, parameters: Parameters, state: AuditedState): void {
    if (postsPrices) this.#accrue(time, parameters);
    const left = effects.map((e) => (e.kind === 'cash' && LEAVING.has(e.reason) && e.amount < 0n ? -e.amount : 0n));
    const asked = left.reduce((sum, amount) => sum + amount, 0n);
    this.#shared = min(ceil(asked * (WAD - this.#rate), WAD), this.#deficit);
    let toStarter = effects.filter((e) => e.kind === 'cash' && e.reason === 'penalty' && e.amount > 0n).length;
    for (const effect of effects) {
      if (effect.kind === 'cash') {
        this.#book(effect.account, effect.amount);
        if (effect.reason !== 'penalty') this.#settle(effect);
        else if (effect.amount < 0n && toStarter-- <= 0) this.#penalty(-effect.amount);
      } else if (effect.kind === 'deleveraged') {
        this.#claims += effect.haircut;
        this.#sums.haircuts += effect.haircut;
      } else if (effect.kind === 'auctionStarted') this.#flag(effect.account, effect.isSolvent ? 0n : max(-effect.value, 0n), effect.isSolvent);
      else if (effect.kind === 'auctionEnded') this.#flag(effect.account, 0n, true);
    }
    this.#compare(state);
  }

  /** Lenders get their share of what borrowers owe, the fund the rest. */
  #accrue(now: Seconds, { borrowBase, borrowSlope, borrowKink, borrowSteep, interestReserve }: Parameters): void {
    const elapsed = BigInt(now - this.#interestTime);
    this.#interestTime = now;
    const [lent, borrowed] = [this.#positive, this.#negative];
    const used = borrowed === 0n ? 0n : borrowed >= lent ? WAD : (borrowed * WAD) / lent;
    const steep = ceil(borrowSteep * max(used - borrowKink, 0n), WAD - borrowKink);
    const yearly = borrowBase + ceil(borrowSlope * min(used, borrowKink), borrowKink) + steep;
    const paid = ceil(yearly * elapsed, SECONDS_PER_YEAR);
    const earned = (paid * used * (WAD - interestReserve)) / (WAD * WAD);
    const left = floor(borrowed * paid - lent * earned, WAD);
    this.#sums.interest += left;
    this.#income(left);
  }

  #book(account: AccountId, amount: MicroUsd): void {
    const before = this.#cash.get(account) ?? 0n;
    const after = before + amount;
    this.#cash.set(account, after);
    this.#positive += max(after, 0n) - max(before, 0n);
    this.#negative += max(-after, 0n) - max(-before, 0n);
  }

  #penalty(amount: MicroUsd): void {
    this.#sums.penalties += amount;
    this.#income(amount);
  }

  #settle({ reason, amount }: Extract<Effect, { kind: 'cash' }>): void {
    if (reason === 'insurance') {
      this.#insurance -= amount;
      this.#sums.fundPaid += amount;
    } else if (reason === 'loss' && amount > 0n) {
      this.#deficit += amount;
      this.#sums.losses += amount;
      this.#rate = WAD - min(ceil(this.#deficit * WAD, max(this.#positive, 1n)), WAD);
    } else if (reason === 'loss') this.#withhold(-amount);
  }

  /** What a withdrawal leaves behind pays the loss that is known; what it provides for others goes to the fund. */
  #withhold(amount: MicroUsd): void {
    this.#sums.withheld += amount;
    const toLoss = min(amount, this.#shared);
    this.#shared -= toLoss;
    this.#deficit -= toLoss;
    if (this.#deficit === 0n) this.#rate = WAD;
    this.#income(amount - toLoss);
  }

  /** Losses are paid first. */
  #income(amount: MicroUsd): void {
    const before = this.#deficit;
    const paid = max(min(amount, before), 0n);
    this.#insurance += amount - paid;
    if (paid === 0n) return;
    this.#deficit -= paid;
    this.#sums.repaid += paid;
    this.#rate = this.#deficit === 0n ? WAD : WAD - ceil((WAD - this.#rate) * this.#deficit, before);
  }

  #flag(account: AccountId, owed: MicroUsd, isSolvent: boolean): void {
    this.#flagged += owed - (this.#flaggedOf.get(account) ?? 0n);
    this.#flaggedOf.set(account, owed);
    if (isSolvent) return;
    this.#insolvent.add(account);
    this.#sums.flagged += owed;
  }

  #compare({ pool, claims }: AuditedState): void {
    const pairs: readonly (readonly [string, bigint, bigint])[] = [
      ['insurance fund', this.#insurance, pool.insurance],
      ['losses that nobody has paid', this.#deficit, pool.deficit],
      ['rate of withdrawals', this.#rate, pool.withdrawalRate],
      ['claims of holders', this.#claims, claims],
      ['flagged', this.#flagged, pool.flagged],
      ['cash of accounts', this.#positive, pool.cashPositive],
      ['debts of accounts', this.#negative, pool.cashNegative],
    ];
    this.#steps += 1;
    const off = pairs.find(([, predicted, state]) => predicted !== state);
    if (off !== undefined) this.#firstDifference ??= `step ${this.#steps}: ${off[0]} ${off[1]}, the state says ${off[2]}`;
    this.#balances = pairs.map(([name, predicted, state]) => ({ name, predicted: String(predicted), state: String(state) }));
  }

  summary(): AccountantSummary {
    const sums = Object.fromEntries(Object.entries(this.#sums).map(([name, sum]) => [name, String(sum)]));
    const facts = { steps: this.#steps, firstDifference: this.#firstDifference, balances: this.#balances, insolvent: this.#insolvent.size };
    return { ...facts, ...(sums as Record<keyof typeof NOTHING, string>) };
  }
}

export const agrees = ({ firstDifference }: AccountantSummary): boolean => firstDifference === null;

/** Nothing where nobody was insolvent. */
export function accountantSections(books: AccountantSummary | null): ReportSection[] {
  if (books === null || (books.insolvent === 0 && agrees(books))) return [];
  const usd = (micro: string): string => `${number(Number(micro) / MICRO_USD, 6)} USD`;
  const shown = ({ name, predicted, state }: Balance): [string, string] => {
    const text = name === 'rate of withdrawals' ? number(Number(predicted) / 1e18, 9) : usd(predicted);
    return [name, predicted === state ? `${text}, equal` : `${text}, THE STATE SAYS ${state}`];
  };
  return [
    {
      title: 'Losses, by a plain accountant',
      rows: [
        ['accounts found insolvent', number(books.insolvent)],
        ['owed beyond all they had, when they were', usd(books.flagged)],
        ['penalties and rewards to the fund', usd(books.penalties)],
        ['interest to the fund', usd(books.interest)],
        ['paid by the fund', usd(books.fundPaid)],
        ['given up by holders', usd(books.haircuts)],
        ['lost by all, and paid back by income', `${usd(books.losses)}, ${usd(books.repaid)}`],
        ['left behind by withdrawals', usd(books.withheld)],
        ...books.balances.map(shown),
        ['compared', books.firstDifference ?? `equal to the micro-dollar after each of ${number(books.steps)} steps`],
      ],
    },
  ];
}
