/**
 * Which accounts may be below a health: all of them screened in doubles, so that few need the exact margin.
 *
 * An account is passed over only where it is proved that equity >= factor x maintenance. In two sieves, a
 * bound L <= equity and a bound U >= maintenance are added up, and the account passes if
 *
 *     L - factor x U > max(1, factor) x (ERROR x M + ROUNDING),   M = sum of the absolute values of all terms.
 *
 * Why U >= maintenance (specification 9.3 to 9.7), as real numbers and but for the roundings below:
 * - scan <= silo: of a group, sum (1 - w) loss(u) + max(0, -min sum w P(u, s)) <= sum (1 - w) loss(u) + sum w loss(u).
 *   In cross and isolated mode scan is the sum of the positions' own losses, and loss(u) their sum.
 * - first sieve: loss(u) <= sum of the positions' own losses + pledges x the worst drop, since the worst of a sum
 *   is at most the sum of the worst. Second sieve, where positions offset: loss(u) itself, over the 35 scenarios.
 * - hedged(u) <= half of sum |size x delta|, for it is the lesser of two parts that together are at most that.
 * - |delta(u)| <= sum |size x delta|; impact = min(1, sqrt(exposure / volume)) and excess = sqrt(max(1, exposure /
 *   threshold)) - 1, at most 1000, of what the account's owner holds.
 * The short-option minimum and contingency are sums over positions as they stand.
 *
 * Why ERROR: u = 2^-53. Integers become doubles within u; a column has at most 8 roundings, a term at most 8
 * more; at most 170 terms are added, so each is in its sum within (1 + u)^190 - 1 < 2.2e-14, those of the
 * P&L of scenarios likewise, whose |size x largest| are in M. M is itself within as much. ERROR is forty times that.
 *
 * Why ROUNDING [1e-6 USD]: integers of the rule depart from the real numbers by at most 1 for interest, 1 for the
 * funding of each of 32 positions, 2 for each of 8 pledges; scan by 1 a group and 8 pledges, at most 48; charges by
 * 1 each. Roots are rounded up to millionths, of an argument rounded up: sqrt(x + 1) + 1 <= sqrt(x) + 2, so
 * ROOT = 2e-6 is added to each. Excess <= 1000 multiplies the 8 roundings of pledges in a loss: 8,000. Together below 8,200.
 */
import { existing } from '../../state/access.ts';
import { SCENARIOS } from '../../state/constants.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { POOL } from '../../state/records/pool.ts';
import type { AccountId } from '../../state/units.ts';
import { AccountColumns, type ChainSource } from './columns.ts';
import { FIELD, MarketColumns, STRIDE } from './marketColumns.ts';

const ERROR = 2 ** -40;
const ROUNDING = 16_384;
const ROOT = 2e-6;
const EXCESS_MAX = 1_000;
const WAD = 1e18;
/** Underlyings one account can have: 32 positions and 8 pledges. */
const BOOKS_MAX = 40;

export class AccountScreen {
  readonly #chain: ChainSource;
  readonly #markets: MarketColumns;
  readonly #columns: AccountColumns;
  #borrowIndex = 0;
  #supplyIndex = 0;
  // Sums of the account that is looked at: lower bound of equity, parts of the upper bound of maintenance, M.
  #equity = 0;
  #charges = 0;
  #shortMinimum = 0;
  #concentration = 0;
  #magnitude = 0;
  // Of the second sieve: the underlyings of the account, and P&L of each by scenario.
  readonly #books = new Int32Array(BOOKS_MAX);
  readonly #excess = new Float64Array(BOOKS_MAX);
  readonly #pnl = new Float64Array(BOOKS_MAX * SCENARIOS);

  constructor(chain: ChainSource) {
    this.#chain = chain;
    this.#markets = new MarketColumns(chain.state);
    this.#columns = new AccountColumns(chain, this.#markets);
  }

  /** Are all accounts in the columns? Until then there are some that `suspects` does not know. */
  get isLoaded(): boolean {
    return this.#columns.isLoaded;
  }

  /** Reads up to `count` accounts more, ~5 us each. How many slots that has added. */
  load(count: number): number {
    return this.#columns.load(count);
  }

  /** Accounts there are; each has a slot below this. */
  get size(): number {
    return this.#columns.size;
  }

  idAt(slot: number): AccountId {
    return this.#columns.ids[slot]!;
  }

  /** Takes in accounts and markets as they stand. To be called before `suspects`. */
  refresh(): void {
    const { state } = this.#chain;
    this.#columns.refresh();
    this.#markets.refresh(existing(state, CHAIN, 0).timestamp);
    const { borrowIndex, supplyIndex } = existing(state, POOL, 0);
    this.#borrowIndex = Number(borrowIndex);
    this.#supplyIndex = Number(supplyIndex);
  }

