/** Whenever the process is killed, what is there of snapshots and of restored stores is whole. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../../node/ports/random.ts';
import { programOf } from '../../support/program.ts';
import { Chain, newDirectory, newestOf, openMaker } from './chain.ts';
import { rootOf } from './restored.ts';

const test = suite('snapshot: kill');
const children = new Set<ChildProcessWithoutNullStreams>();
test.after(() => {
  for (const child of children) child.kill('SIGKILL');
});
const SEED = process.env['SEED'] ?? 'snapshots 1';
const KILLS = Number(process.env['KILLS'] ?? 6);
const random = seededRandom(SEED);

type Line = Readonly<{ kind: 'loaded' | 'ready' | 'step' | 'done'; height: number }>;
/** After so many steps, or ends, and so long: what a machine under load does is as much as any other. */
type Kill = Readonly<{ after: number; millis: number }>;
type Child = { process: ChildProcessWithoutNullStreams; errors: string; on: (line: Line) => void; gone: Promise<number | null> };

/** Starts a process that has loaded its code and waits for `go`. */
function spawnChild(...parameters: readonly string[]): Child {
  const process_ = spawn(process.execPath, [...programOf(join(import.meta.dirname, 'child.ts')), ...parameters]);
  const gone = new Promise<number | null>((resolve) => process_.once('close', (code) => resolve(code)));
  const child: Child = { process: process_, errors: '', on: () => undefined, gone };
  children.add(process_);
  process_.once('close', () => children.delete(process_));
  process_.stderr.on('data', (chunk: Buffer) => (child.errors += chunk.toString()));
  createInterface({ input: process_.stdout }).on('line', (line) => {
    if (line.endsWith('}')) child.on(JSON.parse(line) as Line);
  });
  return child;
}

/** Lets the child go and kills it as told, or lets it end. What it said. */
async function run(child: Child, kill: Kill | null): Promise<Line[]> {
  const lines: Line[] = [];
  child.on = (line) => {
    if (line.kind === 'loaded') return;
    lines.push(line);
    if (kill !== null && lines.length === 1 + kill.after) setTimeout(() => child.process.kill('SIGKILL'), kill.millis);
  };
  child.process.stdin.write('go\n');
  const code = await child.gone;
  assert.ok(code === null || code === 0, `ended with ${code}: ${child.errors}`);
  return lines;
}

const directory = newDirectory();

test(`${KILLS} kills while snapshots are made (seed ${SEED})`, async () => {
  const start = (): Child => spawnChild('make', directory);
  let next = start();
  let made = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = next;
    // Its successor loads its code meanwhile.
    next = start();
    // A block is a step and a snapshot an end: up to two whole snapshots, and some of a third.
    const [ready, ...then] = await run(child, { after: (kill === 0 ? 2 : 0) + random.nextInt(4), millis: random.nextInt(150) });
    assert.ok(ready!.height >= made, `snapshot ${made} was made, ${ready!.height} is the newest`);
    made = then.findLast(({ kind }) => kind === 'done')?.height ?? ready!.height;
  }
  next.process.kill('SIGKILL');
  assert.ok(made > 0, 'the first one was left to make one');
  const chain = await Chain.open(join(directory, 'chain'), () => []);
  const maker = await openMaker(chain.store, join(directory, 'snapshots'));
  assert.ok(newestOf(maker).header.height >= made);
  await chain.block('the last one');
  const { manifest } = (await maker.make())!;
  assert.is(await rootOf(manifest, (hash) => maker.chunk(hash)), chain.root);
  const named = new Set(readdirSync(join(directory, 'snapshots', 'chunks')));
  for (const { hash } of manifest.chunks) assert.ok(named.has(hash));
  assert.not([...named].some((name) => name.endsWith('.new')), 'nothing unfinished is left');
  await chain.close();
});

test(`${KILLS} kills while a store is restored (seed ${SEED})`, async () => {
  const target = join(directory, 'restored');
  const start = (): Child => spawnChild('restore', directory, target);
  let next = start();
  let whole = 0;
  for (let kill = 0; kill <= KILLS; kill++) {
    const child = next;
    if (kill < KILLS) next = start();
    const lines = await run(child, kill < KILLS ? { after: random.nextInt(6), millis: random.nextInt(100) } : null);
    const isDone = lines.at(-1)!.kind === 'done';
    assert.ok(!isDone || existsSync(target), 'what is said to be done is there');
    if (!existsSync(target)) continue;
    whole += 1;
    const [copy, chain] = [
      await Chain.open(target, () => []),
      await Chain.open(join(directory, 'chain'), () => []),
    ];
    assert.is(copy.root, chain.root);
    assert.is(copy.executor.sealedHash, chain.executor.sealedHash);
    await copy.close();
    await chain.close();
    rmSync(target, { recursive: true });
  }
  assert.ok(whole > 0, 'the last one was left to end');
  console.log(JSON.stringify({ kills: KILLS, ended: whole }));
});

test.run();
