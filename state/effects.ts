/** What a step did, for histories and feeds. Not consensus: a fact here follows from the roots. */
import type { AccountId, Digest, Lots, MicroUsd, Price, TokenUnits, Wad } from './units.ts';

export type CashReason =
  | 'deposit'
  | 'withdrawal'
  | 'transfer'
  | 'fee'
  | 'funding'
  | 'interest'
  | 'settlement'
  | 'realised'
  | 'auction'
  | 'penalty'
  | 'insurance'
  | 'deleveraging'
  | 'loss'
  | 'vault'
  | 'recovery';

export type Effect =
  /** Cash of one account changed by `amount`, signed. */
  | Readonly<{ kind: 'cash'; account: AccountId; amount: MicroUsd; reason: CashReason }>
  /** A collateral balance changed by `amount`, signed. */
  | Readonly<{ kind: 'collateral'; account: AccountId; asset: number; amount: TokenUnits; reason: CashReason }>
  | Readonly<{
      kind: 'fill';
      instrument: number;
      taker: AccountId;
      maker: AccountId;
      takerOrder: Digest;
      makerOrder: Digest;
      takerBuys: boolean;
      lots: Lots;
      price: Price;
      notional: MicroUsd;
      takerFee: MicroUsd;
      makerFee: MicroUsd;
    }>
  | Readonly<{ kind: 'withdrawal'; index: number; account: AccountId; asset: number; amount: TokenUnits }>
  | Readonly<{ kind: 'settled'; account: AccountId; instrument: number; lots: Lots; price: Price; amount: MicroUsd }>
  | Readonly<{
      kind: 'auctionStarted';
      account: AccountId;
      isSolvent: boolean;
      equity: MicroUsd;
      maintenance: MicroUsd;
      value: MicroUsd;
      reward: MicroUsd;
    }>
  | Readonly<{
      kind: 'bid';
      account: AccountId;
      bidder: AccountId;
      /** Share of the portfolio as it was that was taken [1e-18]. */
      share: Wad;
      /** Of the portfolio as it was: what the bidder would have paid for all of it. */
      price: MicroUsd;
      /** Paid to the bidder beside what was taken, to the fund by the account, and by the fund. */
      compensation: MicroUsd;
      penalty: MicroUsd;
      fromFund: MicroUsd;
    }>
  | Readonly<{ kind: 'auctionEnded'; account: AccountId }>
  | Readonly<{
      kind: 'deleveraged';
      instrument: number;
      /** Whose position was closed, and against whom. */
      account: AccountId;
      holder: AccountId;
      /** Signed lots of the holder that are gone, at what price, and the profit it gave up. */
      lots: Lots;
      markPerLot: MicroUsd;
      haircut: MicroUsd;
    }>
  | Readonly<{ kind: 'socialized'; account: AccountId; fromFund: MicroUsd; loss: MicroUsd }>;
