// What the embedded L1 has answered survives a restart, a kill -9 at any instant, and nothing else
// is let in.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Hash } from 'viem';
import { VirtualClock } from '../../../node/ports/clock.ts';
import {
  EmbeddedL1,
  type EmbeddedL1Options,
  type Mining,
} from '../../../node/l1/embedded/embeddedL1.ts';
import { EmbeddedL1Error, type EmbeddedL1Fault } from '../../../node/l1/embedded/errors.ts';
import { openL1Provider } from '../../../node/l1/provider.ts';
import { programOf } from '../../support/program.ts';
import { account, CHAIN_ID, type Backend, deployProbe } from './backends.ts';
import { PROBE_ABI } from './probeContract.ts';

/** Kills of the child process; each at another point of its work. */
const KILLS = 4;

const test = suite('embedded L1: restart');
const root = mkdtempSync(join(tmpdir(), 'tidepool-l1-'));
test.after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newDirectory = (): string => join(root, String(directories++));

type Opened = Backend & { readonly l1: EmbeddedL1 };

async function open(directory: string, more: Partial<EmbeddedL1Options> = {}): Promise<Opened> {
  const l1 = await EmbeddedL1.open({ directory, chainId: CHAIN_ID, ...more });
  const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: CHAIN_ID });
  const raw = (method: string, params: readonly unknown[] = []) => l1.request({ method, params });
  const reorg = (depth: number) => l1.reorg(depth, { dropTransactions: true });
  const mine = async (): Promise<void> => void (await l1.mine());
  return { ...provider, l1, raw, reorg, mine, close: () => l1.close() };
}

const manual: Mining = { kind: 'manual' };
const transfer = { to: account(1).address, value: 5n, gas: 21_000n };

async function fault(work: Promise<unknown>): Promise<EmbeddedL1Fault> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (!(outcome instanceof EmbeddedL1Error)) throw new Error(`expected a fault, got ${outcome}`);
  return outcome.fault;
}

test('blocks, logs, state, time and pending transactions are there again', async () => {
  const directory = newDirectory();
  const first = await open(directory);
  const address = await deployProbe(first);
  const args = [1n, 11n] as const;
  const request = { abi: PROBE_ABI, address, functionName: 'store', args } as const;
  const hash = await first.walletClient(account(0)).writeContract(request);
  await first.raw('evm_increaseTime', [86_400]);
  await first.mine();
  const answers = async (backend: Backend) => [
    await backend.publicClient.getBlock({ includeTransactions: true, blockNumber: 2n }),
    await backend.publicClient.getTransactionReceipt({ hash }),
    await backend.publicClient.getLogs({ address, fromBlock: 0n }),
    await backend.publicClient.readContract({
      abi: PROBE_ABI,
      address,
      functionName: 'values',
      args: [1n],
    }),
    await backend.publicClient.getBlockNumber(),
  ];
  const before = await answers(first);
  await first.close();

  const second = await open(directory, { mining: manual });
  assert.equal(await answers(second), before);
  const pending = await second.walletClient(account(2)).sendTransaction(transfer);
  await second.close();

  const third = await open(directory, { mining: manual });
  const { address: sender } = account(2);
  const nonce = { address: sender, blockTag: 'pending' } as const;
  assert.is(await third.publicClient.getTransactionCount(nonce), 1);
  const made = await third.l1.mine();
  const receipt = await third.publicClient.getTransactionReceipt({ hash: pending });
  assert.is(receipt.blockHash, made.hash);
  // A day was added to the clock before the restarts, and still is.
  const day = await third.publicClient.getBlock({ blockNumber: 3n });
  assert.ok(made.timestamp >= day.timestamp);
  assert.ok(Number(made.timestamp) > Date.now() / 1_000 + 80_000);
  await third.close();
});

test('BLOCKHASH works after a restart', async () => {
  const directory = newDirectory();
  const first = await open(directory);
  const address = await deployProbe(first);
  for (let mined = 0; mined < 250; mined++) await first.mine();
  await first.close();
  const second = await open(directory);
  const { hash } = await second.publicClient.getBlock({ blockNumber: 3n });
  const request = { abi: PROBE_ABI, address, functionName: 'hashOf', args: [3n] } as const;
  assert.is(await second.publicClient.readContract(request), hash);
  await second.close();
});

test('a re-orged chain opens at its new head; what was lost is mined again', async () => {
  const directory = newDirectory();
  const first = await open(directory, { mining: manual });
  const hash = await first.walletClient(account(0)).sendTransaction(transfer);
  await first.mine();
  await first.mine();
  const old = await first.publicClient.getBlock();
  const heads: number[] = [];
  first.l1.onHead((event) => heads.push(event.removed.length));
  await first.l1.reorg(2);
  assert.equal(heads, [2, 2]);
  await first.close();
  const second = await open(directory, { mining: manual });
  const head = await second.publicClient.getBlock();
  assert.is(head.number, old.number);
  assert.is.not(head.hash, old.hash);
  assert.is((await second.publicClient.getTransaction({ hash })).blockNumber, null);
  await second.mine();
  const receipt = await second.publicClient.getTransactionReceipt({ hash });
  assert.is(receipt.blockNumber, old.number + 1n);
  // The block that lost is still readable by its hash, as on Ethereum nodes.
  assert.is((await second.publicClient.getBlock({ blockHash: old.hash })).number, old.number);
  await second.close();
});

