/** Shares of a backstop vault: nobody gains by how he comes and goes, and the vault loses no more than it may. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { max } from '../../../state/math/integer.ts';
import { BACKSTOP_VAULT, type BackstopVault } from '../../../state/records/vault.ts';
import { refusalName } from '../../../state/refusals.ts';
import { transfer } from '../../../state/transactions/transfer.ts';
import { WAD } from '../../../state/units.ts';
import { age, distress, distressIn, plant, pour, startBytes } from '../../support/distressed.ts';
import { absorbBytes, LOCK_SECONDS, openVault, sharesOf, stake, stakeBytes, unstakeBytes, VAULT, VAULT_ACCOUNT } from '../../support/vaults.ts';
import { alice, bob, BTC_PERP, carol, PRICES, World, type Person } from '../../support/world.ts';

const test = suite('shares of vaults');
const SEED = { seed: 20_261_129, numRuns: 40, includeErrorInReport: true };
const USD = 1_000_000n;
const WBTC = 2;
/** A dollar and a million shares that every vault has beside its own. */
const GHOST = USD;
const people = [alice, bob, carol];

const vaultIn = (world: World): BackstopVault => existing(world.state, BACKSTOP_VAULT, VAULT);
const valueIn = (world: World): bigint => distressIn(world, VAULT_ACCOUNT).value;
const toVault = { toOwner: VAULT_ACCOUNT.slice(0, 42), toSubaccount: 0 };

/** Gives the vault cash, as anybody can. */
function give(world: World, who: Person, amount: bigint): void {
  world.deposit(who.account, amount);
  world.accept(world.action(transfer, who, { asset: 0, amount, ...toVault }));
}

type Step = Readonly<{ kind: 'in' | 'out' | 'gift' | 'loss'; who: number; amount: bigint; share: bigint }>;
const amounts = fc.oneof(fc.bigInt({ min: 1n, max: 1_000n }), fc.bigInt({ min: 1n, max: 1_000_000n * USD }));
const stepOf: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('in', 'in', 'out', 'out', 'gift', 'loss'),
  who: fc.nat({ max: people.length - 1 }),
  amount: amounts,
  share: fc.bigInt({ min: 1n, max: WAD }),
});

test('the price of a share does not fall by deposits and withdrawals, whatever the vault holds', () => {
  const holdings = fc.record({ lots: fc.bigInt({ min: -500n, max: 500n }), tokens: fc.bigInt({ min: 0n, max: 10n ** 8n }) });
  fc.assert(
    fc.property(holdings, fc.array(stepOf, { minLength: 1, maxLength: 10 }), ({ lots, tokens }, list) => {
      const world = new World();
      world.tick();
      openVault(world, 0n, 0n);
      stake(world, carol, 100_000n * USD);
      plant(world, VAULT_ACCOUNT, { lots: { [BTC_PERP]: lots }, balances: { [WBTC]: tokens } });
      for (const { kind, who, amount, share } of list) {
        const saver = people[who]!;
        if (kind === 'gift') give(world, saver, amount);
        if (kind === 'loss') pour(world, VAULT_ACCOUNT, -(max(valueIn(world), 0n) * share) / (2n * WAD));
        const [value, { shares }] = [valueIn(world), vaultIn(world)];
        if (kind === 'in') {
          world.deposit(saver.account, amount);
          world.apply(stakeBytes(world, saver, amount));
        }
        const sold = (sharesOf(world, saver) * share) / WAD;
        if (kind === 'out' && sold > 0n) world.apply(unstakeBytes(world, saver, sold));
        const after = [valueIn(world), vaultIn(world).shares] as const;
        assert.ok((after[0] + GHOST) * (shares + GHOST) >= (value + GHOST) * (after[1] + GHOST), kind);
        assert.is(people.reduce((sum, p) => sum + sharesOf(world, p), 0n), after[1]);
      }
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
});

test('who comes first and gives the vault something so that the next deposit rounds to nothing, pays for it himself', () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, (first, gift, deposit) => {
      const world = new World();
      openVault(world, 0n, 0n);
      stake(world, alice, first);
      give(world, alice, gift);
      world.deposit(bob.account, deposit);
      const price = (valueIn(world) + GHOST) / (vaultIn(world).shares + GHOST) + 1n;
      const { outcome } = world.apply(stakeBytes(world, bob, deposit));
      if (!outcome.ok) assert.is(refusalName(outcome.code), 'amount_must_be_positive', 'less than a share costs');
      for (const who of [alice, bob]) if (sharesOf(world, who) > 0n) world.apply(unstakeBytes(world, who, sharesOf(world, who)));
      assert.ok(world.account(alice.account).cash <= first + gift, 'the attack does not pay');
      assert.ok(world.account(bob.account).cash > deposit - price - 1n, 'and costs others less than a share');
    }),
    SEED,
  );
});

