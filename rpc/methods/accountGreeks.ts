/** Sensitivities of an account: by position, and by underlying with its collateral. */
import { abs } from '../../state/math/integer.ts';
import type { Underlying } from '../../state/records/underlying.ts';
import { pledgeValueDown } from '../../state/risk/equity.ts';
import type { Portfolio } from '../../state/risk/portfolio.ts';
import { WAD, type MicroUsd } from '../../state/units.ts';
import { HEDGED_UP_TO } from '../schema/accountRisk.ts';
import { addGreeks, greeksJson, NO_GREEKS, scaleGreeks, type Greeks } from './greeks.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { fromDecimal, lotsText, usdText, wadText } from './units.ts';

const HEDGED = fromDecimal(HEDGED_UP_TO, 18)!;

type Sum = { record: Underlying; greeks: Greeks; grossPositions: MicroUsd; collateral: MicroUsd };

/** Greeks by underlying id, ascending: positions, and collateral as far as it counts. */
function sumsOf({ holdings, pledges, now }: Portfolio): [number, Sum][] {
  const sums = new Map<number, Sum>();
  const sumOf = (id: number, record: Underlying): Sum => {
    let sum = sums.get(id);
    if (sum === undefined) sums.set(id, (sum = { record, greeks: NO_GREEKS, grossPositions: 0n, collateral: 0n }));
    return sum;
  };
  for (const { position, instrument, underlying } of holdings) {
    const sum = sumOf(instrument.underlying, underlying);
    const greeks = scaleGreeks(instrument, position.size);
    sum.greeks = addGreeks(sum.greeks, greeks);
    sum.grossPositions += abs(greeks.delta);
  }
  for (const { balance, asset, underlying } of pledges) {
    sumOf(asset.underlying, underlying).collateral += pledgeValueDown(balance, asset, underlying.indexPrice, now);
  }
  return [...sums].sort(([a], [b]) => a - b);
}

export function accountGreeksJson({ node, directory }: Service, portfolio: Portfolio) {
  const underlyings = sumsOf(portfolio).map(([id, { record, greeks, grossPositions, collateral }]) => {
    const net = greeks.delta + collateral;
    const gross = grossPositions + collateral;
    const ratio = gross === 0n ? 0n : (abs(net) * WAD) / gross;
    return {
      underlying: underlyingSymbol(node.network, id),
      greeks: greeksJson(greeks, record.indexPrice),
      collateralDeltaUsd: usdText(collateral),
      netDeltaUsd: usdText(net),
      grossDeltaUsd: usdText(gross),
      netToGross: wadText(ratio),
      class: ratio <= HEDGED ? ('hedged' as const) : ('directional' as const),
    };
  });
  const positions = portfolio.holdings.map(({ position, instrument, underlying }) => ({
    market: directory.marketOf(position.instrument).symbol,
    underlying: underlyingSymbol(node.network, instrument.underlying),
    size: lotsText(position.size, instrument),
    greeks: greeksJson(scaleGreeks(instrument, position.size), underlying.indexPrice),
  }));
  return { underlyings, positions };
}
