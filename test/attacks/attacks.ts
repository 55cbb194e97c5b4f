/** What a malicious sequencer may try: each puts its lie into the batch that is about to be posted. */
import { recover } from '../../node/crypto/recover.ts';
import { existing } from '../../state/access.ts';
import { concat, fromHex, toHex } from '../../state/codec/bytes.ts';
import { PAYLOAD_HEAD_BYTES, TABLE_ENTRY_BYTES, type BatchHeader } from '../../genesis/contracts/batch.ts';
import { nextAccumulator } from '../../genesis/contracts/inboxItem.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { ASSET } from '../../state/records/asset.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../state/records/instrument.ts';
import { ORDER } from '../../state/records/order.ts';
import { POOL } from '../../state/records/pool.ts';
import { State } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { deleverage } from '../../state/transactions/deleverage.ts';
import { forced } from '../../state/transactions/forced.ts';
import { invalidateNonces } from '../../state/transactions/invalidateNonces.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { bidBytes, plantAuction, startBytes } from '../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, PRICES, type World } from '../support/world.ts';
import type { Rig } from './rig.ts';

/** How the batch itself lies, beside its steps. */
export type Posting = Readonly<{ lies?: Partial<BatchHeader>; garble?: (payload: Uint8Array) => void }>;
export type Attack = Readonly<{
  name: string;
  /** What FraudProof finds wrong. */
  statement: 'step' | 'offset' | 'firstBlock' | 'header';
  /** `victim` has deposited `DEPOSIT` on L1; nobody took it yet. */
  commit: (rig: Rig) => Promise<Posting | void>;
}>;

const USD = 1_000_000n;
export const DEPOSIT = 10_000n * USD;
const PRICE = 1_000_000n;

/** More cash from nowhere, in books that still add up. */
function mint(world: World, id: AccountId, amount: bigint): void {
  world.edit(ACCOUNT, id, { cash: world.account(id).cash + amount });
  world.edit(POOL, 0, {
    cashPositive: world.pool.cashPositive + amount,
    deposited: world.pool.deposited + amount,
  });
  const asset = existing(world.state, ASSET, 0);
  world.edit(ASSET, 0, { deposited: asset.deposited + amount });
}

const withdrawal = (world: World, amount: bigint, signer = alice): Uint8Array =>
  world.action(withdraw, alice, { asset: 0, amount, recipient: carol.address }, signer);

function trade(world: World, lots: bigint): Uint8Array {
  const terms = { ticks: PRICE, instrument: BTC_PERP };
  const maker = world.order({ ...terms, lots, who: bob, buy: false });
  return world.tradeBytes(world.order({ ...terms, lots, who: alice, buy: true }), [{ maker, lots }]);
}

/** A leveraged long of alice against bob, honestly, long enough after the last outage that it may be sold. */
async function leverage(rig: Rig): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await rig.passTime(40);
    await rig.tick();
  }
  rig.accept(trade(rig.world, 4_000n));
}

/** And BTC falls by an eighth: alice is in auction. */
async function auctioned(rig: Rig): Promise<void> {
  await leverage(rig);
  await rig.passTime(10);
  await rig.openBlock();
  rig.accept(rig.world.pricesBytes({ ...PRICES, 1: (PRICES[1]! * 7n) / 8n }));
  for (const underlying of [1, 2, 3]) rig.accept(rig.world.markBytes(underlying));
  rig.accept(startBytes(alice.account));
}

/** The rest of a batch as it should be. */
async function takeInbox(rig: Rig): Promise<void> {
  for (const bytes of await rig.inboxTransactions()) rig.step(bytes);
}

