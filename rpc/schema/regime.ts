/** What the chain predicts of volatility, and how good it has been at it. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { at, decimal, decimalUnsigned, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;

const inForce = z.strictObject({ inForce: decimalUnsigned, next: decimalUnsigned });
const test = z
  .strictObject({
    likelihoodRatio: decimalUnsigned,
    pValue: decimalUnsigned,
    rejectedAt5: z.boolean(),
    rejectedAt1: z.boolean(),
  })
  .meta({ id: 'CoverageTest', description: 'Chi-squared; rejected at 5 or 1 % where so much is not chance.' });
const backtest = z
  .strictObject({
    days: uint,
    exceptions: uint,
    recentDays: uint,
    recentExceptions: uint,
    expectedRate: decimalUnsigned,
    pairs: z.strictObject({
      quietAfterQuiet: uint,
      exceptionAfterQuiet: uint,
      quietAfterException: uint,
      exceptionAfterException: uint,
    }),
    kupiec: test,
    christoffersen: test,
    conditionalCoverage: test,
    trafficLight: z.enum(['green', 'yellow', 'red']),
    penalty: decimalUnsigned,
  })
  .meta({
    id: 'Backtest',
    description:
      'Days on which the price left the range that was in force when the day began. kupiec: is their number that of ' +
      'expectedRate; christoffersen: are they independent; both together. trafficLight of the recent days; penalty is ' +
      'the factor on the scan multiplier.',
  });
const regime = z
  .strictObject({
    underlying: z.string(),
    barHour: uint.nullable(),
    observedHours: uint,
    dailyVolatility: z.strictObject({
      predicted: decimalUnsigned,
      halfLife12h: decimalUnsigned,
      halfLife72h: decimalUnsigned,
      halfLife720h: decimalUnsigned,
      halfLife8760h: decimalUnsigned,
      longTerm: decimalUnsigned,
    }),
    probabilities: z.strictObject({ calm: decimalUnsigned, normal: decimalUnsigned, stress: decimalUnsigned }),
    priceScanRange: inForce,
    volatilityScanUp: inForce,
    volatilityScanDown: inForce,
    correlation: z.strictObject({ inForce: decimal, next: decimal }),
    feeMultiplier: inForce,
    stress: inForce,
    backtest,
  })
  .meta({
    id: 'Regime',
    description:
      'State of the volatility model of an underlying after its last hourly bar (barHour x 3600 s; null before the ' +
      'first). `next` takes force with the next bar: nobody is margined on less than an hour of notice.',
  });
export const macro = z
  .strictObject({
    reference: z.string(),
    equityDays: uint,
    equityCorrelation: decimal,
    volatilityStress: decimalUnsigned,
    dollarStress: decimalUnsigned,
    tilt: decimalUnsigned,
  })
  .meta({
    id: 'Macro',
    description: 'Stress of the world outside, from 0 to 1, and how much of it tilts the ways into the stressed regime today.',
  });

const exampleTest = { likelihoodRatio: '0.4', pValue: '0.527', rejectedAt5: false, rejectedAt1: false } as const;
export const regimeDefinition = defineMethod({
  name: 'risk_regime',
  summary: 'Volatility state, regime probabilities, scan ranges in force and of the next hour, and the running back-test.',
  params: z.strictObject({ underlying: z.string().max(64).optional() }),
  result: z.strictObject({ regimes: z.array(regime), macro: macro.nullable(), at }),
  errors: [],
  kind: 'read',
  cost: 50,
  example: {
    params: { underlying: 'BTC' },
    result: {
      regimes: [
        {
          underlying: 'BTC',
          barHour: 492_336,
          observedHours: 3_000,
          dailyVolatility: {
            predicted: '0.031',
            halfLife12h: '0.028',
            halfLife72h: '0.03',
            halfLife720h: '0.032',
            halfLife8760h: '0.035',
            longTerm: '0.036',
          },
          probabilities: { calm: '0.41', normal: '0.5', stress: '0.09' },
          priceScanRange: { inForce: '0.09', next: '0.092' },
          volatilityScanUp: { inForce: '0.33', next: '0.33' },
          volatilityScanDown: { inForce: '0.19', next: '0.19' },
          correlation: { inForce: '1', next: '1' },
          feeMultiplier: { inForce: '1', next: '1' },
          stress: { inForce: '0.09', next: '0.09' },
          backtest: {
            days: 125,
            exceptions: 2,
            recentDays: 125,
            recentExceptions: 2,
            expectedRate: '0.01',
            pairs: { quietAfterQuiet: 120, exceptionAfterQuiet: 2, quietAfterException: 2, exceptionAfterException: 0 },
            kupiec: exampleTest,
            christoffersen: exampleTest,
            conditionalCoverage: exampleTest,
            trafficLight: 'green',
            penalty: '1',
          },
        },
      ],
      macro: null,
      at: AT,
    },
  },
});
