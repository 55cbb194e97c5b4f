/** `risk_compare`: what the same positions need in each margin mode. */
import { max } from '../../state/math/integer.ts';
import { ACCOUNT, MARGIN_MODE, type Account } from '../../state/records/account.ts';
import { positionValue } from '../../state/risk/equity.ts';
import { marginOf, type Margin } from '../../state/risk/margin.ts';
import type { AccountId } from '../../state/units.ts';
import type { WhatIfAccount } from '../schema/simulate.ts';
import { marginJson } from './accountViews.ts';
import type { Service } from './service.ts';
import { toDecimal, usdText } from './units.ts';
import { accountIn, portfolioIn } from './whatIf/changes.ts';
import type { Overlay } from './whatIf/overlay.ts';
import { build } from './whatIf/request.ts';

export function compareModes(service: Service, request: WhatIfAccount) {
  const { id, overlay } = build(service, request, MARGIN_MODE.portfolio);
  const account = accountIn(overlay, id);
  const portfolio = portfolioIn(overlay, id);
  const unrealised = portfolio.holdings.map(positionValue).reduce((sum, value) => sum + value, 0n);
  const rowOf = (mode: keyof typeof MARGIN_MODE): Row => {
    const margin = marginOf(portfolio, MARGIN_MODE[mode]);
    const capital = mode === 'isolated' ? isolatedCapital(overlay, id, account) : max(margin.initial - unrealised, 0n);
    return { mode, margin, capital };
  };
  const isolated = rowOf('isolated');
  const cross = rowOf('cross');
  const inPortfolio = rowOf('portfolio');
  return {
    positions: account.positions.length,
    modes: [isolated, cross, inPortfolio].map(({ mode, margin, capital }) => ({ mode, ...marginJson(margin), capital: usdText(capital) })),
    portfolioFrees: { versusIsolated: freedBy(inPortfolio, isolated), versusCross: freedBy(inPortfolio, cross) },
    at: service.at(),
  };
}

type Row = Readonly<{ mode: keyof typeof MARGIN_MODE; margin: Margin; capital: bigint }>;
const freedBy = (better: Row, worse: Row) => ({
  initialMargin: usdText(worse.margin.initial - better.margin.initial),
  capital: usdText(worse.capital - better.capital),
  capitalPercent: worse.capital === 0n ? null : toDecimal(((worse.capital - better.capital) * 10_000n) / worse.capital, 2),
});

/** Each position in an account of its own: what it makes carries no other. */
function isolatedCapital(overlay: Overlay, id: AccountId, account: Account): bigint {
  let capital = 0n;
  for (const position of account.positions) {
    const fork = overlay.fork();
    fork.put(ACCOUNT, id, { ...account, cash: 0n, collaterals: [], positions: [position] });
    const alone = portfolioIn(fork, id);
    const { initial } = marginOf(alone, MARGIN_MODE.isolated);
    capital += max(initial - positionValue(alone.holdings[0]!), 0n);
  }
  return capital;
}
