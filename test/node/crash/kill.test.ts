/** Nothing that was acknowledged is lost, at whatever instant the process is killed. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { audit } from '../../../node/auditor/auditor.ts';
import { seededRandom } from '../../../node/ports/random.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { startsOf } from '../../../node/snapshot/starts.ts';
import { ReplayedState } from '../../../node/chain/replayed.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { bindingOf } from '../../../node/l1/deployment.ts';
import { fastOptions, look, newDirectory, openDevnet, Person, startDevnet, stopDevnet, stopDevnets } from '../devnet/world.ts';
import { programOf } from '../../support/program.ts';
import { checkAcknowledged, type Acknowledgement } from './check.ts';

const test = suite('node: kill');
const children = new Set<ChildProcessWithoutNullStreams>();
test.after(async () => {
  // One that still waits for its turn would keep a failed test from ending.
  for (const child of children) child.kill('SIGKILL');
  await stopDevnets();
});
const SEED = process.env['SEED'] ?? 'kill 1';
const KILLS = Number(process.env['KILLS'] ?? 15);
/** Load before each kill [ms]. */
const LOAD_MILLIS = { least: 100, most: 400 };

type Line = Partial<Acknowledgement> & { kind: string; orders?: number };
type Child = { process: ChildProcessWithoutNullStreams; errors: string; on: (line: Line) => void; gone: Promise<number | null> };

/** Starts a process that has loaded its code and waits for `go`. */
function spawnChild(parameters: readonly string[]): Child {
  const file = join(import.meta.dirname, 'child.ts');
  const process_ = spawn(process.execPath, [...programOf(file), ...parameters]);
  const gone = new Promise<number | null>((resolve) => process_.once('close', (code) => resolve(code)));
  const child: Child = { process: process_, errors: '', on: () => undefined, gone };
  children.add(process_);
  process_.once('close', () => children.delete(process_));
  process_.stderr.on('data', (chunk: Buffer) => (child.errors += chunk.toString()));
  // A line cut short by the kill was not acknowledged to anybody.
  createInterface({ input: process_.stdout }).on('line', (line) => {
    if (line.endsWith('}')) child.on(JSON.parse(line) as Line);
  });
  return child;
}

test(`${KILLS} kills under load lose no acknowledged order (seed ${SEED})`, async () => {
  const directory = newDirectory();
  const file = join(directory, 'acknowledged');
  writeFileSync(file, '');
  const random = seededRandom(SEED);
  const acknowledged: Acknowledgement[] = [];
  let checks = 0;
  const start = (run: number): Child => spawnChild([join(directory, 'devnet'), file, `${SEED} ${run}`]);
  let next = start(0);
  for (let run = 0; run < KILLS; run++) {
    const child = next;
    const delay = LOAD_MILLIS.least + random.nextInt(LOAD_MILLIS.most - LOAD_MILLIS.least);
    let isKilled = false;
    child.on = (line) => {
      if (line.kind === 'checked') checks += line.orders!;
      if (line.kind === 'ack') acknowledged.push({ digest: line.digest!, status: line.status!, filledLots: line.filledLots! });
      if (line.kind !== 'ready') return;
      setTimeout(() => {
        isKilled = child.process.kill('SIGKILL');
      }, delay);
    };
    const already = acknowledged.length;
    child.process.stdin.write('go\n');
    // Its successor loads its code meanwhile.
    if (run + 1 < KILLS) next = start(run + 1);
    await child.gone;
    assert.ok(isKilled, `run ${run} ended by itself: ${child.errors}`);
    appendFileSync(file, acknowledged.slice(already).map((one) => `${JSON.stringify(one)}\n`).join(''));
  }

  const options = fastOptions(join(directory, 'devnet'));
  const opened = await openDevnet(options);
  const { executor, store, network } = opened.node;
  const { height } = executor;
  const sealed = executor.sealedHeight;
  const replayed = new ReplayedState(store, startsOf(store, () => genesisRecords(network, bindingOf(opened.deployment)), null), { recover });
  assert.ok(await replayed.at(sealed, (state) => state.root.length === 32));
  await stopDevnet(opened);

  const devnet = await startDevnet(options);
  assert.ok(devnet.node.executor.height >= height);
  const accounts = [4, 5, 6, 7].map((index) => new Person(devnet, index).account);
  const last = await checkAcknowledged(devnet, accounts, acknowledged);
  // What L1 has is taken in first. What a killed process left in its mempool is mined with the flush,
  // and would open a block behind it: nothing is taken in from there on.
  devnet.node.keeper.stop();
  await look(devnet);
  await devnet.watcher.stop();
  await devnet.flush();
  const report = await audit(devnet.provider, devnet.deployment, network);
  assert.is(report.divergence, null);
  assert.is(report.height, devnet.node.executor.height);
  assert.is(report.root, toHex(devnet.node.executor.state.root));
  assert.ok(acknowledged.some(({ filledLots }) => filledLots > 0));
  assert.ok(acknowledged.some(({ status }) => status === 'cancelled'));
  const figures = { kills: KILLS, acknowledged: acknowledged.length, checks: checks + last.orders, ...report };
  console.log(JSON.stringify(figures));
});
test.run();
