/** What a step did, for histories and feeds. Not consensus: a fact here follows from the roots. */
import type { AccountId, Digest, Lots, MicroUsd, Price, TokenUnits } from './units.ts';

export type CashReason =
  | 'deposit'
  | 'withdrawal'
  | 'transfer'
  | 'fee'
  | 'funding'
  | 'interest'
  | 'settlement'
  | 'realised';

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
  | Readonly<{ kind: 'settled'; account: AccountId; instrument: number; lots: Lots; price: Price; amount: MicroUsd }>;
