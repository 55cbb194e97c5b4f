/** Measures the search for accounts in danger: the screen of a million of them, and the exact margin of the rest. */
import { existing } from '../../state/access.ts';
import { ACCOUNT, accountIdOf, type Account, type Position } from '../../state/records/account.ts';
import { INSTRUMENT, isOption } from '../../state/records/instrument.ts';
import type { Kind, RecordId } from '../../state/records/kind.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { computeMargin } from '../../state/risk/margin.ts';
import type { State } from '../../state/state.ts';
import { NEW_ACCOUNT } from '../../state/transactions/deposit.ts';
import type { AccountId } from '../../state/units.ts';
import type { ChainSource } from '../../node/liquidation/columns.ts';
import { AccountScreen } from '../../node/liquidation/screen.ts';
import { seededRandom } from '../../node/ports/random.ts';
import { apply, chain, stepsOf } from './risk.ts';
import type { BenchRow } from './state.ts';

const ACCOUNTS = 1_000_000;
const POSITIONS = 10;
const BTC = 1;
const BTC_PERPETUAL = 100;
const CHECKS = 5_000;
const ROUNDS = 5;
/** Accounts that were drawn with so little cash that the screen has to look twice. */
const POOR_SHARE = 0.02;

/** Cost: some thirty seconds and a gigabyte. */
export async function benchLiquidation(): Promise<BenchRow[]> {
  const { state, publish } = chain();
  const ids = [...state.idsOf(INSTRUMENT)].filter((id) => existing(state, INSTRUMENT, id).underlying === BTC);
  const live = ids.filter((id) => id === BTC_PERPETUAL || isOption(existing(state, INSTRUMENT, id)));
  const move = (second: number): void => {
    publish(second);
    for (const step of stepsOf(live)) apply(state, step);
  };
  move(1);
  const source = accountsOver(state, live);
  const building = performance.now();
  const screen = new AccountScreen(source);
  screen.load(Infinity);
  const buildSeconds = (performance.now() - building) / 1_000;
  let best = Infinity;
  let suspects: number[] = [];
  for (let round = 2; round < 2 + ROUNDS; round++) {
    move(round);
    const start = performance.now();
    screen.refresh();
    suspects = screen.suspects(0, screen.size, 1);
    best = Math.min(best, performance.now() - start);
  }
  const index = Number(existing(state, UNDERLYING, BTC).indexPrice) / 1e8;
  return [
    {
      name: `screen: ${ACCOUNTS / 1e6} M accounts x ${POSITIONS} positions after a price move (BTC ${index.toFixed(0)})`,
      value: `${best.toFixed(0)} ms, ${suspects.length} left to check`,
      limit: `${readMilliseconds().toFixed(0)} ms: reading as many doubles`,
      budget: '< 250 ms',
    },
    exactChecks(source, screen, suspects),
    { name: 'screen: columns of all accounts made', value: `${buildSeconds.toFixed(1)} s`, limit: '-', budget: '-' },
  ];
}

function exactChecks({ state }: ChainSource, screen: AccountScreen, suspects: readonly number[]): BenchRow {
  const accounts = suspects.slice(0, CHECKS).map((slot) => ({ id: screen.idAt(slot), account: existing(state, ACCOUNT, screen.idAt(slot)) }));
  const start = performance.now();
  let below = 0;
  for (const { id, account } of accounts) {
    const { equity, maintenance } = computeMargin(state, id, account);
    if (equity < maintenance) below += 1;
  }
  const seconds = (performance.now() - start) / 1_000;
  return {
    name: `screen: exact margin of what is left, ${POSITIONS} positions`,
    value: `${Math.round(accounts.length / seconds).toLocaleString('en-US')} a second; ${below} of ${accounts.length} below`,
    limit: '-',
    budget: '-',
  };
}

/** A chain with a million accounts that exist while they are read: hedged and not, most of them far from danger. */
function accountsOver(state: State, instruments: readonly number[]): ChainSource {
  const idOf = (n: number): AccountId => accountIdOf(`0x${(n + 1).toString(16).padStart(40, '0')}`, 0);
  const root = seededRandom('liquidation bench');
  const draw = (id: AccountId): Account => {
    const random = root.fork(id);
    const chosen = new Set<number>([BTC_PERPETUAL]);
    while (chosen.size < POSITIONS) chosen.add(random.pick(instruments));
    const positions = [...chosen].sort((a, b) => a - b).map((instrument): Position => {
      const { markPerLot, fundingIndex } = existing(state, INSTRUMENT, instrument);
      const size = BigInt(1 + random.nextInt(50)) * (random.nextBool(0.5) ? 1n : -1n);
      return { instrument, size, quote: -size * markPerLot, fundingIndex };
    });
    const usd = random.nextBool(POOR_SHARE) ? random.nextInt(2_000) : 20_000 + random.nextInt(100_000);
    return { ...NEW_ACCOUNT, cash: BigInt(usd) * 1_000_000n, positions };
  };
  return {
    state: {
      read: <T, Id extends RecordId>(kind: Kind<T, Id>, id: Id) =>
        kind.type === ACCOUNT.type ? (draw(id as AccountId) as T) : state.read(kind, id),
      *idsOf<Id extends RecordId>(kind: Kind<any, Id>): IterableIterator<Id> {
        if (kind.type !== ACCOUNT.type) yield* state.idsOf(kind);
        else for (let n = 0; n < ACCOUNTS; n++) yield idOf(n) as Id;
      },
    },
    onStep: () => undefined,
  };
}

/** Milliseconds of a sum over as many doubles as the entries of the accounts are. */
function readMilliseconds(): number {
  const values = new Float64Array(ACCOUNTS * POSITIONS * 3).fill(1);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    if (sum !== values.length) throw new Error('a sum of ones');
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
