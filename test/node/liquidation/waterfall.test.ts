/** The liquidator behind an auction that sells nothing: vaults, rounds of deleveraging, losses; and who waits for whom. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { AUCTION } from '../../../state/records/auction.ts';
import { CLAIM } from '../../../state/records/claim.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE, PUBLISHERS, PUBLISHERS_PAGE } from '../../../state/records/parameters.ts';
import { POOL } from '../../../state/records/pool.ts';
import { ROUND } from '../../../state/records/round.ts';
import { vaultAccountOf } from '../../../state/records/vault.ts';
import { refusalName } from '../../../state/refusals.ts';
import { Rounds } from '../../../node/liquidation/rounds.ts';
import { setParameters } from '../../../state/transactions/setParameters.ts';
import { setVault } from '../../../state/transactions/setVault.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { alice, bob, BTC_PERP, carol, person, PRICES, type Person } from '../../support/world.ts';
import { fallenNode, type Fallen } from '../../rpc/methods/fallen.ts';
import { head, price } from '../../rpc/methods/support.ts';

const test = suite('waterfall of the liquidator');
const USD = 1_000_000n;
const VAULT = 1;
const opened: Fallen[] = [];
/** A node that is closed after its test, and what its liquidator was refused. */
async function open(options: Parameters<typeof fallenNode>[0] = {}): Promise<Fallen & { refused: string[] }> {
  const refused: string[] = [];
  const fallen = await fallenNode({ onRefused: (_, code) => refused.push(refusalName(code as never) ?? ''), ...options });
  opened.push(fallen);
  return { ...fallen, refused };
}
test.after.each(async () => {
  for (const fallen of opened.splice(0)) await fallen.close();
});

const lotsOf = ({ node }: Fallen, id: AccountId): bigint =>
  positionOf(existing(node.executor.state, ACCOUNT, id), BTC_PERP)?.size ?? 0n;
const market = ({ node }: Fallen) => existing(node.executor.state, INSTRUMENT, BTC_PERP);
const auctionOf = ({ node }: Fallen, who: Person = alice) => node.executor.state.read(AUCTION, who.account);
const poolOf = ({ node }: Fallen) => existing(node.executor.state, POOL, 0);
const claimOf = ({ node }: Fallen, who: Person): bigint => node.executor.state.read(CLAIM, who.account)?.amount ?? 0n;

/** A vault with so much cash. */
function openVault(fallen: Fallen, cash: bigint): void {
  fallen.govern(setVault, { vault: VAULT, operator: `0x${'00'.repeat(20)}`, lossCap: cash, lockSeconds: 0n });
  fallen.fund({ account: vaultAccountOf(VAULT) } as Person, cash);
}

/** Falls below what alice has behind the liquidator's back, in steps that the protocol takes; then a tick a minute. */
async function insolvent(fallen: Fallen, minutes: number): Promise<void> {
  for (let at = 98_000; at > 75_000; at -= 2_000) await fallen.quietly(at);
  for (let minute = 0; minute <= minutes; minute++) await fallen.moveTo(75_000, 60);
}

test('a vault takes of a solvent auction when the price has come down to what it may pay, and not before', async () => {
  const fallen = await open();
  openVault(fallen, 1_000_000n * USD);
  await fallen.fall(100_000, 85_000);
  assert.ok(auctionOf(fallen)?.kind === 0);
  // From 98 % to below 85 % are eight steps of 2 %.
  const { start, stepSeconds } = auctionOf(fallen)!;
  const due = start + 8 * Number(stepSeconds);
  while (fallen.clock.nowSeconds() + 10 < due) {
    await fallen.moveTo(85_000, 10);
    assert.is(lotsOf(fallen, vaultAccountOf(VAULT)), 0n);
  }
  await fallen.moveTo(85_000, 10);
  assert.is(auctionOf(fallen), undefined);
  const [taken, left] = [lotsOf(fallen, vaultAccountOf(VAULT)), lotsOf(fallen, alice.account)];
  assert.ok(taken > 0n && left > 0n, `${taken} lots taken, ${left} left`);
  assert.is(taken + left, 1_000n);
  assert.equal(fallen.refused, []);
});

