/** `tidepool audit` as an auditor runs it: 0 where L1 tells the truth, 70 where one byte of one root is another. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePayload, payloadHash, type BatchHeader } from '../../../genesis/contracts/batch.ts';
import { DEVNET_L1_PARAMETERS } from '../../../genesis/contracts/deploy.ts';
import type { Devnet } from '../../../node/devnet.ts';
import { assemble, blocksAfter } from '../../../node/l1/assemble.ts';
import { serveEmbeddedL1, type L1Server } from '../../../node/l1/embedded/server.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import {
  fastOptions,
  newDirectory,
  Person,
  postByHand,
  startDevnet,
  stopDevnet,
  stopDevnets,
  tipOf,
  USD,
} from '../../node/devnet/world.ts';

const test = suite('audit command');
const servers = new Set<L1Server>();
test.after(async () => {
  // One that a failed test left would keep the process alive.
  for (const server of servers) await server.close();
  await stopDevnets();
});
const CLI = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');

type Ended = { code: number | null; stdout: string; stderr: string };

function begin(l1: string, directory: string, more: readonly string[]): { child: ChildProcess; ended: Promise<Ended>; seen: () => string } {
  const flags = ['audit', '--l1', l1, '--data-dir', directory, ...more];
  // Its working directory is where divergence.json goes.
  const child = spawn(process.execPath, [CLI, ...flags], { cwd: directory });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended, seen: () => stdout };
}
const audit = (l1: string, directory: string, ...more: string[]): Promise<Ended> => begin(l1, directory, more).ended;

/** Posts the sealed blocks with one byte of the root after the first deposit flipped. Returns which transaction that is. */
async function postLie(devnet: Devnet, tip: Awaited<ReturnType<typeof tipOf>>): Promise<number> {
  const { executor, store, clock } = devnet.node;
  let [header, payload, lie] = [undefined as BatchHeader | undefined, new Uint8Array() as Uint8Array, -1];
  // Something after it: the last root of a payload is in its header too, and L1 compares the two.
  for (let steps = 0; lie < 0 || lie === steps - 1; ) {
    await clock.sleep(20);
    const { blocks } = await blocksAfter(store, tip.lastHeight, executor.sealedHeight);
    if (blocks.length === 0) continue;
    ({ header, payload } = assemble(tip, blocks));
    const bodies = decodePayload(payload).map(({ body }) => body[0]);
    [lie, steps] = [bodies.indexOf(deposit.type), bodies.length];
  }
  // The table follows five bytes of head; an entry is an offset of four bytes, then the root.
  payload[5 + 36 * lie + 4 + 13]! ^= 0x01;
  await postByHand(devnet, { ...header!, payloadHash: payloadHash(payload) }, payload);
  return lie;
}

test('0 for the truth; 70 for one flipped byte, with batch, transaction and the state on both sides; proved on demand', async () => {
  const directory = newDirectory();
  const devnet = await startDevnet(fastOptions(directory));
  const server = await serveEmbeddedL1({ l1: devnet.embedded!, port: 0, developmentMethods: true });
  servers.add(server);
  const person = new Person(devnet, 5);
  await person.deposit(1_000n * USD);
  await devnet.flush();
  const tip = await tipOf(devnet);
  const sound = await audit(server.url, directory, '--prove');
  assert.is(sound.code, 0, sound.stderr);
  const told = JSON.parse(sound.stdout) as { root: string; challenge: unknown };
  assert.equal([told.root, told.challenge], [tip.root, null]);

  await person.deposit(7n * USD);
  const lie = await postLie(devnet, tip);
  const found = await audit(server.url, directory);
  assert.is(found.code, 70, found.stderr);
  assert.match(found.stderr, new RegExp(`DIVERGENCE in batch ${tip.count}, transaction ${lie} \\(deposit\\)`));
  const saved = JSON.parse(readFileSync(join(directory, 'divergence.json'), 'utf8')) as Record<string, any>;
  assert.equal([saved['batch'], saved['transaction'], saved['kind']], [tip.count, lie, 'deposit']);
  const account = saved['difference'].find((d: { record: string }) => d.record === `account ${person.account}`);
  assert.equal([account.before.cash, account.ours.cash], [`${1_000n * USD}`, `${1_007n * USD}`]);

  const dear = await audit(server.url, directory, '--prove', '--max-proof-ether', '0.000000001');
  assert.is(dear.code, 70);
  assert.match(dear.stderr, /NOT PROVED: fees_above_cap/);
  assert.is((await tipOf(devnet)).count, tip.count + 1);

  const proved = await audit(server.url, directory, '--prove');
  assert.is(proved.code, 70, 'it was wrong when it was seen');
  assert.match(proved.stderr, /PROVED on L1 by 0x[0-9a-f]{64}: the batch is gone/);
  const { challenge } = JSON.parse(proved.stdout) as { challenge: Record<string, any> };
  assert.equal([challenge['outcome'], challenge['batch'], challenge['transaction']], ['proved', tip.count, lie]);
  assert.equal([challenge['reward'], challenge['posted']], [`${DEVNET_L1_PARAMETERS.bondAmount / 2n}`, saved['posted']]);
  assert.is((await tipOf(devnet)).count, tip.count);
  assert.is((await audit(server.url, directory)).code, 0);
  servers.delete(server);
  await server.close();
  await stopDevnet(devnet);
});

test('--watch proves what comes while it watches, and tells of it line by line', async () => {
  const directory = newDirectory();
  const devnet = await startDevnet(fastOptions(directory));
  const server = await serveEmbeddedL1({ l1: devnet.embedded!, port: 0, developmentMethods: true });
  servers.add(server);
  await new Person(devnet, 5).deposit(1_000n * USD);
  await devnet.flush();
  const tip = await tipOf(devnet);
  const { child, ended, seen } = begin(server.url, directory, ['--watch', '--prove', '--watch-seconds', '1']);
  const sees = async (text: string): Promise<void> => {
    for (let tries = 0; !seen().includes(text); tries++) {
      if (tries > 600) throw new Error(`never told of ${text}: ${seen()}`);
      await devnet.node.clock.sleep(50);
    }
  };
  await sees('"event":"replayed"');
  await new Person(devnet, 6).deposit(7n * USD);
  await postLie(devnet, tip);
  await sees('"outcome":"proved"');
  await sees('"undone":1');
  assert.is((await tipOf(devnet)).count, tip.count);
  child.kill('SIGTERM');
  const { code, stdout } = await ended;
  assert.is(code, 70);
  const events = stdout.trim().split('\n').map((line) => (JSON.parse(line) as { event: string }).event);
  assert.equal(events, ['replayed', 'replayed', 'divergence', 'challenge', 'replayed']);
});

test.run();
