/** What is said of the steps behind an auction: who weighed and closed how much in a round, and who pays a loss. */
import { existing, type Draft, type RecordSource } from '../../state/access.ts';
import type { Effect } from '../../state/effects.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { isWeighed } from '../../state/liquidation/round.ts';
import { abs, max } from '../../state/math/integer.ts';
import { ACCOUNT, type Position } from '../../state/records/account.ts';
import { CLAIM } from '../../state/records/claim.ts';
import { INSTRUMENT, type Instrument } from '../../state/records/instrument.ts';
import { PART, partIdOf, type Part } from '../../state/records/part.ts';
import { POOL } from '../../state/records/pool.ts';
import { ROUND, type Round } from '../../state/records/round.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { whoseJson } from './accountViews.ts';
import { pricePerUnit } from './auctionViews.ts';
import type { Names } from './service.ts';
import { lotsText, usdText, wadText } from './units.ts';

export type DeleverageStep = Readonly<{ step: 'deleverage'; account: AccountId; instrument: number; holders: readonly AccountId[] }>;
type Deleveraged = Extract<Effect, { kind: 'deleveraged' }>;

/** The round, and the holders of this step: those that were weighed, and those that closed, the most first. */
export function deleveragedJson(before: RecordSource, after: Draft, { instrument: id, holders }: DeleverageStep, names: Names) {
  const instrument = existing(before, INSTRUMENT, id);
  const [known, next] = [before.read(ROUND, id), after.read(ROUND, id)];
  const round = next ?? known;
  const parts = new Map(after.touched.flatMap((record) => (record.kind === PART ? [[record.id, record] as const] : [])));
  const weighed: (HolderJson & { free: string })[] = [];
  const closed: { json: ReturnType<typeof closedJson>; lots: bigint; haircut: bigint }[] = [];
  const passedOver: ReturnType<typeof whoseJson>[] = [];
  for (const holder of holders) {
    const part = parts.get(partIdOf(id, holder));
    const { free } = (part?.after ?? part?.before ?? { free: 0n }) as Part;
    const held = positionOf(existing(before, ACCOUNT, holder), id)!;
    const head = { ...whoseJson(holder), held: lotsText(held.size, instrument), free: lotsText(free, instrument) };
    if (part === undefined) passedOver.push(whoseJson(holder));
    else if (part.after !== undefined) weighed.push(head);
    else {
      const effect = after.effects.find((one): one is Deleveraged => one.kind === 'deleveraged' && one.holder === holder);
      const { lots = 0n, haircut = 0n } = effect ?? {};
      closed.push({ json: closedJson(head, held, effect, after, instrument), lots: abs(lots), haircut });
    }
  }
  const ranked = closed.sort((a, b) => compare(b.lots, a.lots) || compare(b.haircut, a.haircut));
  return {
    market: names.market(id),
    began: known === undefined,
    ended: next === undefined,
    round: round === undefined ? null : roundJson(round, instrument),
    weighed,
    holders: ranked.map(({ json }) => json),
    passedOver,
  };
}

type HolderJson = ReturnType<typeof whoseJson> & Readonly<{ held: string; free: string }>;

/** What a holder closed of what it held; without an effect nothing, for all of it hedges. */
function closedJson(head: HolderJson, held: Position, effect: Deleveraged | undefined, after: Draft, instrument: Instrument) {
  const { lots = 0n, markPerLot = 0n, haircut = 0n, holder } = effect ?? {};
  return {
    ...head,
    closed: lotsText(lots, instrument),
    share: wadText((abs(lots) * WAD) / abs(held.size)),
    profit: usdText(profitOf(held, markPerLot, abs(lots))),
    haircut: usdText(haircut),
    claim: holder === undefined || haircut === 0n ? null : usdText(existing(after, CLAIM, holder).amount),
  };
}

/** The shares are known once all holders have been weighed: of lots that hedge nothing, and of the rest. */
function roundJson(round: Round, instrument: Instrument) {
  const { lots, openInterest, free } = round;
  const isEnough = lots <= free;
  const freeShare = isEnough ? (lots * WAD) / max(free, 1n) : WAD;
  const hedgedShare = isEnough ? 0n : ((lots - free) * WAD) / (openInterest - free);
  return {
    number: round.number.toString(),
    position: lotsText(lots, instrument),
    openInterest: lotsText(openInterest, instrument),
    weighed: lotsText(round.weighed, instrument),
    free: lotsText(free, instrument),
    freeShare: isWeighed(round) ? wadText(freeShare) : null,
    hedgedShare: isWeighed(round) ? wadText(hedgedShare) : null,
    price: pricePerUnit(round.markPerLot, instrument.lotSize),
    haircutPerLot: usdText(round.haircutPerLot),
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
