/**
 * A step of a liquidation, explained from its witness alone: it is executed again, and every number comes from the
 * records that the root before it proves. The node answers with this, and who doubts it runs the same offline.
 */
import { Draft, existing, type RecordSource } from '../../state/access.ts';
import { decode } from '../../state/codec/layout.ts';
import type { Effect } from '../../state/effects.ts';
import { distressOf } from '../../state/liquidation/distress.ts';
import { marketHole, readMarket } from '../../state/liquidation/market.ts';
import { offerNow, opensAt } from '../../state/liquidation/offer.ts';
import { ACCOUNT, accountIdOf, type Account } from '../../state/records/account.ts';
import { ASSET } from '../../state/records/asset.ts';
import { AUCTION, NO_MARKET } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import type { Kind, RecordId } from '../../state/records/kind.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../../state/records/parameters.ts';
import { POOL } from '../../state/records/pool.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { vaultAccountOf } from '../../state/records/vault.ts';
import { explainMargin } from '../../state/risk/explain.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import { runStep } from '../../state/step.ts';
import { decodeWitness, type WitnessRecord } from '../../state/stepWitness.ts';
import { absorb } from '../../state/transactions/absorb.ts';
import { bid } from '../../state/transactions/bid.ts';
import type { Context } from '../../state/transactions/context.ts';
import { deleverage } from '../../state/transactions/deleverage.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { forced } from '../../state/transactions/forced.ts';
import { socialize } from '../../state/transactions/socialize.ts';
import { NOBODY, startAuction, wantedOfFund } from '../../state/transactions/startAuction.ts';
import { applyStateless, WitnessMismatch } from '../../state/transition.ts';
import type { AccountId } from '../../state/units.ts';
import { FORCED_HEAD_BYTES } from '../../node/liquidation/explained.ts';
import { MODE_NAME, whoseJson } from './accountViews.ts';
import { auctionRecordJson, offerJson } from './auctionViews.ts';
import { deleveragedJson, socializedJson, type DeleverageStep } from './explainRound.ts';
import { explanationJson, marginPartsJson } from './marginViews.ts';
import type { Names } from './service.ts';
import { lotsText, priceText, toDecimal, usdText, wadText } from './units.ts';

export type StepEvidence = Readonly<{ bytes: Uint8Array; rootBefore: Uint8Array; witness: Uint8Array }>;

/** The records of a witness. */
class WitnessRecords implements RecordSource {
  readonly all: readonly WitnessRecord[];
  readonly #values: ReadonlyMap<string, Uint8Array | null>;

  constructor(witness: Uint8Array) {
    this.all = decodeWitness(witness).entries.filter((entry): entry is WitnessRecord => 'kind' in entry);
    this.#values = new Map(this.all.map(({ kind, id, value }) => [`${kind.type} ${id}`, value]));
  }

  read<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined {
    const value = this.#values.get(`${kind.type} ${id}`);
    if (value === undefined) throw new WitnessMismatch(`${kind.name} ${id} is not in the witness`);
    return value === null ? undefined : decode(kind.layout, value);
  }

  idsOf<Id extends RecordId>(kind: Kind<any, Id>): Id[] {
    return this.all.filter((one) => one.kind.type === kind.type && one.value !== null).map(({ id }) => id as Id);
  }
}

type Step =
  | Readonly<{ step: 'start'; account: AccountId; starter: AccountId | null }>
  | Readonly<{ step: 'bid'; account: AccountId; bidder: AccountId; share: bigint; maxPrice: bigint }>
  | Readonly<{ step: 'end'; account: AccountId }>
  /** The rule says what a vault pays at most. */
  | Readonly<{ step: 'absorb'; account: AccountId; bidder: AccountId; share: bigint; maxPrice: null }>
  | DeleverageStep
  | Readonly<{ step: 'socialize'; account: AccountId }>;

