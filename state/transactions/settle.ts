/** Turns expired positions of up to eight accounts into cash at the settlement average. */
import { existing, type StateAccess } from '../access.ts';
import { accountId, list, struct, u32, type Decoded } from '../codec/layout.ts';
import { MAX_SETTLEMENTS_PER_STEP } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { moveSigned } from '../ledger/ledger.ts';
import { changePosition, positionOf } from '../ledger/positions.ts';
import { max } from '../math/integer.ts';
import { ACCOUNT } from '../records/account.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, INSTRUMENT_STATUS, type Instrument } from '../records/instrument.ts';
import { UNDERLYING } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import type { AccountId, Price } from '../units.ts';
import { valuePerLot } from './mark.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ instrument: u32, accounts: list(accountId, MAX_SETTLEMENTS_PER_STEP) });
export type Settle = Decoded<typeof layout>;

export const settle: TransactionType<Settle> = {
  type: 14,
  name: 'settle',
  layout,
  refusals: [
    'instrument_not_found',
    'not_expired',
    'settlement_price_missing',
    'accounts_not_ascending',
    'account_not_found',
    'no_position',
  ],
  apply: (state, body) => {
    const instrument = settled(state, body.instrument);
    body.accounts.forEach((id, i) => {
      const previous = body.accounts[i - 1];
      require(previous === undefined || previous < id, REFUSAL.accounts_not_ascending, id);
      settleOne(state, body.instrument, instrument, id);
    });
  },
};

/** The instrument with its settlement price; fixes it the first time, from the day's average. */
function settled(state: StateAccess, id: number): Instrument {
  const instrument = state.read(INSTRUMENT, id);
  if (instrument === undefined) throw new Refusal(REFUSAL.instrument_not_found, `instrument ${id}`);
  if (instrument.status === INSTRUMENT_STATUS.settled) return instrument;
  const { timestamp: now } = existing(state, CHAIN, 0);
  require(instrument.expiry !== 0 && instrument.expiry <= now, REFUSAL.not_expired, () =>
    `expires ${instrument.expiry}, now ${now}`);
  const { lastSettlementExpiry, lastSettlementPrice } = existing(state, UNDERLYING, instrument.underlying);
  require(lastSettlementExpiry >= instrument.expiry, REFUSAL.settlement_price_missing, () =>
    `no average for ${instrument.expiry} yet`);
  const markPrice = settlementValue(instrument, lastSettlementPrice);
  const fixed: Instrument = {
    ...instrument,
    status: INSTRUMENT_STATUS.settled,
    settlementPrice: lastSettlementPrice,
    markPrice,
    markPerLot: valuePerLot(instrument, markPrice),
    delta: 0n,
    gamma: 0n,
    vega: 0n,
    theta: 0n,
    riskArray: new Float64Array(instrument.riskArray.length), // Nothing moves it any more.
    markTime: now,
  };
  state.put(INSTRUMENT, id, fixed);
  return fixed;
}

/** What a unit is worth at expiry [1e-8 USD]: the average, or what it is beyond the strike. */
function settlementValue({ kind, strike }: Instrument, average: Price): Price {
  if (kind === INSTRUMENT_KIND.call) return max(average - strike, 0n);
  if (kind === INSTRUMENT_KIND.put) return max(strike - average, 0n);
  return average;
}

function settleOne(state: StateAccess, instrumentId: number, instrument: Instrument, id: AccountId): void {
  const account = state.read(ACCOUNT, id);
  if (account === undefined) throw new Refusal(REFUSAL.account_not_found, id);
  const position = positionOf(account, instrumentId);
  if (position === undefined) throw new Refusal(REFUSAL.no_position, id);
  // Winners may be paid before losers have paid: clearing carries the difference, and ends at zero.
  const amount = position.size * instrument.markPerLot;
  moveSigned(state, 'clearing', id, amount, 'settlement');
  changePosition(state, id, instrumentId, instrument, -position.size, 0n);
  const current = existing(state, INSTRUMENT, instrumentId);
  const closed = position.size > 0n ? position.size : 0n;
  state.put(INSTRUMENT, instrumentId, { ...current, openInterest: current.openInterest - closed });
  state.effect({
    kind: 'settled',
    account: id,
    instrument: instrumentId,
    lots: position.size,
    price: instrument.settlementPrice,
    amount: amount + position.quote,
  });
}
