// Prints what a replay did, and writes it down: a table, JSON, Markdown, and the charts.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountantSections } from './accountant.ts';
import { lineChart } from './chart.ts';
import type { HistogramSummary } from './histogram.ts';
import { liquidationSections } from './liquidationLog.ts';
import { efficiencySections, keeperSections, optionSections } from './reportBooks.ts';
import { duration, number, type ReportSection } from './reportText.ts';
import type { Point, ReplaySummary } from './statistics.ts';
import { waterfallSections, type WaterfallLog } from './waterfallLog.ts';

export type ReportLines = Readonly<{
  prices: ReadonlyMap<string, readonly Point[]>;
  equity: readonly Point[];
  waterfall: WaterfallLog;
}>;

const REFUSALS_SHOWN = 8;

export function reportSections(summary: ReplaySummary): ReportSection[] {
  const { orders, trades, blocks, batches } = summary;
  const refusals = Object.entries(orders.refusedBy);
  const hidden = refusals.slice(REFUSALS_SHOWN).reduce((sum, [, count]) => sum + count, 0);
  return [
    {
      title: 'Time',
      rows: [
        ['market time', duration(summary.marketSeconds)],
        ['wall time', duration(summary.wallSeconds)],
        ['speed', `${number(summary.speed, 1)} x`],
      ],
    },
    {
      title: 'Orders',
      rows: [
        ['sent', number(orders.sent)],
        ['accepted', `${number(orders.accepted)}${percent(orders.accepted, orders.sent)}`],
        ['refused', `${number(orders.refused)}${percent(orders.refused, orders.sent)}`],
        ...refusals
          .slice(0, REFUSALS_SHOWN)
          .map(([reason, count]): [string, string] => [`  ${reason}`, number(count)]),
        ...(hidden === 0 ? [] : [['  other reasons', number(hidden)] as const]),
        ['cancels', number(orders.cancels)],
        ...Object.entries(orders.byStyle).map(([style, count]): [string, string] => [
          `from ${style}`,
          number(count),
        ]),
        ['throughput', `${number(summary.ordersPerSecond, 1)} orders/s`],
        ['order to answer', latency(summary.latencyMillis)],
      ],
    },
    {
      title: 'Chain',
      rows: [
        ['trades', `${number(trades.count)}, ${number(trades.perSecond, 1)}/s`],
        ['traded', `${number(trades.notionalUsd)} USD`],
        ['blocks', number(blocks.count)],
        ['transactions', number(blocks.transactions)],
        ['transactions per block', spread(blocks.transactionsPerBlock)],
        ['batches', number(batches.count)],
        [
          'bytes',
          `${number(batches.bytes)}, ${number(batches.bytesPerTransaction, 1)} a transaction`,
        ],
        ['bytes per trade', number(batches.bytesPerTrade, 1)],
        ['gas', `${number(batches.gas)}, ${number(batches.gasPerTransaction)} a transaction`],
        ['gas per trade', number(batches.gasPerTrade)],
      ],
    },
    marginSection(summary),
    ...liquidationSections(summary.liquidation),
    ...waterfallSections(summary.waterfall),
    ...accountantSections(summary.books),
    ...efficiencySections(summary.efficiency),
    ...optionSections(summary.options),
    ...keeperSections(summary.keeper),
    truthSection(summary),
  ];
}

function marginSection({ margin }: ReplaySummary): ReportSection {
  return {
    title: 'Margin',
    rows: [
      ['accounts', number(margin.accounts)],
      ['samples', number(margin.samples)],
      ['initial margin / equity', spread(margin.usePercent, ' %')],
      ['below initial margin', `${number(margin.belowInitialMost)} at most`],
      [
        'at risk (below maintenance)',
        atMost(margin.belowMaintenanceMost, margin.belowMaintenanceLast),
      ],
      ['owing money', atMost(margin.negativeMost, margin.negativeLast)],
      ['worst equity', `${number(margin.worstEquityUsd, 2)} USD`],
    ],
  };
}

