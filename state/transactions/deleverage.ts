/**
 * Closes a position that nobody would buy, not for all of its maintenance margin: against every holder of the
 * other side, in proportion to what it holds that hedges nothing. Holders give up profit for what the account
 * owes, never principal. Nobody closes before all have been weighed, so no holder can be passed over.
 */
import { existing, type StateAccess } from '../access.ts';
import { accountId, list, struct, u32, type Decoded } from '../codec/layout.ts';
import { MAX_DELEVERAGED_PER_STEP } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { distressOf } from '../liquidation/distress.ts';
import { positionIn } from '../ledger/positions.ts';
import { elapsedOf } from '../liquidation/offer.ts';
import { beginRound, closePart, endRound, isRoundOver, isWeighed, weigh } from '../liquidation/round.ts';
import { ACCOUNT } from '../records/account.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, isTradable } from '../records/instrument.ts';
import { PART, partIdOf } from '../records/part.ts';
import { ROUND, type Round } from '../records/round.ts';
import { REFUSAL } from '../refusals.ts';
import { loadPortfolio } from '../risk/portfolio.ts';
import type { AccountId } from '../units.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ account: accountId, instrument: u32, holders: list(accountId, MAX_DELEVERAGED_PER_STEP) });
export type Deleverage = Decoded<typeof layout>;

export const deleverage: TransactionType<Deleverage> = {
  type: 21,
  name: 'deleverage',
  layout,
  refusals: [
    'deleveraging_is_on',
    'auction_not_found',
    'deleveraging_not_due',
    'instrument_not_found',
    'instrument_not_trading',
    'no_position',
    'marks_stale',
    'account_is_healthy',
    'accounts_not_ascending',
    'account_not_found',
    'position_not_opposite',
    'already_deleveraged',
  ],
  apply: (state, { account: id, instrument, holders }) => {
    const known = state.read(ROUND, instrument);
    require(known === undefined || known.account === id, REFUSAL.deleveraging_is_on, () => `of ${known!.account}`);
    if (known !== undefined && isRoundOver(state, known, instrument)) {
      endRound(state, instrument, known);
      return;
    }
    if (known === undefined) begin(state, id, instrument);
    holders.forEach((holder, i) => {
      const previous = holders[i - 1];
      require(previous === undefined || previous < holder, REFUSAL.accounts_not_ascending, holder);
      takePart(state, instrument, existing(state, ROUND, instrument), holder);
    });
    const round = existing(state, ROUND, instrument);
    if (isRoundOver(state, round, instrument)) endRound(state, instrument, round);
  },
};

/** Once the fund has offered all of maintenance margin and nobody came. */
function begin(state: StateAccess, id: AccountId, instrumentId: number): void {
  const auction: Auction | undefined = state.read(AUCTION, id);
  if (auction === undefined) throw new Refusal(REFUSAL.auction_not_found, id);
  require(auction.kind === AUCTION_KIND.insolvent, REFUSAL.deleveraging_not_due, 'the auction is solvent');
  const instrument = state.read(INSTRUMENT, instrumentId);
  if (instrument === undefined) throw new Refusal(REFUSAL.instrument_not_found, `instrument ${instrumentId}`);
  const chain = existing(state, CHAIN, 0);
  const isLive = instrument.expiry === 0 || instrument.expiry > chain.timestamp;
  require(isLive && isTradable(instrument), REFUSAL.instrument_not_trading);
  require(positionIn(state, id, instrumentId) !== undefined, REFUSAL.no_position, id);
  const portfolio = loadPortfolio(state, id, existing(state, ACCOUNT, id));
  const { margin, value } = distressOf(portfolio);
  require(margin.fresh, REFUSAL.marks_stale, 'prices or marks of this account are too old');
  require(margin.equity < margin.maintenance, REFUSAL.account_is_healthy);
  const left = Number(portfolio.parameters.insolventSeconds) - elapsedOf(portfolio, chain, auction.start);
  require(left <= 0, REFUSAL.deleveraging_not_due, () => `in ${left} s`);
  beginRound(state, id, instrumentId, portfolio, value);
}

/** A holder is weighed once, and once all are closes once. */
function takePart(state: StateAccess, instrumentId: number, round: Round, holder: AccountId): void {
  if (state.read(ACCOUNT, holder) === undefined) throw new Refusal(REFUSAL.account_not_found, holder);
  const held = positionIn(state, holder, instrumentId);
  if (held === undefined) throw new Refusal(REFUSAL.no_position, holder);
  const position = positionIn(state, round.account, instrumentId);
  if (position === undefined) return; // Taken over already: the last ones keep what they hold.
  require(held.size * position.size < 0n, REFUSAL.position_not_opposite, holder);
  const hasPart = state.read(PART, partIdOf(instrumentId, holder))?.round === round.number;
  require(hasPart === isWeighed(round), REFUSAL.already_deleveraged, holder);
  if (hasPart) closePart(state, instrumentId, round, position, holder, held);
  else weigh(state, instrumentId, round, holder, held);
}
