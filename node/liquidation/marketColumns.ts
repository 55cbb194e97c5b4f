/**
 * Instruments, assets and underlyings as columns of doubles: per lot and per token unit, what a screen adds
 * up. Each value is within 8 roundings of doubles of the integer rule it stands for, or above it.
 */
import { existing, type RecordSource } from '../../state/access.ts';
import { ASSET } from '../../state/records/asset.ts';
import { INSTRUMENT, isOption, type Instrument } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../../state/records/parameters.ts';
import { UNDERLYING, type Underlying } from '../../state/records/underlying.ts';
import { collateralWeight } from '../../state/risk/equity.ts';
import { riskTermsOf } from '../../state/risk/riskTerms.ts';
import { linearMovesOf } from '../../state/risk/scenarios.ts';
import type { Seconds } from '../../state/units.ts';

const WAD = 1e18;
const PICO_PER_MICRO = 1e6;
/** Price [1e-8 USD] x size [1e-8 units] per micro-dollar. */
const PRICE_SIZE_PER_MICRO = 1e10;

/** What size costs in an underlying: factors on the square root of an owner's exposure. */
type Terms = Readonly<{
  record: Underlying;
  parameters: Parameters;
  /** sqrt(exposure x index / volume) = sqrt(units) x this; the same over the threshold of concentration. */
  volumeRoot: number;
  thresholdRoot: number;
  /** What closing a day's volume costs, of its delta. */
  impact: number;
  /** Of a short option, per unit [1e-6 USD per 1e-8 units]. */
  shortMinimum: number;
  /** Moves of linear products by scenario, and the worst of them for who is long. */
  moves: Float64Array;
  worstDrop: number;
}>;

/** What is kept of an instrument, per lot [1e-6 USD], and where. */
export const FIELD = {
  /** At the mark, less the funding index; and the sum of the absolute values of both. */
  value: 0,
  magnitude: 1,
  /** Worst loss of who is long and of who is short. */
  longLoss: 2,
  shortLoss: 3,
  /** Contingency on its value, and the calendar charge at its most: half of all delta hedged by the other half. */
  always: 4,
  /** Delta x what closing a day's volume costs. */
  impact: 5,
  volumeRoot: 6,
  thresholdRoot: 7,
  /** Least margin of what is sold. */
  shortMinimum: 8,
} as const;
export const STRIDE = 10;

export class MarketColumns {
  /** Rows of instruments, in the order in which they were first held. */
  readonly #rows = new Map<number, number>();
  readonly #ids: number[] = [];
  readonly #state: RecordSource;
  readonly #records: Instrument[] = [];
  /** By underlying, and those that a row was made with. */
  readonly #terms: Terms[] = [];
  readonly #termsOf: Terms[] = [];
  readonly #assetUnderlying: number[] = [];

  /** `STRIDE` values a row, at the places of `FIELD`: what the first sieve reads of an instrument lies together. */
  values = new Float64Array(STRIDE * 64);
  // By row, for the second sieve.
  readonly arrays: Float64Array[] = [];
  readonly underlyingOf: number[] = [];

  // By asset: counted value of a token unit [1e-6 USD].
  readonly unitValue: number[] = [];

  constructor(state: RecordSource) {
    this.#state = state;
  }

  rowOf(instrument: number): number {
    const known = this.#rows.get(instrument);
    if (known !== undefined) return known;
    const row = this.#ids.length;
    this.#rows.set(instrument, row);
    this.#ids.push(instrument);
    if (this.values.length < STRIDE * this.#ids.length) {
      const wider = new Float64Array(2 * this.values.length);
      wider.set(this.values);
      this.values = wider;
    }
    this.underlyingOf.push(existing(this.#state, INSTRUMENT, instrument).underlying);
    return row;
  }

  underlyingOfAsset(asset: number): number {
    return (this.#assetUnderlying[asset] ??= existing(this.#state, ASSET, asset).underlying);
  }

  terms(underlying: number): Terms {
    return this.#terms[underlying]!;
  }

  /** Takes in the records as they are. Cost: ~2 us for each that has changed. */
  refresh(now: Seconds): void {
    const parameters = existing(this.#state, PARAMETERS, PARAMETERS_PAGE);
    for (const underlying of new Set([...this.underlyingOf, ...this.#assetUnderlying.filter((id) => id !== undefined)])) {
      const record = existing(this.#state, UNDERLYING, underlying);
      const known = this.#terms[underlying];
      if (known?.record === record && known.parameters === parameters) continue;
      this.#terms[underlying] = termsOf(record, parameters);
    }
    for (let row = 0; row < this.#ids.length; row++) this.#refreshInstrument(row);
    this.#assetUnderlying.forEach((underlying, asset) => {
      const record = existing(this.#state, ASSET, asset);
      const { indexPrice } = this.#terms[underlying]!.record;
      const perUnit = (Number(record.ratio) * Number(indexPrice)) / (1e20 * 10 ** record.decimals);
      this.unitValue[asset] = (perUnit * Number(collateralWeight(record, now))) / WAD;
    });
  }

  #refreshInstrument(row: number): void {
    const record = this.#state.read(INSTRUMENT, this.#ids[row]!);
    const terms = this.#terms[this.underlyingOf[row]!]!;
    if (record === undefined) return; // Pruned: nobody holds it.
    if (this.#records[row] === record && this.#termsOf[row] === terms) return;
    this.#records[row] = record;
    this.#termsOf[row] = terms;
    const [mark, delta] = [Number(record.markPerLot), Math.abs(Number(record.delta))];
    const [low, high] = [Math.min(...record.riskArray), Math.max(...record.riskArray)];
    const funding = Number(record.fundingIndex) / PICO_PER_MICRO;
    const { contingency, calendarCharge } = terms.parameters;
    const hedged = (delta * Number(calendarCharge)) / WAD / 2;
    const at = row * STRIDE;
    this.values[at + FIELD.value] = mark - funding;
    this.values[at + FIELD.magnitude] = Math.abs(mark) + Math.abs(funding);
    this.values[at + FIELD.longLoss] = Math.max(-low, 0);
    this.values[at + FIELD.shortLoss] = Math.max(high, 0);
    this.values[at + FIELD.always] = (Math.abs(mark) * Number(contingency)) / WAD + hedged;
    this.values[at + FIELD.impact] = delta * terms.impact;
    this.values[at + FIELD.volumeRoot] = terms.volumeRoot;
    this.values[at + FIELD.thresholdRoot] = terms.thresholdRoot;
    this.values[at + FIELD.shortMinimum] = isOption(record) ? Number(record.lotSize) * terms.shortMinimum : 0;
    this.arrays[row] = record.riskArray;
  }
}

function termsOf(record: Underlying, parameters: Parameters): Terms {
  const terms = riskTermsOf(record, parameters);
  const index = Number(record.indexPrice);
  const moves = Float64Array.from(linearMovesOf(record), (move) => Number(move) / WAD);
  return {
    record,
    parameters,
    volumeRoot: Math.sqrt(index / PRICE_SIZE_PER_MICRO / Number(terms.volume)),
    thresholdRoot: Math.sqrt(index / PRICE_SIZE_PER_MICRO / Number(terms.threshold)),
    impact: Number(terms.impact) / WAD,
    shortMinimum: (index * Number(parameters.shortOptionMinimum)) / WAD / PRICE_SIZE_PER_MICRO,
    moves,
    worstDrop: Math.max(-Math.min(...moves), 0),
  };
}
