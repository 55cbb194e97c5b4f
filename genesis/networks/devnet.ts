/** The devnet: four collateral assets, three markets' underlyings, perpetuals and two futures each. */
import { EXPIRY_SECOND_OF_DAY } from '../../state/constants.ts';
import { INSTRUMENT_KIND } from '../../state/records/instrument.ts';
import { UNDERLYING_ROLE } from '../../state/records/underlying.ts';
import type { ListAsset } from '../../state/transactions/listAsset.ts';
import type { ListInstrument } from '../../state/transactions/listInstrument.ts';
import { SECONDS_PER_DAY, WAD, type Address, type Seconds } from '../../state/units.ts';
import type { Network, UnderlyingTerms } from '../genesis.ts';
import { expiryName } from '../names.ts';

const basisPoints = (x: bigint): bigint => (x * WAD) / 10_000n;
const percent = (x: bigint): bigint => (x * WAD) / 100n;
const millionUsd = (x: bigint): bigint => x * 10n ** 12n;

export const UNDERLYING_ID = { USDC: 0, BTC: 1, ETH: 2, SOL: 3 } as const;
/** Underlyings of this group move together in the joint scenarios. */
const CRYPTO = 1;

const NO_OPTIONS = {
  strikeStep: 0n,
  optionTickSize: 0n,
  optionLotSize: 0n,
  optionOpenInterestCap: 0n,
  optionMaxOrderLots: 0n,
};
/** Options with strikes of whole `stepUsd` and the lots of the other markets. */
const options = (stepUsd: bigint, tickSize: bigint, lotSize: bigint): typeof NO_OPTIONS => ({
  strikeStep: stepUsd * 10n ** 8n,
  optionTickSize: tickSize,
  optionLotSize: lotSize,
  optionOpenInterestCap: 10n ** 9n,
  optionMaxOrderLots: 10n ** 7n,
});

const underlying = (
  id: number,
  symbol: string,
  group: number,
  leader: number,
  scanPercent: bigint,
  scanBounds: readonly [floor: bigint, ceiling: bigint],
  volume: bigint,
  peg = 0n,
  chain = NO_OPTIONS,
): UnderlyingTerms => ({
  id,
  symbol,
  role: UNDERLYING_ROLE.tradable,
  group,
  leader,
  peg,
  scanFloor: percent(scanBounds[0]),
  scanCeiling: percent(scanBounds[1]),
  ...chain,
  priceScanRange: percent(scanPercent),
  volatilityScanUp: percent(45n),
  volatilityScanDown: percent(25n),
  averageDailyVolume: volume,
});

const TOKEN_AT_DEPLOYMENT: Address = `0x${'00'.repeat(20)}`;
const asset = (
  id: number,
  symbol: string,
  decimals: number,
  underlyingId: number,
  ratio: bigint,
  haircutPercent: bigint,
  capTokens: bigint,
): ListAsset & { symbol: string } => ({
  asset: id,
  symbol,
  token: TOKEN_AT_DEPLOYMENT,
  decimals,
  underlying: underlyingId,
  ratio,
  baseHaircut: percent(haircutPercent),
  rampStart: 0,
  rampEnd: 0,
  averageDailyVolume: millionUsd(1_000n),
  cap: capTokens * 10n ** BigInt(decimals),
  accountCap: capTokens * 10n ** BigInt(decimals),
});

/** Tick and lot [1e-8], and the two caps in lots. */
const MARKETS = [
  { symbol: 'BTC', underlying: UNDERLYING_ID.BTC, tickSize: 10_000_000n, lotSize: 100_000n },
  { symbol: 'ETH', underlying: UNDERLYING_ID.ETH, tickSize: 1_000_000n, lotSize: 1_000_000n },
  { symbol: 'SOL', underlying: UNDERLYING_ID.SOL, tickSize: 100_000n, lotSize: 10_000_000n },
] as const;

/** Last Friday of the month that is `months` calendar months after that of `time`, 08:00 UTC. */
function lastFriday(time: Seconds, months: number): Seconds {
  const start = new Date(time * 1_000);
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 0));
  const back = (end.getUTCDay() + 2) % 7; // Friday is day 5.
  return end.getTime() / 1_000 - back * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY;
}

/** The two listed expiries: the next month-ends at least a week, then at least a month, away. */
export function devnetExpiries(time: Seconds): readonly [Seconds, Seconds] {
  const candidates = [0, 1, 2, 3, 4].map((months) => lastFriday(time, months));
  const near = candidates.find((expiry) => expiry >= time + 7 * SECONDS_PER_DAY)!;
  const far = candidates.find((expiry) => expiry >= near + 28 * SECONDS_PER_DAY)!;
  return [near, far];
}

