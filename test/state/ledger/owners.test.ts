/** The owner record: what all subaccounts hold together, whatever changes their positions. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Draft } from '../../../state/access.ts';
import { checkInvariants, exposuresOf } from '../../../state/invariants.ts';
import { exposureOf } from '../../../state/ledger/owners.ts';
import { changePosition, positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT, accountIdOf } from '../../../state/records/account.ts';
import { OWNER } from '../../../state/records/owner.ts';
import { settle } from '../../../state/transactions/settle.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { tradedWorld } from '../../support/actions.ts';
import { alice, bob, BTC_PERP, ETH_PERP, PRICES, World, type Person } from '../../support/world.ts';

const SEED = { seed: 20_260_302, numRuns: 60 };
const test = suite('owner record');

/** One lot of the devnet's markets [1e-8 units]. */
const BTC_LOT = 100_000n;
const ETH_LOT = 1_000_000n;

const exposures = (world: World, { address }: Person) => world.state.read(OWNER, address)?.exposures;

test('grows with either side, sums subaccounts, and goes with the last position', () => {
  const world = tradedWorld();
  assert.equal(exposures(world, alice), [{ underlying: 1, units: 100n * BTC_LOT }]);
  assert.equal(exposures(world, bob), [{ underlying: 1, units: 100n * BTC_LOT }], 'a short counts as a long');

  world.deposit(accountIdOf(alice.address, 7), 10_000_000_000n);
  const order = (who: Person, subaccount: number, buy: boolean, instrument: number) =>
    world.order({ who, subaccount, lots: 30n, ticks: 400_000n, buy, instrument });
  world.accept(
    world.tradeBytes(order(alice, 7, true, ETH_PERP), [{ maker: order(bob, 0, false, ETH_PERP), lots: 30n }], ETH_PERP),
  );
  const both = [
    { underlying: 1, units: 100n * BTC_LOT },
    { underlying: 2, units: 30n * ETH_LOT },
  ];
  assert.equal(exposures(world, alice), both);
  assert.equal(exposures(world, bob), both);

  assert.ok(world.tradeBetween(bob, alice, 100n, 1_000_000n).outcome.ok);
  assert.equal(exposures(world, alice), [{ underlying: 2, units: 30n * ETH_LOT }]);
  world.accept(
    world.tradeBytes(order(alice, 7, false, ETH_PERP), [{ maker: order(bob, 0, true, ETH_PERP), lots: 30n }], ETH_PERP),
  );
  assert.is(exposures(world, alice), undefined, 'no record of nothing');
  assert.equal(world.breaches(), []);
});

test('two subaccounts of one owner that trade with each other both count', () => {
  const world = tradedWorld();
  const second = accountIdOf(alice.address, 1);
  world.deposit(second, 10_000_000_000n);
  const maker = world.order({ who: alice, subaccount: 1, lots: 50n, ticks: 1_000_000n, buy: false });
  const taker = world.order({ who: alice, lots: 50n, ticks: 1_000_000n, buy: true });
  world.accept(world.tradeBytes(taker, [{ maker, lots: 50n }]));
  assert.equal(exposures(world, alice), [{ underlying: 1, units: 200n * BTC_LOT }]);
  assert.equal(world.breaches(), []);
});

test('turning a long into a short of its size leaves the exposure', () => {
  const world = tradedWorld();
  assert.ok(world.tradeBetween(bob, alice, 200n, 1_000_000n).outcome.ok);
  assert.is(positionOf(world.account(alice.account), BTC_PERP)?.size, -100n);
  assert.equal(exposures(world, alice), [{ underlying: 1, units: 100n * BTC_LOT }]);
});

test('settlement takes out what it closes', () => {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob]) world.deposit(account, 10_000_000_000n);
  const future = BTC_PERP + 1;
  const { expiry } = world.instrument(future);
  assert.ok(world.tradeBetween(alice, bob, 5n, 1_000_000n, future).outcome.ok);
  world.tick({ ...PRICES }, expiry - 1_900 - world.now);
  world.tick({ ...PRICES }, 1_900);
  const accounts = [alice.account, bob.account].sort();
  world.accept(encodeTransaction(settle, { instrument: future, accounts }));
  assert.is(exposures(world, alice), undefined);
  assert.is(exposures(world, bob), undefined);
  assert.equal(world.breaches(), []);
});

const changes = fc.array(
  fc.record({
    account: fc.integer({ min: 0, max: 5 }),
    instrument: fc.constantFrom(100, 101, 102, 200, 201, 300),
    lots: fc.bigInt(-20n, 20n).filter((lots) => lots !== 0n),
  }),
  { maxLength: 60 },
);

test('whatever positions do, exposures are the sums over them', () => {
  const accounts = [alice, bob].flatMap(({ address }) => [0, 1, 255].map((i) => accountIdOf(address, i)));
  fc.assert(
    fc.property(changes, (list) => {
      const world = new World();
      const draft = new Draft(world.state);
      for (const id of accounts) draft.put(ACCOUNT, id, NEW_ACCOUNT);
      for (const { account, instrument, lots } of list) {
        changePosition(draft, accounts[account]!, instrument, world.instrument(instrument), lots, 0n);
      }
      world.state.commit(draft.touched);
      const sums = exposuresOf(world.state);
      assert.equal(new Map([...world.state.idsOf(OWNER)].map((id) => [id, world.state.read(OWNER, id)!.exposures])), sums);
      assert.equal(checkInvariants(world.state).filter(({ invariant }) => invariant === 13), []);
      for (const { address } of [alice, bob]) {
        assert.is(exposureOf(world.state.read(OWNER, address), 9), 0n);
      }
    }),
    SEED,
  );
});

test.run();
