/** One operator goes, another comes: `start --from-l1` in a process of its own, knowing one file and L1. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rollup as rollupContract } from '../../../genesis/contracts/abi.ts';
import { parseDeployment } from '../../../node/l1/deployment.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { EmbeddedL1 } from '../../../node/l1/embedded/embeddedL1.ts';
import { serveEmbeddedL1, type L1Server } from '../../../node/l1/embedded/server.ts';
import { openL1Provider } from '../../../node/l1/provider.ts';
import { newDirectory } from '../../node/devnet/world.ts';

const test = suite('take-over command');
const CLI = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');
const SECONDS_MAX = 60;

let l1: EmbeddedL1;
let server: L1Server;
const children = new Set<ChildProcess>();
test.before(async () => {
  l1 = await EmbeddedL1.open({ directory: null, mining: { kind: 'auto' } });
  server = await serveEmbeddedL1({ l1, port: 0, developmentMethods: true });
});
test.after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server.close();
  await l1.close();
});

type Running = Readonly<{ sees: (text: RegExp) => Promise<RegExpExecArray>; end: () => Promise<number | null>; ended: Promise<number | null> }>;

function run(...flags: string[]): Running {
  const child = spawn(process.execPath, [CLI, ...flags], { cwd: tmpdir() });
  children.add(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const sees = async (text: RegExp): Promise<RegExpExecArray> => {
    for (let tries = 0; tries < SECONDS_MAX * 20; tries++) {
      const found = text.exec(output);
      if (found !== null) return found;
      await sleep(50);
    }
    throw new Error(`never said ${String(text)}: ${output}`);
  };
  const end = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { sees, end, ended };
}

const start = (directory: string, ...more: string[]): Running =>
  run('start', '--l1', server.url, '--data-dir', directory, '--port', '0', '--maker', 'false', '--batch-seconds', '1', ...more);

test('another operator bonds, derives the chain, waits, and goes on; the first can not any more', async () => {
  const [first, second] = [newDirectory(), newDirectory()];
  const deployment = join(first, 'deployment.json');
  const one = start(first);
  await one.sees(/JSON-RPC answers/);
  const { rollup } = parseDeployment(readFileSync(deployment, 'utf8'));
  const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: 31_337 });
  const count = { address: rollup, abi: rollupContract.abi, functionName: 'batchCount' } as const;
  while ((await provider.publicClient.readContract(count)) === 0n) await sleep(50);
  assert.is(await one.end(), 0);

  process.env['TIDEPOOL_SEQUENCER_KEY'] = DEV_ACCOUNTS[6]!.privateKey;
  const bond = run('bond', '--l1', server.url, '--deployment', deployment);
  delete process.env['TIDEPOOL_SEQUENCER_KEY'];
  assert.is(await bond.ended, 0);
  await bond.sees(new RegExp(`"sequencer": "${DEV_ACCOUNTS[6]!.address.toLowerCase()}",\\s+"paidEther": "0.01"`));
  const two = start(second, '--from-l1', deployment, '--sequencer-account', '6');
  await two.sees(/derived from L1; waiting for the seat/);
  await l1.request({ method: 'evm_increaseTime', params: [31] });
  await l1.request({ method: 'evm_mine', params: [] });
  await two.sees(/JSON-RPC answers/);
  const audit = run('audit', '--l1', server.url, '--data-dir', second);
  assert.is(await audit.ended, 0);

  // The first operator's chain has blocks that nobody will post any more, or lacks those that were.
  const late = start(first);
  await late.sees(/start again with --from-l1/);
  await late.end();
  assert.is(await two.end(), 0);
});

test('settings of a take-over are checked like any other', async () => {
  const missing = run('start', '--l1', server.url, '--data-dir', newDirectory(), '--from-l1', '/nowhere/deployment.json');
  assert.is(await missing.ended, 1);
  await missing.sees(/\/nowhere\/deployment.json: expected the deployment.json/);
  const account = run('start', '--sequencer-account', '12');
  assert.is(await account.ended, 1);
  await account.sees(/sequencerAccount/);
});

test.run();
