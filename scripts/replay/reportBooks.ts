// The parts of a report on margin by mode, options by kind, and what the keeper met.
import { MODES, type Book, type BookSums, type EfficiencySummary } from './efficiency.ts';
import type { KeeperSummary } from './keeperLog.ts';
import type { OptionBook } from './optionBooks.ts';
import { duration, number, type ReportSection } from './reportText.ts';

type Row = readonly [string, string];

/** The worst look, the last one, and who stands behind either. */
export function efficiencySections({ last, worst, uncoveredMostUsd }: EfficiencySummary): ReportSection[] {
  if (last === null || worst === null) return [];
  return [
    { title: `Initial margin by mode: most at ${at(worst)}`, rows: bookRows(worst) },
    {
      title: `Initial margin by mode: the end, ${at(last)}`,
      rows: [
        ...bookRows(last),
        ['below maintenance at the end', number(last.all.belowMaintenance)],
        ['loss nobody covers', `${number(last.all.uncoveredUsd)} USD at the end, ${number(uncoveredMostUsd)} USD at most`],
      ],
    },
  ];
}

const at = ({ timeSeconds }: Book): string => `${new Date(timeSeconds * 1_000).toISOString().slice(0, 16)}Z`;

const bookRows = (book: Book): Row[] => [
  [`all (${number(book.all.accounts)})`, inWords(book.all)],
  ...Object.entries(book.byStyle).map(([style, sums]): Row => [
    `  ${style} (${number(sums.accounts)})`,
    `${inWords(sums)}${sums.belowMaintenance === 0 ? '' : `; ${number(sums.belowMaintenance)} below maintenance`}`,
  ]),
];

function inWords({ initialUsd }: BookSums): string {
  const { isolated, portfolio } = initialUsd;
  const share = isolated > 0 ? ` (${number((100 * portfolio) / isolated, 1)} % of isolated)` : '';
  return `${MODES.map((name) => `${name} ${number(initialUsd[name])}`).join(', ')} USD${share}`;
}

export function optionSections(books: Readonly<Record<string, OptionBook>>): ReportSection[] {
  const rows = Object.entries(books).map(([name, book]): Row => {
    const traded = `${number(book.trades)} trades of ${number(book.units, 1)} for ${number(book.premiumUsd)} USD`;
    const exercised = `${number(book.exercisedUnits, 1)} of them worth ${number(book.exercisedUsd)} USD`;
    return [name, `${traded}; ${number(book.settledUnits, 1)} settled, ${exercised}`];
  });
  return rows.length === 0 ? [] : [{ title: 'Options', rows }];
}

/** Rarely anything: where it is, a price was too far from the last one, or came too late for a mark. */
export function keeperSections({ refused, silenceSeconds }: KeeperSummary): ReportSection[] {
  const rows: Row[] = [
    ...Object.entries(silenceSeconds).map(([symbol, seconds]): Row => [`oldest ${symbol} price`, duration(seconds)]),
    ...Object.entries(refused).map(([what, count]): Row => [what, number(count)]),
  ];
  return rows.length === 0 ? [] : [{ title: 'Prices, and steps of the keeper that were refused', rows }];
}
