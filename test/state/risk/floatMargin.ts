/**
 * The margin of section 9 of the specification, plainly and slowly in doubles. Written from the page:
 * it shares no code with the engine but the shape of its records.
 */
import type { MarginMode } from '../../../state/records/account.ts';
import type { Asset } from '../../../state/records/asset.ts';
import type { Parameters } from '../../../state/records/parameters.ts';
import type { Underlying } from '../../../state/records/underlying.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { scenariosOf } from './anyPortfolio.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const wad = (value: bigint): number => Number(value) / 1e18;
const worst = (pnl: readonly number[]): number => Math.max(0, ...pnl.map((value) => -value));
const SCENARIOS = Array.from({ length: 35 }, (_, s) => s);
const OPTION_KINDS = [2, 3];

function pledgeOf(balance: bigint, asset: Asset, price: bigint, now: number): number {
  const gross = (Number(balance) / 10 ** asset.decimals) * wad(asset.ratio) * (Number(price) / 1e8) * 1e6;
  const ramp =
    now >= asset.rampEnd ? 1 : Math.max(0, (now - asset.rampStart) / (asset.rampEnd - asset.rampStart));
  return gross * (1 - wad(asset.haircut)) * ramp;
}

/** Everything of one underlying. */
function underlyingOf(p: Portfolio, id: number, u: Underlying) {
  const held = p.holdings.filter(({ instrument }) => instrument.underlying === id);
  const collateral = sum(
    p.pledges.filter(({ asset }) => asset.underlying === id).map(({ balance, asset }) => pledgeOf(balance, asset, u.indexPrice, p.now)),
  );
  const moves = scenariosOf(wad(u.priceScanRange)).map(({ move, share }) => move * share);
  const pnl = SCENARIOS.map(
    (s) => sum(held.map(({ position, instrument }) => Number(position.size) * instrument.riskArray[s]!)) + collateral * moves[s]!,
  );
  const deltaIn = (expiry: number): number =>
    sum(held.filter((h) => h.instrument.expiry === expiry).map((h) => Number(h.position.size) * Number(h.instrument.delta)));
  const deltas = [...new Set(held.map(({ instrument }) => instrument.expiry))].map(deltaIn);
  const long = sum(deltas.filter((delta) => delta > 0));
  const short = -sum(deltas.filter((delta) => delta < 0));
  const shorts = held.filter(({ position, instrument }) => OPTION_KINDS.includes(instrument.kind) && position.size < 0n);
  return {
    u,
    pnl,
    collateral,
    delta: sum(deltas),
    hedged: Math.min(long, short),
    gross: sum(held.map(({ position, instrument }) => Math.abs(Number(position.size) * Number(instrument.markPerLot)))),
    shortUnits: sum(shorts.map(({ position, instrument }) => -Number(position.size) * Number(instrument.lotSize))),
    ownLosses: sum(held.map(({ position, instrument }) => worst([...instrument.riskArray].map((x) => Number(position.size) * x)))),
    exposure: (Number(p.owner?.exposures.find((e) => e.underlying === id)?.units ?? 0n) * Number(u.indexPrice)) / 1e10,
  };
}
type Of = ReturnType<typeof underlyingOf>;

function scanOf(all: readonly Of[], parameters: Parameters): number {
  const groups = new Map<string, Of[]>();
  all.forEach((one, i) => {
    const group = one.u.group === 0 ? `alone ${i}` : `group ${one.u.group}`;
    groups.set(group, [...(groups.get(group) ?? []), one]);
  });
  return sum(
    [...groups.values()].map((members) => {
      const share = ({ u }: Of): number => (u.group === 0 ? 0 : wad(parameters.correlationOffset) * wad(u.correlation));
      const alone = sum(members.map((one) => (1 - share(one)) * worst(one.pnl)));
      return alone + worst(SCENARIOS.map((s) => sum(members.map((one) => share(one) * one.pnl[s]!))));
    }),
  );
}

export type FloatMargin = Record<
  | 'equity' | 'initialEquity' | 'freeEquity' | 'scan' | 'shortOptionMinimum' | 'calendar' | 'contingency'
  | 'liquidity' | 'concentration' | 'maintenance' | 'openInterest' | 'confidence' | 'peg' | 'initial',
  number
>;

