/** A small storm to its end: a fifth of all below maintenance margin at one price, while orders flood the intake. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { Store } from '../../../node/store/store.ts';
import { signAction, type SigningContext } from '../../../rpc/client/signer.ts';
import { Directory } from '../../../rpc/methods/directory.ts';
import type { ActionInput } from '../../../rpc/schema/tx.ts';
import { openStorm, partyOf, type Party, type Storm } from '../../../scripts/bench/stormWorld.ts';
import { Door, type Outcome } from '../../../scripts/replay/door.ts';
import { existing } from '../../../state/access.ts';
import { ACCOUNT, ownerOf } from '../../../state/records/account.ts';
import { AUCTION } from '../../../state/records/auction.ts';
import { computeMargin } from '../../../state/risk/margin.ts';
import { absorb } from '../../../state/transactions/absorb.ts';
import type { AccountId } from '../../../state/units.ts';

const test = suite('storm');
const ACCOUNTS = 400;
const LANES = { urgent: 16, bid: 16, normal: 8, ahead: 1 };
/** More than their lane has room for, and as many again as wait for the disk. */
const FLOODERS = 48;
const [ORDERS, LEFT_TO_VAULT] = [30, 4];
const [trader, bidder, flooder] = ['trader', 'bidder', 'flooder'].map(partyOf) as [Party, Party, Party];

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
type Unsigned = ActionInput extends infer A ? (A extends unknown ? Omit<A, 'owner' | 'nonce' | 'expiry'> : never) : never;

class Traffic {
  readonly #door: Door;
  readonly #clock: VirtualClock;
  readonly #signing: SigningContext;
  isOver = false;
  readonly bids = new Map<string, number>();
  #nonces = 0;
  /** Orders of the flood that were taken, and those refused for want of room. */
  taken = 0;
  full = 0;

  constructor({ node }: Storm, clock: VirtualClock) {
    this.#door = new Door(node);
    this.#clock = clock;
    this.#signing = { domainSeparator: node.domainSeparator, directory: Directory.of(node.network) };
  }

  async send({ key, owner }: Party, action: Unsigned): Promise<Outcome> {
    const head = { owner, nonce: String(++this.#nonces), expiry: this.#clock.nowSeconds() + 600 };
    const [outcome] = await this.#door.submit([signAction(this.#signing, { ...action, ...head } as ActionInput, key)]);
    return outcome!;
  }

  /** Sends order after order, until it is over. */
  async flood(): Promise<void> {
    while (!this.isOver) {
      const order = { type: 'order', market: 'BTC-PERP', side: 'buy', size: '0.001', price: '50000', timeInForce: 'ioc' } as const;
      const outcome = await this.send(flooder, order);
      if (outcome.ok) this.taken += 1;
      else {
        assert.equal([outcome.error.code, outcome.error.data.name, outcome.error.data['lane']], [35_006, 'QUEUE_FULL', 'normal']);
        this.full += 1;
        await turn();
      }
    }
  }

  /** Bids for each auction that begins but for some, until it is over. */
  async bid(started: AccountId[]): Promise<void> {
    for (let n = 1; !this.isOver; ) {
      const account = started.shift();
      if (account === undefined) await turn();
      else if (n++ % LEFT_TO_VAULT !== 0) {
        const outcome = await this.send(bidder, { type: 'bid', fromOwner: ownerOf(account), maxPrice: '1000000' });
        const name = outcome.ok ? 'taken' : outcome.error.data.name;
        this.bids.set(name, (this.bids.get(name) ?? 0) + 1);
      }
    }
  }
}

type World = Readonly<{ storm: Storm; clock: VirtualClock; traffic: Traffic; orders: readonly string[] }>;

/** A storm, orders that rest before it, and then a flood of orders until `body` is over. */
async function flooded(body: (world: World) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-storm-'));
  const recovery = new SignatureRecovery(1, LANES);
  const store = await Store.open(directory, { sync: false });
  const clock = new VirtualClock(1_772_409_600_000);
  const storm = await openStorm({ accounts: ACCOUNTS, parties: [trader, bidder, flooder], store, recovery, clock });
  await storm.sequencer.start((error) => {
    throw error;
  });
  storm.keeper.start();
  while (storm.liquidator.turn());
  const traffic = new Traffic(storm, clock);
  const orders: string[] = [];
  for (let n = 0; n < ORDERS; n++) {
    const outcome = await traffic.send(trader, { type: 'order', market: 'BTC-PERP', side: 'buy', size: '0.001', price: '50000' });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    orders.push(String(outcome.result['orderId']));
  }
  const floods = Array.from({ length: FLOODERS }, () => traffic.flood());
  try {
    while (traffic.full === 0) await turn();
    await body({ storm, clock, traffic, orders });
  } finally {
    traffic.isOver = true;
    await Promise.all(floods);
    storm.keeper.stop();
    await storm.sequencer.stop();
    await store.close();
    await recovery.close();
    rmSync(directory, { recursive: true });
  }
}

test('all are resolved, by bidders, their owners and a vault; cancels and top-ups are answered while the lane of orders is full', () =>
  flooded(async ({ storm, clock, traffic, orders }) => {
    const { node, liquidator, poor } = storm;
    const { state } = node.executor;
    const started: AccountId[] = [];
    const everStarted = new Set<AccountId>();
    let absorbed = 0;
    node.executor.onStep(({ bytes, effects, outcome }) => {
      if (outcome.ok && bytes[0] === absorb.type) absorbed += 1;
      for (const effect of effects) {
        if (effect.kind !== 'auctionStarted') continue;
        if (!everStarted.has(effect.account)) started.push(effect.account);
        everStarted.add(effect.account);
      }
    });
    storm.fall();
    await clock.advance(2_000);
    const bids = traffic.bid(started);
    const rescued = poor.slice(-ORDERS);
    for (const [n, order] of orders.entries()) {
      const { full } = traffic;
      const cancelled = await traffic.send(trader, { type: 'cancel', order: order as `0x${string}` });
      assert.ok(cancelled.ok && cancelled.result['status'] === 'cancelled', JSON.stringify(cancelled));
      const toOwner = ownerOf(rescued[n]!);
      const toppedUp = await traffic.send(trader, { type: 'transfer', asset: 'USDC', amount: '20000', toOwner });
      assert.ok(toppedUp.ok, JSON.stringify(toppedUp));
      assert.ok(traffic.full > full, 'orders were refused meanwhile');
    }
    // What bidders leave comes down to what the vault may pay.
    for (let seconds = 0; seconds < 300 && [...state.idsOf(AUCTION)].length + started.length > 0; seconds += 2) {
      await clock.advance(2_000);
      while (liquidator.turn()) await turn();
      while (started.length > 0) await turn();
    }
    traffic.isOver = true;
    await bids;
    assert.equal([...state.idsOf(AUCTION)], []);
    const sick = poor.filter((id) => {
      const { equity, maintenance } = computeMargin(state, id, existing(state, ACCOUNT, id));
      return equity < maintenance;
    });
    assert.equal(sick, []);
    assert.ok(everStarted.size > poor.length - ORDERS && absorbed > 0, `${everStarted.size} started, ${absorbed} absorbed`);
    assert.ok(traffic.bids.get('taken')! > (poor.length - ORDERS) / 2, JSON.stringify([...traffic.bids]));
    assert.ok(traffic.taken > 0, 'and orders had their share');
  }));

test.run();
