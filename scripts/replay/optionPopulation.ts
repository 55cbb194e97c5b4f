// Who trades options: what they own, and the habits they are drawn with.
import type { Random } from '../../node/ports/random.ts';
import { logNormal, pareto, uniform, type Wealth } from './draws.ts';
import type { Decide, OptionStyle } from './traders.ts';
import { coveredCall } from './traders/coveredCall.ts';
import { optionMaker } from './traders/optionMaker.ts';
import { spread } from './traders/spread.ts';
import { straddle } from './traders/straddle.ts';

/** USD to deposit. Half of the spreads and of the sold straddles stand on coins instead of cash. */
export function drawOptionWealth(style: OptionStyle, random: Random): Wealth {
  switch (style) {
    case 'optionMaker':
      return { stable: pareto(random, 400_000), volatile: 0 };
    case 'coveredCall':
      return { stable: 0, volatile: pareto(random, 30_000) };
    case 'vertical':
      return split(logNormal(random, 15_000, 0.8), random);
    case 'calendar':
      return split(logNormal(random, 25_000, 0.8), random);
    case 'longStraddle':
      return split(logNormal(random, 12_000, 0.8), random);
    case 'shortStraddle':
      return split(logNormal(random, 60_000, 0.8), random);
  }
}

const split = (usd: number, random: Random): Wealth =>
  random.nextBool(0.5) ? { stable: usd, volatile: 0 } : { stable: usd / 4, volatile: (3 * usd) / 4 };

export function drawOptionDecide(style: OptionStyle, underlying: number, random: Random): Decide {
  switch (style) {
    case 'optionMaker':
      return optionMaker({
        underlying,
        expiries: 3,
        reach: uniform(random, 0.15, 0.3),
        halfSpread: uniform(random, 0.015, 0.04),
        floor: uniform(random, 0.0002, 0.0006),
        quoteShare: uniform(random, 0.05, 0.15),
        positionShare: uniform(random, 0.2, 0.5),
        skew: uniform(random, 0.5, 1.5),
        activity: uniform(random, 0.3, 0.6),
        band: uniform(random, 0.02, 0.06),
      });
    case 'coveredCall':
      return coveredCall({
        underlying,
        cover: uniform(random, 0.5, 1),
        moneyness: uniform(random, 1.01, 1.05),
        expiryRank: random.nextInt(3),
        clips: 1 + random.nextInt(4),
      });
    case 'vertical':
    case 'calendar':
      return spread({
        shape: style,
        underlying,
        kind: random.nextBool(0.5) ? 'call' : 'put',
        expiryRank: style === 'calendar' ? 1 + random.nextInt(2) : random.nextInt(3),
        width: uniform(random, 0.015, 0.05),
        leverage: uniform(random, 0.5, 3),
      });
    case 'longStraddle':
    case 'shortStraddle':
      return straddle({
        underlying,
        isShort: style === 'shortStraddle',
        expiryRank: random.nextInt(3),
        leverage: style === 'shortStraddle' ? uniform(random, 0.5, 2) : uniform(random, 0.5, 3),
      });
  }
}
