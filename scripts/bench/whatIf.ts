/**
 * Measures what RPC computes of an account: its greeks, what it could be, what it needs in each mode.
 * The methods are called as the server calls them, parameters checked, without a socket.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existing } from '../../state/access.ts';
import { MARGIN_MODE } from '../../state/records/account.ts';
import { INSTRUMENT, isOption } from '../../state/records/instrument.ts';
import { marginOf } from '../../state/risk/margin.ts';
import { Devnet } from '../../node/devnet.ts';
import { SystemClock } from '../../node/ports/clock.ts';
import { viewOf } from '../../rpc/devnetView.ts';
import { accountGreeksJson } from '../../rpc/methods/accountGreeks.ts';
import { Service } from '../../rpc/methods/service.ts';
import { simulateMethods } from '../../rpc/methods/simulate.ts';
import { portfolioIn } from '../../rpc/methods/whatIf/changes.ts';
import { build } from '../../rpc/methods/whatIf/request.ts';
import { compareDefinition, simulateDefinition } from '../../rpc/schema/simulate.ts';
import type { BenchRow } from '../bench.ts';

const FEW = 3;
/** Perpetuals and futures of the devnet, and twice as many options. */
const MANY = 27;
const ROUNDS = 5;
const ROUND_MILLIS = 300;
const BALANCES = [{ asset: 'USDC', amount: '10000000' }];
const SHOCKS = [
  { underlying: 'BTC', pricePercent: '-20', volatilityPercent: '30' },
  { underlying: 'ETH', pricePercent: '-25', volatilityPercent: '30' },
];
const LARGEST = [{ market: 'BTC-PERP', side: 'buy' }];

type Request = Readonly<Record<string, unknown>>;
type Position = Readonly<{ market: string; size: string }>;

/** Cost: some fifteen seconds. */
export async function benchWhatIf(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-bench-'));
  try {
    const devnet = await Devnet.open({
      ...{ directory, clock: new SystemClock(), l1: 'embedded', seed: 'bench' },
      ...{ priceSeconds: 1, batchSeconds: 3_600, sync: false },
    });
    try {
      await devnet.node.start((error) => {
        throw error;
      });
      return await rowsOf(new Service(viewOf(devnet)));
    } finally {
      await devnet.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function rowsOf(service: Service): Promise<BenchRow[]> {
  const positions = await marketsOf(service, MANY);
  const few = { balances: BALANCES, positions: positions.slice(0, FEW) };
  const many = { balances: BALANCES, positions };
  const margins = new Map([[few, marginMicros(service, few)], [many, marginMicros(service, many)]]);
  const [simulate, compare] = simulateMethods(service).map(({ definition, handle }) => (request: Request) =>
    handle(definition.params.parse(request) as never, undefined as never),
  ) as [Call, Call];
  const row = async (name: string, account: typeof few, call: Call, more: Request = {}): Promise<BenchRow> => ({
    name,
    value: perSecond(await microsOf(() => call({ ...account, ...more }))),
    limit: `${margins.get(account)!.toFixed(0)} us: one margin of these positions`,
    budget: '-',
  });
  return [
    await greeksRow(service, many, margins.get(many)!),
    await row(`${simulateDefinition.name}: ${FEW} positions`, few, simulate),
    await row(`${simulateDefinition.name}: ${MANY} positions, two thirds of them options`, many, simulate),
    await row('the same with two underlyings shocked', many, simulate, { shocks: SHOCKS }),
    await row('the same with the largest order of a market', many, simulate, { orders: LARGEST }),
    await row('the same with the boundaries of each underlying', many, simulate, { boundary: true }),
    await row(`${compareDefinition.name}: ${MANY} positions in three modes`, many, compare),
  ];
}

/** Positions of one unit, long and short in turn: linear ones, then options, once the keeper has listed so many. */
async function marketsOf({ node, directory }: Service, count: number): Promise<Position[]> {
  const { state } = node.executor;
  const marked = (): number[] => [...state.idsOf(INSTRUMENT)].filter((id) => existing(state, INSTRUMENT, id).markTime > 0);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (marked().length >= count) resolve();
    };
    node.onBlock(look);
    look();
  });
  const isChosen = (id: number): boolean => isOption(existing(state, INSTRUMENT, id));
  const ids = marked().sort((a, b) => Number(isChosen(a)) - Number(isChosen(b)) || a - b);
  return ids.slice(0, count).map((id, i) => ({ market: directory.marketOf(id).symbol, size: i % 2 === 0 ? '1' : '-1' }));
}

type Call = (request: Request) => unknown;
const portfolioOf = (service: Service, request: Request) => {
  const { id, overlay } = build(service, simulateDefinition.params.parse(request), MARGIN_MODE.portfolio);
  return portfolioIn(overlay, id);
};

function marginMicros(service: Service, request: Request): number {
  const portfolio = portfolioOf(service, request);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < 2_000; i++) marginOf(portfolio);
    best = Math.min(best, (performance.now() - start) / 2);
  }
  return best;
}

async function greeksRow(service: Service, request: Request, margin: number): Promise<BenchRow> {
  const portfolio = portfolioOf(service, request);
  const micros = await microsOf(() => accountGreeksJson(service, portfolio));
  return {
    name: `account_greeks: ${MANY} positions and their underlyings, as decimals`,
    value: `${micros.toFixed(0)} us`,
    limit: `${margin.toFixed(0)} us: one margin of these positions`,
    budget: '-',
  };
}

const perSecond = (micros: number): string => `${Math.round(1e6 / micros).toLocaleString('en-US')}/s (${micros.toFixed(0)} us)`;

/** Microseconds of one call, in the best of several rounds. */
async function microsOf(call: () => unknown): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    let calls = 0;
    do {
      await call();
      calls++;
    } while (performance.now() - start < ROUND_MILLIS);
    best = Math.min(best, ((performance.now() - start) * 1_000) / calls);
  }
  return best;
}
