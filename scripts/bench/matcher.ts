/** Measures the matcher alone: a mixed flow against a settlement that accepts everything. */
import { Matcher } from '../../node/sequencer/matcher/matcher.ts';
import type { OrderInput, Side } from '../../node/sequencer/matcher/order.ts';
import type { MatcherPorts } from '../../node/sequencer/matcher/ports.ts';

const OPERATIONS = 300_000;
const ACCOUNTS = 400;
const MID_TICKS = 50_000;
const BUDGET_PER_SECOND = 500_000;
/** The first rounds warm the compiler; the median of all is reported. */
const ROUNDS = 7;

type Operation = { place: OrderInput } | { cancel: string };

const acceptAll: MatcherPorts = { settle: () => ({ ok: true }), positionOf: () => 0 };

/** mulberry32: the same flow on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Half limit orders near the middle, two fifths cancels of open orders, a tenth market takers. */
function mixedFlow(): Operation[] {
  const random = randomFrom(7);
  const flow: Operation[] = [];
  // A matcher runs along, so that cancels name orders that are open.
  const matcher = new Matcher(acceptAll);
  const open: string[] = [];
  while (flow.length < OPERATIONS) {
    const kind = random();
    if (kind < 0.4 && open.length > 1_000) {
      const id = takeAny(open, random);
      if (matcher.get(id) === undefined) continue;
      matcher.cancel(id);
      flow.push({ cancel: id });
      continue;
    }
    const order = randomOrder(flow.length, kind > 0.9, random);
    matcher.place(order, 0);
    if (order.timeInForce === 'gtc') open.push(order.id);
    flow.push({ place: order });
  }
  return flow;
}

function takeAny(ids: string[], random: () => number): string {
  const index = Math.floor(random() * ids.length);
  const id = ids[index]!;
  const last = ids.pop()!;
  if (index < ids.length) ids[index] = last;
  return id;
}

function randomOrder(n: number, isTaker: boolean, random: () => number): OrderInput {
  const side: Side = random() < 0.5 ? 'buy' : 'sell';
  // Exponential distance: most orders rest close to the middle, a few far out.
  const distance = Math.floor(-40 * Math.log(1 - random())) + (isTaker ? -400 : 1);
  const drift = Math.round(20 * Math.sin(n / 20_000));
  const away = side === 'buy' ? -distance : distance;
  const id = `0x${n.toString(16).padStart(64, '0')}`;
  return {
    id,
    account: `0x${Math.floor(random() * ACCOUNTS).toString(16).padStart(40, '0')}:0`,
    instrument: 1 + (n % 4),
    side,
    lots: 1 + Math.floor(random() * (isTaker ? 60 : 20)),
    priceTicks: MID_TICKS + drift + away,
    timeInForce: isTaker ? 'ioc' : 'gtc',
    postOnly: false,
    reduceOnly: false,
    expirySeconds: 1_000 + Math.floor(random() * 100_000),
    selfTrade: 'cancelMaker',
    nonce: BigInt(n),
    payload: null,
  };
}

type Round = { seconds: number; fills: number; rejected: number; open: number };

function runMatcher(flow: readonly Operation[]): Round {
  const matcher = new Matcher(acceptAll);
  let fills = 0;
  let rejected = 0;
  const start = performance.now();
  for (const operation of flow) {
    const events =
      'place' in operation ? matcher.place(operation.place, 0) : matcher.cancel(operation.cancel);
    for (const event of events) {
      if (event.type === 'filled') fills += 1;
      if (event.type === 'rejected') rejected += 1;
    }
  }
  const seconds = (performance.now() - start) / 1_000;
  return { seconds, fills, rejected, open: matcher.count };
}

/** The least any matcher does: one map, set by each order and deleted by each cancel. */
function runMap(flow: readonly Operation[]): number {
  const orders = new Map<string, OrderInput>();
  const start = performance.now();
  for (const operation of flow) {
    if ('place' in operation) orders.set(operation.place.id, operation.place);
    else orders.delete(operation.cancel);
  }
  return (performance.now() - start) / 1_000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >>> 1]!;
const perSecond = (count: number, seconds: number): string =>
  Math.round(count / seconds).toLocaleString('en-US');

type Row = { name: string; value: string; limit: string; budget: string };

export async function benchMatcher(): Promise<Row[]> {
  const flow = mixedFlow();
  const rounds: Round[] = [];
  const limits: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(runMatcher(flow));
    limits.push(runMap(flow));
  }
  const { fills, rejected, open } = rounds[0]!;
  const seconds = median(rounds.map((round) => round.seconds));
  const orders = flow.filter((operation) => 'place' in operation).length;
  return [
    {
      name: `matcher alone, mixed flow (${fills} fills, ${rejected} refused, ${open} left open)`,
      value:
        `${perSecond(OPERATIONS, seconds)} operations/s, ` +
        `${perSecond(orders, seconds)} new orders/s among them`,
      limit: `${perSecond(OPERATIONS, median(limits))}/s: one Map set or delete per operation`,
      budget: `>= ${BUDGET_PER_SECOND.toLocaleString('en-US')} orders/s on one core`,
    },
  ];
}
