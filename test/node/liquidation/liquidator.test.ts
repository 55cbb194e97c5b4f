/** The liquidator on a real sequencer: who is auctioned, in which order, and until when. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LiquidationEntry } from '../../../node/sequencer/history.ts';
import { existing } from '../../../state/access.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { AUCTION } from '../../../state/records/auction.ts';
import { computeMargin } from '../../../state/risk/margin.ts';
import { refusalName } from '../../../state/refusals.ts';
import type { AccountId } from '../../../state/units.ts';
import { alice, carol, person, type Person } from '../../support/world.ts';
import { fallenNode, type Fallen } from '../../rpc/methods/fallen.ts';

const test = suite('liquidator');
const USD = 1_000_000n;

const historyOf = async ({ node }: Fallen): Promise<LiquidationEntry[]> => {
  await node.sequencer.seal();
  await node.sequencer.settled();
  return (await node.sequencer.history.liquidations(null, 1_000)).reverse();
};
const startedIn = (entries: readonly LiquidationEntry[]): AccountId[] =>
  entries.flatMap((entry) => (entry.kind === 'auctionStarted' ? [entry.account] : []));
const opened: Fallen[] = [];
/** A node that is closed after its test, whatever comes of it. */
async function open(options: Parameters<typeof fallenNode>[0] = {}): Promise<Fallen> {
  const fallen = await fallenNode(options);
  opened.push(fallen);
  return fallen;
}
test.after.each(async () => {
  for (const fallen of opened.splice(0)) await fallen.close();
});
/** Accounts below maintenance margin, by the margin itself. */
function below({ node }: Fallen): AccountId[] {
  const { state } = node.executor;
  return [...state.idsOf(ACCOUNT)].filter((id) => {
    const { equity, maintenance } = computeMargin(state, id, existing(state, ACCOUNT, id));
    return equity < maintenance;
  });
}

/** Seven people with a BTC each and from 24,000 to 30,000 USD for it, the last of them twice as large. */
async function crowd(fallen: Fallen): Promise<Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < 7; n++) {
    const who = person(`leveraged ${n}`);
    people.push(who);
    const size = n === 6 ? 2n : 1n;
    await fallen.leverage(who, String(size), size * BigInt(30_000 - 1_000 * n) * USD);
  }
  return people;
}

test('exactly those below maintenance margin are auctioned, the most endangered first', async () => {
  const fallen = await open();
  const people = await crowd(fallen);
  await fallen.moveTo(100_000);
  assert.equal([below(fallen), startedIn(await historyOf(fallen))], [[], []]);
  for (let at = 98_000; at > 88_000; at -= 2_000) await fallen.quietly(at);
  await fallen.moveTo(88_000);
  const poor = below(fallen);
  assert.ok(poor.length > 3 && poor.length < 9, `${poor.length} of 8 fell`);
  const entries = await historyOf(fallen);
  const started = startedIn(entries);
  assert.equal([...started].sort(), [...poor].sort());
  const starts = entries.filter((entry) => entry.kind === 'auctionStarted');
  const healths = starts.map(({ equity, maintenance }) => Number(equity) / Number(maintenance));
  assert.equal(healths, [...healths].sort((a, b) => a - b));
  assert.equal(started.slice(0, 2), [alice.account, people[6]!.account]);
});

test('one account and one step a turn, and prices that move every turn: nobody is forgotten', async () => {
  const fallen = await open({ limits: { screened: 1, checked: 1, steps: 1 } });
  await crowd(fallen);
  const { liquidator } = fallen;
  for (let at = 98_000; at >= 86_000; at -= 2_000) await fallen.moveTo(at);
  const { state } = fallen.node.executor;
  assert.equal([...state.idsOf(AUCTION)].sort(), below(fallen).sort());
  assert.not(liquidator.turn(), 'there is nothing left to do');
});

test('a screen that never gets through still comes round', async () => {
  const limits = { screened: 2, checked: 2, steps: 1 };
  const fallen = await open({ limits });
  await crowd(fallen);
  await fallen.fall(100_000, 96_000);
  const { state } = fallen.node.executor;
  const before = [...state.idsOf(AUCTION)].length;
  assert.is(before, 0);
  await fallen.quietly(86_000);
  for (let turn = 0; turn < 40; turn++) fallen.liquidator.pricesMoved();
  assert.equal([...state.idsOf(AUCTION)].sort(), below(fallen).sort());
  assert.ok(below(fallen).length > 3);
});

test('who is topped up is let go, and the starter has his reward', async () => {
  const fallen = await open({ starter: carol.account });
  const cash = (): bigint => existing(fallen.node.executor.state, ACCOUNT, carol.account).cash;
  const before = cash();
  await fallen.fall(100_000, 89_000);
  const [started] = await historyOf(fallen);
  assert.ok(started?.kind === 'auctionStarted' && started.account === alice.account);
  assert.ok(BigInt(started.reward) > 0n);
  assert.is(cash() - before, BigInt(started.reward));
  fallen.fund(alice, 20_000n * USD);
  await fallen.moveTo(89_000);
  assert.equal([...fallen.node.executor.state.idsOf(AUCTION)], []);
  assert.equal((await historyOf(fallen)).map(({ kind }) => kind), ['auctionStarted', 'auctionEnded']);
});

test('an auction whose price ran out goes on as an insolvent one', async () => {
  const refused: string[] = [];
  const fallen = await open({ onRefused: (_, code) => refused.push(refusalName(code as never) ?? '') });
  await fallen.fall(100_000, 78_000);
  const kindNow = (): number | undefined => fallen.node.executor.state.read(AUCTION, alice.account)?.kind;
  assert.is(kindNow(), 0);
  // 147 steps of 2 % down to the floor of 5 %, each of at least 15 seconds; prices keep coming.
  for (let minute = 0; minute < 40 && kindNow() === 0; minute++) await fallen.moveTo(78_000, 60);
  assert.is(kindNow(), 1);
  const starts = (await historyOf(fallen)).filter((entry) => entry.kind === 'auctionStarted');
  assert.equal(starts.map(({ isSolvent }) => isSolvent), [true, false]);
  // Worth more than half of maintenance margin again, it is not given away, though it never was worth nothing.
  await fallen.moveTo(88_000);
  assert.is(kindNow(), 0);
  assert.equal(refused, []);
});

test('nothing is auctioned on marks that are old', async () => {
  const fallen = await open();
  await fallen.fall(100_000, 92_000);
  await fallen.quietly(88_000);
  await fallen.clock.advance(600_000);
  await fallen.node.sequencer.seal();
  fallen.node.executor.ensureOpen(fallen.clock.nowSeconds());
  assert.equal(below(fallen), [alice.account]);
  fallen.liquidator.pricesMoved();
  assert.equal([...fallen.node.executor.state.idsOf(AUCTION)], []);
});

test.run();