function truthSection(summary: ReplaySummary): ReportSection {
  const { audit } = summary;
  const verdict = audit === null ? 'not made' : audit.matches ? 'every root matches' : 'MISMATCH';
  return {
    title: 'Conservation and audit',
    rows: [
      ...summary.conservation.map((one): [string, string] => [
        one.name,
        one.worstDifference === '0'
          ? `exact in ${number(one.checks)} checks, ${group(one.held)} held`
          : `OFF BY ${group(one.worstDifference)} in ${number(one.checks)} checks`,
      ]),
      ['conserved', summary.isConserved ? 'yes' : 'NO'],
      ['final root', summary.finalRoot ?? 'unknown'],
      ['audit from L1', audit === null ? verdict : `${verdict} (${number(audit.roots)} roots)`],
    ],
  };
}

/** The table for a terminal. */
export function renderText(summary: ReplaySummary): string {
  const sections = reportSections(summary);
  const width = Math.max(...sections.flatMap(({ rows }) => rows.map(([name]) => name.length)));
  return sections
    .map(({ title, rows }) => {
      const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
      return [title, '-'.repeat(title.length), ...lines, ''].join('\n');
    })
    .join('\n');
}

export function renderMarkdown(
  summary: ReplaySummary,
  title: string,
  charts: readonly string[] = [],
): string {
  // An indented name keeps its indent: no-break spaces survive a table cell.
  const cell = (text: string): string =>
    text.replace(/^ +/, (indent) => '&nbsp;'.repeat(indent.length)).replaceAll('|', '\\|');
  const tables = reportSections(summary).map((section) =>
    [
      `## ${section.title}`,
      '',
      '| | |',
      '|---|---|',
      ...section.rows.map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`),
      '',
    ].join('\n'),
  );
  const images = charts.map((file) => `![${file.replace(/\.svg$/, '')}](${file})\n`);
  return [`# ${title}\n`, ...tables, ...images].join('\n');
}

/** Writes report.json, report.md, one chart per price and one of the waterfall into the directory; the paths written. */
export async function writeReport(
  directory: string,
  title: string,
  summary: ReplaySummary,
  lines: ReportLines,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const charts = [...lines.prices].map(([name, points]) => ({
    file: `price-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`,
    svg: lineChart({
      title: `${title}: ${name} and equity of all accounts`,
      leftLabel: `${name}, USD`,
      rightLabel: 'equity, USD',
      lines: [
        { name, points },
        { name: 'equity of all accounts', points: lines.equity, axis: 'right' },
      ],
    }),
  }));
  if (waterfallSections(summary.waterfall).length > 0) charts.push({ file: 'waterfall.svg', svg: waterfallChart(title, lines) });
  const files: [string, string][] = [
    ['report.json', `${JSON.stringify({ title, ...summary }, null, 2)}\n`],
    [
      'report.md',
      renderMarkdown(
        summary,
        title,
        charts.map((chart) => chart.file),
      ),
    ],
    ...charts.map(({ file, svg }): [string, string] => [file, svg]),
  ];
  for (const [file, text] of files) await writeFile(join(directory, file), text);
  return files.map(([file]) => join(directory, file));
}

/** Who pays, over time. */
const waterfallChart = (title: string, { waterfall }: ReportLines): string =>
  lineChart({
    title: `${title}: fund, vault, claims and deficit`,
    leftLabel: 'USD',
    rightLabel: 'maintenance margin in auction, USD',
    lines: [
      { name: 'insurance fund', points: waterfall.line('fundUsd') },
      { name: 'backstop vault', points: waterfall.line('vaultUsd') },
      { name: 'claims', points: waterfall.line('claimsUsd') },
      { name: 'deficit', points: waterfall.line('deficitUsd') },
      { name: 'in auction', points: waterfall.line('auctionedUsd'), axis: 'right' },
    ],
  });

const atMost = (most: number, last: number): string =>
  `${number(most)} at most, ${number(last)} at the end`;

/** Digits in groups of three, for integers too large for a double. */
const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

const percent = (part: number, whole: number): string =>
  whole === 0 ? '' : ` (${number((100 * part) / whole, 1)} %)`;

const latency = (millis: HistogramSummary): string =>
  `p50 ${number(millis.p50, 2)} ms, p90 ${number(millis.p90, 2)} ms, ` +
  `p99 ${number(millis.p99, 2)} ms, most ${number(millis.most, 2)} ms`;

const spread = (values: HistogramSummary, unit = ''): string =>
  `mean ${number(values.mean, 1)}${unit}, p50 ${number(values.p50, 1)}${unit}, ` +
  `p99 ${number(values.p99, 1)}${unit}, most ${number(values.most, 1)}${unit}`;
