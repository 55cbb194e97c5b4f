/** `tidepool audit` as an auditor runs it: 0 where L1 tells the truth, 70 where one byte of one root is another. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePayload, payloadHash } from '../../../genesis/contracts/batch.ts';
import { assemble, blocksAfter } from '../../../node/l1/assemble.ts';
import { serveEmbeddedL1, type L1Server } from '../../../node/l1/embedded/server.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import {
  fastOptions,
  newDirectory,
  Person,
  postByHand,
  startDevnet,
  stopDevnets,
  tipOf,
  USD,
} from '../../node/devnet/world.ts';

const test = suite('audit command');
let server: L1Server | undefined;
test.after(async () => {
  await server?.close();
  await stopDevnets();
});
const CLI = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');

function audit(l1: string, directory: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const flags = ['audit', '--l1', l1, '--deployment', join(directory, 'deployment.json')];
  // Its working directory is where divergence.json goes.
  const child = spawn(process.execPath, [CLI, ...flags], { cwd: directory });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

test('0 for the truth; 70 for one flipped byte, with batch, transaction and the state on both sides', async () => {
  const directory = newDirectory();
  const devnet = await startDevnet(fastOptions(directory));
  server = await serveEmbeddedL1({ l1: devnet.embedded!, port: 0, developmentMethods: true });
  const person = new Person(devnet, 5);
  await person.deposit(1_000n * USD);
  await devnet.flush();
  const tip = await tipOf(devnet);
  const sound = await audit(server.url, directory);
  assert.is(sound.code, 0, sound.stderr);
  assert.is((JSON.parse(sound.stdout) as { root: string }).root, tip.root);

  await person.deposit(7n * USD);
  // A price after it: the last root of a payload is in its header too, and L1 compares the two.
  const { executor, store } = devnet.node;
  for (const height = executor.height; executor.sealedHeight <= height; ) await devnet.node.clock.sleep(20);
  const { blocks } = await blocksAfter(store, tip.lastHeight, executor.sealedHeight);
  const { header, payload } = assemble(tip, blocks);
  const lie = decodePayload(payload).findIndex(({ body }) => body[0] === deposit.type);
  // The table follows five bytes of head; an entry is an offset of four bytes, then the root.
  payload[5 + 36 * lie + 4 + 13]! ^= 0x01;
  await postByHand(devnet, { ...header, payloadHash: payloadHash(payload) }, payload);

  const found = await audit(server.url, directory);
  assert.is(found.code, 70, found.stderr);
  assert.match(found.stderr, new RegExp(`DIVERGENCE in batch ${tip.count}, transaction ${lie} \\(deposit\\)`));
  const told = JSON.parse(readFileSync(join(directory, 'divergence.json'), 'utf8')) as Record<string, any>;
  assert.equal([told['batch'], told['transaction'], told['kind']], [tip.count, lie, 'deposit']);
  const account = told['difference'].find((d: { record: string }) => d.record === `account ${person.account}`);
  assert.equal([account.before.cash, account.ours.cash], [`${1_000n * USD}`, `${1_007n * USD}`]);
});

test.run();
