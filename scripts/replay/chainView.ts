// The option chains as traders see them: read once a step, the best quotes whenever they are looked at.
import type { TidepoolNode } from '../../node/node.ts';
import { existing } from '../../state/access.ts';
import { INSTRUMENT, INSTRUMENT_KIND, INSTRUMENT_STATUS, isOption } from '../../state/records/instrument.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import type { OptionView } from './traders.ts';

const STEPS_PER_UNIT = 1e8;
const MICRO_USD = 1e6;
/** An older mark takes no new risk, so the option is as good as not there. */
const MARK_SECONDS_MAX = 90;

export class ChainView {
  readonly #node: TidepoolNode;
  readonly #underlyings: ReadonlySet<number>;
  #options: readonly OptionView[] = [];

  constructor(node: TidepoolNode, underlyings: readonly number[]) {
    this.#node = node;
    this.#underlyings = new Set(underlyings);
  }

  /** Freshly marked and not expired; by expiry, then strike, the call before the put. */
  get options(): readonly OptionView[] {
    return this.#options;
  }

  step(now: number): void {
    if (this.#underlyings.size === 0) return;
    const { state } = this.#node.executor;
    const alive: OptionView[] = [];
    for (const id of state.idsOf(INSTRUMENT)) {
      const record = existing(state, INSTRUMENT, id);
      const isLive = record.expiry > now && record.status !== INSTRUMENT_STATUS.settled;
      const isAlive = isLive && record.markTime > 0 && now - record.markTime <= MARK_SECONDS_MAX;
      if (isOption(record) && isAlive && this.#underlyings.has(record.underlying)) alive.push(this.#optionOf(id));
    }
    this.#options = alive.sort(
      (a, b) => a.expirySeconds - b.expirySeconds || a.strikeUsd - b.strikeUsd || (a.kind < b.kind ? -1 : 1),
    );
  }

  #optionOf(id: number): OptionView {
    const { executor, sequencer } = this.#node;
    const { matcher } = sequencer.desk;
    const record = existing(executor.state, INSTRUMENT, id);
    const indexUsd = Number(existing(executor.state, UNDERLYING, record.underlying).indexPrice) / STEPS_PER_UNIT;
    const lotSize = Number(record.lotSize) / STEPS_PER_UNIT;
    return {
      ...{ market: id, underlying: record.underlying, indexUsd, lotSize },
      kind: record.kind === INSTRUMENT_KIND.call ? 'call' : 'put',
      expirySeconds: record.expiry,
      strikeUsd: Number(record.strike) / STEPS_PER_UNIT,
      markUsd: Number(record.markPrice) / STEPS_PER_UNIT,
      tickUsd: Number(record.tickSize) / STEPS_PER_UNIT,
      delta: Number(record.delta) / MICRO_USD / (indexUsd * lotSize),
      get bestBidTicks() {
        return matcher.bestBid(id);
      },
      get bestAskTicks() {
        return matcher.bestAsk(id);
      },
    };
  }
}
