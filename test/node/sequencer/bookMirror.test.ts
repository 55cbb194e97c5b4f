/** A mirrored book gives the same answers as the desk, whatever happens to what goes between them. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { invalidateNonces } from '../../../state/transactions/invalidateNonces.ts';
import { typedDigest } from '../../../state/codec/typedData.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import { Rejection } from '../../../node/sequencer/rejection.ts';
import { INSTRUMENTS, MirrorWorld, PEOPLE } from './mirrorWorld.ts';

const SEED = 20_261_126;

const who = fc.integer({ min: 0, max: PEOPLE.length - 1 });
const market = fc.constantFrom(0, 0, 0, 1);
/** Few prices and sizes, so that orders meet often. */
const order = fc.record({
  do: fc.constant('place' as const),
  who,
  market,
  buy: fc.boolean(),
  lots: fc.bigInt({ min: 1n, max: 9n }),
  away: fc.bigInt({ min: -2n, max: 2n }),
  lifeSeconds: fc.constantFrom(2, 20, 3_600, 3_600, 3_600),
  timeInForce: fc.constantFrom(0 as const, 0 as const, 0 as const, 0 as const, 1 as const, 2 as const),
  postOnly: fc.constantFrom(false, false, false, false, false, true),
  reduceOnly: fc.constantFrom(false, false, true),
  clientOrderId: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 'x', 'y'),
  selfTrade: fc.constantFrom('cancelTaker', 'cancelMaker', 'cancelBoth'),
});
/** How many orders ago. */
const ago = fc.integer({ min: 0, max: 8 });
const operation = fc.oneof(
  { weight: 40, arbitrary: order },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('replace' as const), ago, lots: fc.bigInt({ min: -1n, max: 1n }), away: fc.constantFrom(0n, 0n, 1n) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('cancel' as const), ago }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancelAll' as const), who, market: fc.constantFrom(0, 1, null) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('invalidate' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 3, 25) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('seal' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const midOf = (world: MirrorWorld, instrument: number): bigint => {
  const { markPrice, tickSize } = existing(world.sequencer.executor.state, INSTRUMENT, instrument);
  return markPrice / tickSize;
};

async function perform(world: MirrorWorld, op: Operation): Promise<void> {
  const { desk } = world.sequencer;
  switch (op.do) {
    case 'place': {
      const instrument = INSTRUMENTS[op.market]!;
      await world.place({ ...op, who: PEOPLE[op.who]!, instrument, ticks: midOf(world, instrument) + op.away });
      return;
    }
    case 'replace': {
      const old = desk.recordOf(world.digests.at(-1 - op.ago) ?? '0x');
      if (old === undefined) return;
      const lots = BigInt(old.remainingLots) + op.lots;
      const { instrument, order: signed, digest: replaces } = old;
      const person = PEOPLE.find(({ account }) => account === old.account)!;
      const buy = (signed.flags & 1) !== 0;
      await world.place({ who: person, buy, lots: lots > 0n ? lots : 1n, ticks: signed.limitTicks + op.away, instrument, replaces });
      return;
    }
    case 'cancel': {
      const digest = world.digests.at(-1 - op.ago);
      if (digest === undefined || desk.recordOf(digest)?.status !== 'open') return;
      desk.cancel(digest);
      return;
    }
    case 'cancelAll':
      desk.cancelAll(PEOPLE[op.who]!.account, op.market === null ? undefined : INSTRUMENTS[op.market]);
      return;
    case 'invalidate':
      return invalidate(world, op.who);
    case 'wait':
      await world.clock.advance(op.seconds * 1_000);
      await world.sequencer.seal();
      world.reprice();
      return;
    case 'seal':
      return world.block();
  }
}

/** Of the orders of an account, every second one at most stays. */
async function invalidate(world: MirrorWorld, of: number): Promise<void> {
  const { address: owner, account, key } = PEOPLE[of]!;
  const nonces = world.sequencer.desk.open(account).map(({ order: { nonce } }) => nonce);
  if (nonces.length === 0) return;
  const floor = nonces[nonces.length >> 1]!;
  const body = { owner, subaccount: 0, nonce: floor, expiry: world.clock.nowSeconds() + 60, floor };
  const signature = signDigest(typedDigest(world.domain, invalidateNonces.typed, body), key);
  try {
    await world.sequencer.submitAction(encodeTransaction(invalidateNonces, { signature, ...body }));
  } catch (thrown) {
    if (!(thrown instanceof Rejection)) throw thrown;
  }
}

