/** The channels of a node: what each sends first, and what each event holds. */
import { z } from 'zod';
import { account, exampleAccount, exampleFill, exampleOrder, fill, order } from '../schema/account.ts';
import { block, exampleBlock } from '../schema/chain.ts';
import { defineChannel } from '../schema/core.ts';
import { exampleLiquidation, liquidation } from '../schema/liquidation.ts';
import { bookLevel, exampleTrade, marketSymbol, trade } from '../schema/market.ts';
import { address, decimalUnsigned, subaccount, uint } from '../schema/scalars.ts';

const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const ofAccount = z.strictObject({ owner: address, subaccount: subaccount.default(0) });
const ofMarket = z.strictObject({ market: marketSymbol });
const head = z.strictObject({ height: uint, sequence: uint });

export const headsChannel = defineChannel({
  name: 'heads',
  summary: 'Every sealed block, without its transactions, as soon as it is durable.',
  params: z.strictObject({}),
  event: block,
  snapshot: z.strictObject({ soft: head, posted: head, safe: head, final: head }),
  example: { params: {}, event: exampleBlock },
});

export const tradesChannel = defineChannel({
  name: 'trades',
  summary: 'Every trade of a market.',
  params: ofMarket,
  event: trade,
  example: { params: { market: 'ETH-PERP' }, event: exampleTrade },
});

export const bookChannel = defineChannel({
  name: 'book',
  summary: 'The book of a market: whole first, then the levels that changed. Size "0" removes a level.',
  params: ofMarket,
  event: z.strictObject({ bids: z.array(bookLevel), asks: z.array(bookLevel) }),
  snapshot: z.strictObject({
    market: z.string(),
    bookSequence: uint,
    bids: z.array(z.tuple([decimalUnsigned, decimalUnsigned, uint])),
    asks: z.array(z.tuple([decimalUnsigned, decimalUnsigned, uint])),
  }),
  example: { params: { market: 'ETH-PERP' }, event: { bids: [['3999.5', '0', 0]], asks: [] } },
});

export const ordersChannel = defineChannel({
  name: 'orders',
  summary: 'Open orders of an account first, then every order of it that changes.',
  params: ofAccount,
  event: order,
  snapshot: z.strictObject({ orders: z.array(order) }),
  example: { params: { owner: OWNER }, event: exampleOrder },
});

export const fillsChannel = defineChannel({
  name: 'fills',
  summary: 'Every fill of an account.',
  params: ofAccount,
  event: fill,
  example: { params: { owner: OWNER }, event: exampleFill },
});

export const accountChannel = defineChannel({
  name: 'account',
  summary: 'An account, again whenever its balances or positions change; null while it does not exist.',
  params: ofAccount,
  event: account,
  snapshot: z.strictObject({ account: account.nullable() }),
  example: { params: { owner: OWNER }, event: exampleAccount },
});

export const liquidationsChannel = defineChannel({
  name: 'liquidations',
  summary: 'Every start, bid and end of an auction, and what is deleveraged and shared behind it.',
  params: z.strictObject({}),
  event: liquidation,
  example: { params: {}, event: exampleLiquidation },
});
