/** What backstop vaults take of an auction, once its price is low enough for them. */
import { existing } from '../../state/access.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../../state/records/vault.ts';
import { REFUSAL } from '../../state/refusals.ts';
import { absorb } from '../../state/transactions/absorb.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { WAD, type AccountId, type Wad } from '../../state/units.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';

/** What is tried of an account, the most first: a vault takes what its margin has room for. */
const SHARES: readonly Wad[] = [WAD, WAD / 4n, WAD / 16n];
/** The vault has room for less, or a smaller slice touches fewer records. */
const TRY_LESS: ReadonlySet<number> = new Set([REFUSAL.initial_margin_too_low, REFUSAL.too_many_records]);

export class VaultBids {
  readonly #sequencer: Sequencer;
  /** Vaults that have lost what they may on a day, at these prices: nobody's share is for them. */
  readonly #closed = new Set<number>();

  constructor(sequencer: Sequencer) {
    this.#sequencer = sequencer;
  }

  pricesMoved(): void {
    this.#closed.clear();
  }

  /**
   * Lets each vault in turn take what it can, until the auction ends. Returns the steps it tried, refused ones
   * too: at most three a vault.
   */
  offer(account: AccountId): number {
    const { state } = this.#sequencer.executor;
    let tried = 0;
    for (const vault of [...state.idsOf(BACKSTOP_VAULT)].sort((a, b) => a - b)) {
      const id = vaultAccountOf(vault);
      const { cash, positions } = existing(state, ACCOUNT, id);
      if (id === account || this.#closed.has(vault) || (cash <= 0n && positions.length === 0)) continue;
      for (const share of SHARES) {
        if (state.read(AUCTION, account) === undefined) return tried;
        tried += 1;
        const { outcome } = this.#sequencer.run(encodeTransaction(absorb, { vault, account, share }));
        if (!outcome.ok && outcome.code === REFUSAL.vault_loss_cap) this.#closed.add(vault);
        if (outcome.ok || !TRY_LESS.has(outcome.code)) break;
      }
    }
    return tried;
  }
}