/** What the bytes of a step say. @throws RangeError where they are no step of a liquidation */
function stepOf(bytes: Uint8Array): Step {
  const body = bytes[0] === forced.type ? bytes.subarray(FORCED_HEAD_BYTES) : bytes;
  const rest = body.subarray(1);
  if (body[0] === bid.type) {
    const { owner, subaccount, fromOwner, fromSubaccount, share, maxPrice } = decode(bid.layout, rest);
    const account = accountIdOf(fromOwner, fromSubaccount);
    return { step: 'bid', account, bidder: accountIdOf(owner, subaccount), share, maxPrice };
  }
  if (body[0] === startAuction.type) {
    const { account, starter } = decode(startAuction.layout, rest);
    return { step: 'start', account, starter: starter === NOBODY ? null : starter };
  }
  if (body[0] === endAuction.type) return { step: 'end', account: decode(endAuction.layout, rest).account };
  if (body[0] === absorb.type) {
    const { vault, account, share } = decode(absorb.layout, rest);
    return { step: 'absorb', account, bidder: vaultAccountOf(vault), share, maxPrice: null };
  }
  if (body[0] === deleverage.type) return { step: 'deleverage', ...decode(deleverage.layout, rest) };
  if (body[0] === socialize.type) return { step: 'socialize', account: decode(socialize.layout, rest).account };
  throw new RangeError(`a transaction of type ${body[0]} is no step of an auction`);
}

/**
 * Everything that can be said of a step of an auction, and the root after it.
 * @throws WitnessMismatch, WitnessError, DecodeError where the witness is not that of this step and root
 */
export function explainLiquidation({ bytes, rootBefore, witness }: StepEvidence, names: Names, context: Context) {
  const { outcome, root } = applyStateless(rootBefore, bytes, witness, context);
  if (!outcome.ok) throw new WitnessMismatch(`the step is refused by rule ${outcome.code}: ${outcome.detail}`);
  const before = new WitnessRecords(witness);
  const after = new Draft(before);
  runStep(after, bytes, context);
  const step = stepOf(bytes);
  const sale = step.step === 'bid' || step.step === 'absorb' ? step : null;
  const facts = {
    step: step.step,
    time: whereSeen(() => existing(before, CHAIN, 0).timestamp),
    account: whoseJson(step.account),
    before: whereSeen(() => sideJson(before, step.account, names)),
    after: whereSeen(() => sideJson(after, step.account, names)),
    bidder: sale === null ? null : {
      ...whoseJson(sale.bidder),
      before: sideJson(before, sale.bidder, names),
      after: sideJson(after, sale.bidder, names),
    },
    started: step.step === 'start' ? startedJson(before, after, step, names) : null,
    offer: sale === null ? null : bidOfferJson(before, sale),
    taken: sale === null ? null : takenJson(before, after, sale, names),
    deleveraged: step.step === 'deleverage' ? deleveragedJson(before, after, step, names) : null,
    socialized: step.step === 'socialize' ? socializedJson(before, after) : null,
    auctionBefore: recordJson(before, step.account, names),
    auctionAfter: recordJson(after, step.account, names),
    fund: whereSeen(() => fundJson(before, after)),
    prices: pricesJson(before, names),
    marks: marksJson(before, names),
    rules: whereSeen(() => rulesJson(existing(before, PARAMETERS, PARAMETERS_PAGE))),
  };
  return { facts, root };
}
export type LiquidationFacts = ReturnType<typeof explainLiquidation>['facts'];

/** What a step does not look at is not in its witness: null. */
function whereSeen<T>(get: () => T): T | null {
  try {
    return get();
  } catch (thrown) {
    if (thrown instanceof WitnessMismatch) return null;
    throw thrown;
  }
}

/** An account's margin, what it is worth without haircuts, and where its margin comes from. */
function sideJson(source: RecordSource, id: AccountId, names: Names) {
  const account = existing(source, ACCOUNT, id);
  const portfolio = loadPortfolio(source, id, account);
  const { margin, value, haircuts, slope } = distressOf(portfolio);
  return {
    mode: MODE_NAME[account.mode],
    ...marginPartsJson(margin),
    value: usdText(value),
    haircuts: usdText(haircuts),
    slope: usdText(slope),
    ...explanationJson(names, portfolio, explainMargin(portfolio)),
  };
}

