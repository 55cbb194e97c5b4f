/** The store: groups keep their order, survive a reopening, and share a write while one is under way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Store, StoreError } from '../../../node/store/store.ts';
import { programOf } from '../../support/program.ts';

const test = suite<{ directory: string }>('store');
test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'tidepool-store-'));
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('the last of several operations on a key holds, in the group and after reopening', async ({ directory }) => {
  const store = await Store.open(directory);
  store.put(bytes(1), bytes(1));
  store.put(bytes(2), bytes(2));
  store.del(bytes(1));
  store.put(bytes(1), bytes(3));
  store.put(bytes(4), bytes(4));
  store.del(bytes(4));
  await store.flush();
  await store.close();
  const again = await Store.open(directory);
  const found = [];
  for await (const [key, value] of again.range(bytes(0), bytes(9))) found.push([...key, ...value]);
  assert.equal(found, [[1, 3], [2, 2]]);
  await again.close();
});

test('what is staged may be changed by its owner afterwards', async ({ directory }) => {
  const store = await Store.open(directory);
  const value = bytes(7);
  store.put(bytes(1), value);
  value[0] = 8;
  await store.flush();
  assert.is((await store.get(bytes(1)))?.[0], 7);
  await store.close();
});

test('flushes share a write while one is under way, and each is durable when it resolves', async ({ directory }) => {
  const store = await Store.open(directory);
  store.put(bytes(1), bytes(1));
  const first = store.flush();
  store.put(bytes(2), bytes(2));
  const second = store.flush();
  store.put(bytes(3), bytes(3));
  assert.is(store.flush(), second, 'one promise for one write');
  assert.is.not(first, second);
  await second;
  assert.is((await store.get(bytes(3)))?.[0], 3);
  assert.is(await store.flush(), undefined, 'nothing to write');
  await store.close();
});

test('a database in use is said to be', async ({ directory }) => {
  const store = await Store.open(directory);
  const error = await Store.open(directory).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof StoreError && error.code === 'DATABASE_LOCKED');
  await store.close();
});

test('nothing is staged in a closed store', async ({ directory }) => {
  const store = await Store.open(directory);
  await store.close();
  assert.throws(() => store.put(bytes(1), bytes(1)));
});

test('the archive has what was staged with a group, apart from it and after reopening', async ({ directory }) => {
  const store = await Store.open(directory);
  store.archive(bytes(5), bytes(9));
  assert.is(await store.archived(bytes(5)), undefined, 'staged is not written');
  store.put(bytes(5), bytes(1));
  await store.flush();
  store.archive(bytes(6), bytes(8));
  await store.flush();
  await store.close();
  const again = await Store.open(directory);
  assert.equal([...(await again.archived(bytes(5)))!, ...(await again.archived(bytes(6)))!], [9, 8]);
  assert.is((await again.get(bytes(5)))?.[0], 1);
  assert.is(await again.get(bytes(6)), undefined);
  await again.close();
});

test('a kill takes nothing of the archive that the store knows of', async ({ directory }) => {
  const child = spawn(process.execPath, [...programOf(join(import.meta.dirname, 'child.ts')), directory]);
  const exited = once(child, 'exit');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split('\n').length > 200) child.kill('SIGKILL');
  });
  assert.is((await exited)[1], 'SIGKILL');
  const store = await Store.open(directory);
  let count = 0;
  for await (const [key] of store.range(bytes(0), bytes(1))) {
    assert.is((await store.archived(key))?.length, 5_000, `number ${count}`);
    count += 1;
  }
  assert.ok(count >= 200, `${count} were written`);
  await store.close();
});

test.run();
