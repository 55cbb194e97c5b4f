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
  optionBand: [percent(1n) / 10n, percent(20n)],
  volatilityFloor: [0n, percent(200n)],
  maxVolatilityAge: [60n, 86_400n],
  shortOptionMinimum: [0n, percent(10n)],
  liquidityCharge: [0n, percent(500n)],
  concentrationShare: [percent(1n) / 10n, percent(100n)],
  confidenceFloor: [0n, WAD],
  confidenceCharge: [0n, percent(1_000n)],
  openInterestShare: [0n, percent(99n)],
  pegFloor: [percent(50n), WAD],
  pegCharge: [0n, percent(1_000n)],
  profitShare: [0n, WAD],
  haircutVolatility: [0n, percent(200n)],
  haircutLiquidity: [0n, percent(500n)],
  haircutConcentration: [0n, WAD],
  haircutRate: [WAD / 10n ** 9n, WAD / 100n],
  borrowBase: [0n, percent(100n)],
  borrowSlope: [0n, percent(200n)],
  borrowKink: [percent(1n), percent(99n)],
  borrowSteep: [0n, percent(1_000n)],
  interestReserve: [0n, WAD],
  optionFeeCap: [percent(1n), WAD],
  reducingDiscount: [0n, WAD],
  concentrationFee: [0n, percent(500n)],
  reputationWorst: [WAD, percent(150n)],
  reputationBest: [percent(50n), WAD],
  reputationScale: [1n, 10n ** 18n],
  reputationRelief: [0n, WAD],
  reputationHalfLife: [86_400n, 31_536_000n],
  scanMultiplier: [WAD, percent(600n)],
  auctionBuffer: [percent(1n), WAD],
  auctionStart: [percent(80n), WAD],
  auctionCut: [percent(50n), percent(995n) / 10n],
  auctionFloor: [percent(1n), percent(50n)],
  auctionStep: [1n, 600n],
  auctionPenalty: [percent(1n) / 10n, percent(20n)],
  auctionTip: [0n, 10n ** 9n],
  auctionChip: [0n, percent(1n)],
  auctionDust: [0n, 10n ** 10n],
  auctionHole: [10n ** 9n, 10n ** 18n],
  auctionMarketShare: [WAD / 100_000n, WAD],
  auctionGrace: [0n, 86_400n],
  outageSeconds: [10n, 3_600n],
  insolventSeconds: [1n, 86_400n],
  insolventShare: [0n, WAD],
  insolventMarketShare: [0n, WAD],
  absorbPrice: [0n, WAD],
};

/** The first parameter out of its bounds, or null. */
export function parameterOutOfBounds(parameters: Parameters): keyof Parameters | null {
  for (const [name, [low, high]] of Object.entries(PARAMETER_BOUNDS)) {
    const value = parameters[name as keyof Parameters];
    if (value < low || value > high) return name as keyof Parameters;
  }
  return null;
}
