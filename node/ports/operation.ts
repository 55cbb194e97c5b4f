/**
 * What the parts of a node let its operator see: reasons not to be ready, and figures. Nothing is sent from here:
 * whoever asks reads.
 */

/** What to do about each stands in `rpc/README.md`, "Operation". */
export type DoubtCode =
  | 'STARTING'
  | 'STOPPING'
  | 'NO_FRESH_PRICE'
  | 'NO_BLOCK'
  | 'L1_SILENT'
  | 'NOT_POSTED'
  /** Of a follower: its chain is behind the one it follows. */
  | 'SYNCING'
  /** Of a follower: what it was given and what it computed differ, or peers and L1 do. */
  | 'IN_DOUBT'
  /** Of a follower: there is nobody to follow. */
  | 'NO_PEER';

/** A reason not to be ready. */
export type Doubt = Readonly<{ code: DoubtCode; detail: string }>;

export type Labels = Readonly<Record<string, string>>;
/** Values by their labels. Their number must be bounded by the node, never by who speaks to it. */
export type Samples<V> = Iterable<readonly [Labels, V]>;

/** Named as Prometheus does: `tidepool_`, the thing, the base unit; `_total` where it only grows. */
type Named = Readonly<{ name: `tidepool_${string}`; help: string }>;
/** Read when somebody looks; must not throw, and must be cheap: all meters of a node in 5 ms. */
export type Meter =
  | (Named & Readonly<{ type: 'gauge' | 'counter'; read: () => number | Samples<number> | Promise<Samples<number>> }>)
  | (Named & Readonly<{ type: 'histogram'; read: () => Distribution | Samples<Distribution> }>);

/** Upper ends [s] from what is called by every order to what an operator would notice. */
const SECONDS: readonly number[] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** How often a quantity was how large. Costs a few nanoseconds, so that it may stand on a hot path. */
export class Distribution {
  readonly ends: readonly number[];
  /** Of each bucket alone; one more than there are ends. */
  readonly counts: number[];
  #sum = 0;

  constructor(ends: readonly number[] = SECONDS) {
    this.ends = ends;
    this.counts = new Array<number>(ends.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.ends.length && value > this.ends[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.#sum += value;
  }

  /** Observes the time since `startedMillis` of `performance.now()`. */
  observeSince(startedMillis: number): void {
    this.observe((performance.now() - startedMillis) / 1_000);
  }

  get sum(): number {
    return this.#sum;
  }
  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }
}