test('a small vault takes a part of an insolvent account in the second half of its time, holders of the other side the rest', async () => {
  const fallen = await open();
  openVault(fallen, 4_000n * USD);
  await insolvent(fallen, 4);
  assert.is(lotsOf(fallen, vaultAccountOf(VAULT)), 0n);
  for (let minute = 4; minute < 9; minute++) await fallen.moveTo(75_000, 60);
  const taken = lotsOf(fallen, vaultAccountOf(VAULT));
  assert.is(lotsOf(fallen, alice.account), 1_000n - taken);
  for (let minute = 9; minute < 12; minute++) await fallen.moveTo(75_000, 60);
  assert.is(lotsOf(fallen, alice.account), 0n);
  assert.is(auctionOf(fallen), undefined);
  assert.equal(fallen.refused, []);
});

test('twenty holders close in one round, each the same share, and the market trades again', async () => {
  const fallen = await open({ limits: { screened: 4, checked: 1, steps: 1 } });
  const holders = Array.from({ length: 20 }, (_, n) => person(`short ${n}`));
  for (const who of holders) {
    fallen.fund(who, 50_000n * USD);
    await fallen.order(who, 'sell', '0.04', 100_000);
    await fallen.order(bob, 'buy', '0.04', 100_000);
  }
  assert.is(lotsOf(fallen, bob.account), -200n);
  await insolvent(fallen, 9);
  fallen.fund(carol, USD);
  // Rests in the book while the round is on.
  await fallen.order(carol, 'buy', '0.01', 70_000);
  await fallen.quietly(75_000);
  await fallen.clock.advance(60_000);
  await fallen.quietly(75_000);
  const { liquidator } = fallen;
  let turns = 0;
  liquidator.pricesMoved();
  while (market(fallen).status !== INSTRUMENT_STATUS.deleveraging && turns++ < 100) liquidator.turn();
  assert.is(market(fallen).status, INSTRUMENT_STATUS.deleveraging);
  const sold = await fallen.order(bob, 'sell', '0.01', 70_000).catch((error: Error) => error);
  assert.ok(sold instanceof Error && /NOT_TRADING/.test(sold.message), String(sold));
  assert.is(fallen.node.sequencer.desk.matcher.open(carol.account).length, 1, 'what rests is held');
  while (liquidator.turn());
  assert.is(market(fallen).status, INSTRUMENT_STATUS.trading);
  assert.equal([...fallen.node.executor.state.idsOf(ROUND)], []);
  assert.is(lotsOf(fallen, alice.account), 0n);
  assert.is(market(fallen).openInterest, 0n);
  const claims = holders.map((who) => claimOf(fallen, who));
  assert.ok(claims[0]! > 0n);
  assert.equal(new Set(claims).size, 1);
  await fallen.order(bob, 'sell', '0.01', 70_000);
  assert.is(lotsOf(fallen, carol.account), 10n, 'and trades when the round is over');
  assert.equal(fallen.refused, []);
});

