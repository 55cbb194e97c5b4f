/** The README's first trade, exactly as printed: a real node, an unmodified viem script, Ctrl-C, and a second start. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = join(import.meta.dirname, '../../..');
const CLI = join(ROOT, 'rpc/cli/tidepool.mjs');
const directory = mkdtempSync(join(tmpdir(), 'tidepool-first-trade-'));

type Urls = { rpc: string; l1: string };

/** Starts a node on free ports; resolves when both doors answer. */
function startNode(): Promise<{ child: ChildProcess; urls: Urls }> {
  const flags = ['--data-dir', directory, '--port', '0', '--l1-port', '0', '--batch-seconds', '2'];
  const child = spawn(process.execPath, [CLI, 'start', ...flags], { cwd: ROOT });
  return new Promise((resolve, reject) => {
    const urls: Partial<Urls> = {};
    child.once('exit', (code) => reject(new Error(`the node exited with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
      if (msg === 'embedded L1 answers') urls.l1 = url!;
      if (msg !== 'JSON-RPC answers') return;
      child.removeAllListeners('exit');
      resolve({ child, urls: { l1: urls.l1!, rpc: url! } });
    });
  });
}

function run(command: string[], environment: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...environment } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

const interrupt = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGINT');
  });

const firstTrade = suite('first trade');

firstTrade('deposit, order, fill, position, withdrawal paid on L1; all there after a restart', async () => {
  const first = await startNode();
  const { rpc, l1 } = first.urls;
  const script = await run([join('scripts', 'first-trade.mjs')], { NODE_URL: rpc, L1_URL: l1 });
  assert.is(script.code, 0, script.output);
  assert.match(script.output, /order filled, filled 0\.05/);
  assert.match(script.output, /paid on L1: balance 1000 USDC/);

  const audit = await run([CLI, 'audit', '--l1', l1, '--data-dir', directory]);
  assert.is(audit.code, 0, audit.output);

  const taken = await run([CLI, 'start', '--data-dir', `${directory}-2`, '--l1-port', '0', '--port', new URL(rpc).port]);
  assert.is(taken.code, 2, taken.output);
  assert.match(taken.output, /PORT_IN_USE/);
  const locked = await run([CLI, 'start', '--data-dir', directory, '--l1-port', '0', '--port', '0']);
  assert.is(locked.code, 2, locked.output);
  assert.is(await interrupt(first.child), 0);

  const second = await startNode();
  const flags = ['--account', '6', '--url', second.urls.rpc, '--l1', second.urls.l1];
  const account = await run([CLI, 'account', ...flags]);
  assert.is(account.code, 0, account.output);
  assert.match(account.output, /"size": "0\.05"/);
  const order = await run([CLI, 'order', ...flags, '--market', 'BTC-PERP', '--side', 'sell', '--size', '0.05']);
  assert.is(order.code, 0, order.output);
  assert.match(order.output, /"status": "filled"/);
  assert.match(order.output, /"positions": \[\]/);
  assert.is(await interrupt(second.child), 0);
  const unreachable = await run([CLI, 'audit', '--l1', second.urls.l1, '--data-dir', directory]);
  assert.is(unreachable.code, 2, unreachable.output);
});

firstTrade('flags, environment and amounts that can not be are refused by name', async () => {
  const cases: [string[], NodeJS.ProcessEnv, number, RegExp][] = [
    [[CLI, 'start', '--colour', 'red'], {}, 1, /unknown option '--colour'/],
    [[CLI, 'start', '--port', '70000'], {}, 1, /flag: port/],
    [[CLI, 'start'], { TIDEPOOL_PROT: '1' }, 1, /TIDEPOOL_PROT is not a setting/],
    [[CLI, 'audit', '--deployment', '/nowhere.json'], {}, 1, /deployment\.json/],
    [[CLI, 'status', '--url', 'http://127.0.0.1:1'], {}, 2, /./],
    [[CLI, 'order', '--market', 'BTC-PERP'], {}, 1, /--side/],
  ];
  for (const [command, environment, code, message] of cases) {
    const result = await run(command, environment);
    assert.is(result.code, code, `${command.slice(1).join(' ')}: ${result.output}`);
    assert.match(result.output, message);
  }
});

firstTrade.run();
