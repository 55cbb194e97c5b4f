/** Measures the pricing of options: a chain re-marked in steps, and one option alone. */
import { existing } from '../../state/access.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { MAX_MARKS_PER_STEP, MAX_STRIKES_PER_ROLL, SCENARIOS } from '../../state/constants.ts';
import { lnQ96, millsQ96, Q96 } from '../../state/math/q96.ts';
import { markOption } from '../../state/pricing/option.ts';
import { settlingPrice } from '../../state/pricing/settling.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT, isOption } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { State } from '../../state/state.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { beginBlock } from '../../state/transactions/beginBlock.ts';
import { mark } from '../../state/transactions/mark.ts';
import { roll } from '../../state/transactions/roll.ts';
import { applyTransaction } from '../../state/transition.ts';
import { genesisRecords, type L1Binding } from '../../genesis/genesis.ts';
import { devnet } from '../../genesis/networks/devnet.ts';
import { addressOfKey, recover } from '../../node/crypto/recover.ts';
import { Publishers, type ListedExpiry } from '../../node/oracle/publisher.ts';
import type { BenchRow } from './state.ts';

const NOW = 1_772_409_600; // Monday 2026-03-02, 00:00 UTC.
const BTC = 1;
const OPTIONS = 500;
const STEP = 500n * 10n ** 8n;
const PRICE = 100_000n * 10n ** 8n;
/** Days to the expiries: four mornings, then Fridays, as the rule lists them. */
const DAYS = [0, 1, 2, 3, 4, 11, 18, 25];
const MORNING = 28_800;
const ROUNDS = 5;

/** Cost: some ten seconds. */
export async function benchRisk(): Promise<BenchRow[]> {
  const { state, publish } = chain();
  const ids = [...state.idsOf(INSTRUMENT)].filter((id) => isOption(existing(state, INSTRUMENT, id))).slice(0, OPTIONS);
  const steps = stepsOf(ids);
  let best = Infinity;
  for (let round = 1; round <= ROUNDS; round++) {
    publish(round);
    const start = performance.now();
    for (const step of steps) apply(state, step);
    best = Math.min(best, performance.now() - start);
  }
  return [remarked(state, ids, best), alone(state, ids)];
}

function remarked(state: State, ids: readonly number[], milliseconds: number): BenchRow {
  const prices = (ids.length * (SCENARIOS + 1)) / 2; // Call and put of a strike share them.
  return {
    name: `mark: ${ids.length} options re-marked (${SCENARIOS} scenarios and greeks each), in steps with a root`,
    value: `${milliseconds.toFixed(0)} ms, records of ${state.bytesOf(INSTRUMENT, ids[0]!)!.length} bytes`,
    limit: `${(prices * ratioMilliseconds()).toFixed(0)} ms: two Mills ratios for each of ${prices} prices, one for call and put`,
    budget: '< 100 ms',
  };
}

function alone(state: State, ids: readonly number[]): BenchRow {
  const underlying = existing(state, UNDERLYING, BTC);
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  const now = existing(state, CHAIN, 0).timestamp;
  const start = performance.now();
  for (const id of ids) {
    const instrument = existing(state, INSTRUMENT, id);
    const term = underlying.terms.find((t) => t.expiry === instrument.expiry)!;
    markOption(instrument, underlying, term, parameters, settlingPrice(underlying, term.expiry, term.forward, now), now);
  }
  const each = ((performance.now() - start) * 1_000) / ids.length;
  return {
    name: 'mark: one option, its value, greeks and 35 scenarios, calls and puts in turn',
    value: `${each.toFixed(0)} us`,
    limit: `${(18 * ratioMilliseconds() * 1_000).toFixed(0)} us: half of its Mills ratios`,
    budget: '-',
  };
}

/** Milliseconds of two Mills ratios and a logarithm shared by three scenarios. */
function ratioMilliseconds(): number {
  const calls = 20_000;
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) {
      millsQ96(Q96 / 3n + BigInt(i));
      millsQ96(Q96 + BigInt(i));
      if (i % 3 === 0) lnQ96(Q96 + BigInt(i));
    }
    best = Math.min(best, (performance.now() - start) / calls);
  }
  return best;
}

/** A devnet with a chain of BTC options, and what posts the next second's prices. */
export function chain(): { state: State; publish: (second: number) => void } {
  const key = new Uint8Array(32).fill(7);
  const l1: L1Binding = {
    chainId: 31_337,
    rollup: `0x${'aa'.repeat(20)}`,
    sequencer: `0x${'bb'.repeat(20)}`,
    tokens: Object.fromEntries([0, 1, 2, 3].map((i) => [i, `0x${`0${i + 1}`.repeat(20)}` as const])),
  };
  const state = State.from(genesisRecords(devnet(NOW, [addressOfKey(key)], 1), l1));
  const expiries = DAYS.map((day) => NOW + day * 86_400 + MORNING);
  const source = {
    name: 'bench',
    underlyings: [BTC],
    quoteAt: (timeSeconds: number) => [{ underlying: BTC, price: PRICE + BigInt(timeSeconds - NOW) * 10n ** 8n, confidence: 1n, timeSeconds }],
  };
  const publishers = new Publishers({ source, keys: [key] });
  const listed: ListedExpiry[] = expiries.map((expiry) => ({ expiry, hasOptions: true }));
  const domain = fromHex(existing(state, CHAIN, 0).domainSeparator);
  const publish = (second: number): void => {
    const { height, anchorNumber, anchorHash } = existing(state, CHAIN, 0);
    apply(state, encodeTransaction(beginBlock, { height: height + 1, timestamp: NOW + second, anchorNumber, anchorHash }));
    const posted = { postedAt: () => 0, expiriesOf: () => listed };
    for (const bytes of publishers.reports(domain, NOW + second, posted)) apply(state, bytes);
  };
  publish(0);
  const strikes = Array.from({ length: MAX_STRIKES_PER_ROLL }, (_, i) => PRICE + BigInt(i - 16) * 2n * STEP);
  for (const expiry of expiries) apply(state, encodeTransaction(roll, { underlying: BTC, expiry, strikes }));
  return { state, publish };
}

export function stepsOf(ids: readonly number[]): Uint8Array[] {
  const steps: Uint8Array[] = [];
  for (let i = 0; i < ids.length; i += MAX_MARKS_PER_STEP) {
    const instruments = ids.slice(i, i + MAX_MARKS_PER_STEP);
    steps.push(encodeTransaction(mark, { underlying: BTC, instruments, assets: [] }));
  }
  return steps;
}

export function apply(state: State, bytes: Uint8Array): void {
  const { outcome } = applyTransaction(state, bytes, { recover });
  if (!outcome.ok) throw new Error(`refused: ${outcome.code} ${outcome.detail}`);
}
