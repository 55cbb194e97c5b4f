// The same book under three generations of margin rules: what each asks of it, altogether and by population.
import { MARGIN_MODE, type MarginMode } from '../../state/records/account.ts';

export const MODES = ['isolated', 'cross', 'portfolio'] as const satisfies readonly (keyof typeof MARGIN_MODE)[];
export type ModeName = (typeof MODES)[number];
export const modeOf = (name: ModeName): MarginMode => MARGIN_MODE[name];

/** One account at one time [USD]. */
export type AccountMargins = Readonly<{
  style: string;
  /** Initial margin of its positions by the rules of each mode. */
  initialUsd: Readonly<Record<ModeName, number>>;
  isBelowMaintenance: boolean;
  /** What would be left of it at marks and index prices, without haircut; negative: others would pay. */
  netUsd: number;
}>;

export type BookSums = Readonly<{
  accounts: number;
  initialUsd: Readonly<Record<ModeName, number>>;
  belowMaintenance: number;
  /** Sum of what others would pay. */
  uncoveredUsd: number;
}>;
export type Book = Readonly<{ timeSeconds: number; all: BookSums; byStyle: Readonly<Record<string, BookSums>> }>;
/** `worst` is the look at which the chain's own rules, those of portfolio mode, asked for most. */
export type EfficiencySummary = Readonly<{ last: Book | null; worst: Book | null; uncoveredMostUsd: number }>;

const NONE: BookSums = {
  accounts: 0,
  initialUsd: { isolated: 0, cross: 0, portfolio: 0 },
  belowMaintenance: 0,
  uncoveredUsd: 0,
};

export class Efficiency {
  #last: Book | null = null;
  #worst: Book | null = null;
  #uncoveredMostUsd = 0;

  sample(timeSeconds: number, accounts: Iterable<AccountMargins>): void {
    let all = NONE;
    const byStyle: Record<string, BookSums> = {};
    for (const account of accounts) {
      all = plus(all, account);
      byStyle[account.style] = plus(byStyle[account.style] ?? NONE, account);
    }
    this.#last = { timeSeconds, all, byStyle };
    const most = this.#worst?.all.initialUsd.portfolio ?? Number.NEGATIVE_INFINITY;
    if (all.initialUsd.portfolio > most) this.#worst = this.#last;
    this.#uncoveredMostUsd = Math.max(this.#uncoveredMostUsd, all.uncoveredUsd);
  }

  summary(): EfficiencySummary {
    return { last: this.#last, worst: this.#worst, uncoveredMostUsd: this.#uncoveredMostUsd };
  }
}

const plus = (sums: BookSums, account: AccountMargins): BookSums => ({
  accounts: sums.accounts + 1,
  initialUsd: {
    isolated: sums.initialUsd.isolated + account.initialUsd.isolated,
    cross: sums.initialUsd.cross + account.initialUsd.cross,
    portfolio: sums.initialUsd.portfolio + account.initialUsd.portfolio,
  },
  belowMaintenance: sums.belowMaintenance + (account.isBelowMaintenance ? 1 : 0),
  uncoveredUsd: sums.uncoveredUsd + Math.max(0, -account.netUsd),
});