export function floatMargin(p: Portfolio, mode: MarginMode): FloatMargin {
  const { parameters } = p;
  const ids = new Map<number, Underlying>();
  for (const { instrument, underlying } of p.holdings) ids.set(instrument.underlying, underlying);
  for (const { asset, underlying } of p.pledges) ids.set(asset.underlying, underlying);
  const all = [...ids].map(([id, u]) => underlyingOf(p, id, u));
  const isPortfolio = mode === 0;
  const scan = isPortfolio ? scanOf(all, parameters) : sum(all.map(({ ownLosses }) => ownLosses));

  const shortOptionMinimum = sum(
    all.map(({ shortUnits, u }) => ((shortUnits * Number(u.indexPrice)) / 1e10) * wad(parameters.shortOptionMinimum)),
  );
  const calendar = isPortfolio ? sum(all.map(({ hedged }) => hedged)) * wad(parameters.calendarCharge) : 0;
  const contingency = sum(all.map(({ gross }) => gross)) * wad(parameters.contingency);
  const volumeOf = (u: Underlying): number => Number(u.averageDailyVolume);
  const liquidity = sum(
    all.map(({ delta, exposure, u }) => {
      const impact = Math.sqrt(Math.min(1, exposure / volumeOf(u)));
      return Math.abs(delta) * wad(parameters.liquidityCharge) * wad(u.priceScanRange) * impact;
    }),
  );
  const concentration = sum(
    all.map(({ pnl, ownLosses, exposure, u }) => {
      const factor = Math.sqrt(Math.max(1, exposure / Math.max(1e-6, wad(parameters.concentrationShare) * volumeOf(u))));
      return (isPortfolio ? worst(pnl) : ownLosses) * Math.min(factor - 1, 1_000);
    }),
  );
  const maintenance = Math.max(scan, shortOptionMinimum) + calendar + contingency + liquidity + concentration;

  const openInterest = sum(
    p.holdings.map(({ position, instrument, underlying: u }) => {
      const cap = Number(instrument.openInterestCap);
      const lower = cap * wad(parameters.openInterestShare);
      const crowding = Math.min(1, Math.max(0, (Number(instrument.openInterest) - lower) / (cap - lower)));
      const rest = Math.max(0, 1 - wad(u.priceScanRange) * wad(parameters.initialFactor));
      return Math.abs(Number(position.size) * Number(instrument.delta)) * rest * crowding;
    }),
  );
  const confidence = sum(
    all.map(({ delta, collateral, u }) => {
      const gap = Math.max(0, wad(parameters.confidenceFloor) - wad(u.confidence));
      return (Math.abs(delta) + collateral) * gap * wad(parameters.confidenceCharge);
    }),
  );
  const peg = sum(
    all.map(({ collateral, u }) => {
      if (u.peg === 0n) return 0;
      return collateral * Math.max(0, wad(parameters.pegFloor) - Number(u.indexPrice) / Number(u.peg)) * wad(parameters.pegCharge);
    }),
  );
  const plain = maintenance * wad(parameters.initialFactor);
  const { score, feesPaid } = p.account;
  const [worstFactor, lost] = [wad(parameters.reputationWorst), wad(parameters.reputationWorst - parameters.reputationBest)];
  const factor = worstFactor - (lost * Number(score)) / (Number(score) + Number(parameters.reputationScale));
  const earned = Math.max(plain * factor, plain - Number(feesPaid) * wad(parameters.reputationRelief));
  const initial = Math.max(maintenance, earned) + openInterest + confidence + peg;

  const profit = sum(
    p.holdings.map(({ position, instrument }) => {
      const funding = (Number(position.size) * Number(instrument.fundingIndex - position.fundingIndex)) / 1e6;
      return Number(position.size) * Number(instrument.markPerLot) + Number(position.quote) - funding;
    }),
  );
  const cash = Number(p.account.cash);
  const index = cash < 0 ? p.pool.borrowIndex : p.pool.supplyIndex;
  const interest = cash * wad(index - p.account.interestIndex);
  const equity = cash + interest + profit + sum(all.map(({ collateral }) => collateral));
  const stableLosses = all.map(({ delta, collateral, u }) => {
    return Math.max(0, (-(delta + collateral) * Number(u.stablePrice - u.indexPrice)) / Number(u.indexPrice));
  });
  const initialEquity = equity - sum(stableLosses);
  const freeEquity = initialEquity - Math.max(0, profit) * (1 - wad(parameters.profitShare));
  return {
    equity, initialEquity, freeEquity, scan, shortOptionMinimum, calendar, contingency,
    liquidity, concentration, maintenance, openInterest, confidence, peg, initial,
  };
}
