/** What must hold of a node that was killed and opened again, given what it had acknowledged. */
import type { Devnet } from '../../../node/devnet.ts';
import type { OrderRecord, OrderStatus } from '../../../node/sequencer/orderRecord.ts';
import { after, BUCKET, key } from '../../../node/store/buckets.ts';
import { checkInvariants } from '../../../state/invariants.ts';
import { ORDER } from '../../../state/records/order.ts';
import type { AccountId, Digest } from '../../../state/units.ts';
import { unpack } from 'msgpackr';

export type Acknowledgement = Readonly<{ digest: Digest; status: OrderStatus; filledLots: number }>;
export type Checked = Readonly<{ orders: number; open: number; height: number }>;

function require(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`after the kill: ${what}`);
}

function requireKept({ digest, status, filledLots }: Acknowledgement, record: OrderRecord | undefined): void {
  require(record !== undefined, `order ${digest} is unknown`);
  require(record.filledLots >= filledLots, `order ${digest} lost fills: ${record.filledLots} of ${filledLots}`);
  require(status === 'open' || record.status === status, `order ${digest} was ${status}, is ${record.status}`);
}

/** Compares the node with the acknowledgements, its book with its records, its records with the chain. */
export async function checkAcknowledged(
  devnet: Devnet,
  accounts: readonly AccountId[],
  acknowledged: readonly Acknowledgement[],
): Promise<Checked> {
  const { executor, sequencer, store } = devnet.node;
  const { desk } = sequencer;
  for (const one of acknowledged) requireKept(one, await desk.find(one.digest));
  const listed = new Set<Digest>();
  const book = new Set<Digest>();
  for (const account of accounts) {
    for (const { digest } of await desk.orders(account, 1_000_000)) listed.add(digest);
    for (const { digest } of desk.open(account)) book.add(digest);
  }
  const prefix = key(BUCKET.order);
  let open = 0;
  for await (const [, value] of store.range(prefix, after(prefix))) {
    const record = unpack(value) as OrderRecord;
    const filled = Number(executor.state.read(ORDER, record.digest)?.filled ?? 0n);
    require(filled === record.filledLots, `order ${record.digest}: ${record.filledLots} filled, on chain ${filled}`);
    require(listed.has(record.digest), `order ${record.digest} left its account's history`);
    require(book.has(record.digest) === (record.status === 'open'), `order ${record.digest} is ${record.status}`);
    if (record.status === 'open') open += 1;
  }
  require(book.size === open, `${book.size} orders in the book, ${open} open`);
  const breaches = checkInvariants(executor.state);
  require(breaches.length === 0, JSON.stringify(breaches[0]));
  return { orders: acknowledged.length, open, height: executor.height };
}
