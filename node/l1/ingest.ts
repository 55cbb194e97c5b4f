/** An L1 inbox item as the transaction that consumes it, and the hand-over to the sequencer. */
import { existing } from '../../state/access.ts';
import { concat } from '../../state/codec/bytes.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { deposit } from '../../state/transactions/deposit.ts';
import { forced } from '../../state/transactions/forced.ts';
import { governance } from '../../state/transactions/governance.ts';
import { INBOX_KIND } from '../../state/transactions/inbox.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import type { ItemLog } from './logs.ts';
import type { WatchedChain } from './watcher.ts';

/** Type byte of the transaction that consumes an item of each kind. */
const CONSUMER: Readonly<Record<number, number>> = {
  [INBOX_KIND.deposit]: deposit.type,
  [INBOX_KIND.forced]: forced.type,
  [INBOX_KIND.governance]: governance.type,
};

/** What the sequencer has consumed is not what L1 queued: nothing more may be built on it. */
export class InboxMismatch extends Error {
  override readonly name = 'InboxMismatch';
}

/** Item bytes are kind u8 || payload; the transaction is its type u8 || the same payload. */
export function itemTransaction(item: Uint8Array): Uint8Array {
  const consumer = CONSUMER[item[0] ?? 255];
  if (consumer === undefined) throw new InboxMismatch(`an inbox item of unknown kind ${item[0]}`);
  return concat(Uint8Array.of(consumer), item.subarray(1));
}

/** The chain of a sequencer, which takes what L1 queued. */
export const sequencedChain = (sequencer: Sequencer): WatchedChain => ({
  state: sequencer.executor.state,
  anchored: (anchor) => {
    sequencer.executor.anchor = anchor;
  },
  consume: (item) => ingestItem(sequencer, item),
});

/** Executes one item, which must be the next. @throws InboxMismatch */
export function ingestItem(sequencer: Sequencer, { index, item, accumulator }: ItemLog): void {
  const chain = () => existing(sequencer.executor.state, CHAIN, 0);
  const { inboxCursor } = chain();
  if (index !== inboxCursor) throw new InboxMismatch(`item ${index} came, item ${inboxCursor} is next`);
  sequencer.run(itemTransaction(item), true);
  const after = chain();
  if (after.inboxCursor !== index + 1 || after.inboxAccumulator !== accumulator) {
    throw new InboxMismatch(
      `after item ${index} the chain has ${after.inboxCursor} items and ${after.inboxAccumulator}, L1 ${accumulator}`,
    );
  }
}
