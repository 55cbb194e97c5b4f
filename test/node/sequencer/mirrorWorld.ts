/** A sequencer and a node that follows it, in one process: what goes between them is in the hands of the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { Executor } from '../../../node/chain/executor.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { BookJournal } from '../../../node/sequencer/bookJournal.ts';
import { BookMirror, type GapReason } from '../../../node/sequencer/bookMirror.ts';
import type { MatchEvent } from '../../../node/sequencer/matcher/events.ts';
import type { OrderRequest } from '../../../node/sequencer/orderDesk.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { Rejection } from '../../../node/sequencer/rejection.ts';
import { Sequencer } from '../../../node/sequencer/sequencer.ts';
import { Store } from '../../../node/store/store.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { encodeFlags, orderDigest, type OrderFlags } from '../../../state/transactions/order.ts';
import type { Digest } from '../../../state/units.ts';
import { price } from '../../rpc/methods/support.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, GENESIS_TIME, L1, person, publishers, type Person } from '../../support/world.ts';

export const PEOPLE = [alice, bob, carol] as const;
export const INSTRUMENTS = [BTC_PERP, ETH_PERP] as const;
const MONEY = 10n ** 15n;
/** Blocks are sealed by the test. */
const NEVER_MILLIS = 10 ** 10;
const { key, address } = person('sequencer');
const network = devnet(GENESIS_TIME, publishers.map((p) => p.address), 2);
const fail = (error: unknown): never => {
  throw error;
};

type Side = Readonly<{ store: Store; executor: Executor; recovery: SignatureRecovery }>;
async function openSide(directory: string): Promise<Side> {
  const store = await Store.open(directory, { sync: false });
  const recovery = new SignatureRecovery(0);
  const genesis = () => genesisRecords(network, L1);
  return { store, recovery, executor: await Executor.open(store, genesis, { recover: recovery.recover }, key) };
}

export type OrderOf = Readonly<{
  who: Person;
  buy: boolean;
  lots: bigint;
  ticks: bigint;
  instrument?: number;
  lifeSeconds?: number;
}> &
  Partial<OrderFlags> &
  Pick<OrderRequest, 'clientOrderId' | 'selfTrade' | 'replaces'>;

