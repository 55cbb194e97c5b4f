/** A backstop vault takes a share of an account in auction by rule: once others have had the better prices. */
import { existing } from '../access.ts';
import { accountId, struct, u16, u64, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { priceOf, type Offer } from '../liquidation/offer.ts';
import { SALE_REFUSALS, sell } from '../liquidation/sale.ts';
import { onDay, vaultDistress } from '../liquidation/vault.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../records/parameters.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../records/vault.ts';
import { REFUSAL } from '../refusals.ts';
import { WAD, type MicroUsd, type Seconds } from '../units.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ vault: u16, account: accountId, share: u64 });
export type Absorb = Decoded<typeof layout>;

export const absorb: TransactionType<Absorb> = {
  type: 20,
  name: 'absorb',
  layout,
  refusals: [
    'vault_not_found',
    'accounts_must_differ',
    'bid_too_small',
    'auction_not_found',
    'marks_stale',
    'vault_loss_cap',
    ...SALE_REFUSALS.filter((name) => name !== 'marks_stale' && name !== 'bid_too_small'),
  ],
  apply: (state, { vault: vaultId, account: id, share }) => {
    const vault = state.read(BACKSTOP_VAULT, vaultId);
    if (vault === undefined) throw new Refusal(REFUSAL.vault_not_found, `vault ${vaultId}`);
    const bidder = vaultAccountOf(vaultId);
    require(id !== bidder, REFUSAL.accounts_must_differ);
    require(share > 0n, REFUSAL.bid_too_small);
    const auction = state.read(AUCTION, id);
    if (auction === undefined) throw new Refusal(REFUSAL.auction_not_found, id);
    const { value } = vaultDistress(state, vaultId);
    const today = onDay(vault, value, existing(state, CHAIN, 0).timestamp);
    require(today.dayValue - value <= vault.lossCap, REFUSAL.vault_loss_cap, () =>
      `worth ${today.dayValue} this day, ${value} now`);
    state.put(BACKSTOP_VAULT, vaultId, today);
    const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
    const maxPrice = (offer: Offer, elapsed: Seconds): MicroUsd => priceForVaults(auction, parameters, offer, elapsed);
    sell(state, auction, id, bidder, { share, maxPrice });
  },
};

/** Half of the time that an insolvent auction has is that of others. */
const WAITS = 2n;

/** What a vault pays at most: a share of the value, and of an insolvent account any price, in the second half of its time. */
export function priceForVaults({ kind }: Auction, parameters: Parameters, offer: Offer, elapsed: Seconds): MicroUsd {
  if (kind === AUCTION_KIND.solvent) return (offer.value * parameters.absorbPrice) / WAD;
  const isLate = BigInt(elapsed) * WAITS >= parameters.insolventSeconds;
  return priceOf(offer) - (isLate ? 0n : 1n);
}
