/** What is said of the steps behind an auction: who closed how much of what he held in a round, and who pays a loss. */
import { existing, type Draft, type RecordSource } from '../../state/access.ts';
import type { Effect } from '../../state/effects.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { abs, max } from '../../state/math/integer.ts';
import { ACCOUNT, type Position } from '../../state/records/account.ts';
import { CLAIM } from '../../state/records/claim.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { POOL } from '../../state/records/pool.ts';
import { ROUND, type Round } from '../../state/records/round.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { whoseJson } from './accountViews.ts';
import { pricePerUnit } from './auctionViews.ts';
import type { Names } from './service.ts';
import { lotsText, usdText, wadText } from './units.ts';

export type DeleverageStep = Readonly<{ step: 'deleverage'; account: AccountId; instrument: number; holders: readonly AccountId[] }>;
type Deleveraged = Extract<Effect, { kind: 'deleveraged' }>;

/** The round, and the holders of this step by what they closed, the most first. */
export function deleveragedJson(before: RecordSource, after: Draft, { instrument: id, holders }: DeleverageStep, names: Names) {
  const instrument = existing(before, INSTRUMENT, id);
  const { lotSize } = instrument;
  const [known, next] = [before.read(ROUND, id), after.read(ROUND, id)];
  const closed = after.effects.filter((effect): effect is Deleveraged => effect.kind === 'deleveraged');
  const ranked = [...closed].sort((a, b) => compare(abs(b.lots), abs(a.lots)) || compare(b.haircut, a.haircut));
  const round = known ?? next;
  return {
    market: names.market(id),
    began: known === undefined,
    ended: next === undefined,
    round: round === undefined ? null : {
      number: round.number.toString(),
      share: wadText(round.share),
      price: pricePerUnit(round.markPerLot, lotSize),
      haircutPerLot: usdText(round.haircutPerLot),
    },
    holders: ranked.map(({ holder, lots, markPerLot, haircut }) => {
      const held = positionOf(existing(before, ACCOUNT, holder), id)!;
      return {
        ...whoseJson(holder),
        held: lotsText(held.size, instrument),
        closed: lotsText(lots, instrument),
        share: wadText((abs(lots) * WAD) / abs(held.size)),
        profit: usdText(profitOf(held, markPerLot, abs(lots))),
        haircut: usdText(haircut),
        claim: usdText(existing(after, CLAIM, holder).amount),
      };
    }),
    passedOver: holders.filter((holder) => closed.every((one) => one.holder !== holder)).map(whoseJson),
  };
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Profit on what was closed, at the price of the round: the most that may be given up [1e-6 USD]. */
const profitOf = ({ size, quote }: Position, markPerLot: Round['markPerLot'], part: bigint): bigint =>
  max(((size * markPerLot + quote) * part) / abs(size), 0n);

/** Who pays what an account owed: the fund, or all withdrawals by one rate. */
export function socializedJson(before: RecordSource, after: Draft) {
  const { fromFund, loss } = after.effects.find(
    (effect): effect is Extract<Effect, { kind: 'socialized' }> => effect.kind === 'socialized',
  )!;
  const [was, is] = [existing(before, POOL, 0), existing(after, POOL, 0)];
  return {
    owed: usdText(fromFund + loss),
    fromFund: usdText(fromFund),
    loss: usdText(loss),
    deficitBefore: usdText(was.deficit),
    deficitAfter: usdText(is.deficit),
    withdrawalRateBefore: wadText(was.withdrawalRate),
    withdrawalRateAfter: wadText(is.withdrawalRate),
  };
}
