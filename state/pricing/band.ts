/** How far a trade may be from the mark. */
import { isOption, type Instrument } from '../records/instrument.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { WAD, type Price } from '../units.ts';

/** `priceBand` of the mark and, for an option, a further `optionBand` of the index [1e-8 USD], rounded down. */
export function reachOf(instrument: Instrument, underlying: Underlying, parameters: Parameters): Price {
  const ofMark = instrument.markPrice * parameters.priceBand;
  const ofIndex = isOption(instrument) ? underlying.indexPrice * parameters.optionBand : 0n;
  return (ofMark + ofIndex) / WAD;
}
