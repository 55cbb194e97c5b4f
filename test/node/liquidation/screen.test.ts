/** The screen of accounts against the exact margin: it may look at one too many, and never at one too few. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Executed, StepListener } from '../../../node/chain/executor.ts';
import type { ChainSource } from '../../../node/liquidation/columns.ts';
import { AccountScreen } from '../../../node/liquidation/screen.ts';
import { ACCOUNT, accountIdOf, MARGIN_MODE, ownerOf, type Account, type MarginMode } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import type { Kind, RecordId } from '../../../state/records/kind.ts';
import { OWNER } from '../../../state/records/owner.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../../state/records/parameters.ts';
import { POOL } from '../../../state/records/pool.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { marginOf } from '../../../state/risk/margin.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { alice } from '../../support/world.ts';
import { anyPortfolio } from '../../state/risk/anyPortfolio.ts';

const test = suite('screen of accounts');
const modes = fc.constantFrom<MarginMode>(...Object.values(MARGIN_MODE));

/** Records of one portfolio, as a chain that tells of its steps. */
class FakeChain implements ChainSource {
  readonly #records = new Map<string, unknown>();
  readonly #listeners: StepListener[] = [];
  readonly state = {
    read: <T, Id extends RecordId>(kind: Kind<T, Id>, id: Id) => this.#records.get(`${kind.type} ${id}`) as T | undefined,
    idsOf: <Id extends RecordId>(kind: Kind<any, Id>): IterableIterator<Id> =>
      (kind.type === ACCOUNT.type ? [...this.#records.keys()] : [])
        .filter((key) => key.startsWith(`${kind.type} `))
        .map((key) => key.slice(2) as Id)
        .values(),
  };

  put<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, value: T): void {
    const change = { kind, id, before: undefined, value: new Uint8Array() };
    this.#records.set(`${kind.type} ${id}`, value);
    for (const listener of this.#listeners) listener({ changes: [change] } as unknown as Executed);
  }

  onStep = (listener: StepListener): void => void this.#listeners.push(listener);

  /** Writes everything a portfolio refers to; its assets have ids from `firstAsset` on. */
  load(portfolio: Portfolio, firstAsset = 1): void {
    const { holdings, pledges, owner, parameters, pool, now } = portfolio;
    this.put(CHAIN, 0, { timestamp: now } as never);
    this.put(POOL, 0, pool);
    this.put(PARAMETERS, PARAMETERS_PAGE, parameters);
    for (const { position, instrument, underlying } of holdings) {
      this.put(INSTRUMENT, position.instrument, instrument);
      this.put(UNDERLYING, instrument.underlying, underlying);
    }
    pledges.forEach(({ asset, underlying }, i) => {
      this.put(ASSET, firstAsset + i, asset);
      this.put(UNDERLYING, asset.underlying, underlying);
    });
    if (owner !== undefined) this.put(OWNER, ownerOf(alice.account), owner);
  }
}

/** The account of a portfolio in `mode`, with its pledges in it. */
const accountOf = ({ account, pledges }: Portfolio, mode: MarginMode, firstAsset = 1): Account => ({
  ...account,
  mode,
  collaterals: pledges.map(({ balance }, i) => ({ asset: firstAsset + i, balance })),
});

/** The same in other instruments: an instrument has its underlying for ever. */
function elsewhere(portfolio: Portfolio): Portfolio {
  const move = <T extends { instrument: number }>(position: T): T => ({ ...position, instrument: position.instrument + 100 });
  return {
    ...portfolio,
    account: { ...portfolio.account, positions: portfolio.account.positions.map(move) },
    holdings: portfolio.holdings.map((holding) => ({ ...holding, position: move(holding.position) })),
  };
}

/** Most cash [1e-6 USD] with which equity is below `bound`: equity rises with cash. */
function cashBelow(portfolio: Portfolio, bound: bigint): bigint {
  const equityWith = (cash: bigint): bigint => marginOf({ ...portfolio, account: { ...portfolio.account, cash } }).equity;
  let [low, high] = [-(2n ** 90n), 2n ** 90n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (equityWith(middle) < bound) low = middle;
    else high = middle;
  }
  return low;
}

/** A screen that knows all accounts. */
function screenOf(chain: FakeChain): AccountScreen {
  const screen = new AccountScreen(chain);
  screen.load(Infinity);
  assert.ok(screen.isLoaded);
  return screen;
}

/** Is the account among the suspects? */
const isSuspect = (screen: AccountScreen, factor: number): boolean => {
  screen.refresh();
  return screen.suspects(0, screen.size, factor).some((slot) => screen.idAt(slot) === alice.account);
};

test('whoever is one micro-dollar below is found, in every mode, by health and by maintenance margin', () => {
  let passed = 0;
  fc.assert(
    fc.property(anyPortfolio, modes, fc.constantFrom(1, 1.25, 3), (random, mode, factor) => {
      const portfolio = { ...random, account: accountOf(random, mode) };
      if (portfolio.holdings.length + portfolio.pledges.length === 0) return;
      const { maintenance } = marginOf(portfolio);
      // The least whole equity that is enough: factors are quarters.
      const bound = (maintenance * BigInt(factor * 4) + 3n) / 4n;
      const chain = new FakeChain();
      chain.load(portfolio);
      const cash = cashBelow(portfolio, bound);
      chain.put(ACCOUNT, alice.account, { ...portfolio.account, cash });
      const screen = screenOf(chain);
      assert.ok(isSuspect(screen, factor), `missed at ${factor}`);
      // Twice all that it could lose, and more: the screen is no alarm that always rings.
      const gross = portfolio.holdings.reduce(
        (sum, { position, instrument }) =>
          sum + Math.abs(Number(position.size)) * Math.max(...instrument.riskArray.map(Math.abs), Number(instrument.markPerLot)),
        0,
      );
      const value = portfolio.pledges.length === 0 ? 0 : Number(marginOf(portfolio).equity);
      const rich = cash + BigInt(Math.ceil(4_100 * (gross + Math.abs(value)))) + maintenance * 10n + 10n ** 12n;
      chain.put(ACCOUNT, alice.account, { ...portfolio.account, cash: rich });
      if (!isSuspect(screen, factor)) passed += 1;
    }),
    { seed: 7, numRuns: 600 },
  );
  assert.ok(passed > 500, `only ${passed} of the rich were passed over`);
});

test('what an account and its owner come to hold is seen at once', () => {
  fc.assert(
    fc.property(anyPortfolio, anyPortfolio.map(elsewhere), modes, (first, second, mode) => {
      const chain = new FakeChain();
      chain.load(first);
      chain.put(ACCOUNT, alice.account, { ...accountOf(first, mode), cash: 10n ** 18n });
      const screen = screenOf(chain);
      isSuspect(screen, 1);
      chain.load(second, 100);
      if (second.owner === undefined) return;
      const portfolio = { ...second, account: accountOf(second, mode, 100) };
      const cash = cashBelow(portfolio, marginOf(portfolio).maintenance);
      chain.put(ACCOUNT, alice.account, { ...portfolio.account, cash });
      assert.ok(isSuspect(screen, 1));
    }),
    { seed: 8, numRuns: 150 },
  );
});

test('many accounts keep their entries apart', () => {
  const [some] = fc.sample(anyPortfolio.filter(({ holdings }) => holdings.length > 20), { seed: 3, numRuns: 1 });
  const chain = new FakeChain();
  chain.load(some!);
  const screen = screenOf(chain);
  const account = accountOf(some!, MARGIN_MODE.portfolio);
  const rich = { ...account, cash: 10n ** 24n };
  const poor = { ...account, cash: -(10n ** 24n) };
  const idOf = (n: number) => accountIdOf(`0x${n.toString(16).padStart(40, '0')}`, n % 3);
  // Accounts that grow and shrink leave blocks behind that others take.
  for (const count of [1, 9, 3, 20, 0, 12]) {
    for (let n = 0; n < 3_000; n++) {
      const positions = account.positions.slice(0, (count + n) % 21);
      chain.put(ACCOUNT, idOf(n), { ...(n % 5 === 0 ? poor : rich), positions });
    }
    screen.refresh();
    const found = screen.suspects(0, screen.size, 1).map((slot) => screen.idAt(slot));
    assert.equal(found, Array.from({ length: 3_000 }, (_, n) => n).filter((n) => n % 5 === 0).map(idOf));
  }
});

test('an account that changes before it was read, or comes meanwhile, is read once', () => {
  const [some] = fc.sample(anyPortfolio.filter(({ holdings }) => holdings.length > 5), { seed: 3, numRuns: 1 });
  const chain = new FakeChain();
  chain.load(some!);
  const account = accountOf(some!, MARGIN_MODE.portfolio);
  const idOf = (n: number) => accountIdOf(`0x${n.toString(16).padStart(40, '0')}`, 0);
  for (let n = 0; n < 10; n++) chain.put(ACCOUNT, idOf(n), { ...account, cash: 10n ** 24n });
  const screen = new AccountScreen(chain);
  assert.is(screen.load(4), 4);
  for (const n of [2, 7, 12]) chain.put(ACCOUNT, idOf(n), { ...account, cash: -(10n ** 24n) });
  screen.refresh();
  assert.not(screen.isLoaded);
  while (!screen.isLoaded) screen.load(3);
  screen.refresh();
  const found = screen.suspects(0, screen.size, 1).map((slot) => screen.idAt(slot));
  assert.equal([screen.size, found.sort()], [11, [2, 7, 12].map(idOf).sort()]);
});

test('who holds nothing and owes nothing is not looked at; who only owes is', () => {
  const chain = new FakeChain();
  const [some] = fc.sample(anyPortfolio, { seed: 5, numRuns: 1 });
  chain.load(some!);
  const empty = { ...some!.account, positions: [], collaterals: [] };
  chain.put(ACCOUNT, alice.account, { ...empty, cash: 0n });
  const screen = screenOf(chain);
  assert.not(isSuspect(screen, 1));
  chain.put(ACCOUNT, alice.account, { ...empty, cash: -1n });
  assert.ok(isSuspect(screen, 1));
});

test.run();
