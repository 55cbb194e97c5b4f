/** The L1 inbox as the state sees it: items are consumed in order into one accumulator. */
import { existing, type StateAccess } from '../access.ts';
import { concat, fromHex, toHex } from '../codec/bytes.ts';
import { keccak256 } from '../crypto/keccak256.ts';
import { CHAIN } from '../records/chain.ts';

export const INBOX_KIND = { deposit: 0, forced: 1, governance: 2 } as const;

/**
 * Consumes the next inbox item. The accumulator after it is compared on L1 with the Inbox's own at
 * the same cursor: a sequencer that invents, drops or reorders an item can not post.
 */
export function consumeItem(state: StateAccess, kind: number, payload: Uint8Array): void {
  const chain = existing(state, CHAIN, 0);
  const item = keccak256(concat(Uint8Array.of(kind), payload));
  state.put(CHAIN, 0, {
    ...chain,
    inboxCursor: chain.inboxCursor + 1,
    inboxAccumulator: toHex(keccak256(concat(fromHex(chain.inboxAccumulator), item))),
  });
}