const recordJson = (source: RecordSource, id: AccountId, names: Names) => {
  const auction = source.read(AUCTION, id);
  return auction === undefined ? null : auctionRecordJson(auction, names);
};

type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;
function effectOf<K extends Effect['kind']>(effects: readonly Effect[], kind: K): EffectOf<K> {
  return effects.find((effect): effect is EffectOf<K> => effect.kind === kind)!;
}

function startedJson(before: RecordSource, after: Draft, { account: id, starter }: Extract<Step, { step: 'start' }>, names: Names) {
  const { isSolvent, reward } = effectOf(after.effects, 'auctionStarted');
  const auction = existing(after, AUCTION, id);
  return {
    kind: isSolvent ? ('solvent' as const) : ('insolvent' as const),
    reward: usdText(reward),
    starter: starter === null ? null : whoseJson(starter),
    market: auction.market === NO_MARKET ? null : marketJson(before, after, auction.market, names),
    wanted: isSolvent ? null : usdText(wantedOf(before, id)),
  };
}

const wantedOf = (source: RecordSource, id: AccountId): bigint => {
  const portfolio = loadPortfolio(source, id, existing(source, ACCOUNT, id));
  return wantedOfFund(portfolio, distressOf(portfolio));
};

/** What of its market is in auction, and what the fund commits to it on the day, at most and so far. */
function marketJson(before: RecordSource, after: RecordSource, id: number, names: Names) {
  const [was, is] = [readMarket(before, id), readMarket(after, id)];
  return {
    underlying: names.underlying(id),
    auctionedBefore: usdText(was.auctioned),
    auctionedAfter: usdText(is.auctioned),
    auctionLimit: usdText(marketHole(existing(before, UNDERLYING, id), existing(before, PARAMETERS, PARAMETERS_PAGE))),
    fundDay: is.fundDay,
    fundLimit: usdText(is.fundLimit),
    fundUsed: usdText(is.fundUsed),
  };
}

/** The offer that a bid took up, for the whole of what was for sale. */
function bidOfferJson(source: RecordSource, { account: id }: { account: AccountId }) {
  const portfolio = loadPortfolio(source, id, existing(source, ACCOUNT, id));
  const auction = existing(source, AUCTION, id);
  const opens = opensAt(portfolio, existing(source, CHAIN, 0), auction.start);
  const elapsed = portfolio.now - opens;
  const offer = offerNow(auction, distressOf(portfolio), portfolio, elapsed)!;
  return { opens, elapsed, ...offerJson(offer) };
}

/** What a bid asked for and what it took: sizes as the bidder got them, cash as he was paid. */
function takenJson(before: RecordSource, after: Draft, { account: id, share, maxPrice }: Extract<Step, { step: 'bid' | 'absorb' }>, names: Names) {
  const effect = effectOf(after.effects, 'bid');
  const [was, is] = [existing(before, ACCOUNT, id), existing(after, ACCOUNT, id)];
  return {
    wanted: { share: wadText(share), maxPrice: maxPrice === null ? null : usdText(maxPrice) },
    share: wadText(effect.share),
    price: usdText(effect.price),
    compensation: usdText(effect.compensation),
    penalty: usdText(effect.penalty),
    fromFund: usdText(effect.fromFund),
    positions: was.positions.flatMap(({ instrument, size }) => {
      const lots = size - (is.positions.find((one) => one.instrument === instrument)?.size ?? 0n);
      const record = existing(before, INSTRUMENT, instrument);
      return lots === 0n ? [] : [{ market: names.market(instrument), size: lotsText(lots, record) }];
    }),
    collateral: was.collaterals.flatMap(({ asset, balance }) => {
      const units = balance - balanceOf(is, asset);
      return units === 0n ? [] : [{ asset: names.asset(asset), amount: toDecimal(units, existing(before, ASSET, asset).decimals) }];
    }),
  };
}