function instruments(time: Seconds): (ListInstrument & { symbol: string })[] {
  const expiries = devnetExpiries(time);
  return MARKETS.flatMap((market) => {
    const terms = {
      underlying: market.underlying,
      strike: 0n,
      tickSize: market.tickSize,
      lotSize: market.lotSize,
      openInterestCap: 10n ** 9n,
      maxOrderLots: 10n ** 7n,
    };
    const base = market.underlying * 100;
    return [
      {
        ...terms,
        instrument: base,
        symbol: `${market.symbol}-PERP`,
        kind: INSTRUMENT_KIND.perpetual,
        expiry: 0,
      },
      ...expiries.map((expiry, i) => ({
        ...terms,
        instrument: base + 1 + i,
        symbol: `${market.symbol}-${expiryName(expiry)}`,
        kind: INSTRUMENT_KIND.future,
        expiry,
      })),
    ];
  });
}

/** The devnet as of `time`, its prices vouched for by `publishers` (any `threshold` of them). */
export function devnet(time: Seconds, publishers: readonly Address[], threshold: number): Network {
  return {
    name: 'devnet',
    time,
    parameters: {
      makerFee: basisPoints(1n),
      takerFee: basisPoints(4n),
      initialFactor: percent(125n),
      contingency: percent(1n),
      calendarCharge: percent(2n),
      correlationOffset: percent(60n),
      premiumClamp: percent(1n),
      premiumSeconds: 1_800n,
      fundingShare: percent(12n),
      fundingClamp: basisPoints(40n),
      priceBand: percent(10n),
      priceJump: percent(40n),
      stableRate: WAD / 10_000n,
      maxPriceAge: 120n,
      maxMarkAge: 90n,
      maxReportAge: 60n,
      optionBand: percent(2n),
      volatilityFloor: percent(40n),
      maxVolatilityAge: 3_600n,
      shortOptionMinimum: percent(1n) / 2n,
      liquidityCharge: percent(80n),
      concentrationShare: percent(10n),
      confidenceFloor: percent(98n),
      confidenceCharge: percent(100n),
      openInterestShare: percent(50n),
      pegFloor: percent(99n),
      pegCharge: percent(400n),
      profitShare: percent(50n),
      haircutVolatility: percent(25n),
      haircutLiquidity: percent(80n),
      haircutConcentration: percent(10n),
      haircutRate: percent(1n) / 3_600n,
      borrowBase: percent(2n),
      borrowSlope: percent(8n),
      borrowKink: percent(85n),
      borrowSteep: percent(90n),
      interestReserve: percent(20n),
      optionFeeCap: percent(12n),
      reducingDiscount: percent(50n),
      concentrationFee: percent(100n),
      reputationWorst: percent(110n),
      reputationBest: percent(90n),
      reputationScale: 10n ** 12n,
      reputationRelief: percent(50n),
      reputationHalfLife: 90n * 86_400n,
      scanMultiplier: percent(280n),
      auctionBuffer: percent(15n),
      auctionStart: percent(98n),
      auctionCut: percent(98n),
      auctionFloor: percent(5n),
      auctionStep: 15n,
      auctionPenalty: percent(5n),
      auctionTip: 2_000_000n,
      auctionChip: basisPoints(10n),
      auctionDust: 25_000_000n,
      auctionHole: millionUsd(100n),
      // At scan ranges of 15 to 25 %, positions worth 2 to 3 % of what is traded in a day.
      auctionMarketShare: percent(1n) / 2n,
      auctionGrace: 300n,
      outageSeconds: 120n,
      insolventSeconds: 600n,
      insolventShare: percent(50n),
      // The worst day of one market leaves the others half.
      insolventMarketShare: percent(50n),
      absorbPrice: percent(85n),
    },
    publishers: { threshold, members: publishers },
    underlyings: [
      underlying(UNDERLYING_ID.USDC, 'USDC', 0, UNDERLYING_ID.USDC, 2n, [2n, 20n], millionUsd(5_000n), 10n ** 8n),
      underlying(UNDERLYING_ID.BTC, 'BTC', CRYPTO, UNDERLYING_ID.BTC, 15n, [6n, 60n], millionUsd(20_000n), 0n, options(500n, 10_000_000n, 100_000n)),
      underlying(UNDERLYING_ID.ETH, 'ETH', CRYPTO, UNDERLYING_ID.BTC, 18n, [6n, 60n], millionUsd(10_000n), 0n, options(25n, 1_000_000n, 1_000_000n)),
      underlying(UNDERLYING_ID.SOL, 'SOL', CRYPTO, UNDERLYING_ID.BTC, 25n, [6n, 60n], millionUsd(2_000n), 0n, options(1n, 100_000n, 10_000_000n)),
    ],
    macroReference: UNDERLYING_ID.BTC,
    assets: [
      asset(0, 'USDC', 6, UNDERLYING_ID.USDC, WAD, 0n, 10n ** 12n),
      asset(1, 'WETH', 18, UNDERLYING_ID.ETH, WAD, 8n, 10n ** 8n),
      asset(2, 'WBTC', 8, UNDERLYING_ID.BTC, WAD, 7n, 10n ** 7n),
      asset(3, 'wstETH', 18, UNDERLYING_ID.ETH, (WAD * 123n) / 100n, 12n, 10n ** 8n),
    ],
    instruments: instruments(time),
  };
}
