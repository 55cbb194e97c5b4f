/** Bidders on a thread of their own: they hear of every auction over WebSocket, and sign and send a bid for it. */
import { parentPort, workerData } from 'node:worker_threads';
import { RemoteError } from '../../rpc/client/transport.ts';
import { TidepoolClient } from '../../rpc/client/client.ts';
import { signAction } from '../../rpc/client/signer.ts';
import { submitDefinition } from '../../rpc/schema/tx.ts';
import type { Party } from './stormWorld.ts';

/** Bids of one bidder that wait for an answer at most. */
const WINDOW = 16;
const BID_LIFE_SECONDS = 600;
/** Far above what anything here is worth: it is bought at the price of the moment. */
const HIGHEST_USD = '1000000000';
/** One auction of so many is left to the vault. */
const LEFT_TO_VAULT = 20;

type Event = Readonly<{ type: string; owner: string; subaccount: number }>;
export type BidderFigures = Readonly<{ bids: number; refused: Record<string, number>; latencies: number[] }>;

const { port, parties } = workerData as { port: number; parties: readonly Party[] };
const due: Event[] = [];
const free: (() => void)[] = [];
const refused: Record<string, number> = {};
const latencies: number[] = [];
let heard = 0;

/** Hands on the next auction, now or when one begins. */
async function next(): Promise<Event> {
  for (;;) {
    const event = due.shift();
    if (event !== undefined) return event;
    await new Promise<void>((resolve) => free.push(resolve));
  }
}

async function bid(client: TidepoolClient, party: Party): Promise<void> {
  const context = await client.signingContext();
  let nonce = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const { owner: fromOwner, subaccount: fromSubaccount } = await next();
      const head = { owner: party.owner, nonce: String(++nonce), expiry: Math.floor(Date.now() / 1_000) + BID_LIFE_SECONDS };
      const envelope = signAction(context, { type: 'bid', ...head, fromOwner, fromSubaccount, maxPrice: HIGHEST_USD }, party.key);
      const sentMs = performance.now();
      try {
        await client.call(submitDefinition, envelope);
        latencies.push(performance.now() - sentMs);
      } catch (error) {
        const name = error instanceof RemoteError ? error.data.name : String(error);
        refused[name] = (refused[name] ?? 0) + 1;
      }
    }
  };
  for (let n = 0; n < WINDOW; n += 1) void one();
}

const clients = await Promise.all(parties.map(() => TidepoolClient.connect(`ws://127.0.0.1:${port}`)));
await clients[0]!.subscribe('liquidations', {}, ({ data }) => {
  const event = data as Event;
  if (event.type !== 'start' || (heard += 1) % LEFT_TO_VAULT === 0) return;
  due.push(event);
  free.shift()?.();
});
await Promise.all(clients.map((client, n) => bid(client, parties[n]!)));
parentPort!.on('message', () => {
  parentPort!.postMessage({ bids: latencies.length, refused, latencies } satisfies BidderFigures);
});
parentPort!.postMessage('open');
