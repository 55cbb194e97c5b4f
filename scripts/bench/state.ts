/** Measures the state at a million accounts: margin checks, trades with a root each, witnesses. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Draft } from '../../state/access.ts';
import { SCENARIOS } from '../../state/constants.ts';
import type { Recover } from '../../state/codec/signature.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { usdIsConserved } from '../../state/invariants.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { computeMargin, marginOf } from '../../state/risk/margin.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import type { State } from '../../state/state.ts';
import { recordKey } from '../../state/tree/node.ts';
import { Trie } from '../../state/tree/trie.ts';
import { applyStateless, applyTransaction } from '../../state/transition.ts';
import { recover } from '../../node/crypto/recover.ts';
import {
  benchMarket,
  FULL_ACCOUNT,
  fullAccount,
  INSTRUMENTS,
  randomFrom,
  signTrades,
  type BenchMarket,
  type SignedTrade,
} from './stateWorld.ts';

export type BenchRow = { name: string; value: string; limit: string; budget: string };

const ACCOUNTS = 1_000_000;
const TRADERS = 10_000;
const IDLE_POSITIONS = 2;
const TRADES = 30_000;
const TRADES_WARM = 5_000;
const TRADES_RECOVERED = 4_000;
const TRADES_WITNESSED = 3_000;
/** Leaves that a trade of two new orders changes: two accounts, two orders, pool, instrument. */
const LEAVES_PER_TRADE = 6;

/** Cost: about a minute and 1.5 GB. */
export async function benchState(): Promise<BenchRow[]> {
  const before = memoryBytes();
  const start = performance.now();
  const market = benchMarket(TRADERS, ACCOUNTS - TRADERS, IDLE_POSITIONS);
  const buildSeconds = (performance.now() - start) / 1_000;
  const bytesPerAccount = (memoryBytes() - before) / ACCOUNTS;
  return [
    {
      name: 'state: memory per idle account of two positions, 1 M accounts',
      value: `${bytesPerAccount.toFixed(0)} bytes (built in ${buildSeconds.toFixed(1)} s)`,
      limit: `${recordBytes(market.state)} bytes of record and 144 bytes of trie`,
      budget: '<= 1,024 bytes',
    },
    ...marginRows(market.state),
    ...tradeRows(market),
  ];
}

/**
 * Heap and array buffers in use after a full collection. Buffers that it found dead are given back by
 * another thread, for which a second one waits.
 */
function memoryBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function recordBytes(state: State): number {
  let last = 0;
  for (const id of state.idsOf(ACCOUNT)) last = state.bytesOf(ACCOUNT, id)!.length;
  return last;
}

/** Microseconds of one call, the best of several rounds: what the code costs, not the machine's mood. */
function microsecondsOf(calls: number, work: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 10; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) work();
    best = Math.min(best, ((performance.now() - start) * 1_000) / calls);
  }
  return best;
}

function marginRows(state: State): BenchRow[] {
  const account = fullAccount();
  const portfolio = loadPortfolio(state, FULL_ACCOUNT, account);
  const arrays = portfolio.holdings.map(({ instrument }) => instrument.riskArray);
  const sizes = portfolio.holdings.map(({ position }) => Number(position.size));
  const sums = new Float64Array(SCENARIOS);
  const limit = microsecondsOf(20_000, () => {
    sums.fill(0);
    for (let p = 0; p < arrays.length; p++) {
      const array = arrays[p]!;
      const size = sizes[p]!;
      for (let s = 0; s < SCENARIOS; s++) sums[s]! += size * array[s]!;
    }
  });
  const row = (name: string, work: () => void): BenchRow => ({
    name,
    value: `${microsecondsOf(5_000, work).toFixed(1)} us`,
    limit: `${limit.toFixed(1)} us: ${INSTRUMENTS} x ${SCENARIOS} multiply-adds in doubles`,
    budget: '< 15 us',
  });
  return [
    row('margin: 32 positions x 35 scenarios, portfolio read', () => marginOf(portfolio)),
    row('margin: the same from an account in the state', () => computeMargin(state, FULL_ACCOUNT, account)),
    row('margin: the same in cross mode', () => marginOf(portfolio, 1)),
    afterFill(state),
  ];
}

/** What a trade step does for each party after its fills: nothing of the margin before is kept. */
function afterFill(state: State): BenchRow {
  const account = fullAccount();
  const [first, ...others] = account.positions;
  const filled = { ...account, positions: [{ ...first!, size: first!.size + 1n }, ...others] };
  const sums = new Float64Array(SCENARIOS);
  const array = loadPortfolio(state, FULL_ACCOUNT, filled).holdings[0]!.instrument.riskArray;
  const one = microsecondsOf(100_000, () => {
    for (let s = 0; s < SCENARIOS; s++) sums[s]! += array[s]!;
  });
  const micros = microsecondsOf(5_000, () => {
    const draft = new Draft(state);
    draft.put(ACCOUNT, FULL_ACCOUNT, filled);
    computeMargin(draft, FULL_ACCOUNT, filled);
  });
  return {
    name: 'margin: after a fill in one of 32 positions, from the draft of the step, all of it again',
    value: `${micros.toFixed(1)} us`,
    limit: `${one.toFixed(2)} us: the scenarios of that fill alone`,
    budget: '-',
  };
}

