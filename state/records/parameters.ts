/** Governance parameters: page 0 the rules of risk, fees and time, page 1 the oracle's publishers. */
import { address, list, struct, u64, u8, type Decoded } from '../codec/layout.ts';
import { MAX_PUBLISHERS } from '../constants.ts';
import type { Kind } from './kind.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Fees on notional [1e-18], rounded up. */
  makerFee: u64,
  takerFee: u64,
  /** Initial margin = maintenance x this [1e-18], above one. */
  initialFactor: u64,
  /** Share of gross linear notional added to maintenance [1e-18]. */
  contingency: u64,
  /** Share of notional hedged across expiries added to maintenance [1e-18]. */
  calendarCharge: u64,
  /** Most of (silo - joint) that is forgiven [1e-18]. */
  correlationOffset: u64,
  /** Perpetual premium: clamp of a sample and of the mark [1e-18], smoothing time [s]. */
  premiumClamp: u64,
  premiumSeconds: u64,
  /** Funding per hour: premium share per hour [1e-18], clamp [1e-18]. */
  fundingShare: u64,
  fundingClamp: u64,
  /** Trades must be within this of the mark [1e-18]. */
  priceBand: u64,
  /** Index posts must be within this of the last fresh index [1e-18]. */
  priceJump: u64,
  /** Conservative price moves at most this share per second [1e-18]. */
  stableRate: u64,
  /** Ages in seconds: index for anything that adds risk, marks likewise, reports at the door. */
  maxPriceAge: u64,
  maxMarkAge: u64,
  maxReportAge: u64,
  /** Options: band of trades as a share of the index, lowest volatility of a shock up [1e-18], age of a slice [s]. */
  optionBand: u64,
  volatilityFloor: u64,
  maxVolatilityAge: u64,
  /** Least margin of a short option, as a share of the index [1e-18]. */
  shortOptionMinimum: u64,
  /** Market impact of closing, and the share of daily volume above which scan risk grows [1e-18]. */
  liquidityCharge: u64,
  concentrationShare: u64,
  /** Confidence below which initial margin grows, and by how much of the exposure per unit [1e-18]. */
  confidenceFloor: u64,
  confidenceCharge: u64,
  /** Share of the open-interest cap at which initial margin starts to grow [1e-18]. */
  openInterestShare: u64,
  /** Share of its peg below which an anchored price adds initial margin, and how much per unit [1e-18]. */
  pegFloor: u64,
  pegCharge: u64,
  /** Share of unrealised profit that may be taken out [1e-18]. */
  profitShare: u64,
  /** Haircut terms on scan range, on the square root of holdings over volume, on the share of the cap; and its speed per second [1e-18]. */
  haircutVolatility: u64,
  haircutLiquidity: u64,
  haircutConcentration: u64,
  haircutRate: u64,
  /** Yearly rate of negative cash: at no use, added up to the kink, added beyond it; and the fund's share of interest [1e-18]. */
  borrowBase: u64,
  borrowSlope: u64,
  borrowKink: u64,
  borrowSteep: u64,
  interestReserve: u64,
  /** Fee of an option at most this share of its premium; what a reducing trade saves, a concentrating one adds [1e-18]. */
  optionFeeCap: u64,
  reducingDiscount: u64,
  concentrationFee: u64,
  /** Reputation: worst and best factor [1e-18], score at half way [1e-6 USD day], relief per fee paid [1e-18], half-life [s]. */
  reputationWorst: u64,
  reputationBest: u64,
  reputationScale: u64,
  reputationRelief: u64,
  reputationHalfLife: u64,
  /** Price scan range over predicted daily volatility [1e-18]. */
  scanMultiplier: u64,
  /** Auctions: what a bid may restore above maintenance, first price as a share of value, factor on it per step, share below which there is no price [1e-18], and the seconds of a step. */
  auctionBuffer: u64,
  auctionStart: u64,
  auctionCut: u64,
  auctionFloor: u64,
  auctionStep: u64,
  /** Share of the value sold that goes to the insurance fund [1e-18]; for who starts an auction, an amount [1e-6 USD] and a share of maintenance [1e-18]. */
  auctionPenalty: u64,
  auctionTip: u64,
  auctionChip: u64,
  /** Maintenance margin that is too little to leave [1e-6 USD], and the most that may be in auction at once. */
  auctionDust: u64,
  auctionHole: u64,
  /** Of the daily volume of a market, the share that may be in auction at once as maintenance margin [1e-18]. */
  auctionMarketShare: u64,
  /** After an outage no auction starts or sells for so long; longest gap between blocks that is none [s]. */
  auctionGrace: u64,
  outageSeconds: u64,
  /** Insolvent auctions: seconds until the fund pays all of maintenance, and the share of it that the auction of one account may cost [1e-18]. */
  insolventSeconds: u64,
  insolventShare: u64,
  /** Share of the fund that the auctions of one market may cost in a day [1e-18]. */
  insolventMarketShare: u64,
  /** Highest price at which a backstop vault takes from a solvent auction, as a share of value [1e-18]. */
  absorbPrice: u64,
});
export type Parameters = Decoded<typeof layout>;
export const PARAMETERS: Kind<Parameters, number> = numbered(12, 'parameters', 1, layout);

const publishers = struct({ threshold: u8, members: list(address, MAX_PUBLISHERS) });
export type Publishers = Decoded<typeof publishers>;
export const PUBLISHERS: Kind<Publishers, number> = numbered(12, 'publishers', 1, publishers);
/** Ids (pages) of the two parameter records: one record type, one layout per page. */
export const PARAMETERS_PAGE = 0;
export const PUBLISHERS_PAGE = 1;
export const parameterFields = layout.fields;
