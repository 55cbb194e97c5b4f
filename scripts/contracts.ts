/**
 * Compiles the Solidity of `genesis/contracts` into `abi.ts`, after writing `Protocol.sol` from
 * `state/`; the same sources give the same bytes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { protocolSolidity } from './protocolSolidity.ts';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
export const contractsFolder = join(root, 'genesis/contracts');
export const generatedFile = join(contractsFolder, 'abi.ts');
/** Compilations by what decides them. */
const cacheFolder = join(root, 'node_modules/.cache/tidepool-solc');
/** The Solidity that follows from the protocol. */
export const protocolFile = join(contractsFolder, 'Protocol.sol');

/** Export name and contract, in the order they appear in the generated file. */
export const exported = [
  ['inbox', 'Inbox.sol', 'Inbox'],
  ['rollup', 'Rollup.sol', 'Rollup'],
  ['governance', 'Governance.sol', 'Governance'],
  ['vault', 'Vault.sol', 'Vault'],
  ['fraudProof', 'FraudProof.sol', 'FraudProof'],
  ['chainSteps', 'steps/ChainSteps.sol', 'ChainSteps'],
  ['actionSteps', 'steps/ActionSteps.sol', 'ActionSteps'],
  ['tradeSteps', 'steps/TradeSteps.sol', 'TradeSteps'],
  ['oracleSteps', 'steps/OracleSteps.sol', 'OracleSteps'],
  ['markSteps', 'steps/MarkSteps.sol', 'MarkSteps'],
  ['auctionSteps', 'steps/AuctionSteps.sol', 'AuctionSteps'],
  ['bidSteps', 'steps/BidSteps.sol', 'BidSteps'],
  ['waterfallSteps', 'steps/WaterfallSteps.sol', 'WaterfallSteps'],
  ['vaultSteps', 'steps/VaultSteps.sol', 'VaultSteps'],
  ['roundSteps', 'steps/RoundSteps.sol', 'RoundSteps'],
  ['testToken', 'devnet/TestToken.sol', 'TestToken'],
] as const;

export interface CompiledContract {
  readonly abi: readonly unknown[];
  readonly bytecode: `0x${string}`;
}
type Sources = Readonly<Record<string, string>>;

interface SolcOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<
    string,
    Record<string, { abi: unknown[]; evm: { bytecode: { object: string } } }>
  >;
}
interface Solc {
  version(): string;
  compile(
    input: string,
    callbacks: { import: (path: string) => { contents: string } | { error: string } },
  ): string;
}

const STEPS = 'steps/';
/**
 * Steps of the chain go through the intermediate representation, for they need more than 16 stack
 * slots, and are kept small: a hundredth of the gas is a tenth of the size.
 */
export const STEP_RUNS = 200;
/** @param stepRuns of steps of the chain; null of any other contract */
const settingsOf = (stepRuns: number | null): object => ({
  evmVersion: 'prague',
  viaIR: stepRuns !== null,
  optimizer: { enabled: true, runs: stepRuns ?? 20_000 },
  // No metadata: the bytes depend on the code alone, not on comments and paths.
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
});

/** Contracts by path and name. */
type Compiled = ReadonlyMap<string, CompiledContract>;

/**
 * Compiles `sources` (by path) and what they import, which is read from the room where it is not
 * among them. Throws with the compiler's words, on warnings too unless they are `tolerated`.
 * A compilation without any is remembered on disk: that of all steps takes two minutes.
 */
export function compile(sources: Sources, stepRuns: number | null = null, tolerated = false): Compiled {
  const input = inputOf(sources, stepRuns);
  if (tolerated) return compileNow(input, true);
  const file = join(cacheFolder, `${keyOf(input, sources)}.json`);
  if (existsSync(file)) return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, CompiledContract][]);
  const compiled = compileNow(input, false);
  mkdirSync(cacheFolder, { recursive: true });
  // Written beside and moved: whoever reads it reads all of it.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify([...compiled]));
  renameSync(`${file}.${process.pid}`, file);
  return compiled;
}

const inputOf = (sources: Sources, stepRuns: number | null): string =>
  JSON.stringify({
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: settingsOf(stepRuns),
  });

/** A hash of all that decides what the input compiles to: the compiler, its settings, and every source it reaches. */
function keyOf(input: string, sources: Sources): string {
  const { version } = require('solc/package.json') as { version: string };
  const reached = reach(sources);
  const paths = [...reached.keys()].sort();
  const all = paths.map((path) => [path, reached.get(path)!]);
  return createHash('sha256').update(JSON.stringify([version, input, all])).digest('hex');
}

