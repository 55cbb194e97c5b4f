/** Explanations of liquidations that can be checked without the node that gave them. */
import { z } from 'zod';
import { exampleExplanation, exampleParts, explanation, marginParts } from './accountRisk.ts';
import { defineMethod } from './core.ts';
import { auctionTerms, exampleOffer, exampleTerms, exampleWhose, offerTerms, whose } from './liquidation.ts';
import { at, bytes32, bytesHex, decimal, decimalUnsigned, safety, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
/** A record and a fold of at most 96 each; a transaction of an inbox item at most. */
const WITNESS_BYTES_MAX = 200_000;
const TRANSACTION_BYTES_MAX = 8_192;

const side = z
  .strictObject({
    mode: z.enum(['portfolio', 'cross', 'isolated']),
    ...marginParts.shape,
    value: decimal,
    haircuts: decimal,
    slope: decimalUnsigned,
    ...explanation,
  })
  .meta({
    id: 'AuctionSide',
    description:
      'An account before or after the step: its margin as account_margin shows it; value: equity without haircuts; slope: ' +
      'maintenance margin that the first share of it takes with it, per whole.',
  });
const exampleSide: z.input<typeof side> = {
  mode: 'portfolio',
  ...exampleParts,
  value: '9800',
  haircuts: '0',
  slope: '15010',
  ...exampleExplanation,
};

const sized = z.strictObject({ market: z.string(), size: decimal });
const deleveraged = z
  .strictObject({
    market: z.string(),
    began: z.boolean(),
    ended: z.boolean(),
    round: z
      .strictObject({
        number: z.string(),
        position: decimalUnsigned,
        openInterest: decimalUnsigned,
        weighed: decimalUnsigned,
        free: decimalUnsigned,
        freeShare: decimalUnsigned.nullable(),
        hedgedShare: decimalUnsigned.nullable(),
        price: decimalUnsigned,
        haircutPerLot: decimalUnsigned,
      })
      .nullable(),
    weighed: z.array(z.strictObject({ ...whose, held: decimal, free: decimalUnsigned })),
    holders: z.array(
      z.strictObject({
        ...whose,
        held: decimal,
        free: decimalUnsigned,
        closed: decimal,
        share: decimalUnsigned,
        profit: decimalUnsigned,
        haircut: decimalUnsigned,
        claim: decimalUnsigned.nullable(),
      }),
    ),
    passedOver: z.array(z.strictObject(whose)),
  })
  .meta({
    id: 'Deleveraged',
    description:
      'A step of a round. First all holders of the other side are weighed: free are the lots of a holder that hedge nothing ' +
      'else of its account in the underlying. Then all close the same share of their free lots, and only where those are not ' +
      'enough a share of the rest, rounded up in lots, at one price; each gives up at most haircutPerLot, and of its profit ' +
      'alone. holders: those that closed in this step, who closed most first; claim: what one has given up and not got back, ' +
      'null where it gave up nothing now. passedOver: holders who came when the position was gone.',
  });
const socialized = z
  .strictObject({
    owed: decimalUnsigned,
    fromFund: decimalUnsigned,
    loss: decimalUnsigned,
    deficitBefore: decimalUnsigned,
    deficitAfter: decimalUnsigned,
    withdrawalRateBefore: decimalUnsigned,
    withdrawalRateAfter: decimalUnsigned,
  })
  .meta({
    id: 'Socialized',
    description: 'owed = fromFund + loss, of an account with nothing left; loss is shared by all withdrawals at one rate.',
  });
const market = z
  .strictObject({
    underlying: z.string(),
    auctionedBefore: decimalUnsigned,
    auctionedAfter: decimalUnsigned,
    auctionLimit: decimalUnsigned,
    fundDay: uint,
    fundLimit: decimalUnsigned,
    fundUsed: decimalUnsigned,
  })
  .meta({
    id: 'MarketInAuction',
    description:
      'The market that an auction counts for: maintenance margin in auction and its limit; what the insurance fund commits to ' +
      'it on fundDay (days since 1970) at most, and what it has after the step. Of what the account `wanted`, null where it is ' +
      'solvent, it got the fundLeft of auctionAfter.',
  });
const facts = z
  .strictObject({
    step: z.enum(['start', 'bid', 'end', 'absorb', 'deleverage', 'socialize']),
    time: uint.nullable(),
    account: z.strictObject(whose),
    before: side.nullable(),
    after: side.nullable(),
    bidder: z.strictObject({ ...whose, before: side, after: side }).nullable(),
    started: z
      .strictObject({
        kind: z.enum(['solvent', 'insolvent']),
        reward: decimalUnsigned,
        starter: z.strictObject(whose).nullable(),
        market: market.nullable(),
        wanted: decimalUnsigned.nullable(),
      })
      .nullable(),
    offer: z
      .strictObject({ opens: uint, elapsed: uint, ...offerTerms, share: decimalUnsigned })
      .nullable(),
    taken: z
      .strictObject({
        wanted: z.strictObject({ share: decimalUnsigned, maxPrice: decimal.nullable() }),
        share: decimalUnsigned,
        price: decimal,
        compensation: decimalUnsigned,
        penalty: decimalUnsigned,
        fromFund: decimalUnsigned,
        positions: z.array(sized),
        collateral: z.array(z.strictObject({ asset: z.string(), amount: decimalUnsigned })),
      })
      .nullable(),
    deleveraged: deleveraged.nullable(),
    socialized: socialized.nullable(),
    auctionBefore: z.strictObject(auctionTerms).nullable(),
    auctionAfter: z.strictObject(auctionTerms).nullable(),
    fund: z
      .strictObject({
        insuranceBefore: decimal,
        insuranceAfter: decimal,
        auctionedBefore: decimalUnsigned,
        auctionedAfter: decimalUnsigned,
      })
      .nullable(),
    prices: z.array(
      z.strictObject({
        underlying: z.string(),
        indexPrice: decimalUnsigned,
        stablePrice: decimalUnsigned,
        oracleTime: uint,
        priceScanRange: decimalUnsigned,
        averageDailyVolume: decimalUnsigned,
      }),
    ),
    marks: z.array(
      z.strictObject({
        market: z.string(),
        markPrice: decimalUnsigned,
        markTime: uint,
        markPerLot: decimal,
        deltaPerLot: decimal,
      }),
    ),
    rules: z
      .strictObject({
        auctionBuffer: decimalUnsigned,
        auctionStart: decimalUnsigned,
        auctionCut: decimalUnsigned,
        auctionFloor: decimalUnsigned,
        auctionStep: uint,
        auctionPenalty: decimalUnsigned,
        auctionTip: decimalUnsigned,
        auctionChip: decimalUnsigned,
        auctionDust: decimalUnsigned,
        auctionHole: decimalUnsigned,
        auctionMarketShare: decimalUnsigned,
        auctionGrace: uint,
        insolventSeconds: uint,
        insolventShare: decimalUnsigned,
        insolventMarketShare: decimalUnsigned,
        absorbPrice: decimalUnsigned,
      })
      .nullable(),
  })
  .meta({
    id: 'LiquidationFacts',
    description:
      'What follows from the witness alone: the account sold before and after, who bid, the offer and what was taken of it, ' +
      'the auction and the fund, and the prices, marks and rules it all rests on. A bid of a vault is `absorb`: its highest price is ' +
      'the rule. What a step does not look at is null: the margin in a round that is on, or of an account with nothing left.',
  });

const names = z.record(z.string(), z.string());
export const explained = z.strictObject({
  hash: bytes32,
  seq: uint,
  height: uint,
  safety,
  facts,
  names: z.strictObject({ markets: names, underlyings: names, assets: names }),
  evidence: z.strictObject({
    transaction: bytesHex(TRANSACTION_BYTES_MAX),
    rootBefore: bytes32,
    root: bytes32,
    witness: bytesHex(WITNESS_BYTES_MAX),
  }),
  at,
});

export const explainDefinition = defineMethod({
  name: 'liquidation_explain',
  summary: 'Why an account was auctioned, sold at this price, closed or written off: every number, and the proof of it.',
  description:
    'Of any step of a liquidation, by its seq (liquidation_history) or the hash of its transaction: of steps of one account ' +
    'that are the same bytes, the last. evidence: the transaction, the roots before and after ' +
    'it, and the witness of the step. `tidepool verify-liquidation` executes it again from the witness and computes all ' +
    'facts anew; chain_getBlock lists the roots of all transactions, and any auditor knows them.',
  params: z.strictObject({ seq: uint.optional(), hash: bytes32.optional() }),
  result: explained,
  errors: ['LIQUIDATION_NOT_FOUND', 'TRANSACTION_NOT_FOUND'],
  kind: 'read',
  cost: 100,
  example: {
    params: { seq: 339 },
    result: {
      hash: HASH,
      seq: 339,
      height: 12,
      safety: 'soft',
      facts: {
        step: 'bid',
        time: 1_772_409_600,
        account: exampleWhose,
        before: exampleSide,
        after: exampleSide,
        bidder: { ...exampleWhose, before: exampleSide, after: exampleSide },
        started: null,
        offer: { opens: 1_772_409_500, elapsed: 100, ...exampleOffer, share: '0.41' },
        taken: {
          wanted: { share: '1', maxPrice: '9700' },
          share: '0.41',
          price: '9604',
          compensation: '80.36',
          penalty: '200.9',
          fromFund: '0',
          positions: [{ market: 'BTC-PERP', size: '0.41' }],
          collateral: [],
        },
        deleveraged: null,
        socialized: null,
        auctionBefore: exampleTerms,
        auctionAfter: null,
        fund: { insuranceBefore: '0', insuranceAfter: '200.9', auctionedBefore: '15000', auctionedAfter: '0' },
        prices: [
          {
            underlying: 'BTC',
            indexPrice: '89000',
            stablePrice: '89500',
            oracleTime: 1_772_409_600,
            priceScanRange: '0.15',
            averageDailyVolume: '20000000000',
          },
        ],
        marks: [
          { market: 'BTC-PERP', markPrice: '89000', markTime: 1_772_409_600, markPerLot: '89', deltaPerLot: '89' },
        ],
        rules: {
          auctionBuffer: '0.15',
          auctionStart: '0.98',
          auctionCut: '0.98',
          auctionFloor: '0.05',
          auctionStep: 15,
          auctionPenalty: '0.05',
          auctionTip: '2',
          auctionChip: '0.001',
          auctionDust: '25',
          auctionHole: '100000000',
          auctionMarketShare: '0.005',
          auctionGrace: 300,
          insolventSeconds: 600,
          insolventShare: '0.5',
          insolventMarketShare: '0.5',
          absorbPrice: '0.85',
        },
      },
      names: { markets: { '100': 'BTC-PERP' }, underlyings: { '1': 'BTC' }, assets: {} },
      evidence: { transaction: '0x12', rootBefore: HASH, root: HASH, witness: '0x00' },
      at: AT,
    },
  },
});
