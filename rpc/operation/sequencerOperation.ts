/** What only a node that sequences can doubt and count: its intake, its keeper, its batches, its L1. */
import type { Devnet } from '../../node/devnet.ts';
import type { Heads } from '../../node/l1/heads.ts';
import type { Clock } from '../../node/ports/clock.ts';
import type { Doubt, Labels, Meter } from '../../node/ports/operation.ts';
import type { Seconds } from '../../state/units.ts';

/** The watcher leaves out up to 32 polls after failures. */
const L1_SILENT_SECONDS_MAX = 60;
/** Beyond the time at which a batch is due: fee rises and short outages of L1 are no reason yet. */
const NOT_POSTED_SECONDS_MAX = 120;

/** For how long L1 has taken nothing, though there are blocks that it does not have. */
class PostingLag {
  readonly #heads: Heads;
  readonly #clock: Clock;
  #since: Seconds | null = null;

  constructor(heads: Heads, clock: Clock) {
    this.#heads = heads;
    this.#clock = clock;
    this.#follow(true);
    heads.onChange(({ safety }) => {
      if (safety === 'soft' || safety === 'posted') this.#follow(safety === 'posted');
    });
  }

  get seconds(): Seconds {
    return this.#since === null ? 0 : this.#clock.nowSeconds() - this.#since;
  }

  #follow(isMoved: boolean): void {
    const isBehind = this.#heads.soft.height > this.#heads.posted.height;
    if (!isBehind) this.#since = null;
    else if (isMoved) this.#since = this.#clock.nowSeconds();
    else this.#since ??= this.#clock.nowSeconds();
  }
}

/** Of a node that follows L1 already. */
export function sequencerOperation(devnet: Devnet): { doubts: () => Doubt[]; meters: Meter[] } {
  const { node, heads, watcher, batcher } = devnet;
  const { clock, sequencer, liquidator } = node;
  const lag = new PostingLag(heads, clock);
  const began = clock.nowSeconds();
  const l1Age = (): Seconds => clock.nowSeconds() - (watcher.lastLook ?? began);
  const doubts = (): Doubt[] => {
    const found: Doubt[] = [];
    if (l1Age() > L1_SILENT_SECONDS_MAX) {
      found.push({ code: 'L1_SILENT', detail: `L1 was not read for ${l1Age()} seconds` });
    }
    if (lag.seconds > batcher.batchSeconds + NOT_POSTED_SECONDS_MAX) {
      const detail = `L1 took no batch for ${lag.seconds} seconds, ${heads.soft.height - heads.posted.height} blocks wait`;
      found.push({ code: 'NOT_POSTED', detail });
    }
    return found;
  };
  const meters: Meter[] = [
    {
      name: 'tidepool_open_orders',
      help: 'Orders in the books.',
      type: 'gauge',
      read: () => sequencer.desk.matcher.count,
    },
    {
      name: 'tidepool_receipts_total',
      help: 'Receipts since the chain began.',
      type: 'counter',
      read: () => sequencer.receipts,
    },
    {
      name: 'tidepool_order_acknowledgement_seconds',
      help: 'Time from the execution of an order or action to its durable, signed receipt.',
      type: 'histogram',
      read: () => sequencer.acknowledgementSeconds,
    },
    {
      name: 'tidepool_intake_queue_depth',
      help: 'Requests whose signers are being found, by lane.',
      type: 'gauge',
      read: () => byLabel('lane', node.intakeDepths),
    },
    {
      name: 'tidepool_liquidation_queue_depth',
      help: 'Accounts (or rounds of deleveraging) that wait for the keeper, by what they wait for.',
      type: 'gauge',
      read: () => byLabel('stage', liquidator.depths),
    },
    {
      name: 'tidepool_l1_block_number',
      help: 'Newest block of L1 that was read.',
      type: 'gauge',
      read: () => watcher.scanned?.number ?? 0,
    },
    {
      name: 'tidepool_l1_answer_age_seconds',
      help: 'Time since L1 was last read to its end.',
      type: 'gauge',
      read: l1Age,
    },
    {
      name: 'tidepool_posting_lag_seconds',
      help: 'Time for which L1 has taken no batch though there are blocks for it.',
      type: 'gauge',
      read: () => lag.seconds,
    },
    {
      name: 'tidepool_batches_in_flight',
      help: 'Batches signed and not yet seen on L1.',
      type: 'gauge',
      read: () => batcher.inFlight.length,
    },
    {
      name: 'tidepool_batches_total',
      help: 'Batches that L1 took from this process.',
      type: 'counter',
      read: () => batcher.figures.batches,
    },
    {
      name: 'tidepool_batch_bytes_total',
      help: 'Payload of these batches.',
      type: 'counter',
      read: () => batcher.figures.bytes,
    },
    {
      name: 'tidepool_batch_gas_total',
      help: 'Gas that these batches used.',
      type: 'counter',
      read: () => Number(batcher.figures.gas),
    },
  ];
  return { doubts, meters };
}

const byLabel = (label: string, values: Readonly<Record<string, number>>): [Labels, number][] =>
  Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