export class MirrorWorld {
  readonly clock = new VirtualClock((GENESIS_TIME + 60) * 1_000);
  /** Batches told by the sequencer and not yet delivered. */
  readonly batches: Uint8Array[] = [];
  /** Transactions executed by the sequencer and not yet by the follower. */
  readonly steps: Uint8Array[] = [];
  readonly gaps: GapReason[] = [];
  readonly digests: Digest[] = [];
  readonly deskEvents: MatchEvent[] = [];
  readonly mirrorEvents: MatchEvent[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'tidepool-mirror-'));
  #nonce = 0n;
  #leader!: Side;
  #follower!: Side;
  sequencer!: Sequencer;
  journal!: BookJournal;
  mirror!: BookMirror;

  static async open(): Promise<MirrorWorld> {
    const world = new MirrorWorld();
    await world.#openLeader();
    await world.#openFollower();
    for (const { account } of PEOPLE) world.run(encodeTransaction(deposit, { asset: 0, account, amount: MONEY }));
    world.reprice();
    await world.deliver();
    await world.deliverImage();
    return world;
  }

  async #openLeader(): Promise<void> {
    this.#leader = await openSide(join(this.#directory, 'leader'));
    const { executor, store, recovery } = this.#leader;
    executor.onStep(({ bytes }) => void this.steps.push(bytes));
    this.sequencer = new Sequencer({ executor, store, recovery, clock: this.clock, key, blockMillis: NEVER_MILLIS });
    await this.sequencer.start(fail);
    this.sequencer.desk.onEvents((events) => void this.deskEvents.push(...events.filter(({ type }) => type !== 'rejected')));
    const { sequencer, clock } = this;
    const publish = (batch: Uint8Array): void => void this.batches.push(batch);
    this.journal = await BookJournal.open({ sequencer, executor, store, clock, key, publish });
  }

  async #openFollower(): Promise<void> {
    this.#follower = await openSide(join(this.#directory, 'follower'));
    const { executor, store } = this.#follower;
    const { domainSeparator } = this.sequencer;
    const onGap = (reason: GapReason): void => void this.gaps.push(reason);
    this.mirror = await BookMirror.open({ executor, store, clock: this.clock, domainSeparator, signer: address, onGap });
    this.mirror.onEvents((events) => void this.mirrorEvents.push(...events));
  }

  async restartLeader(): Promise<void> {
    await this.sequencer.stop();
    await this.told();
    await this.#leader.store.close();
    await this.#openLeader();
  }
  async restartFollower(): Promise<void> {
    await this.#follower.store.close();
    await this.#openFollower();
  }

  get domain(): Uint8Array {
    return fromHex(this.sequencer.domainSeparator);
  }
  get follower(): Executor {
    return this.#follower.executor;
  }

  run(bytes: Uint8Array): void {
    const { outcome } = this.sequencer.run(bytes);
    if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`);
  }
  reprice(): void {
    const { sequencer, clock } = this;
    price({ sequencer, executor: sequencer.executor, clock });
  }

  request({ who, buy, lots, ticks, instrument = BTC_PERP, lifeSeconds = 3_600, ...more }: OrderOf): OrderRequest {
    const { timeInForce = 0, postOnly = false, reduceOnly = false, clientOrderId, selfTrade, replaces } = more;
    const flags: OrderFlags = { buy, timeInForce, postOnly, reduceOnly };
    const order = {
      owner: who.address,
      subaccount: 0,
      flags: encodeFlags(flags),
      lots,
      limitTicks: ticks,
      nonce: ++this.#nonce,
      expiry: this.clock.nowSeconds() + lifeSeconds,
    };
    const signature = signDigest(orderDigest(this.domain, { ...order, instrument }, flags), who.key);
    return { instrument, order: { ...order, signature }, clientOrderId, selfTrade, replaces };
  }

  /** The digest of an order that was taken; null where it was refused. */
  async place(terms: OrderOf): Promise<Digest | null> {
    try {
      const prepared = await this.sequencer.prepareOrder(this.request(terms));
      const { digest } = this.sequencer.desk.place(prepared).record;
      this.digests.push(digest);
      return digest;
    } catch (thrown) {
      if (thrown instanceof Rejection) return null;
      throw thrown;
    }
  }

  /** Everything that happened is durable, and among the batches. */
  async told(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.journal.settled();
    await this.sequencer.settled();
  }
  /** The follower executes what there is. */
  execute(): void {
    for (const bytes of this.steps.splice(0)) this.follower.derive(bytes);
  }
  receive(): void {
    for (const batch of this.batches.splice(0)) this.mirror.receive(batch);
  }
  async deliver(): Promise<void> {
    await this.told();
    this.execute();
    this.receive();
  }
  async deliverImage(): Promise<void> {
    for (const page of await this.journal.image()) this.mirror.receiveImage(page);
  }
  /** A block of the sequencer, with something in it. */
  async block(): Promise<void> {
    this.sequencer.executor.ensureOpen(this.clock.nowSeconds());
    await this.sequencer.seal();
  }

  /** Both sides give the same answers; of orders that have expired the mirror may know less, if it missed some. */
  async requireSame(missed = false): Promise<void> {
    const { mirror } = this;
    const { desk } = this.sequencer;
    assert.is(mirror.gap, null);
    assert.ok(mirror.isComplete);
    await this.#leader.store.flush();
    await this.#follower.store.flush();
    assert.is(mirror.matcher.count, desk.matcher.count);
    assert.is(mirror.matcher.nextSequence, desk.matcher.nextSequence);
    assert.equal(mirror.matcher.openOrders(), desk.matcher.openOrders());
    for (const instrument of INSTRUMENTS) {
      assert.equal(mirror.matcher.l2(instrument, 1_000), desk.matcher.l2(instrument, 1_000));
      assert.is(mirror.matcher.bestBid(instrument), desk.matcher.bestBid(instrument));
      assert.is(mirror.matcher.bestAsk(instrument), desk.matcher.bestAsk(instrument));
    }
    const now = this.clock.nowSeconds();
    const isKept = ({ order }: { order: { expiry: number } }): boolean => !missed || order.expiry > now;
    for (const { account } of PEOPLE) {
      assert.equal(mirror.open(account), desk.open(account));
      const [mirrored, orders] = [await mirror.orders(account, 1_000), await desk.orders(account, 1_000)];
      assert.equal(mirrored.filter(isKept), orders.filter(isKept));
      for (const id of ['x', 'y']) {
        const found = mirror.matcher.findByClientOrderId(account, id);
        assert.equal(found, desk.matcher.findByClientOrderId(account, id));
      }
    }
    for (const digest of this.digests) {
      assert.equal(mirror.matcher.get(digest), desk.matcher.get(digest));
      const record = (await desk.find(digest))!;
      if (!isKept(record)) continue;
      assert.equal(await mirror.find(digest), record);
      if (record.order.expiry > now) assert.equal(mirror.recordOf(digest), desk.recordOf(digest));
    }
  }

  async close(): Promise<void> {
    await this.sequencer.stop();
    await this.told();
    await this.#leader.store.close();
    await this.#follower.store.close();
    rmSync(this.#directory, { recursive: true });
  }
}

export const SEQUENCER_KEY = key;
