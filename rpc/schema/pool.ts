/** The shared pool, its assets, and the prices everything rests on. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { address, at, bytesHex, decimal, decimalUnsigned, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const nothing = z.strictObject({});

const vault = z
  .strictObject({
    vault: uint,
    account: bytesHex(21),
    operator: address.nullable(),
    shares: decimalUnsigned,
    value: decimal,
    equity: decimal,
    lossCap: decimalUnsigned,
    lostToday: decimal,
    day: uint,
    lockSeconds: uint,
  })
  .meta({
    id: 'Vault',
    description:
      'A backstop vault. A deposit buys shares by value (without haircuts), a withdrawal is paid by equity (after them, at ' +
      'the conservative price). lostToday: what it has lost since it first came up on that day (days since 1970), deposits ' +
      'and withdrawals apart, negative where it gained; it takes nothing more once that is above lossCap.',
  });

const market = z
  .strictObject({
    underlying: z.string(),
    auctioned: decimalUnsigned,
    auctionLimit: decimalUnsigned,
    fundLimit: decimalUnsigned,
    fundUsed: decimalUnsigned,
  })
  .meta({
    id: 'MarketLimits',
    description:
      'Maintenance margin of the accounts in auction that count for the market, and the most that others may start beside it; ' +
      'what the insurance fund may commit to its insolvent accounts on this day (UTC), and what it has committed or paid.',
  });

export const poolDefinition = defineMethod({
  name: 'pool_get',
  summary: 'Every dollar of the pool: in accounts, in open positions, in transit, insured, owed.',
  params: nothing,
  result: z.strictObject({
    cashPositive: decimal,
    cashNegative: decimal,
    openQuotes: decimal,
    clearing: decimal,
    insurance: decimal,
    fees: decimal,
    deficit: decimal,
    deposited: decimalUnsigned,
    withdrawn: decimalUnsigned,
    utilisation: decimalUnsigned.meta({ description: 'Share of the lent cash that is borrowed.' }),
    borrowRate: decimalUnsigned.meta({ description: 'Yearly, on negative cash, simple.' }),
    supplyRate: decimalUnsigned.meta({ description: 'Yearly, on positive cash, simple.' }),
    withdrawalRate: decimalUnsigned.meta({ description: 'Share of a withdrawal that is paid while a loss is shared.' }),
    claims: decimalUnsigned.meta({ description: 'Profit given up in rounds of deleveraging, to be recovered yet.' }),
    recovery: decimal.meta({ description: 'Recovered for claims and not paid yet: redeemClaim pays it.' }),
    flagged: decimalUnsigned.meta({ description: 'What accounts in insolvent auctions owed beyond all they had.' }),
    auctioned: decimalUnsigned.meta({ description: 'Maintenance margin of the accounts in auction, as they started.' }),
    auctionPause: uint.meta({ description: 'No auction starts before this second.' }),
    markets: z.array(market),
    vaults: z.array(vault),
    at,
  }),
  errors: [],
  kind: 'read',
  example: {
    params: {},
    result: {
      cashPositive: '1000',
      cashNegative: '0',
      openQuotes: '0',
      clearing: '0',
      insurance: '0',
      fees: '1.5',
      deficit: '0',
      deposited: '1001.5',
      withdrawn: '0',
      utilisation: '0',
      borrowRate: '0.02',
      supplyRate: '0',
      withdrawalRate: '1',
      claims: '0',
      recovery: '0',
      flagged: '0',
      auctioned: '0',
      auctionPause: 0,
      markets: [{ underlying: 'BTC', auctioned: '0', auctionLimit: '100000000', fundLimit: '0', fundUsed: '0' }],
      vaults: [
        {
          vault: 1,
          account: '0x000000000000000000000000000000000076000100',
          operator: null,
          shares: '250000',
          value: '250120.5',
          equity: '250120.5',
          lossCap: '50000',
          lostToday: '-120.5',
          day: 20_513,
          lockSeconds: 86_400,
        },
      ],
      at: AT,
    },
  },
});

const asset = z
  .strictObject({
    asset: z.string(),
    id: uint,
    token: address,
    decimals: uint,
    status: z.enum(['active', 'withdrawOnly']),
    underlying: z.string(),
    ratio: decimalUnsigned,
    price: decimalUnsigned,
    haircut: decimalUnsigned,
    haircutTime: uint,
    haircutTarget: decimalUnsigned,
    haircutTerms: z
      .strictObject({
        base: decimalUnsigned,
        volatility: decimalUnsigned,
        liquidity: decimalUnsigned,
        concentration: decimalUnsigned,
      })
      .nullable(),
    weight: decimalUnsigned,
    ramp: z.strictObject({ start: uint, end: uint }).nullable(),
    averageDailyVolume: decimalUnsigned,
    cap: decimalUnsigned,
    accountCap: decimalUnsigned,
    held: decimalUnsigned,
    heldUsd: decimalUnsigned,
    deposited: decimalUnsigned,
    withdrawn: decimalUnsigned,
  })
  .meta({
    id: 'PoolAsset',
    description:
      'haircut is in force since haircutTime and moves at a limited rate towards haircutTarget, the sum of haircutTerms ' +
      '(null for cash). weight is what a dollar of it counts now: one less the haircut, during a ramp less than that.',
  });

export const assetsDefinition = defineMethod({
  name: 'pool_assets',
  summary: 'The assets the pool takes: token, haircut and what draws it, caps, and what is in it.',
  params: nothing,
  result: z.strictObject({
    assets: z.array(asset),
    at,
  }),
  errors: [],
  kind: 'read',
  cost: 2,
  example: {
    params: {},
    result: {
      assets: [
        {
          asset: 'WETH',
          id: 1,
          token: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
          decimals: 18,
          status: 'active',
          underlying: 'ETH',
          ratio: '1',
          price: '4000',
          haircut: '0.08',
          haircutTime: 1_772_409_600,
          haircutTarget: '0.1265',
          haircutTerms: { base: '0.08', volatility: '0.045', liquidity: '0.0015', concentration: '0' },
          weight: '0.92',
          ramp: null,
          averageDailyVolume: '1000000000',
          cap: '100000000',
          accountCap: '100000000',
          held: '2.5',
          heldUsd: '10000',
          deposited: '3',
          withdrawn: '0.5',
        },
      ],
      at: AT,
    },
  },
});

const slice = z
  .strictObject({
    volatility: decimalUnsigned,
    totalVariance: decimalUnsigned,
    skew: decimal,
    curvature: decimalUnsigned,
    time: uint,
    fresh: z.boolean(),
  })
  .meta({
    id: 'Slice',
    description:
      'eSSVI slice of one expiry: at-the-money volatility (yearly) and total variance theta as of its report, skew ' +
      'rho, curvature psi = theta x phi. Risk is added on fresh slices only.',
  });
const term = z
  .strictObject({ expiry: uint, forward: decimalUnsigned, slice: slice.nullable() })
  .meta({ id: 'Term', description: 'A posted expiry: its forward and, where there are options, its slice.' });

export const pricesDefinition = defineMethod({
  name: 'oracle_prices',
  summary: 'Index, conservative and forward prices and the volatility slices of every underlying, with their age.',
  params: nothing,
  result: z.strictObject({
    prices: z.array(
      z.strictObject({
        underlying: z.string(),
        indexPrice: decimalUnsigned,
        stablePrice: decimalUnsigned,
        confidence: decimalUnsigned,
        time: uint,
        fresh: z.boolean(),
        terms: z.array(term),
      }),
    ),
    at,
  }),
  errors: [],
  kind: 'read',
  example: {
    params: {},
    result: {
      prices: [
        {
          underlying: 'ETH',
          indexPrice: '4000',
          stablePrice: '3999',
          confidence: '0.999',
          time: 1_772_409_600,
          fresh: true,
          terms: [
            {
              expiry: 1_774_598_400,
              forward: '4012.5',
              slice: {
                volatility: '0.62',
                totalVariance: '0.0268',
                skew: '-0.2',
                curvature: '0.13',
                time: 1_772_409_590,
                fresh: true,
              },
            },
          ],
        },
      ],
      at: AT,
    },
  },
});
