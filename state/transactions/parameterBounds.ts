/** What governance may set: each parameter with its lowest and highest value. */
import type { Parameters } from '../records/parameters.ts';
import { WAD } from '../units.ts';

const percent = (x: bigint): bigint => (x * WAD) / 100n;

/** Inclusive bounds, in the order of the record. */
export const PARAMETER_BOUNDS: Readonly<Record<keyof Parameters, readonly [low: bigint, high: bigint]>> = {
  makerFee: [0n, percent(1n)],
  takerFee: [0n, percent(1n)],
  initialFactor: [percent(101n), percent(300n)],
  contingency: [percent(0n), percent(20n)],
  calendarCharge: [percent(0n), percent(20n)],
  correlationOffset: [0n, percent(95n)],
  premiumClamp: [percent(0n), percent(5n)],
  premiumSeconds: [1n, 86_400n],
  fundingShare: [0n, WAD],
  fundingClamp: [0n, percent(1n)],
  priceBand: [percent(1n), percent(50n)],
  priceJump: [percent(5n), percent(90n)],
  stableRate: [WAD / 1_000_000n, WAD],
  maxPriceAge: [5n, 3_600n],
  maxMarkAge: [5n, 3_600n],
  maxReportAge: [5n, 600n],
};

/** The first parameter out of its bounds, or null. */
export function parameterOutOfBounds(parameters: Parameters): keyof Parameters | null {
  for (const [name, [low, high]] of Object.entries(PARAMETER_BOUNDS)) {
    const value = parameters[name as keyof Parameters];
    if (value < low || value > high) return name as keyof Parameters;
  }
  return null;
}