test('a round that another process takes up after every step comes to its end all the same', async () => {
  const fallen = await open({ limits: { screened: 4, checked: 1, steps: 1 } });
  const holders = Array.from({ length: 20 }, (_, n) => person(`short ${n}`));
  for (const who of holders) {
    fallen.fund(who, 50_000n * USD);
    await fallen.order(who, 'sell', '0.04', 100_000);
    await fallen.order(bob, 'buy', '0.04', 100_000);
  }
  await insolvent(fallen, 9);
  await fallen.clock.advance(60_000);
  await fallen.quietly(75_000);
  const { sequencer } = fallen.node;
  const { screen } = sequencer;
  while (!screen.isLoaded) screen.load(100);
  const ended: AccountId[] = [];
  const next = (): Rounds => new Rounds(sequencer, (bytes) => sequencer.run(bytes), (id) => ended.push(id));
  next().begin(alice.account, BTC_PERP);
  let steps = 0;
  while (ended.length === 0 && steps < 10) {
    const rounds = next();
    rounds.refresh();
    steps += rounds.advance(1, screen.size);
  }
  assert.equal([ended, steps], [[alice.account], 4], '16 holders and 4 are weighed, then close');
  assert.is(lotsOf(fallen, alice.account), 0n);
  assert.is(market(fallen).status, INSTRUMENT_STATUS.trading);
});

test('a round is finished by a liquidator that did not begin it', async () => {
  const fallen = await open();
  const { node, liquidator } = fallen;
  await insolvent(fallen, 9);
  await fallen.quietly(75_000);
  await fallen.clock.advance(60_000);
  await fallen.quietly(75_000);
  liquidator.stop();
  const { Liquidator } = await import('../../../node/liquidation/liquidator.ts');
  const first = new Liquidator({ sequencer: node.sequencer, limits: { screened: 1, checked: 1, steps: 1 } });
  first.pricesMoved();
  first.stop();
  for (let n = 0; n < 20 && market(fallen).status !== INSTRUMENT_STATUS.deleveraging; n++) first.turn();
  assert.is(market(fallen).status, INSTRUMENT_STATUS.deleveraging);
  const second = new Liquidator({ sequencer: node.sequencer });
  second.pricesMoved();
  second.stop();
  while (second.turn());
  assert.is(market(fallen).status, INSTRUMENT_STATUS.trading);
  assert.is(lotsOf(fallen, alice.account), 0n);
});

test('what holders have no profit for is a loss that all share, and the account is in no auction any more', async () => {
  const fallen = await open();
  for (let at = 98_000; at > 75_000; at -= 2_000) await fallen.quietly(at);
  await fallen.order(carol, 'sell', '1', 75_000);
  await fallen.order(bob, 'buy', '1', 75_000);
  assert.is(lotsOf(fallen, carol.account), -1_000n);
  for (let minute = 0; minute <= 11; minute++) await fallen.moveTo(75_000, 60);
  assert.is(auctionOf(fallen), undefined);
  const { deficit, withdrawalRate, flagged, auctioned } = poolOf(fallen);
  assert.ok(deficit > 1_000n * USD && deficit < 3_000n * USD, `${deficit}`);
  assert.ok(withdrawalRate < WAD);
  assert.equal([flagged, auctioned], [0n, 0n]);
  assert.is(existing(fallen.node.executor.state, ACCOUNT, alice.account).cash, 0n);
  assert.equal(fallen.refused, []);
});

test('who owes and has nothing is never auctioned: the loss is shared at once', async () => {
  const fallen = await open();
  for (let at = 98_000; at > 75_000; at -= 2_000) await fallen.quietly(at);
  // At a price that pays the fee: an owner may close what lowers his equity no further.
  await fallen.order(carol, 'buy', '1', 76_300);
  await fallen.order(alice, 'sell', '1', 76_300);
  const owed = -existing(fallen.node.executor.state, ACCOUNT, alice.account).cash;
  assert.ok(owed > 0n && lotsOf(fallen, alice.account) === 0n);
  await fallen.moveTo(75_000);
  // And interest of ten seconds.
  const { deficit } = poolOf(fallen);
  assert.ok(deficit >= owed && deficit < owed + 100n, `${deficit} of ${owed}`);
  assert.is(auctionOf(fallen), undefined);
  assert.equal(fallen.refused, []);
});