test('a re-org cannot pass the finalized block', async () => {
  const backend = await open(newDirectory(), { mining: manual });
  for (let mined = 0; mined < 70; mined++) await backend.mine();
  const refused = await backend.l1.reorg(65).catch((error: Error) => error);
  assert.match((refused as Error).message, 'final');
  await backend.l1.reorg(64);
  assert.is(backend.l1.headNumber, 70n);
  await backend.close();
});

test('kill -9 under load loses nothing that was answered', async () => {
  const directory = newDirectory();
  const setup = await open(directory);
  const probe = await deployProbe(setup);
  await setup.close();
  const answered: Hash[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    answered.push(...(await runAndKill(directory, probe, 5 + 7 * kill)));
    const backend = await open(directory);
    const { publicClient } = backend;
    for (const hash of answered) {
      const receipt = await publicClient.getTransactionReceipt({ hash });
      assert.is(receipt.status, 'success');
      const { hash: canonical } = await publicClient.getBlock({ blockNumber: receipt.blockNumber });
      assert.is(receipt.blockHash, canonical);
    }
    const { address } = account(0);
    const nonce = await publicClient.getTransactionCount({ address });
    const logs = await publicClient.getLogs({ address: probe, fromBlock: 0n });
    // State, logs and blocks are of the same instant: one log for each nonce after the deployment.
    assert.is(logs.length, nonce - 1);
    assert.ok(nonce - 1 >= answered.length);
    await backend.close();
  }
});

/** What the child printed before it was killed, `lines` lines after it was ready. */
async function runAndKill(directory: string, probe: string, lines: number): Promise<Hash[]> {
  const script = fileURLToPath(new URL('./embeddedCrashChild.ts', import.meta.url));
  const child = spawn(process.execPath, [...programOf(script), directory, probe], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (printed.length === lines + 1) child.kill('SIGKILL');
  }
  assert.is(await exit, 'SIGKILL');
  return printed.slice(1) as Hash[];
}

test('a copy of the files taken while blocks are written opens', async () => {
  const directory = newDirectory();
  const backend = await open(directory, { mining: manual });
  for (let copy = 0; copy < 5; copy++) {
    const writing = Promise.all(Array.from({ length: 40 }, () => backend.l1.mine()));
    await backend.l1.mine();
    const target = newDirectory();
    cpSync(directory, target, { recursive: true });
    const copied = await open(target, { mining: manual });
    const head = await copied.publicClient.getBlock();
    const same = await backend.publicClient.getBlock({ blockNumber: head.number });
    assert.is(head.hash, same.hash);
    await copied.mine();
    await copied.close();
    await writing;
  }
  await backend.close();
});

test('wrong network, directory in use and damaged files are named', async () => {
  const directory = newDirectory();
  const backend = await open(directory);
  await backend.mine();
  assert.is(await fault(open(directory)), 'directory_in_use');
  await backend.close();
  assert.is(await fault(open(directory, { chainId: 5 })), 'wrong_network');
  assert.is(await fault(open(directory, { chainId: 0 })), 'invalid_options');
  const endless: Mining = { kind: 'interval', seconds: -1 };
  assert.is(await fault(open(directory, { mining: endless })), 'invalid_options');
  assert.is(await fault(backend.l1.request({ method: 'eth_chainId' })), 'closed');

  const damaged = newDirectory();
  cpSync(directory, damaged, { recursive: true });
  for (const name of readdirSync(damaged).filter((one) => one.startsWith('MANIFEST'))) {
    truncateSync(join(damaged, name), 3);
  }
  assert.is(await fault(open(damaged)), 'database_corrupt');
  const blocked = newDirectory();
  writeFileSync(blocked, 'a file, not a directory');
  assert.is(await fault(open(blocked)), 'database_failed');
  // The undamaged original still opens.
  await (await open(directory)).close();
});

test('interval mining follows the clock, also with nothing to mine', async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const mining: Mining = { kind: 'interval', seconds: 12 };
  const backend = await open(newDirectory(), { clock, mining });
  const hash = await backend.walletClient(account(0)).sendTransaction(transfer);
  await clock.advance(36_000);
  const head = await backend.publicClient.getBlock();
  assert.is(head.number, 3n);
  assert.is(head.timestamp, 1_700_000_036n);
  assert.is((await backend.publicClient.getTransactionReceipt({ hash })).blockNumber, 1n);
  await backend.close();
  await clock.advance(36_000);
});

test.run();
