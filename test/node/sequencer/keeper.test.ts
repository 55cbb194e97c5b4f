/** The keeper takes turns with orders, and still leaves no mark behind that somebody needs. */
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
import { INSTRUMENT, isOption } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { beginBlock } from '../../../state/transactions/beginBlock.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { encodeFlags, orderDigest } from '../../../state/transactions/order.ts';
import { alice, BTC_PERP, GENESIS_TIME, L1, person, publishers } from '../../support/world.ts';

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

const marksOf = (log: readonly (Uint8Array | null)[]): (readonly number[])[] =>
  log.filter((bytes) => bytes?.[0] === mark.type).map((bytes) => decode(mark.layout, bytes!.subarray(1)).instruments);
const sizesOf = (log: readonly (Uint8Array | null)[]): number[] => marksOf(log).map((ids) => ids.length);
const timesMarked = (log: readonly (Uint8Array | null)[], id: number): number =>
  marksOf(log).filter((ids) => ids.includes(id)).length;

/** Instruments that were not marked at the newest price of their underlying; options nobody has: for 10 s of 90. */
function stale({ executor: { state, timestamp }, desk }: Sequencer): number[] {
  return [...state.idsOf(INSTRUMENT)].filter((id) => {
    const instrument = existing(state, INSTRUMENT, id);
    const { underlying, markSequence, markTime, openInterest } = instrument;
    if (markSequence === existing(state, UNDERLYING, underlying).priceSequence) return false;
    const isQuoted = desk.matcher.bestBid(id) !== null || desk.matcher.bestAsk(id) !== null;
    const isIdle = isOption(instrument) && openInterest === 0n && !isQuoted;
    return !isIdle || timestamp - markTime >= 10;
  });
}

/** An order of Alice, who is given the money for it, that rests. */
async function quote(sequencer: Sequencer, instrument: number): Promise<void> {
  const amount = 1_000_000n * 10n ** 6n;
  const credited = sequencer.run(encodeTransaction(deposit, { asset: 0, account: alice.account, amount }), true);
  assert.ok(credited.outcome.ok);
  const flags = { buy: true, timeInForce: 0 as const, postOnly: false, reduceOnly: false };
  const { timestamp } = sequencer.executor;
  const order = {
    ...{ owner: alice.address, subaccount: 0, flags: encodeFlags(flags) },
    ...{ lots: 1n, limitTicks: 1n, nonce: 1n, expiry: timestamp + 3_600 },
  };
  const domain = fromHex(sequencer.domainSeparator);
  const signature = signDigest(orderDigest(domain, { ...order, instrument }, flags), alice.key);
  const { result } = await sequencer.placeOrder({ instrument, order: { ...order, signature } });
  assert.is(result.record.status, 'open');
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
  await clock.advance(10_000);
  const steps = log.filter((one) => one !== null);
  assert.ok(steps.length > 5, `${steps.length} steps`);
  assert.equal(log.filter((_, i) => i % 2 === 0), steps);
  assert.equal(stale(sequencer), []);
  await close();
});

test('marks are small while orders come, and large while none do', async ({ directory }) => {
  const { clock, sequencer, log, close } = await keep(directory);
  await clock.advance(10_000);
  const alone = sizesOf(log.splice(0));
  const asked: Promise<unknown>[] = [];
  clock.between = async () => {
    asked.push(ask(sequencer, clock, BigInt(asked.length)));
    await new Promise((resolve) => setImmediate(resolve));
  };
  await clock.advance(10_000);
  const busy = sizesOf(log);
  assert.ok(Math.max(...alone) > 20, `${alone}`);
  assert.ok(Math.max(...busy) <= 8, `${busy}`);
  assert.equal(stale(sequencer), []);
  assert.is((await Promise.all(asked)).length, asked.length);
  await close();
});

test('an option is marked at every price where it is quoted, and every ten seconds where it is not', async ({ directory }) => {
  const { clock, sequencer, log, close } = await keep(directory);
  const { state } = sequencer.executor;
  const [quoted, idle] = [...state.idsOf(INSTRUMENT)].filter((id) => isOption(existing(state, INSTRUMENT, id)));
  await quote(sequencer, quoted!);
  log.length = 0;
  await clock.advance(20_000);
  assert.is(timesMarked(log, BTC_PERP), 20);
  assert.is(timesMarked(log, quoted!), 20);
  assert.is(timesMarked(log, idle!), 2);
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
  await clock.advance(10_000);
  keeper.tick();
  assert.equal(stale(sequencer), []);
  await close();
});

test.run();
