/** A node on a temporary store with a served port, people with money, and fresh prices. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existing } from '../../../state/access.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { INSTRUMENT, isOption } from '../../../state/records/instrument.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { postPrices, reportDigest, type PricePoint } from '../../../state/transactions/postPrices.ts';
import { roll } from '../../../state/transactions/roll.ts';
import { QUANTITY } from '../../../state/transactions/terms.ts';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { Executor } from '../../../node/chain/executor.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { rollsOf } from '../../../node/sequencer/chains.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { Sequencer } from '../../../node/sequencer/sequencer.ts';
import { Store } from '../../../node/store/store.ts';
import { TidepoolClient } from '../../../rpc/client/client.ts';
import type { NodeView } from '../../../rpc/methods/view.ts';
import { viewOfSequencer } from '../../../rpc/sequencerView.ts';
import type { ActionInput } from '../../../rpc/schema/tx.ts';
import { serve } from '../../../rpc/server/nodeServer.ts';
import { L1, person, PRICES, publishers, sliceOf, VOLATILITY, type Person } from '../../support/world.ts';

/** The node and what moves it. */
export type TestNode = NodeView & Readonly<{ sequencer: Sequencer }>;
export type ServedNode = Readonly<{
  node: TestNode;
  port: number;
  http: TidepoolClient;
  socket: TidepoolClient;
  fund: (who: Person, microUsd: bigint) => void;
  close: () => Promise<void>;
}>;

const failed = (error: unknown): never => {
  throw error;
};

/** `extra` adds or replaces ports of the node. */
export async function serveNode(extra: Partial<NodeView> = {}): Promise<ServedNode> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-rpc-'));
  const clock = extra.clock ?? new SystemClock();
  const network = devnet(clock.nowSeconds() - 60, publishers.map((p) => p.address), 2);
  const recovery = new SignatureRecovery(0);
  const context = { recover: recovery.recover };
  const store = await Store.open(directory, { sync: false });
  const { key } = person('sequencer');
  const executor = await Executor.open(store, () => genesisRecords(network, L1), context, key);
  const sequencer = new Sequencer({ executor, store, recovery, clock, key, blockMillis: 50 });
  await sequencer.start(failed);
  const genesisHead = { height: 0, sequence: 0 };
  const node: TestNode = {
    ...viewOfSequencer(sequencer),
    network,
    binding: L1,
    deployment: {
      vault: `0x${'b1'.repeat(20)}`,
      inbox: `0x${'b2'.repeat(20)}`,
      rollup: L1.rollup,
      fraudProof: `0x${'b4'.repeat(20)}`,
      governance: `0x${'b3'.repeat(20)}`,
      tokens: Object.values(L1.tokens),
    },
    clock,
    store,
    sequencer,
    heads: {
      get soft() {
        return { height: executor.height, sequence: executor.sequence };
      },
      posted: genesisHead,
      safe: genesisHead,
      final: genesisHead,
    },
    ...extra,
  };
  price(node, clock.nowSeconds() - 10);
  listOptions(node);
  await sequencer.seal();
  price(node);
  const server = await serve(node, { host: '127.0.0.1', port: 0, checkResults: true, rate: null });
  const { port } = server;
  const http = await TidepoolClient.connect(`http://127.0.0.1:${port}`);
  const socket = await TidepoolClient.connect(`ws://127.0.0.1:${port}`);
  return {
    node,
    port,
    http,
    socket,
    fund: (who, amount) => {
      const bytes = encodeTransaction(deposit, { asset: 0, account: who.account, amount });
      if (!sequencer.run(bytes).outcome.ok) throw new Error('the deposit was refused');
    },
    close: async () => {
      await socket.close();
      await server.close();
      await sequencer.stop();
      await store.close();
      await recovery.close();
      rmSync(directory, { recursive: true });
    },
  };
}

const runOn = ({ sequencer }: Pick<TestNode, 'sequencer'>) => (bytes: Uint8Array): void => {
  const { outcome } = sequencer.run(bytes);
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`);
};

/** Lists calls and puts of the nearest expiry around each index. */
function listOptions(node: TestNode): void {
  const { state, timestamp } = node.executor;
  for (const underlying of [1, 2, 3]) {
    for (const body of rollsOf(state, underlying, timestamp, { expiries: 1, strikes: 1 })) {
      runOn(node)(encodeTransaction(roll, body));
    }
  }
}

/** Live expiries of an underlying in order, and whether options are among their instruments. */
function expiriesOf({ executor }: Pick<NodeView, 'executor'>, underlying: number): [number, boolean][] {
  const expiries = new Map<number, boolean>();
  for (const id of executor.state.idsOf(INSTRUMENT)) {
    const instrument = existing(executor.state, INSTRUMENT, id);
    if (instrument.underlying !== underlying || instrument.expiry <= executor.timestamp) continue;
    expiries.set(instrument.expiry, isOption(instrument) || expiries.get(instrument.expiry) === true);
  }
  return [...expiries].sort(([a], [b]) => a - b);
}

/** Posts prices and slices signed by the publishers and marks every market with them. */
export function price(node: Pick<TestNode, 'sequencer' | 'executor' | 'clock'>, now = node.clock.nowSeconds(), prices: Readonly<Record<number, bigint>> = PRICES): void {
  const { sequencer, executor } = node;
  executor.ensureOpen(now);
  const time = executor.timestamp;
  const points: PricePoint[] = [];
  const values: bigint[] = [];
  for (const [id, index] of Object.entries(prices)) {
    const underlying = Number(id);
    points.push({ underlying, expiry: 0, quantity: QUANTITY.price });
    values.push(index);
    for (const [expiry, hasOptions] of expiriesOf(node, underlying)) {
      const term = [index, ...(hasOptions ? sliceOf(VOLATILITY, expiry - time) : [])];
      term.forEach((_, quantity) => points.push({ underlying, expiry, quantity }));
      values.push(...term);
    }
  }
  const digest = reportDigest(fromHex(sequencer.domainSeparator), points, time, values);
  const reports = publishers
    .slice(0, 2)
    .map(({ key }) => ({ time, prices: values, signature: signDigest(digest, key) }));
  const run = runOn(node);
  run(encodeTransaction(postPrices, { points, reports }));
  for (const underlying of [1, 2, 3]) {
    const instruments = [...executor.state.idsOf(INSTRUMENT)]
      .filter((id) => existing(executor.state, INSTRUMENT, id).underlying === underlying)
      .sort((a, b) => a - b);
    run(encodeTransaction(mark, { underlying, instruments, assets: [] }));
  }
}

let nonces = 0;
type OrderInput = Extract<ActionInput, { type: 'order' }>;
export const head = (who: Person) => ({
  owner: who.address,
  subaccount: 0,
  nonce: String(++nonces),
  expiry: Math.floor(Date.now() / 1_000) + 600,
});
export const orderOf = (who: Person, side: 'buy' | 'sell', size: string, price_: string): OrderInput => ({
  type: 'order',
  ...head(who),
  market: 'ETH-PERP',
  side,
  size,
  price: price_,
});
