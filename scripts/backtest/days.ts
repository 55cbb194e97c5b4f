// Recorded prices through the model: for each day the price at its start and the ranges known then.
import type { Observation, Series } from '../../node/oracle/csvSeries.ts';
import type { Network } from '../../genesis/genesis.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import { priorWeight } from '../../state/regime/forecast.ts';
import { MACRO_SERIES, ModelChain } from './modelChain.ts';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
/** A longer hole is no outage: what comes after it is another recording. */
const HOLE_SECONDS = 7 * DAY_SECONDS;

/** Midnight UTC, and what the model said then. Ranges are fractions of the price. */
export type Day = Readonly<{
  timeSeconds: number;
  price: number;
  /** Predicted volatility of the day that starts. */
  volatility: number;
  /** Scan range in force. */
  required: number;
  /** Enough was seen: nothing of what genesis said is left in the range. */
  isWarm: boolean;
  /** No return leads here from the day before. */
  startsSegment: boolean;
}>;

export type Modelled = Readonly<{
  underlying: number;
  days: readonly Day[];
  /** Correlation with the leader in force at the end. */
  correlation: number;
}>;

type Post = Observation & Readonly<{ underlying: number; isDaily: boolean }>;

const fraction = (wad: bigint): number => Number(wad) / 1e18;

/** @param series of underlyings of the network and perhaps of `MACRO_SERIES` */
export function modelled(
  series: readonly Series[],
  network: Network,
  parameters: Parameters,
): Modelled[] {
  const chain = new ModelChain(network, parameters);
  const days = new Map<number, Day[]>();
  const broken = new Set<number>();
  const macro: readonly number[] = Object.values(MACRO_SERIES);
  for (const post of inOrderOfTime(series)) {
    const { underlying, seconds, price } = post;
    if (macro.includes(underlying)) {
      chain.post(underlying, seconds, price);
      continue;
    }
    if (post.startsSegment) {
      chain.interrupt(underlying);
      broken.add(underlying);
    }
    if (post.isDaily) chain.close(underlying, Math.floor(seconds / HOUR_SECONDS), price);
    else chain.post(underlying, seconds, price);
    if (seconds % DAY_SECONDS !== 0) continue;
    // Publishers repeat a close until the next one: a day ends with it.
    for (const id of macro) chain.repeat(id, seconds);
    const regime = chain.regime(underlying);
    const day = {
      timeSeconds: seconds,
      price: Number(price),
      volatility: fraction(regime.volatility),
      required: fraction(chain.underlying(underlying).priceScanRange),
      isWarm: priorWeight(regime) === 0n,
      startsSegment: broken.delete(underlying),
    };
    const known = days.get(underlying);
    if (known === undefined) days.set(underlying, [day]);
    else known.push(day);
  }
  return [...days].map(([underlying, all]) => ({
    underlying,
    days: all,
    correlation: fraction(chain.underlying(underlying).correlation),
  }));
}

/** By time, then by underlying: leaders before those that follow them. */
function* inOrderOfTime(series: readonly Series[]): Generator<Post> {
  const sources = [...series].sort((a, b) => a.underlying - b.underlying).map(postsOf);
  const heads = sources.map((source) => source.next());
  while (true) {
    let first = -1;
    let seconds = Number.POSITIVE_INFINITY;
    heads.forEach((head, i) => {
      if (head.done === true || head.value.seconds >= seconds) return;
      first = i;
      seconds = head.value.seconds;
    });
    const head = heads[first];
    if (head === undefined || head.done === true) return;
    yield head.value;
    heads[first] = (sources[first] as Generator<Post>).next();
  }
}

function* postsOf(series: Series): Generator<Post> {
  const isDaily = series.info().intervalSeconds >= DAY_SECONDS;
  let last = Number.NEGATIVE_INFINITY;
  for (const seen of series.observations()) {
    const startsSegment = seen.startsSegment || seen.seconds - last > HOLE_SECONDS;
    last = seen.seconds;
    const { seconds, price } = seen;
    yield { seconds, price, startsSegment, underlying: series.underlying, isDaily };
  }
}

/** Days that follow each other without a hole, with the move that came of the first. */
export type Outcome = Readonly<{ day: Day; move: number; followsLast: boolean }>;

export function outcomesOf(days: readonly Day[]): Outcome[] {
  const outcomes: Outcome[] = [];
  let followsLast = false;
  for (let i = 1; i < days.length; i++) {
    const [from, to] = [days[i - 1] as Day, days[i] as Day];
    const isDay = !to.startsSegment && to.timeSeconds - from.timeSeconds === DAY_SECONDS;
    if (isDay) outcomes.push({ day: from, move: to.price / from.price - 1, followsLast });
    followsLast = isDay;
  }
  return outcomes;
}
