/** Volatility regimes and their back-tests in human units. */
import { existing } from '../../state/access.ts';
import { Q96, q96ToWad, sqrtQ96 } from '../../state/math/q96.ts';
import { MACRO } from '../../state/records/macro.ts';
import { REGIME, type Regime } from '../../state/records/regime.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { recentExceptions } from '../../state/regime/backtest.ts';
import {
  conditionalCoverage,
  EXCEPTION_RATE,
  independence,
  kupiec,
  pValue,
  REJECTED_ABOVE,
} from '../../state/regime/coverage.ts';
import { dayOf, tiltOf } from '../../state/regime/macro.ts';
import { BACKTEST_DAYS, GREEN_EXCEPTIONS, HOURS_PER_DAY, PENALTY } from '../../state/regime/model.ts';
import { correlationOf, longTermVariance } from '../../state/regime/variance.ts';
import { WAD, type X96 } from '../../state/units.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { wadText } from './units.ts';

const q96Text = (x: X96): string => wadText(q96ToWad(x));
/** Daily deviation of a variance of an hour. */
const dailyText = (hourly: X96): string => q96Text(sqrtQ96(hourly * BigInt(HOURS_PER_DAY)));

/** All, by id, or that of one symbol. */
export function regimesJson({ node }: Service, symbol: string | undefined) {
  const { state } = node.executor;
  return [...state.idsOf(REGIME)]
    .sort((a, b) => a - b)
    .map((id) => ({ id, underlying: underlyingSymbol(node.network, id) }))
    .filter(({ underlying }) => symbol === undefined || underlying === symbol)
    .map(({ id, underlying }) => {
      const regime = existing(state, REGIME, id);
      const now = existing(state, UNDERLYING, id);
      const pair = (inForce: bigint, next: bigint) => ({ inForce: wadText(inForce), next: wadText(next) });
      return {
        underlying,
        barHour: regime.hour === 0 ? null : regime.hour,
        observedHours: regime.observedHours,
        dailyVolatility: volatilitiesJson(regime),
        probabilities: {
          calm: q96Text(regime.calm),
          normal: q96Text(Q96 - regime.calm - regime.stress),
          stress: q96Text(regime.stress),
        },
        priceScanRange: pair(now.priceScanRange, regime.nextScanRange),
        volatilityScanUp: pair(now.volatilityScanUp, regime.nextVolatilityUp),
        volatilityScanDown: pair(now.volatilityScanDown, regime.nextVolatilityDown),
        correlation: pair(now.correlation, regime.nextCorrelation),
        feeMultiplier: pair(now.feeMultiplier, regime.nextFeeMultiplier),
        stress: pair(now.stress, regime.nextStress),
        backtest: backtestJson(regime),
      };
    });
}

const volatilitiesJson = (regime: Regime) => ({
  predicted: wadText(regime.volatility),
  halfLife12h: dailyText(regime.variance12),
  halfLife72h: dailyText(regime.variance72),
  halfLife720h: dailyText(regime.variance720),
  halfLife8760h: dailyText(regime.variance8760),
  longTerm: dailyText(longTermVariance(regime)),
});

function backtestJson(regime: Regime) {
  const { observations, exceptions, quietAfterQuiet, exceptionAfterQuiet } = regime;
  const { quietAfterException, exceptionAfterException } = regime;
  const pairs = { quietAfterQuiet, exceptionAfterQuiet, quietAfterException, exceptionAfterException };
  const recent = recentExceptions(regime);
  return {
    days: observations,
    exceptions,
    recentDays: Math.min(observations, BACKTEST_DAYS),
    recentExceptions: recent,
    expectedRate: wadText((EXCEPTION_RATE.of * WAD) / EXCEPTION_RATE.days),
    pairs,
    kupiec: testJson(kupiec(observations, exceptions), 1),
    christoffersen: testJson(independence(pairs), 1),
    conditionalCoverage: testJson(conditionalCoverage(observations, exceptions, pairs), 2),
    trafficLight: trafficLight(recent),
    penalty: wadText(regime.penalty),
  };
}

function testJson(likelihoodRatio: X96, degrees: 1 | 2) {
  const above = degrees === 1 ? REJECTED_ABOVE.one : REJECTED_ABOVE.two;
  return {
    likelihoodRatio: q96Text(likelihoodRatio),
    pValue: q96Text(pValue(likelihoodRatio, degrees)),
    rejectedAt5: likelihoodRatio > above.five,
    rejectedAt1: likelihoodRatio > above.one,
  };
}

/** Zones of Basel 1996: red where the penalty is the highest. */
const trafficLight = (exceptions: number) =>
  exceptions <= GREEN_EXCEPTIONS
    ? ('green' as const)
    : exceptions < GREEN_EXCEPTIONS + PENALTY.length
      ? ('yellow' as const)
      : ('red' as const);

export function macroJson({ node }: Service) {
  const { state, timestamp } = node.executor;
  const macro = state.read(MACRO, 0);
  if (macro === undefined) return null;
  return {
    reference: underlyingSymbol(node.network, macro.reference),
    equityDays: macro.equityDays,
    equityCorrelation: q96Text(correlationOf(macro.covariance, macro.equityVariance, macro.referenceVariance)),
    volatilityStress: q96Text(macro.volatilityStress),
    dollarStress: q96Text(macro.dollarStress),
    tilt: q96Text(tiltOf(macro, dayOf(timestamp))),
  };
}