function tradeRows(market: BenchMarket): BenchRow[] {
  const { state } = market;
  const random = randomFrom(11);
  const trades = signTrades(market, TRADES + TRADES_RECOVERED + TRADES_WITNESSED, random);
  const remembered = memoOf(trades);
  const warm = trades.splice(0, TRADES_WARM);
  run(state, warm, remembered);
  const memo = trades.splice(0, TRADES - TRADES_WARM);
  const memoSeconds = run(state, memo, remembered);
  const recovered = trades.splice(0, TRADES_RECOVERED);
  const recoveredSeconds = run(state, recovered, recover);
  const commit = commitMicroseconds(state);
  if (usdIsConserved(state) !== null) throw new Error('trading lost money');
  const perSecond = (count: number, seconds: number): string =>
    `${Math.round(count / seconds).toLocaleString('en-US')}/s (${((seconds * 1e6) / count).toFixed(0)} us)`;
  return [
    {
      name: 'trade: 2 x 20 positions, both margins, a root each, 1 M accounts, signers remembered',
      value: perSecond(memo.length, memoSeconds),
      limit: `${commit.toFixed(0)} us: the trie alone, ${LEAVES_PER_TRADE} leaves and a root`,
      budget: '>= 5,000/s on one core',
    },
    {
      name: 'trade: the same with native recovery of both signatures',
      value: perSecond(recovered.length, recoveredSeconds),
      limit: `${recoveryMicroseconds().toFixed(0)} us: two recoveries`,
      budget: '-',
    },
    ...witnessRows(state, trades, remembered),
  ];
}

/** What the node's intake does: signers were recovered before, by digest and signature. */
function memoOf(trades: readonly SignedTrade[]): Recover {
  const nameOf = ({ buffer, byteOffset }: Uint8Array): string =>
    Buffer.from(buffer, byteOffset, 32).toString('latin1');
  const signers = new Map(
    trades.flatMap((t) => t.digests.map((digest, i) => [nameOf(digest), t.signers[i]!])),
  );
  return (digest) => signers.get(nameOf(digest)) ?? null;
}

function run(state: State, trades: readonly SignedTrade[], recoverWith: Recover): number {
  const start = performance.now();
  for (const { bytes } of trades) {
    const { outcome } = applyTransaction(state, bytes, { recover: recoverWith });
    if (!outcome.ok) throw new Error(`refused: ${outcome.code} ${outcome.detail}`);
  }
  return (performance.now() - start) / 1_000;
}

function recoveryMicroseconds(): number {
  const digest = sha256(Uint8Array.of(1));
  const r = sha256(Uint8Array.of(2));
  const s = sha256(Uint8Array.of(3));
  s[0] = s[0]! & 63;
  return 2 * microsecondsOf(200, () => recover(digest, r, s, 0));
}

/** A copy of the tree, six leaves anywhere changed, committed: no transition can be faster. */
function commitMicroseconds(state: State): number {
  const keys: Uint8Array[] = [];
  for (const id of state.idsOf(ACCOUNT)) keys.push(recordKey(ACCOUNT.type, ACCOUNT.idBytes(id)));
  const trie = Trie.from(keys.map((key) => ({ key, valueHash: key })));
  const random = randomFrom(5);
  const steps = 5_000;
  const start = performance.now();
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < LEAVES_PER_TRADE; i++) {
      trie.set(keys[random(keys.length)]!, keys[random(keys.length)]!);
    }
    trie.commit();
  }
  return ((performance.now() - start) * 1_000) / steps;
}

function witnessRows(state: State, trades: readonly SignedTrade[], memo: Recover): BenchRow[] {
  const context = { recover: memo };
  let bytes = 0;
  let stateful = 0;
  let stateless = 0;
  let transaction = 0;
  const counted = trades.slice(500);
  for (const [i, trade] of trades.entries()) {
    const root = state.root.slice();
    const start = performance.now();
    const { witness } = applyTransaction(state, trade.bytes, context, { witness: true });
    const applied = performance.now();
    applyStateless(root, trade.bytes, witness!, context);
    if (i < 500) continue; // Warms the compiler.
    stateful += applied - start;
    stateless += performance.now() - applied;
    bytes += witness!.length;
    transaction += trade.bytes.length;
  }
  const each = (ms: number): string => `${((ms * 1_000) / counted.length).toFixed(0)} us`;
  const size = (sum: number): string => Math.round(sum / counted.length).toLocaleString('en-US');
  return [
    {
      name: 'trade: applied with its witness written',
      value: `${each(stateful)}, ${size(bytes)} bytes of witness`,
      limit: `${size(transaction)} bytes of transaction`,
      budget: '-',
    },
    { name: 'trade: applied from the witness alone', value: each(stateless), limit: '-', budget: '-' },
  ];
}

