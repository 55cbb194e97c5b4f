/** Claims against a plain twin: fractions, one for each claim, without a factor or a scale. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Draft, existing } from '../../../state/access.ts';
import { CLAIM_FACTOR_FLOOR, CLAIM_FACTOR_START } from '../../../state/constants.ts';
import { growClaim, outstandingUp, payClaim, recover, recovered } from '../../../state/ledger/claims.ts';
import { moveCash } from '../../../state/ledger/ledger.ts';
import { CLAIM } from '../../../state/records/claim.ts';
import { POOL } from '../../../state/records/pool.ts';
import type { AccountId } from '../../../state/units.ts';
import { pour } from '../../support/distressed.ts';
import { person, World } from '../../support/world.ts';

const test = suite('claims');
const SEED = { seed: 20_261_126, numRuns: 150, includeErrorInReport: true };
const holders = Array.from({ length: 4 }, (_, i) => person(`holder ${i}`).account);

type Event =
  | Readonly<{ kind: 'round' | 'redeem'; holder: number; amount: bigint }>
  /** Income of the fund, or what it pays. */
  | Readonly<{ kind: 'income' | 'payment'; amount: bigint }>
  /** A recovery that leaves so much: what shrinks the factor fastest. */
  | Readonly<{ kind: 'nearly'; left: bigint }>;

/** From a micro-dollar to a billion dollars, all sizes alike. */
const amount = fc.tuple(fc.nat({ max: 50 }), fc.bigInt({ min: 0n, max: 2n ** 50n })).map(([bits, x]) => 1n + (x >> BigInt(bits)));
const holder = fc.nat({ max: holders.length - 1 });
const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('round' as const, 'redeem' as const), holder, amount }),
    fc.record({ kind: fc.constantFrom('income' as const, 'income' as const, 'payment' as const), amount }),
    fc.record({ kind: fc.constant('nearly' as const), left: fc.bigInt({ min: 0n, max: 3n }) }),
  ),
  { minLength: 1, maxLength: 60 },
);

/** Exact fractions over one denominator each. */
type Fraction = Readonly<{ above: bigint; below: bigint }>;
const of = (above: bigint, below = 1n): Fraction => {
  let [a, b] = [above, below];
  while (b > 0n) [a, b] = [b, a % b];
  return { above: above / a, below: below / a };
};
const plus = (x: Fraction, y: Fraction): Fraction => of(x.above * y.below + y.above * x.below, x.below * y.below);
const times = (x: Fraction, y: Fraction): Fraction => of(x.above * y.above, x.below * y.below);

/** What everybody is owed that has not been recovered, and what has been paid of it. */
class Twin {
  readonly owed: Fraction[] = holders.map(() => of(0n));
  readonly given: bigint[] = holders.map(() => 0n);
  recover(taken: bigint): void {
    const all = this.owed.reduce(plus, of(0n));
    if (taken === 0n) return;
    const left = plus(all, of(-taken));
    this.owed.forEach((one, i) => (this.owed[i] = times(one, times(left, { above: all.below, below: all.above }))));
  }
}

/** Sets the fund such that a recovery now would leave `left` of the claims. */
function incomeFor(world: World, left: bigint): bigint {
  const { claims, claimMark, flagged, insurance } = world.pool;
  return claims <= left ? 0n : claimMark + flagged + 2n * (claims - left) - insurance;
}

function play(world: World, twin: Twin, event: Event): void {
  const draft = new Draft(world.state);
  const { claims } = world.pool;
  switch (event.kind) {
    case 'round':
      growClaim(draft, holders[event.holder]!, event.amount);
      twin.owed[event.holder] = plus(twin.owed[event.holder]!, of(event.amount));
      twin.given[event.holder]! += event.amount;
      break;
    case 'redeem': {
      const claim = draft.read(CLAIM, holders[event.holder]!);
      if (claim === undefined) return;
      recover(draft);
      twin.recover(claims - existing(draft, POOL, 0).claims);
      payClaim(draft, holders[event.holder]!, claim);
      break;
    }
    case 'income':
      return pour(world, 'insurance', event.amount);
    case 'payment': {
      const paid = event.amount < world.pool.insurance ? event.amount : world.pool.insurance;
      moveCash(draft, 'insurance', holders[0]!, paid, 'insurance');
      break;
    }
    case 'nearly': {
      const income = incomeFor(world, event.left);
      if (income <= 0n) return;
      pour(world, 'insurance', income);
      recover(draft);
      twin.recover(claims - existing(draft, POOL, 0).claims);
      break;
    }
  }
  world.state.commit(draft.touched);
}

/** What has not been recovered of a claim. */
const leftOf = (world: World, id: AccountId): bigint => {
  const claim = world.state.read(CLAIM, id);
  return claim === undefined ? 0n : outstandingUp(claim, world.pool);
};

test('whatever happens in whatever order, nobody is paid more than his share, and less by next to nothing', () => {
  let [scales, wholes] = [0, 0];
  fc.assert(
    fc.property(events, (all) => {
      const world = new World();
      for (const id of holders) world.deposit(id, 1n);
      const twin = new Twin();
      all.forEach((event) => {
        play(world, twin, event);
        assert.equal(world.breaches(), []);
        const { claims, claimFactor, recovery, insurance } = world.pool;
        assert.ok(claimFactor >= CLAIM_FACTOR_FLOOR && claimFactor <= CLAIM_FACTOR_START, `${claimFactor}`);
        assert.ok(recovery >= 0n && insurance >= 0n);
        // What is not recovered: of the twin exactly all claims, of each claim as much as the twin says and a little.
        const sum = twin.owed.reduce(plus, of(0n));
        assert.equal([sum.above, sum.below], [claims, 1n]);
        twin.owed.forEach(({ above, below }, i) => {
          const left = leftOf(world, holders[i]!);
          assert.ok(left * below >= above, 'never less than what is owed');
          assert.ok(left * below <= above + below * BigInt(all.length + 1), 'a micro-dollar for each event at most');
        });
      });
      const { claimScale, claimStart } = world.pool;
      scales = Math.max(scales, claimScale - claimStart);
      wholes = Math.max(wholes, claimStart);
    }),
    SEED,
  );
  assert.ok(scales > 0 && wholes > 0, `${scales} scales, recovered whole at scale ${wholes}`);
});

test('a factor that gets small begins another scale, and claims of three scales ago keep what rounding leaves', () => {
  const world = new World();
  for (const id of holders) world.deposit(id, 1n);
  const twin = new Twin();
  const old = 2n ** 50n;
  play(world, twin, { kind: 'round', holder: 0, amount: old });
  for (let scale = 0; world.pool.claimScale < 4; scale++) {
    play(world, twin, { kind: 'nearly', left: 1n });
    play(world, twin, { kind: 'round', holder: 1, amount: old });
    assert.equal(world.breaches(), []);
    assert.ok(scale < 20);
  }
  const claim = existing(world.state, CLAIM, holders[0]!);
  assert.equal([claim.scale, outstandingUp(claim, world.pool)], [0, 1n]);
  assert.is(world.pool.claimStart, 0);
});

test('a recovery of nothing changes nothing', () => {
  const world = new World();
  assert.is(recovered(world.pool), world.pool);
});

test.run();