/** Room for so much maintenance margin in auction, or for a share of the daily volume of each market. */
function setRoom(fallen: Fallen, room: Readonly<{ auctionHole: bigint } | { auctionMarketShare: bigint }>): void {
  const { state } = fallen.node.executor;
  const parameters = { ...existing(state, PARAMETERS, PARAMETERS_PAGE), ...room };
  fallen.govern(setParameters, { parameters, publishers: existing(state, PUBLISHERS, PUBLISHERS_PAGE) });
}

test('smaller ones go before one that does not fit, until it has waited ten minutes', async () => {
  const fallen = await open();
  const [large, small, smaller, late] = ['large', 'small', 'smaller', 'late'].map(person);
  await fallen.leverage(large!, '10', 240_000n * USD);
  await fallen.leverage(small!, '1', 24_500n * USD);
  await fallen.leverage(smaller!, '0.5', 12_400n * USD);
  await fallen.leverage(late!, '1', 28_000n * USD);
  setRoom(fallen, { auctionHole: 60_000n * USD });
  const started = (): string[] =>
    ['alice', 'large', 'small', 'smaller', 'late'].filter((name) => auctionOf(fallen, person(name)) !== undefined);
  for (let at = 98_000; at > 86_000; at -= 1_000) await fallen.quietly(at);
  await fallen.moveTo(86_000);
  assert.equal(started(), ['alice', 'small', 'smaller']);
  for (let minute = 0; minute < 10; minute++) await fallen.moveTo(86_000, 60);
  for (let at = 85_500; at > 83_000; at -= 500) await fallen.moveTo(at);
  assert.equal(started(), ['alice', 'small', 'smaller'], 'who is in less danger waits now');
  // Room for all: the one that waited comes first.
  setRoom(fallen, { auctionHole: 100_000_000n * USD });
  await fallen.moveTo(83_000);
  assert.equal(started(), ['alice', 'large', 'small', 'smaller', 'late']);
  assert.equal(fallen.refused, []);
});

test('who does not fit into its market lets those of another go first at all times, and those of its own in turns', async () => {
  const fallen = await open();
  const { node, http, clock, liquidator } = fallen;
  const [large, small, late, other] = ['large', 'small', 'late', 'other'].map(person);
  await fallen.leverage(large!, '14', 336_000n * USD);
  await fallen.leverage(small!, '1', 24_500n * USD);
  await fallen.leverage(late!, '1', 28_000n * USD);
  fallen.fund(other!, 11_000n * USD);
  const order = { type: 'order', market: 'ETH-PERP', size: '10', price: '4000' } as const;
  await http.submit({ ...order, side: 'sell', ...head(bob) }, bob.key);
  await http.submit({ ...order, side: 'buy', ...head(other!) }, other!.key);
  // 200,000 USD of BTC.
  setRoom(fallen, { auctionMarketShare: WAD / 100_000n });
  const started = (): string[] =>
    ['alice', 'large', 'small', 'late', 'other'].filter((name) => auctionOf(fallen, person(name)) !== undefined);
  const fallTo = async (btc: bigint, eth: bigint): Promise<void> => {
    await clock.advance(10_000);
    await node.sequencer.seal();
    price(node, clock.nowSeconds(), { ...PRICES, 1: btc * 10n ** 8n, 2: eth * 10n ** 8n });
    liquidator.pricesMoved();
    while (liquidator.turn());
    await node.sequencer.settled();
  };
  for (let at = 98_000; at > 86_000; at -= 1_000) await fallen.quietly(at);
  await fallen.moveTo(86_000);
  assert.equal(started(), ['alice', 'small']);
  for (let minute = 0; minute < 10; minute++) await fallen.moveTo(86_000, 60);
  await fallTo(84_000n, 4_000n);
  await fallTo(83_000n, 3_400n);
  assert.equal(started(), ['alice', 'small', 'other'], 'the late one waits');
  setRoom(fallen, { auctionMarketShare: WAD });
  await fallTo(83_000n, 3_400n);
  assert.equal(started(), ['alice', 'large', 'small', 'late', 'other']);
  assert.equal(fallen.refused, []);
});

test.run();
