/** A database with damaged files opens as it was at some moment, or is said to be damaged: nothing else. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { Executor } from '../../../node/chain/executor.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { OrderDesk } from '../../../node/sequencer/orderDesk.ts';
import { BUCKET, key } from '../../../node/store/buckets.ts';
import { Store, StoreError } from '../../../node/store/store.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { GENESIS_TIME, L1, person, publishers } from '../../support/world.ts';

const test = suite('damaged database');
const network = devnet(GENESIS_TIME, publishers.map((p) => p.address), 2);
const signingKey = person('sequencer').key;
const clock = new SystemClock();

const openExecutor = (store: Store): Promise<Executor> =>
  Executor.open(store, () => genesisRecords(network, L1), { recover }, signingKey);

/** A chain of some blocks, written over several openings, so that logs and tables have something. */
async function makeChain(directory: string): Promise<void> {
  for (let run = 0; run < 3; run++) {
    const store = await Store.open(directory);
    const executor = await openExecutor(store);
    for (let i = 0; i < 40; i++) {
      executor.ensureOpen(GENESIS_TIME + 100 * run + i);
      const { account } = person(`owner ${run} ${i}`);
      executor.execute(encodeTransaction(deposit, { asset: 0, account, amount: 10n ** 6n }));
      store.archive(key(BUCKET.evidence, run, i), new Uint8Array(100));
      if (i < 38) executor.seal();
      await store.flush();
    }
    await store.close();
  }
}

/** What opening comes to: a code, or `opened`. */
async function opening(directory: string): Promise<string> {
  let store: Store | undefined;
  try {
    store = await Store.open(directory);
    await openExecutor(store);
    await new OrderDesk(await openExecutor(store), store, clock).restore();
    return 'opened';
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  } finally {
    await store?.close().catch(() => undefined);
  }
}

const DAMAGES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  emptied: () => Buffer.alloc(0),
  'cut in half': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'cut by its last byte': (bytes) => bytes.subarray(0, -1),
  'a byte changed in the middle': (bytes) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[changed.length >> 1]! ^= 0x10;
    return changed;
  },
};

test('every file of the database, damaged in every way', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tidepool-damaged-'));
  const sound = join(root, 'sound');
  await makeChain(sound);
  assert.is(await opening(sound), 'opened');
  const seen = new Map<string, number>();
  const isFile = (file: string): boolean => statSync(join(sound, file)).isFile();
  for (const file of readdirSync(sound, { recursive: true, encoding: 'utf8' }).filter(isFile)) {
    for (const [name, damage] of Object.entries(DAMAGES)) {
      const copy = join(root, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(sound, copy, { recursive: true });
      writeFileSync(join(copy, file), damage(readFileSync(join(sound, file))));
      const outcome = await opening(copy).catch((error: Error) => {
        throw new Error(`${file} ${name}: ${error.name} ${error.message}`, { cause: error });
      });
      assert.ok(['opened', 'DATABASE_DAMAGED'].includes(outcome), `${file} ${name}: ${outcome}`);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
  }
  assert.ok(seen.get('DATABASE_DAMAGED')! > 0, 'some damage is noticed');
  rmSync(root, { recursive: true });
});

test.run();