const test = suite('book mirror');

test(`after every entry all reads are the same, seed ${SEED}`, async () => {
  const counts: Record<string, number> = {};
  const property = fc.asyncProperty(fc.array(operation, { minLength: 30, maxLength: 60 }), async (operations) => {
    const world = await MirrorWorld.open();
    const { mirror, sequencer } = world;
    for (const instrument of INSTRUMENTS) {
      for (const { matcher } of [mirror, sequencer.desk]) matcher.watch(instrument, true);
    }
    for (const op of operations) {
      await perform(world, op);
      await world.deliver();
      await world.requireSame();
      for (const instrument of INSTRUMENTS) {
        assert.equal(mirror.matcher.drainChanges(instrument), sequencer.desk.matcher.drainChanges(instrument));
      }
    }
    assert.equal(world.mirrorEvents, world.deskEvents);
    for (const event of world.deskEvents) {
      const type = event.type === 'accepted' && event.replaces !== null ? 'replaced' : event.type;
      counts[type] = (counts[type] ?? 0) + 1;
    }
    await world.close();
  });
  await fc.assert(property, { seed: SEED, numRuns: 20, includeErrorInReport: true, endOnFailure: true });
  for (const type of ['accepted', 'replaced', 'rested', 'filled', 'clipped', 'cancelled', 'expired']) assert.ok(counts[type]! > 0, type);
});

/** What goes wrong on the way. `drop` loses batches; what is not dropped comes late, twice or in another order. */
const fault = fc.oneof(
  { weight: 30, arbitrary: fc.constant({ way: 'deliver' as const }) },
  { weight: 10, arbitrary: fc.constant({ way: 'hold' as const }) },
  { weight: 4, arbitrary: fc.constant({ way: 'executeOnly' as const }) },
  { weight: 4, arbitrary: fc.constant({ way: 'receiveOnly' as const }) },
  { weight: 4, arbitrary: fc.constant({ way: 'twice' as const }) },
  { weight: 4, arbitrary: fc.constant({ way: 'backwards' as const }) },
  { weight: 2, arbitrary: fc.constant({ way: 'drop' as const }) },
  { weight: 1, arbitrary: fc.constant({ way: 'image' as const }) },
  { weight: 1, arbitrary: fc.constant({ way: 'restartLeader' as const }) },
  { weight: 1, arbitrary: fc.constant({ way: 'restartFollower' as const }) },
);

test(`whatever is lost, late, twice or out of order, it ends the same, seed ${SEED}`, async () => {
  const reasons = new Set<string>();
  const property = fc.asyncProperty(
    fc.array(fc.tuple(operation, fault), { minLength: 30, maxLength: 60 }),
    async (operations) => {
      const world = await MirrorWorld.open();
      for (const [op, { way }] of operations) {
        await perform(world, op);
        await world.told();
        await suffer(world, way);
      }
      await heal(world);
      await world.requireSame(true);
      for (const reason of world.gaps) reasons.add(reason);
      await world.close();
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 20, includeErrorInReport: true, endOnFailure: true });
  assert.equal([...reasons].sort(), ['missed', 'restarted']);
});

async function suffer(world: MirrorWorld, way: string): Promise<void> {
  const { batches } = world;
  if (way === 'executeOnly') world.execute();
  else if (way === 'receiveOnly') world.receive();
  else if (way === 'drop') batches.pop();
  else if (way === 'image') await world.deliverImage();
  else if (way === 'restartLeader') await world.restartLeader();
  else if (way === 'restartFollower') await world.restartFollower();
  else if (way !== 'hold') {
    if (way === 'backwards') batches.reverse();
    if (way === 'twice') batches.push(...batches);
    await world.deliver();
  }
}

/** Blocks until whatever was lost is missed; then the image that is asked for, and what follows it. */
async function heal(world: MirrorWorld): Promise<void> {
  for (let blocks = 0; blocks < 4; blocks++) {
    await world.block();
    await world.deliver();
  }
  if (world.mirror.gap !== null) await world.deliverImage();
}

test.run();
