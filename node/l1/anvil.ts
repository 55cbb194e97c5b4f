// Starts anvil, where its npm package is installed, as a second L1 for tests and development
// chains.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DEV_ACCOUNTS, DEV_MNEMONIC, type DevAccount } from './devAccounts.ts';

export type AnvilOptions = {
  readonly chainId?: number;
  /** 0 lets the system choose. */
  readonly port?: number;
  readonly mining?:
    | { readonly kind: 'auto' }
    | { readonly kind: 'interval'; readonly seconds: number }
    | { readonly kind: 'manual' };
};

export type Anvil = {
  readonly url: string;
  readonly chainId: number;
  /** The ten accounts of the test mnemonic, 10,000 ether each. */
  readonly accounts: readonly DevAccount[];
  /** Ends the process and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
};

export type AnvilBinary =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly reason: string };

const CHAIN_ID_DEFAULT = 31_337;
const START_TIMEOUT_MS = 20_000;
/** Enough of what it printed to say why it did not start. */
const OUTPUT_LINES_MAX = 20;

/** The anvil of the optional npm dependency, or why there is none. */
export function findAnvil(): AnvilBinary {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch {
    return { found: false, reason: `anvil is not installed: npm package ${name} is missing` };
  }
  const path = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil');
  if (!existsSync(path)) return { found: false, reason: `anvil is not installed: no ${path}` };
  return { found: true, path };
}

/** Resolves when anvil listens. Throws when it is absent, ends early or stays silent. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const binary = findAnvil();
  if (!binary.found) throw new Error(binary.reason);
  const chainId = options.chainId ?? CHAIN_ID_DEFAULT;
  const child = spawn(binary.path, anvilArguments(options, chainId), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // An anvil that outlives its parent would hold the port for ever.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', kill);
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  try {
    const address = await listening(child);
    return { url: `http://${address}`, chainId, accounts: DEV_ACCOUNTS, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function anvilArguments(options: AnvilOptions, chainId: number): string[] {
  const mining = options.mining ?? { kind: 'auto' };
  const fixed = ['--host', '127.0.0.1', '--hardfork', 'osaka', '--mnemonic', DEV_MNEMONIC];
  const chosen = ['--chain-id', String(chainId), '--port', String(options.port ?? 0)];
  if (mining.kind === 'interval') chosen.push('--block-time', String(mining.seconds));
  if (mining.kind === 'manual') chosen.push('--no-mining');
  return [...fixed, ...chosen];
}

/** The host and port that anvil prints when it is ready. */
function listening(child: ChildProcess): Promise<string> {
  const printed: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`anvil did not start: ${why}\n${printed.join('\n')}`));
    };
    const timer = setTimeout(() => fail(`silent for ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`exit code ${code}`));
    const read = (line: string): void => {
      if (printed.length < OUTPUT_LINES_MAX) printed.push(line);
      const address = /^Listening on (\S+)/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    // Reading goes on to the end: a full pipe would stop anvil.
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', read);
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', read);
  });
}
