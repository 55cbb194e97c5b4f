/**
 * The table of budgets with this machine's figures, each beside its own limit measured in the same
 * run. `npm run bench -- matcher state` narrows it; `--markdown` prints a table for the README.
 */
import { cpus } from 'node:os';

/** One line of the table. */
export type BenchRow = Readonly<{ name: string; value: string; limit: string; budget: string }>;

const SUITES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  trie: async () => (await import('./bench/trie.ts')).benchTrie(),
  state: async () => (await import('./bench/state.ts')).benchState(),
  risk: async () => (await import('./bench/risk.ts')).benchRisk(),
  whatIf: async () => (await import('./bench/whatIf.ts')).benchWhatIf(),
  liquidation: async () => (await import('./bench/liquidation.ts')).benchLiquidation(),
  storm: async () => (await import('./bench/storm.ts')).benchStorm(),
  matcher: async () => (await import('./bench/matcher.ts')).benchMatcher(),
  rpc: async () => (await import('./bench/rpc.ts')).benchRpc(),
  snapshot: async () => (await import('./bench/snapshot.ts')).benchSnapshot(),
  node: async () => (await import('./bench/node.ts')).benchNode(),
  peers: async () => (await import('./bench/peers.ts')).benchPeers(),
  follower: async () => (await import('./bench/follower.ts')).benchFollower(),
};

const words = process.argv.slice(2);
const chosen = words.filter((word) => !word.startsWith('--'));
const unknown = chosen.filter((word) => !(word in SUITES));
if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(', ')}; known: ${Object.keys(SUITES).join(', ')}`);
  process.exit(1);
}

const rows: BenchRow[] = [];
for (const [name, run] of Object.entries(SUITES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.error(`${name} ...`);
  rows.push(...(await run()));
}
const HEADS: BenchRow = { name: 'what', value: 'measured', limit: 'its limit, same run', budget: 'budget' };
const columns = ['name', 'value', 'limit', 'budget'] as const;
if (words.includes('--markdown')) {
  const line = (row: BenchRow): string => `| ${columns.map((c) => row[c]).join(' | ')} |`;
  console.log([line(HEADS), '|---|---|---|---|', ...rows.map(line)].join('\n'));
} else {
  const width = (c: (typeof columns)[number]): number => Math.max(...[HEADS, ...rows].map((r) => r[c].length));
  for (const row of [HEADS, ...rows]) console.log(columns.map((c) => row[c].padEnd(width(c))).join('  '));
}
console.log(`\n${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
process.exit(0);