test('a deposit never buys more than it is worth, nor does leaving at once give it back with a gain', () => {
  fc.assert(
    fc.property(amounts, amounts, fc.bigInt({ min: 0n, max: 400n }), (before, amount, lots) => {
      const world = new World();
      world.tick();
      openVault(world, 0n, 0n);
      stake(world, carol, before + 100_000n * USD);
      plant(world, VAULT_ACCOUNT, { lots: { [BTC_PERP]: lots }, balances: { [WBTC]: 10n ** 7n } });
      world.deposit(alice.account, amount);
      const { outcome } = world.apply(stakeBytes(world, alice, amount));
      if (!outcome.ok) return;
      world.apply(unstakeBytes(world, alice, sharesOf(world, alice)));
      assert.ok(world.account(alice.account).cash <= amount);
    }),
    SEED,
  );
});

/** Bob's account, long 10 BTC, is cheap enough for a vault. */
function forSale(world: World, share = (9n * WAD) / 10n): void {
  plant(world, bob.account, { lots: { [BTC_PERP]: 10_000n } });
  distress(world, bob.account, share);
  world.accept(startBytes(bob.account));
  age(world, bob.account, 150);
}

test('who deposits right before a sale to the vault bears its risk until the lock is over', () => {
  for (const usd of [101_000n, 90_000n]) {
    const world = new World();
    world.tick();
    openVault(world, 10_000_000n * USD);
    stake(world, carol, 1_000_000n * USD);
    forSale(world);
    stake(world, alice, 1_000_000n * USD);
    world.accept(absorbBytes(bob.account));
    assert.ok(valueIn(world) > 2_000_000n * USD, 'the vault has gained');
    assert.is(world.refuse(unstakeBytes(world, alice, 1n)), 'vault_locked');
    for (let passed = 0n; passed < LOCK_SECONDS - 1n; passed += 60n) world.block(60);
    for (let at = 100_000n; at !== usd; at += usd > at ? 1_000n : -1_000n) world.tick({ ...PRICES, 1: at * 10n ** 8n }, 10);
    world.tick({ ...PRICES, 1: usd * 10n ** 8n });
    const half = sharesOf(world, alice) / 2n;
    world.accept(unstakeBytes(world, alice, half));
    const paid = world.account(alice.account).cash;
    assert.is(paid > 500_000n * USD, usd > 100_000n, `${paid} at ${usd}`);
  }
});

test('on a day that it lost its cap a vault takes no more; what it takes never costs it anything at the marks', () => {
  const moves = fc.array(fc.bigInt({ min: -4n, max: 2n }), { minLength: 3, maxLength: 8 });
  fc.assert(
    fc.property(moves, fc.bigInt({ min: 0n, max: 40_000n * USD }), (path, lossCap) => {
      const world = new World();
      world.tick();
      openVault(world, lossCap);
      stake(world, carol, 2_000_000n * USD);
      forSale(world, WAD / 2n);
      let usd = 100_000n;
      for (const percent of path) {
        usd += (usd * percent) / 100n;
        world.tick({ ...PRICES, 1: usd * 10n ** 8n }, 10);
        distress(world, bob.account, WAD / 2n);
        const before = valueIn(world);
        const { day, dayValue } = vaultIn(world);
        const { outcome } = world.apply(absorbBytes(bob.account, WAD / 20n));
        if (!outcome.ok) {
          assert.is(refusalName(outcome.code), 'vault_loss_cap');
          assert.ok(dayValue - before > lossCap);
          continue;
        }
        assert.ok(day === 0 || dayValue - before <= lossCap);
        assert.ok(valueIn(world) >= before);
      }
      assert.equal(world.breaches(), []);
    }),
    { ...SEED, numRuns: 20 },
  );
});

test.run();
