/** Bounded searches over what would be: the largest order, the shock at which an account fails. */
import { Refusal } from '../../../state/errors.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { existing } from '../../../state/access.ts';
import type { RefusalName } from '../../../state/refusals.ts';
import { WAD, type AccountId, type Lots, type Wad } from '../../../state/units.ts';
import { RpcError } from '../../schema/errors.ts';
import { accountIn, marginIn } from './changes.ts';
import type { Overlay } from './overlay.ts';
import { applyShock } from './shocks.ts';
import { tryOrder, type WhatIfOrder } from './standIn.ts';

const MAX_PAUSE_MILLIS = 2;
/** Lets the sequencer in between parts of a long search. */
export class Breather {
  #since = performance.now();

  async breathe(): Promise<void> {
    if (performance.now() - this.#since < MAX_PAUSE_MILLIS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}

const WAITING_MAX = 32;
/** Searches run one after the other, so that no number of them takes more than a slice of a turn. */
export class SearchLane {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws RpcError where too many wait */
  async run<T>(search: (breather: Breather) => Promise<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) throw new RpcError('QUEUE_FULL', { retryAfterMs: 100 });
    this.#waiting += 1;
    const running = this.#last.then(() => search(new Breather()));
    this.#last = running.catch(() => undefined);
    try {
      return await running;
    } finally {
      this.#waiting -= 1;
    }
  }
}

export type Largest = Readonly<{
  lots: Lots;
  /** Why one lot more is refused. */
  limit: RefusalName;
}>;

/**
 * The largest order that settles. Scan risk is convex in the size and equity linear, so sizes that
 * initial margin allows are an interval; it is searched from 0 in at most 48 trades. What it
 * gives has been tried: that size settles, or it is 0, and one lot more does not.
 */
export async function largestOrder(
  overlay: Overlay,
  id: AccountId,
  order: Omit<WhatIfOrder, 'lots'>,
  breather: Breather,
): Promise<Largest> {
  const { maxOrderLots } = existing(overlay, INSTRUMENT, order.instrument);
  let low = 0n;
  let high = maxOrderLots + 1n; // Refused: order_too_large.
  let limit: RefusalName = 'order_too_large';
  while (high - low > 1n) {
    const lots = low === 0n && high > maxOrderLots ? maxOrderLots : (low + high) / 2n;
    const tried = tryOrder(overlay, id, { ...order, lots });
    if (tried.ok) low = lots;
    else {
      high = lots;
      limit = tried.refusal;
    }
    await breather.breathe();
  }
  return { lots: low, limit };
}

const percent = (x: bigint): Wad => (x * WAD) / 100n;
const DOWN = [-1n, -2n, -4n, -8n, -16n, -32n, -64n, -95n].map(percent);
const UP = [1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n, 256n, 400n].map(percent);
/** Shocks are found to a hundredth of a percent. */
const TOLERANCE: Wad = WAD / 10_000n;

export type Boundary = Readonly<{ down: Wad | null; up: Wad | null }>;

/**
 * The nearest shocks of the price of an underlying, down to -95 % and up to 400 %, at which equity
 * falls below maintenance; null where it never does. Options make it no monotone question: a grid
 * finds the first interval that breaches, bisection the place in it.
 */
export async function boundaryOf(
  overlay: Overlay,
  id: AccountId,
  underlying: number,
  breather: Breather,
): Promise<Boundary> {
  const instruments = accountIn(overlay, id).positions.map(({ instrument }) => instrument);
  const fails = async (price: Wad): Promise<boolean> => {
    await breather.breathe();
    const shocked = overlay.fork();
    try {
      applyShock(shocked, underlying, { price, volatility: 0n }, instruments);
    } catch (thrown) {
      if (thrown instanceof Refusal) return false; // Beyond what can be marked, nothing is known.
      throw thrown;
    }
    const { equity, maintenance } = marginIn(shocked, id);
    return equity < maintenance;
  };
  if (await fails(0n)) return { down: 0n, up: 0n };
  return { down: await firstFailure(DOWN, fails), up: await firstFailure(UP, fails) };
}

async function firstFailure(grid: readonly Wad[], fails: (price: Wad) => Promise<boolean>): Promise<Wad | null> {
  let safe = 0n;
  for (const shock of grid) {
    if (!(await fails(shock))) {
      safe = shock;
      continue;
    }
    let failed = shock;
    while (failed - safe > TOLERANCE || safe - failed > TOLERANCE) {
      const middle = (safe + failed) / 2n;
      if (await fails(middle)) failed = middle;
      else safe = middle;
    }
    return failed;
  }
  return null;
}
