/** Random histories of several accounts and markets: the invariants hold after every step. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toHex } from '../../state/codec/bytes.ts';
import type { Effect } from '../../state/effects.ts';
import { clearingIsCovered } from '../../state/invariants.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { meetsInitial, type Margin } from '../../state/risk/margin.ts';
import { State } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import { bid } from '../../state/transactions/bid.ts';
import { settle } from '../../state/transactions/settle.ts';
import { trade } from '../../state/transactions/trade.ts';
import { transfer } from '../../state/transactions/transfer.ts';
import type { AccountId } from '../../state/units.ts';
import { genesisRecords } from '../../genesis/genesis.ts';
import { recover } from '../../node/crypto/recover.ts';
import { CROWD, History, operations } from '../support/histories.ts';
import { L1, World } from '../support/world.ts';

const SEED = { seed: 20_260_302, numRuns: 20, includeErrorInReport: true };
const LENGTH = 110;
const test = suite('histories');

const marginsOf = (world: World): Map<AccountId, Margin> =>
  new Map(
    CROWD.map(({ account }) => account)
      .filter((account) => world.state.read(ACCOUNT, account) !== undefined)
      .map((account) => [account, world.margin(account)]),
  );

/** INV-5 in its own words: more to lose, or less to lose it from, without initial margin. */
function isRiskier(before: Margin, after: Margin): boolean {
  if (meetsInitial(after)) return false;
  if (after.maintenance > before.maintenance) return true;
  if (after.equity >= before.equity) return false;
  if (before.maintenance === 0n || after.maintenance === 0n) return true;
  // Health as a fraction of 1e-30: coarser than the rule, so that it is not the same line again.
  const health = ({ equity, maintenance }: Margin): bigint => (equity * 10n ** 30n) / maintenance;
  return health(after) < health(before) - 1n;
}

const bufferOf = ({ equity, initial }: Margin): bigint => equity - initial;

/** What a fill alone does to the equity of both: size x (mark - price), less the fee. */
function equityByFills(world: World, effects: readonly Effect[]): Map<AccountId, bigint> {
  const changes = new Map<AccountId, bigint>();
  for (const e of effects) {
    if (e.kind !== 'fill') continue;
    const { markPerLot } = world.instrument(e.instrument);
    const gain = e.lots * markPerLot - e.notional;
    changes.set(e.taker, (e.takerBuys ? gain : -gain) - e.takerFee);
    changes.set(e.maker, (e.takerBuys ? -gain : gain) - e.makerFee);
  }
  return changes;
}

test('after every step: money is conserved, books match, nobody below initial margin gets riskier', () => {
  const seen = { trades: 0, refused: 0, belowInitial: 0, reducedBelowInitial: 0, settled: 0, earned: 0, charged: 0, bids: 0 };
  const observe = (world: World, bytes: Uint8Array): void => {
    const before = marginsOf(world);
    const result = world.apply(bytes); // Also: stateless = stateful, refusals keep the root, INV-1.
    const after = marginsOf(world);
    if (!result.outcome.ok) seen.refused++;
    const isTrade = bytes[0] === trade.type && result.outcome.ok;
    if (isTrade) seen.trades++;
    const byFills = equityByFills(world, result.effects);
    // Its owner did not ask for it: an auction costs what it costs.
    const sold = result.effects.find((e) => e.kind === 'auctionStarted' || e.kind === 'bid')?.account;
    if (bytes[0] === bid.type && result.outcome.ok) seen.bids++;
    for (const [account, now] of after) {
      assert.ok(now.initial >= now.maintenance && now.maintenance >= 0n, 'INV-4');
      const was = before.get(account);
      if (was === undefined) continue;
      if (!meetsInitial(was)) seen.belowInitial++;
      if (!meetsInitial(was) && isTrade && byFills.has(account)) seen.reducedBelowInitial++;
      const own = result.effects.filter((e) => 'reason' in e && e.account === account);
      const isInterest = (e: Effect): boolean => 'reason' in e && e.reason === 'interest';
      for (const e of own.filter(isInterest)) seen['amount' in e && e.amount > 0n ? 'earned' : 'charged']++;
      const gift = own.some((e) => 'amount' in e && e.amount > 0n && !isInterest(e));
      if (bytes[0] === settle.type) seen.settled++;
      // A gift of collateral adds a little risk and more equity.
      else if (bytes[0] === transfer.type && gift) assert.ok(bufferOf(now) > bufferOf(was), `gift ${account}`);
      else if (account !== sold) assert.ok(!isRiskier(was, now), `INV-5 ${account}`);
      if (isTrade) assert.is(now.equity - was.equity, byFills.get(account) ?? 0n, 'only price and fees');
    }
    assert.equal(world.breaches(), []);
    assert.is(clearingIsCovered(world.state), null);
  };
  fc.assert(
    fc.property(operations(LENGTH), (list) => {
      const history = new History(observe);
      for (const operation of list) {
        history.perform(operation);
        assert.equal(history.world.breaches(), []);
        assert.is(clearingIsCovered(history.world.state), null);
      }
    }),
    SEED,
  );
  const least = { trades: 200, refused: 200, belowInitial: 100, reducedBelowInitial: 5, settled: 50, earned: 5, charged: 5, bids: 10 };
  for (const [what, count] of Object.entries(least)) {
    assert.ok(seen[what as keyof typeof seen] >= count, `${what}: ${JSON.stringify(seen)}`);
  }
});

test('the same transactions give the same roots from any snapshot on', () => {
  const history = new History();
  const [list] = fc.sample(operations(LENGTH), { ...SEED, numRuns: 1 });
  for (const operation of list!) history.perform(operation);
  const { network, steps } = history.world;
  let state = State.from(genesisRecords(network, L1));
  steps.forEach(({ bytes, root, outcome }, i) => {
    const again = applyTransaction(state, bytes, { recover });
    assert.is(again.outcome.ok, outcome.ok);
    assert.is(toHex(again.root), toHex(root), `step ${i}`);
    if (i % 7 === 0) state = State.from(state.all());
  });
});

test.run();
