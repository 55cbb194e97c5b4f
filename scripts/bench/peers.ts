/**
 * Measures two nodes on loopback, each with its thread: blocks of the size of a busy quarter of a
 * second from `publish` to the handler, one at a time and as fast as they go, and a range asked for.
 * The limit beside it is what the thread itself does with the same bytes: decoding, hashing and the
 * signature, with no network.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { blockHash, signBlock, transactionsHash, type SealedBlock } from '../../node/chain/block.ts';
import { encodeBlock } from '../../node/chain/blockWire.ts';
import { addressOfKey } from '../../node/crypto/recover.ts';
import { judgeBlock } from '../../node/peers/judgement.ts';
import { BLOCKS_PER_ANSWER_MAX } from '../../node/peers/limits.ts';
import { Peers, type PeerSource } from '../../node/peers/peers.ts';
import { Variants } from '../../node/peers/variants.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import type { BenchRow } from '../bench.ts';

const BLOCKS = 1_000;
/** A quarter of a second at 1,200 trades a second. */
const TRANSACTIONS = 300;
const TRANSACTION_BYTES = 180;
const KEY = new Uint8Array(32).fill(7);
const CHAIN: Digest = `0x${'be'.repeat(32)}`;
const ZERO: Digest = `0x${'00'.repeat(32)}`;

function chainOf(length: number): SealedBlock[] {
  const blocks: SealedBlock[] = [];
  const transactions = Array.from({ length: TRANSACTIONS }, (_, i) => ({
    bytes: new Uint8Array(TRANSACTION_BYTES).fill(i),
    root: new Uint8Array(32).fill(i),
    code: 0,
  }));
  const hashOfTransactions = transactionsHash(transactions);
  for (let height = 1; height <= length; height++) {
    const header = {
      height,
      timestamp: Math.floor(Date.now() / 1_000),
      parentHash: blocks.at(-1)?.hash ?? ZERO,
      anchorNumber: 1,
      anchorHash: ZERO,
      inboxCursor: 0,
      inboxAccumulator: ZERO,
      parameterHash: ZERO,
      firstSequence: height * TRANSACTIONS,
      transactionCount: TRANSACTIONS,
      transactionsHash: hashOfTransactions,
      stateRoot: ZERO,
    };
    const hash = blockHash(header);
    blocks.push({ header, hash, signature: signBlock(fromHex(CHAIN), height, hash, KEY), transactions });
  }
  return blocks;
}

const sourceOf = (blocks: readonly SealedBlock[]): PeerSource => ({
  head: () => ({ height: blocks.length, hash: blocks.at(-1)!.hash }),
  blocks: (from, count) => Promise.resolve(blocks.slice(from - 1, from - 1 + count)),
  manifest: () => Promise.resolve(null),
  chunk: () => Promise.resolve(null),
  book: () => Promise.resolve(null),
});

const millis = (value: number): string => `${value.toFixed(1)} ms`;

/** Seconds that judging all blocks takes by itself. */
function judgedIn(blocks: readonly SealedBlock[]): number {
  const encoded = blocks.map(encodeBlock);
  const variants = new Variants(() => {});
  const started = performance.now();
  for (const bytes of encoded) judgeBlock(bytes, fromHex(CHAIN), addressOfKey(KEY), variants, Date.now() / 1_000);
  return (performance.now() - started) / 1_000;
}

export async function benchPeers(): Promise<BenchRow[]> {
  const blocks = chainOf(BLOCKS);
  const blockBytes = encodeBlock(blocks[0]!).length;
  const judgedSeconds = judgedIn(blocks);
  const directories = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'tidepool-bench-')));
  const openIn = (i: number, bootstrap: readonly string[]): Promise<Peers> =>
    Peers.open({
      directory: directories[i]!,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap,
      mdns: false,
      chain: CHAIN,
      signers: [addressOfKey(KEY)],
      source: sourceOf(i === 0 ? blocks : [blocks[0]!]),
      onTrouble: (what, error) => console.error(what, error),
    });
  const sender = await openIn(0, []);
  const receiver = await openIn(1, sender.addresses);
  await new Promise<void>((resolve) => sender.onPeers(([peer]) => peer?.gossips === true && resolve()));

  let received: (height: number) => void = () => {};
  receiver.onBlock(({ header }) => received(header.height));
  const latencies: number[] = [];
  for (const block of blocks) {
    const started = performance.now();
    await new Promise<void>((resolve) => {
      received = () => resolve();
      sender.publish(block);
    });
    latencies.push(performance.now() - started);
  }
  latencies.sort((a, b) => a - b);

  const started = performance.now();
  let height = 0;
  while (height < BLOCKS) height += (await receiver.blocks(height + 1, BLOCKS_PER_ANSWER_MAX)).blocks.length;
  const rangeSeconds = (performance.now() - started) / 1_000;

  await Promise.all([sender.close(), receiver.close()]);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  const [p50, p99] = [latencies[BLOCKS / 2]!, latencies[Math.floor(BLOCKS * 0.99)]!];
  const limit = millis((judgedSeconds * 1_000) / BLOCKS);
  const kib = Math.round(blockBytes / 1_024);
  return [
    { name: `gossip of a block of ${kib} KiB to its handler, p50`, value: millis(p50), limit: `${limit} to judge it`, budget: '-' },
    { name: `gossip of a block of ${kib} KiB to its handler, p99`, value: millis(p99), limit: `${limit} to judge it`, budget: '-' },
    {
      name: `blocks of ${kib} KiB by range from one peer`,
      value: `${Math.round(BLOCKS / rangeSeconds)}/s`,
      limit: `${Math.round(BLOCKS / judgedSeconds)}/s judged`,
      budget: '-',
    },
  ];
}