export const ATTACKS: readonly Attack[] = [
  {
    name: 'mints a balance',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      rig.step(trade(rig.world, 1n), (world) => mint(world, carol.account, 1_000_000n * USD));
    },
  },
  {
    name: 'skips a signature',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      rig.stepWith({ recover: () => alice.address }, withdrawal(rig.world, 5n * USD, carol));
    },
  },
  {
    name: 'trades a cancelled nonce',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      const { world } = rig;
      const cancelled = trade(world, 2n);
      rig.step(world.action(invalidateNonces, alice, { floor: world.nextNonce() }));
      const floor = world.account(alice.account).orderNonceFloor;
      world.edit(ACCOUNT, alice.account, { orderNonceFloor: 0n });
      rig.step(cancelled, () => world.edit(ACCOUNT, alice.account, { orderNonceFloor: floor }));
    },
  },
  {
    name: 'overfills an order',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      const { world } = rig;
      const bytes = trade(world, 3n);
      rig.step(bytes);
      const filled = [...world.state.idsOf(ORDER)].slice(-2);
      for (const id of filled) world.edit(ORDER, id, { filled: 0n });
      rig.step(bytes);
    },
  },
  {
    name: 'mis-marks an instrument',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      const { markPerLot } = rig.world.instrument(BTC_PERP);
      rig.step(rig.world.markBytes(1), (world) =>
        world.edit(INSTRUMENT, BTC_PERP, { markPerLot: 2n * markPerLot, delta: 2n * markPerLot }),
      );
    },
  },
  {
    name: 'steals a deposit',
    statement: 'step',
    commit: async (rig) => {
      await rig.openBlock();
      for (const bytes of await rig.inboxTransactions()) {
        rig.step(bytes, (world) => {
          const { cash } = world.account(bob.account);
          world.edit(ACCOUNT, bob.account, { cash: cash - DEPOSIT });
          world.edit(ACCOUNT, carol.account, { cash: world.account(carol.account).cash + DEPOSIT });
        });
      }
    },
  },
  {
    name: "consumes a deposit under a thief's name",
    statement: 'step',
    commit: async (rig) => {
      await rig.openBlock();
      for (const bytes of await rig.inboxTransactions()) {
        // The accumulator must be L1's, so the root lies about what these bytes lead to.
        const item = concat(Uint8Array.of(0), bytes.subarray(1));
        const inboxAccumulator = toHex(nextAccumulator(fromHex(rig.chain.inboxAccumulator), item));
        const stolen = Uint8Array.from(bytes);
        stolen.set(fromHex(carol.address), 3);
        rig.step(stolen, (world) => world.edit(CHAIN, 0, { inboxAccumulator }));
      }
    },
  },
  {
    name: 'double-spends a withdrawal',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      const { world } = rig;
      const bytes = withdrawal(world, 7n * USD);
      rig.step(bytes);
      const { actionNonce } = world.account(alice.account);
      world.edit(ACCOUNT, alice.account, { actionNonce: 0n });
      rig.step(bytes, () => world.edit(ACCOUNT, alice.account, { actionNonce }));
    },
  },
  {
    name: 'drops a forced transaction',
    statement: 'step',
    commit: async (rig) => {
      await rig.forceOnL1(7, withdrawal(rig.world, 3n * USD));
      await rig.openBlock();
      for (const bytes of await rig.inboxTransactions()) {
        // Consumed as if nobody had signed it.
        if (bytes[0] === forced.type) rig.stepWith({ recover: () => null }, bytes);
        else rig.step(bytes);
      }
    },
  },
  {
    name: 'lies about the time of its last block',
    statement: 'header',
    commit: async (rig) => {
      await rig.tick();
      return { lies: { lastTimestamp: BigInt(rig.chain.timestamp + 30) } };
    },
  },
  {
    name: 'lies about the time of its first block',
    statement: 'firstBlock',
    commit: async (rig) => {
      const earlier = BigInt(rig.chain.timestamp);
      await rig.tick();
      return { lies: { firstTimestamp: earlier } };
    },
  },
  {
    name: 'opens its first block with another transaction',
    statement: 'firstBlock',
    commit: async (rig) => {
      rig.step(rig.world.markBytes(1));
      await rig.tick();
    },
  },
  {
    name: 'lies about the parameters in force',
    statement: 'header',
    commit: async (rig) => {
      await rig.tick();
      return { lies: { parameterHash: `0x${'ab'.repeat(32)}` } };
    },
  },
  {
    name: 'posts garbage for bodies, and roots of garbage',
    statement: 'step',
    commit: async (rig) => {
      await rig.openBlock();
      await takeInbox(rig);
      for (let i = 1; i <= 20; i++) rig.claim(new Uint8Array(i * 7).fill(255 - i), new Uint8Array(32).fill(i * 2));
    },
  },
  {
    name: 'posts offsets out of order',
    statement: 'offset',
    commit: async (rig) => {
      await rig.tick();
      const garble = (payload: Uint8Array): void => {
        const view = new DataView(payload.buffer, payload.byteOffset);
        const entry = (i: number): number => PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * i;
        view.setUint32(entry(2), view.getUint32(entry(1)));
      };
      return { garble };
    },
  },
  {
    name: 'flips one bit of one root',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      const garble = (payload: Uint8Array): void => {
        payload[PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES + 4 + 17]! ^= 4;
      };
      return { garble };
    },
  },
  {
    name: 'liquidates a healthy account',
    statement: 'step',
    commit: async (rig) => {
      await leverage(rig);
      rig.step(startBytes(alice.account), (world) => plantAuction(world, alice.account));
    },
  },
  {
    name: 'pays a wrong price in an auction',
    statement: 'step',
    commit: async (rig) => {
      await auctioned(rig);
      rig.step(bidBytes(rig.world, carol, alice.account, WAD / 10n), (world) => {
        world.edit(ACCOUNT, carol.account, { cash: world.account(carol.account).cash + USD });
        world.edit(ACCOUNT, alice.account, { cash: world.account(alice.account).cash - USD });
      });
    },
  },
  {
    name: 'deleverages before the fund has paid',
    statement: 'step',
    commit: async (rig) => {
      await auctioned(rig);
      const body = { account: alice.account, instrument: BTC_PERP, holders: [bob.account] };
      rig.step(encodeTransaction(deleverage, body), (world) => {
        world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.deleveraging });
      });
    },
  },
  {
    name: 'refuses what the rules accept',
    statement: 'step',
    commit: async (rig) => {
      await rig.tick();
      const { world } = rig;
      const bytes = withdrawal(world, 1n * USD);
      const { outcome } = applyTransaction(State.from(world.state.all()), bytes, { recover });
      if (!outcome.ok) throw new Error(`the rules refuse it too: ${outcome.code} ${outcome.detail}`);
      rig.claim(bytes, world.state.root.slice());
      rig.step(Uint8Array.of(255));
    },
  },
];