  /**
   * Slots in [from, to) whose equity may be below `factor` x maintenance: never one too few. Accounts that hold
   * nothing and owe nothing are not among them.
   */
  suspects(from: number, to: number, factor: number, found: number[] = []): number[] {
    const { positions, pledges, cash } = this.#columns;
    for (let slot = from; slot < to; slot++) {
      if (positions[slot]! + pledges[slot]! === 0 && cash[slot]! >= 0) continue;
      if (!this.#passes(slot, factor)) found.push(slot);
    }
    return found;
  }

  /** Slots in [from, to) with a position in the instrument: long ones, or short ones. After `refresh`. */
  holders(instrument: number, isLong: boolean, from: number, to: number): number[] {
    return this.#columns.holders(instrument, isLong, from, to);
  }

  #passes(slot: number, factor: number): boolean {
    const losses = this.#firstSieve(slot);
    if (this.#isEnough(losses, 0, factor)) return true;
    if (this.#columns.offsets[slot] === 0) return false;
    const [silo, magnitude] = this.#secondSieve(slot);
    return this.#isEnough(silo, magnitude, factor);
  }

  #isEnough(losses: number, magnitude: number, factor: number): boolean {
    const maintenance = Math.max(losses, this.#shortMinimum) + this.#charges + this.#concentration;
    const bound = Math.max(1, factor) * (ERROR * (this.#magnitude + maintenance + magnitude) + ROUNDING);
    return this.#equity - factor * maintenance > bound; // False where anything is not a number.
  }

  /** Adds up equity and charges; returns the losses of positions and pledges, each in its own worst case. */
  #firstSieve(slot: number): number {
    const { start, positions, pledges, row, amount, exposureRoot, cash, quotes, fundingSettled, interestSettled } = this.#columns;
    const { values } = this.#markets;
    const held = cash[slot]!;
    const interest = (held * (held < 0 ? this.#borrowIndex : this.#supplyIndex)) / WAD;
    const [quote, funded, settled] = [quotes[slot]!, fundingSettled[slot]!, interestSettled[slot]!];
    let equity = held + interest - settled + quote + funded;
    let magnitude = Math.abs(held) + Math.abs(interest) + Math.abs(settled) + Math.abs(quote) + Math.abs(funded);
    let [losses, charges, minimum, concentration] = [0, 0, 0, 0];
    const first = start[slot]!;
    const firstPledge = first + positions[slot]!;
    for (let i = first; i < firstPledge; i++) {
      const at = row[i]! * STRIDE;
      const size = amount[i]!;
      const lots = Math.abs(size);
      const root = exposureRoot[i]!;
      const loss = lots * (size > 0 ? values[at + FIELD.longLoss]! : values[at + FIELD.shortLoss]!);
      equity += size * values[at + FIELD.value]!;
      magnitude += lots * values[at + FIELD.magnitude]!;
      losses += loss;
      concentration += loss * excessOf(root * values[at + FIELD.thresholdRoot]!);
      const impact = Math.min(root * values[at + FIELD.volumeRoot]!, 1) + ROOT;
      charges += lots * (values[at + FIELD.always]! + values[at + FIELD.impact]! * impact);
      if (size < 0) minimum += lots * values[at + FIELD.shortMinimum]!;
    }
    const end = firstPledge + pledges[slot]!;
    for (let i = firstPledge; i < end; i++) {
      const value = amount[i]! * this.#markets.unitValue[row[i]!]!;
      const terms = this.#markets.terms(this.#markets.underlyingOfAsset(row[i]!));
      const loss = value * terms.worstDrop;
      equity += value;
      magnitude += value;
      losses += loss;
      concentration += loss * excessOf(exposureRoot[i]! * terms.thresholdRoot);
    }
    this.#equity = equity;
    this.#charges = charges;
    this.#shortMinimum = minimum;
    this.#concentration = concentration;
    this.#magnitude = magnitude;
    return losses;
  }

  /** The losses of its underlyings over the scenarios, collateral inside, and the sum of what was added up for them. */
  #secondSieve(slot: number): [silo: number, magnitude: number] {
    const { start, positions, pledges, row, amount, exposureRoot } = this.#columns;
    const { arrays, values, underlyingOf, unitValue } = this.#markets;
    const [pnl, excess] = [this.#pnl, this.#excess];
    let [books, magnitude] = [0, 0];
    const first = start[slot]!;
    const firstPledge = first + positions[slot]!;
    const end = firstPledge + pledges[slot]!;
    for (let i = first; i < end; i++) {
      const isPosition = i < firstPledge;
      const underlying = isPosition ? underlyingOf[row[i]!]! : this.#markets.underlyingOfAsset(row[i]!);
      let at = 0;
      while (at < books && this.#books[at] !== underlying) at++;
      if (at === books) {
        this.#books[books++] = underlying;
        excess[at] = excessOf(exposureRoot[i]! * this.#markets.terms(underlying).thresholdRoot);
        pnl.fill(0, at * SCENARIOS, books * SCENARIOS);
      }
      const factor = isPosition ? amount[i]! : amount[i]! * unitValue[row[i]!]!;
      const moves = isPosition ? arrays[row[i]!]! : this.#markets.terms(underlying).moves;
      const offset = at * SCENARIOS;
      for (let s = 0; s < SCENARIOS; s++) pnl[offset + s]! += factor * moves[s]!;
      // A linear move is at most 5: a tail of 500 %.
      const largest = isPosition ? largestOf(values, row[i]! * STRIDE) : 5;
      magnitude += Math.abs(factor) * largest * (1 + excess[at]!);
    }
    let silo = 0;
    this.#concentration = 0;
    for (let at = 0; at < books; at++) {
      let lowest = 0;
      for (let s = at * SCENARIOS; s < (at + 1) * SCENARIOS; s++) if (pnl[s]! < lowest) lowest = pnl[s]!;
      silo -= lowest;
      this.#concentration -= lowest * excess[at]!;
    }
    return [silo, magnitude];
  }
}

/** Largest move of a lot in any scenario. */
const largestOf = (values: Float64Array, at: number): number =>
  Math.max(values[at + FIELD.longLoss]!, values[at + FIELD.shortLoss]!);

/**
 * How much more what is concentrated costs, at least what the rule says; `root` is of exposure over threshold,
 * and may have been rounded to one from above.
 */
const excessOf = (root: number): number => (root < 1 - ROOT ? 0 : Math.min(Math.max(root - 1, 0) + ROOT, EXCESS_MAX));