const balanceOf = ({ collaterals }: Account, asset: number): bigint =>
  collaterals.find((one) => one.asset === asset)?.balance ?? 0n;

function fundJson(before: RecordSource, after: RecordSource) {
  const [was, is] = [existing(before, POOL, 0), existing(after, POOL, 0)];
  return {
    insuranceBefore: usdText(was.insurance),
    insuranceAfter: usdText(is.insurance),
    auctionedBefore: usdText(was.auctioned),
    auctionedAfter: usdText(is.auctioned),
  };
}

const pricesJson = (source: WitnessRecords, names: Names) =>
  source.idsOf(UNDERLYING).sort((a, b) => a - b).map((id) => {
    const underlying = existing(source, UNDERLYING, id);
    return {
      underlying: names.underlying(id),
      indexPrice: priceText(underlying.indexPrice),
      stablePrice: priceText(underlying.stablePrice),
      oracleTime: underlying.oracleTime,
      priceScanRange: wadText(underlying.priceScanRange),
      averageDailyVolume: usdText(underlying.averageDailyVolume),
    };
  });

const marksJson = (source: WitnessRecords, names: Names) =>
  source.idsOf(INSTRUMENT).sort((a, b) => a - b).map((id) => {
    const { markPrice, markPerLot, markTime, delta } = existing(source, INSTRUMENT, id);
    const perLot = { markPerLot: usdText(markPerLot), deltaPerLot: usdText(delta) };
    return { market: names.market(id), markPrice: priceText(markPrice), markTime, ...perLot };
  });

/** The parameters of auctions: ratios as decimals of one, times in seconds, amounts in USD. */
const rulesJson = (parameters: Parameters) => ({
  auctionBuffer: wadText(parameters.auctionBuffer),
  auctionStart: wadText(parameters.auctionStart),
  auctionCut: wadText(parameters.auctionCut),
  auctionFloor: wadText(parameters.auctionFloor),
  auctionStep: Number(parameters.auctionStep),
  auctionPenalty: wadText(parameters.auctionPenalty),
  auctionTip: usdText(parameters.auctionTip),
  auctionChip: wadText(parameters.auctionChip),
  auctionDust: usdText(parameters.auctionDust),
  auctionHole: usdText(parameters.auctionHole),
  auctionMarketShare: wadText(parameters.auctionMarketShare),
  auctionGrace: Number(parameters.auctionGrace),
  insolventSeconds: Number(parameters.insolventSeconds),
  insolventShare: wadText(parameters.insolventShare),
  insolventMarketShare: wadText(parameters.insolventMarketShare),
  absorbPrice: wadText(parameters.absorbPrice),
});

/** The names of all that a witness mentions, by number: what makes an explanation readable without a node. */
export function namesIn(witness: Uint8Array, names: Names) {
  const source = new WitnessRecords(witness);
  const named = <Id extends RecordId>(ids: readonly Id[], name: (id: Id) => string) =>
    Object.fromEntries(ids.map((id) => [String(id), name(id)]));
  const of = <Id extends RecordId>(kind: Kind<any, Id>, name: (id: Id) => string) => named(source.idsOf(kind), name);
  // An auction names its market also where the account holds nothing of it any more.
  const auctioned = source.idsOf(AUCTION).map((id) => existing(source, AUCTION, id).market).filter((id) => id !== NO_MARKET);
  return {
    markets: of(INSTRUMENT, names.market),
    underlyings: named([...source.idsOf(UNDERLYING), ...auctioned], names.underlying),
    assets: of(ASSET, names.asset),
  };
}
export type NamesByNumber = ReturnType<typeof namesIn>;

/** The names of an explanation as they were written down; a number where one is missing. */
export const namesFrom = ({ markets, underlyings, assets }: NamesByNumber): Names => ({
  market: (id) => markets[String(id)] ?? `#${id}`,
  underlying: (id) => underlyings[String(id)] ?? `#${id}`,
  asset: (id) => assets[String(id)] ?? `#${id}`,
});
