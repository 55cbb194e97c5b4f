/** The keeper takes turns with orders, and still leaves no mark behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { Executor } from '../../../node/chain/executor.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import { Publishers } from '../../../node/oracle/publisher.ts';
import { syntheticSource } from '../../../node/oracle/synthetic.ts';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { seededRandom } from '../../../node/ports/random.ts';
import { Keeper } from '../../../node/sequencer/keeper.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { cancelAllTyped, type CancelAllRequest } from '../../../node/sequencer/requests.ts';
import { Sequencer } from '../../../node/sequencer/sequencer.ts';
import { Store } from '../../../node/store/store.ts';
import { existing } from '../../../state/access.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { decode } from '../../../state/codec/layout.ts';
import { typedDigest } from '../../../state/codec/typedData.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { beginBlock } from '../../../state/transactions/beginBlock.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { alice, GENESIS_TIME, L1, person, publishers } from '../../support/world.ts';

const START = GENESIS_TIME;
const { key } = person('sequencer');
const network = devnet(START - 60, publishers.map((p) => p.address), 2);

/** Time turned by hand, in which the test says what happens between two steps. */
class TurningClock extends VirtualClock {
  between: () => Promise<unknown> | void = () => undefined;
  override async turn(): Promise<void> {
    await this.between();
  }
}

const test = suite<{ directory: string }>('keeper');
test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'tidepool-keeper-'));
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

/** A keeper with options listed, and what is executed from here on: steps of the keeper, `null` for a turn. */
async function keep(directory: string) {
  const clock = new TurningClock(START * 1_000);
  const store = await Store.open(directory);
  const recovery = new SignatureRecovery(0);
  const executor = await Executor.open(store, () => genesisRecords(network, L1), { recover: recovery.recover }, key);
  const sequencer = new Sequencer({ executor, store, recovery, clock, key });
  await sequencer.start((error) => {
    throw error;
  });
  const source = syntheticSource({ random: seededRandom('keeper'), startSeconds: START - 3_600 });
  const keeper = new Keeper({
    ...{ sequencer, clock, priceSeconds: 1 },
    publishers: new Publishers({ source, keys: publishers.slice(0, 2).map((p) => p.key) }),
  });
  keeper.start();
  await clock.advance(2_000);
  const log: (Uint8Array | null)[] = [];
  executor.onStep(({ bytes }) => {
    if (bytes[0] !== beginBlock.type) log.push(bytes);
  });
  const close = async (): Promise<void> => {
    keeper.stop();
    await sequencer.stop();
    await store.close();
  };
  return { clock, keeper, sequencer, log, close };
}

const marksOf = (log: readonly (Uint8Array | null)[]): number[] =>
  log
    .filter((bytes) => bytes?.[0] === mark.type)
    .map((bytes) => decode(mark.layout, bytes!.subarray(1)).instruments.length);

/** Instruments that were not marked at the newest price of their underlying. */
function stale({ executor: { state } }: Sequencer): number[] {
  return [...state.idsOf(INSTRUMENT)].filter((id) => {
    const { underlying, markSequence } = existing(state, INSTRUMENT, id);
    return markSequence !== existing(state, UNDERLYING, underlying).priceSequence;
  });
}

/** Somebody wants an acknowledgement, of the least there is. */
function ask(sequencer: Sequencer, clock: VirtualClock, nonce: bigint): Promise<unknown> {
  const request: CancelAllRequest = {
    ...{ owner: alice.address, subaccount: 0, nonce, instrument: 0 },
    expiry: clock.nowSeconds() + 60,
  };
  const digest = typedDigest(fromHex(sequencer.domainSeparator), cancelAllTyped, request);
  return sequencer.cancelAll({ request, signature: signDigest(digest, alice.key) });
}

test('between two of its steps others have their turn', async ({ directory }) => {
  const { clock, sequencer, log, close } = await keep(directory);
  clock.between = () => void log.push(null);
  await clock.advance(1_000);
  const steps = log.filter((one) => one !== null);
  assert.ok(steps.length > 5, `${steps.length} steps`);
  assert.equal(log.filter((_, i) => i % 2 === 0), steps);
  assert.equal(stale(sequencer), []);
  await close();
});

test('marks are small while orders come, and large while none do', async ({ directory }) => {
  const { clock, sequencer, log, close } = await keep(directory);
  await clock.advance(1_000);
  const alone = marksOf(log.splice(0));
  const asked: Promise<unknown>[] = [];
  clock.between = async () => {
    asked.push(ask(sequencer, clock, BigInt(asked.length)));
    await new Promise((resolve) => setImmediate(resolve));
  };
  await clock.advance(1_000);
  const busy = marksOf(log);
  assert.ok(Math.max(...alone) > 20, `${alone}`);
  assert.ok(Math.max(...busy) <= 8, `${busy}`);
  assert.equal(stale(sequencer), []);
  assert.is((await Promise.all(asked)).length, asked.length);
  await close();
});

test('a keeper that is stopped in a round makes no other step', async ({ directory }) => {
  const { clock, keeper, log, close } = await keep(directory);
  clock.between = () => {
    if (marksOf(log).length === 2) keeper.stop();
  };
  await clock.advance(3_000);
  assert.is(marksOf(log).length, 2);
  await close();
});

test('a round by hand is whole', async ({ directory }) => {
  const { clock, keeper, sequencer, close } = await keep(directory);
  keeper.stop();
  await clock.advance(1_000);
  keeper.tick();
  assert.equal(stale(sequencer), []);
  await close();
});

test.run();
