/** Accounts by how far prices are from liquidating them. */
import { existing } from '../../state/access.ts';
import { ACCOUNT, type Account } from '../../state/records/account.ts';
import { UNDERLYING, type Underlying } from '../../state/records/underlying.ts';
import { max } from '../../state/math/integer.ts';
import { explainMargin, type UnderlyingMargin } from '../../state/risk/explain.ts';
import { computeMargin, type Margin } from '../../state/risk/margin.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import { scenariosOf } from '../../state/risk/scenarios.ts';
import { WAD, type AccountId, type MicroUsd } from '../../state/units.ts';
import { AUCTION_NAME, marginJson, whoseJson } from './accountViews.ts';
import type { Service } from './service.ts';
import { fromDecimal, toDecimal, usdText } from './units.ts';
import type { Breather } from './whatIf/search.ts';

/** Accounts screened in one turn, ~2 ms. */
const SLICE = 8_192;
/** Scenarios of the grid at the same volatility, their moves ascending: a full scan range down to a full one up. */
const SAME_VOLATILITY = [25, 19, 13, 7, 1, 4, 10, 16, 22];
const MOVE_DECIMALS = 4;

type Found = Readonly<{ id: AccountId; account: Account; margin: Margin }>;

/** The accounts below a health, by the screen of the keeper and then exactly, the nearest to liquidation first. */
export async function atRisk(service: Service, healthBelow: string, limit: number, breather: Breather) {
  const screen = service.node.screen();
  // More decimals than a ratio has make no difference to anybody.
  const bound = fromDecimal(healthBelow, 18) ?? fromDecimal(healthBelow.slice(0, healthBelow.indexOf('.') + 19), 18)!;
  // The screen is never one too few at a factor that is a little too large.
  const factor = Number(healthBelow) * (1 + 2 ** -50) + Number.MIN_VALUE;
  while (!screen.isLoaded) {
    screen.load(SLICE / 8);
    await breather.breathe();
  }
  const suspects: AccountId[] = [];
  for (let from = 0; from < screen.size; from += SLICE) {
    screen.refresh();
    for (const slot of screen.suspects(from, Math.min(from + SLICE, screen.size), factor)) suspects.push(screen.idAt(slot));
    await breather.breathe();
  }
  const found: (Found & { distance: number | null })[] = [];
  for (const id of suspects) {
    await breather.breathe();
    const one = marginBelow(service, id, bound);
    if (one !== null) found.push({ ...one, distance: marketMoveOf(service, one) });
  }
  found.sort((a, b) => sizeOf(a.distance) - sizeOf(b.distance) || compareHealth(a.margin, b.margin));
  const accounts = found.slice(0, limit).map((one) => atRiskJson(service, one, one.distance));
  return { accounts, scanned: screen.size, at: service.at() };
}

function marginBelow(service: Service, id: AccountId, bound: bigint): Found | null {
  const { state } = service.node.executor;
  const account = state.read(ACCOUNT, id);
  if (account === undefined) return null;
  const margin = computeMargin(state, id, account);
  if (margin.maintenance === 0n) return margin.equity < 0n ? { id, account, margin } : null;
  return margin.equity * WAD < bound * margin.maintenance ? { id, account, margin } : null;
}

/** Liquidated already, then by distance; last what no move within the scan range reaches. */
const sizeOf = (distance: number | null): number => (distance === null ? Infinity : Math.abs(distance));

/** By equity over maintenance, cross-multiplied. */
function compareHealth(a: Margin, b: Margin): number {
  const [left, right] = [a.equity * b.maintenance, b.equity * a.maintenance];
  return left < right ? -1 : left > right ? 1 : 0;
}

function atRiskJson(service: Service, { id, account, margin }: Found, distance: number | null) {
  return {
    ...whoseJson(id),
    ...marginJson(margin),
    auction: AUCTION_NAME[account.auction],
    fresh: margin.fresh,
    missing: usdText(max(margin.maintenance - margin.equity, 0n)),
    distance: distance === null ? null : moveText(distance),
    nearest: nearestOf(service, { id, account, margin }),
  };
}

/* DISTANCE: how far prices may move until equity is at maintenance margin, the margin as it is now. */

type Curve = Readonly<{ underlying: number; record: Underlying; moves: readonly number[]; pnl: readonly number[] }>;

/** P&L [1e-6 USD] of each underlying against moves of its price, from the risk arrays at the same volatility. */
function curvesOf(service: Service, id: AccountId, account: Account): Curve[] {
  const { state } = service.node.executor;
  const { underlyings } = explainMargin(loadPortfolio(state, id, account));
  return underlyings.map(({ underlying, pnl }: UnderlyingMargin) => {
    const record = existing(state, UNDERLYING, underlying);
    const scenarios = scenariosOf(record);
    return {
      underlying,
      record,
      moves: SAME_VOLATILITY.map((s) => Number(scenarios[s]!.move) / Number(WAD)),
      pnl: SAME_VOLATILITY.map((s) => Number(pnl[s]!)),
    };
  });
}

/** P&L of a move, linear between the scenarios; beyond them as between the last two. */
function pnlAt({ moves, pnl }: Curve, move: number): number {
  let i = 1;
  while (i < moves.length - 1 && moves[i]! < move) i++;
  const [from, to] = [moves[i - 1]!, moves[i]!];
  if (to === from) return 0;
  return pnl[i - 1]! + ((pnl[i]! - pnl[i - 1]!) * (move - from)) / (to - from);
}

const STEPS = 200;
/** The smallest move within the widest scan range at which the curves together lose `slack`, or null. */
function moveLosing(curves: readonly Curve[], slack: number): number | null {
  const reach = Math.max(0, ...curves.map(({ moves }) => moves.at(-1)!));
  const loss = (move: number): number => -curves.reduce((sum, curve) => sum + pnlAt(curve, move), 0);
  for (let step = 1; step <= STEPS; step++) {
    for (const sign of [-1, 1]) {
      const [near, far] = [(sign * reach * (step - 1)) / STEPS, (sign * reach * step) / STEPS];
      const [before, after] = [loss(near), loss(far)];
      if (after < slack) continue;
      return after === before ? far : near + ((far - near) * Math.max(0, slack - before)) / (after - before);
    }
  }
  return null;
}

const slackOf = ({ equity, maintenance }: Margin): MicroUsd => equity - maintenance;

/** The move of all prices together that liquidates; 0 where it needs none. */
function marketMoveOf(service: Service, { id, account, margin }: Found): number | null {
  if (slackOf(margin) < 0n) return 0;
  return moveLosing(curvesOf(service, id, account), Number(slackOf(margin)));
}

/** The underlying whose move alone liquidates soonest. */
function nearestOf(service: Service, { id, account, margin }: Found) {
  if (slackOf(margin) < 0n) return null;
  let nearest: { curve: Curve; move: number } | null = null;
  for (const curve of curvesOf(service, id, account)) {
    const move = moveLosing([curve], Number(slackOf(margin)));
    if (move === null || (nearest !== null && Math.abs(nearest.move) <= Math.abs(move))) continue;
    nearest = { curve, move };
  }
  if (nearest === null) return null;
  const { curve, move } = nearest;
  const price = Math.max(0, Number(curve.record.indexPrice) * (1 + move));
  return {
    underlying: service.names.underlying(curve.underlying),
    move: moveText(move),
    price: toDecimal(BigInt(Math.round(price)), 8),
  };
}

const moveText = (move: number): string => toDecimal(BigInt(Math.round(move * 10 ** MOVE_DECIMALS)), MOVE_DECIMALS);
