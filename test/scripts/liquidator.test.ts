/** The liquidator kit against a real sequencer: an account falls, is auctioned, is bought, and is healthy again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { appraise, type Auction } from '../../scripts/liquidator/appraisal.ts';
import { LiquidatorBot } from '../../scripts/liquidator/bot.ts';
import { existing } from '../../state/access.ts';
import { ACCOUNT, AUCTION_STATUS } from '../../state/records/account.ts';
import { computeMargin } from '../../state/risk/margin.ts';
import { alice, bob, carol } from '../support/world.ts';
import { fallenNode, type Fallen } from '../rpc/methods/fallen.ts';
import { head } from '../rpc/methods/support.ts';

const test = suite('liquidator kit');
type Event = Readonly<Record<string, unknown>>;
const APPETITE = { closingCost: 0.004, minProfitUsd: 5, maxGrossUsd: 1_000_000 };

const opened: Fallen[] = [];
test.after.each(async () => {
  for (const fallen of opened.splice(0)) await fallen.close();
});
async function begin(appetite = APPETITE, slippage = 0.01) {
  const fallen = await fallenNode();
  opened.push(fallen);
  const events: Event[] = [];
  const waiting = new Map<unknown, () => void>();
  /** Resolves at the next event of that name. */
  const first = (name: string): Promise<void> => new Promise((resolve) => waiting.set(name, resolve));
  const { address: owner, key } = carol;
  const bot = new LiquidatorBot({
    ...{ client: fallen.socket, key, owner, subaccount: 0, appetite, slippage },
    onEvent: (event) => {
      events.push(event);
      waiting.get(event['event'])?.();
    },
  });
  return { fallen, bot, events, first };
}
const accountOf = ({ node }: Fallen, id = alice.account) => existing(node.executor.state, ACCOUNT, id);

test('the keeper auctions a leveraged account, the bot buys it and closes what it got', async () => {
  const { fallen, bot, events } = await begin();
  await fallen.fall(100_000, 89_000);
  assert.is(accountOf(fallen).auction, AUCTION_STATUS.solvent);
  // Somebody buys what is closed.
  await fallen.http.submit(
    { type: 'order', market: 'BTC-PERP', side: 'buy', size: '2', price: '88900', ...head(bob) },
    bob.key,
  );
  const cash = accountOf(fallen, carol.account).cash;
  // The first compensation is less than what closing costs: the bot waits for the price.
  for (let tick = 0; tick < 60 && accountOf(fallen).auction !== AUCTION_STATUS.none; tick++) {
    await bot.look();
    await fallen.moveTo(89_000, 15);
  }
  assert.is(events[0]!['event'], 'passed');
  assert.ok(events.some(({ event }) => event === 'bid'), JSON.stringify(events.at(-1)));
  assert.is(accountOf(fallen).auction, AUCTION_STATUS.none);
  const { equity, maintenance } = computeMargin(fallen.node.executor.state, alice.account, accountOf(fallen));
  assert.ok(equity >= maintenance, 'healthy again');
  await bot.look();
  assert.equal(accountOf(fallen, carol.account).positions, []);
  assert.ok(accountOf(fallen, carol.account).cash > cash, 'and it has earned something');
  assert.equal(events.filter(({ event }) => event === 'trouble'), []);
});

test('it hears of a start and looks by itself', async () => {
  const { fallen, bot, events, first } = await begin({ ...APPETITE, closingCost: 0, minProfitUsd: 0 }, 0);
  const leave = await bot.watch();
  const bought = first('bid');
  await fallen.fall(100_000, 89_000);
  await bought;
  assert.is(accountOf(fallen).auction, AUCTION_STATUS.none);
  assert.is(events.filter(({ event }) => event === 'bid').length, 1);
  assert.ok(accountOf(fallen, carol.account).positions.length > 0, 'without slippage it keeps what it took');
  await leave();
});

test('what it can not carry it does not bid for', async () => {
  const fallen = await fallenNode();
  opened.push(fallen);
  const events: Event[] = [];
  const { address: owner, key } = carol;
  const bot = new LiquidatorBot({
    ...{ client: fallen.http, key, owner, subaccount: 3, appetite: { ...APPETITE, closingCost: 0, minProfitUsd: 0 }, slippage: 0 },
    onEvent: (event) => events.push(event),
  });
  fallen.fund({ ...carol, account: `${carol.account.slice(0, -2)}03` as typeof carol.account }, 1_000_000n);
  await fallen.fall(100_000, 89_000);
  await bot.look();
  assert.equal(events.map(({ event, reason }) => [event, reason]), [['passed', 'initial margin would not hold']]);
});

test('the appraisal: the larger the better, as far as appetite and offer go, or not at all', () => {
  const auction = {
    status: 'open',
    offer: { compensation: '300', share: '0.5' },
    positions: [{ notional: '-60000' }],
    collateral: [{ value: '40000' }],
  } as unknown as Auction;
  const of = (appetite: Partial<typeof APPETITE>, terms: object = {}) =>
    appraise({ ...auction, ...terms } as Auction, { closingCost: 0.001, minProfitUsd: 1, maxGrossUsd: 1e6, ...appetite });
  assert.equal(of({}), { bid: true, share: 0.5, profitUsd: 100, grossUsd: 50_000 });
  assert.equal(of({ maxGrossUsd: 25_000 }), { bid: true, share: 0.25, profitUsd: 50, grossUsd: 25_000 });
  assert.equal(of({ closingCost: 0.003 }).bid, false);
  assert.equal(of({ minProfitUsd: 101 }).bid, false);
  assert.equal(of({}, { status: 'waiting' }).bid, false);
  assert.equal(of({}, { offer: null }).bid, false);
});

test.run();
