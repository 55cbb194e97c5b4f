// What was done with options, by underlying and kind: traded, paid for, settled, exercised.
export type OptionBook = Readonly<{
  trades: number;
  /** Units of the underlying that changed hands, and the premiums paid for them. */
  units: number;
  premiumUsd: number;
  /** Units that were held to expiry, those of them with value, and that value. */
  settledUnits: number;
  exercisedUnits: number;
  exercisedUsd: number;
}>;

const NONE: OptionBook = {
  ...{ trades: 0, units: 0, premiumUsd: 0, settledUnits: 0, exercisedUnits: 0, exercisedUsd: 0 },
};

export class OptionBooks {
  readonly #books = new Map<string, OptionBook>();

  trade(name: string, units: number, premiumUsd: number): void {
    const book = this.#books.get(name) ?? NONE;
    const [trades, premium] = [book.trades + 1, book.premiumUsd + premiumUsd];
    this.#books.set(name, { ...book, trades, units: book.units + units, premiumUsd: premium });
  }

  /** A holder was settled, of units worth `valueUsd` altogether: zero where they expired worthless. */
  settled(name: string, units: number, valueUsd: number): void {
    const book = this.#books.get(name) ?? NONE;
    this.#books.set(name, {
      ...book,
      settledUnits: book.settledUnits + units,
      exercisedUnits: book.exercisedUnits + (valueUsd > 0 ? units : 0),
      exercisedUsd: book.exercisedUsd + valueUsd,
    });
  }

  summary(): Record<string, OptionBook> {
    return Object.fromEntries([...this.#books].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