const IMPORTED = /^import\s[^"]*"([^"]+)";/gm;

/** `sources` and all that they import, by path. */
function reach(sources: Sources): Map<string, string> {
  const reached = new Map(Object.entries(sources));
  for (const [path, content] of reached) {
    // A map is walked in the order of insertion: what is added here comes up later.
    for (const [, imported] of content.matchAll(IMPORTED)) {
      const target = imported!.startsWith('.') ? join(path, '..', imported!) : imported!;
      if (reached.has(target)) continue;
      const found = readImport(target);
      if ('contents' in found) reached.set(target, found.contents);
    }
  }
  return reached;
}

function compileNow(input: string, tolerated: boolean): Compiled {
  const solc = require('solc') as Solc;
  const output = JSON.parse(solc.compile(input, { import: readImport })) as SolcOutput;
  const isComplaint = (severity: string): boolean =>
    tolerated ? severity === 'error' : severity !== 'info';
  const complaints = (output.errors ?? []).filter(({ severity }) => isComplaint(severity));
  if (complaints.length > 0) {
    throw new Error(complaints.map((error) => error.formattedMessage).join('\n'));
  }
  const compiled = new Map<string, CompiledContract>();
  for (const [path, contracts] of Object.entries(output.contracts ?? {})) {
    for (const [name, { abi, evm }] of Object.entries(contracts)) {
      compiled.set(`${path}:${name}`, { abi, bytecode: `0x${evm.bytecode.object}` });
    }
  }
  return compiled;
}

const stepRunsOf = (path: string): number | null => (path.startsWith(STEPS) ? STEP_RUNS : null);
const sourceOf = (path: string): Sources => ({ [path]: readFileSync(join(contractsFolder, path), 'utf8') });

/** One contract of the room; `changed` sources stand in for those on disk, and may be warned of. */
export function compileOne(path: string, contract: string, changed: Sources = {}): CompiledContract {
  const isChanged = Object.keys(changed).length > 0;
  const found = compile({ ...sourceOf(path), ...changed }, stepRunsOf(path), isChanged).get(`${path}:${contract}`);
  if (found === undefined) throw new Error(`${path} does not define contract ${contract}`);
  return found;
}

export type Exported = (typeof exported)[number];

/** The line of the generated file that says what a contract was compiled from: compiler, settings, every source. */
export const originOf = ([name, path]: Exported): string =>
  `// From sources ${keyOf(inputOf(sourceOf(path), stepRunsOf(path)), sourceOf(path))}.\nexport const ${name} = {`;

/** What the generated file has of a contract. */
export function partOf(one: Exported): string {
  const { abi, bytecode } = compileOne(one[1], one[2]);
  const entries = abi.map((entry) => `    ${JSON.stringify(entry)},`).join('\n');
  return `${originOf(one)}\n  abi: [\n${entries}\n  ],\n  bytecode:\n    '${bytecode}',\n} as const;\n`;
}

/** The text of the generated file. */
export const generate = (): string =>
  `/** Interfaces and creation code of the L1 contracts. Generated by \`npm run contracts\`. */\n\n${exported.map(partOf).join('\n')}`;

function readImport(path: string): { contents: string } | { error: string } {
  const own = join(contractsFolder, path);
  const isOurs = own.startsWith(contractsFolder) && existsSync(own);
  if (!isOurs && !path.startsWith('@openzeppelin/')) return { error: `only @openzeppelin is imported, not ${path}` };
  try {
    return { contents: readFileSync(isOurs ? own : join(root, 'node_modules', path), 'utf8') };
  } catch (error) {
    return { error: String(error) };
  }
}

function main(arguments_: readonly string[]): void {
  const isCheck = arguments_.length === 1 && arguments_[0] === '--check';
  if (arguments_.length > 0 && !isCheck) {
    console.error('usage: npm run contracts [-- --check]');
    process.exitCode = 2;
    return;
  }
  for (const [file, text] of [
    [protocolFile, protocolSolidity],
    [generatedFile, generate],
  ] as const) {
    const wanted = text();
    const name = relative(root, file);
    const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === wanted;
    if (isCheck && !isCurrent) {
      console.error(`${name} is stale: run \`npm run contracts\` and commit it`);
      process.exitCode = 1;
      return;
    }
    if (!isCurrent) writeFileSync(file, wanted);
    console.log(`${name} ${isCurrent ? 'is up to date' : 'was written'}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
