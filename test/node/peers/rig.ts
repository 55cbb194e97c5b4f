/** A chain signed by a key of its own, and nodes of it on loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockHash, signBlock, transactionsHash, type BlockHeader, type SealedBlock } from '../../../node/chain/block.ts';
import { addressOfKey } from '../../../node/crypto/recover.ts';
import { Peers, type PeerFacts, type PeerSource, type PeersOptions } from '../../../node/peers/peers.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import type { Digest } from '../../../state/units.ts';

export const CHAIN: Digest = `0x${'c4'.repeat(32)}`;
export const KEY = new Uint8Array(32).fill(7);
export const SIGNER = addressOfKey(KEY);
const zero: Digest = `0x${'00'.repeat(32)}`;

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

type Special = Partial<{ key: Uint8Array; chain: Digest; timestamp: number; parent: Digest; bytes: number; salt: number }>;

/** A block with one transaction of `bytes` bytes. Nothing about it is executed here. */
export function blockAt(height: number, special: Special = {}): SealedBlock {
  const { key = KEY, chain = CHAIN, timestamp = nowSeconds(), parent = zero, bytes = 100, salt = 0 } = special;
  const body = new Uint8Array(bytes).fill(height & 255);
  body[0] = salt;
  const transactions = [{ bytes: body, root: new Uint8Array(32).fill(height & 255), code: 0 }];
  const header: BlockHeader = {
    height,
    timestamp,
    parentHash: parent,
    anchorNumber: 1,
    anchorHash: zero,
    inboxCursor: 0,
    inboxAccumulator: zero,
    parameterHash: zero,
    firstSequence: height,
    transactionCount: 1,
    transactionsHash: transactionsHash(transactions),
    stateRoot: zero,
  };
  const hash = blockHash(header);
  return { header, hash, signature: signBlock(fromHex(chain), height, hash, key), transactions };
}

/** Blocks 1 to `length`, each the parent of the next. */
export function chainOf(length: number, special: Special = {}): SealedBlock[] {
  const blocks: SealedBlock[] = [];
  for (let height = 1; height <= length; height++) {
    blocks.push(blockAt(height, { ...special, parent: blocks.at(-1)?.hash ?? zero }));
  }
  return blocks;
}

/** What a node with these blocks and nothing else gives to others. */
export const sourceOf = (blocks: readonly SealedBlock[], more: Partial<PeerSource> = {}): PeerSource => ({
  head: () => {
    const last = blocks.at(-1);
    return last === undefined ? null : { height: last.header.height, hash: last.hash };
  },
  blocks: (from, count) => Promise.resolve(blocks.filter(({ header: { height } }) => height >= from && height < from + count)),
  manifest: () => Promise.resolve(null),
  chunk: () => Promise.resolve(null),
  book: () => Promise.resolve(null),
  ...more,
});

/** A value that listeners make; `until` resolves once it is what was waited for. */
export class Watched<T> {
  value: T;
  readonly #waiting = new Set<() => void>();

  constructor(value: T) {
    this.value = value;
  }

  set(value: T): void {
    this.value = value;
    for (const look of this.#waiting) look();
  }

  until(isIt: (value: T) => boolean): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isIt(this.value)) return;
        this.#waiting.delete(look);
        resolve(this.value);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export type TestNode = Readonly<{
  peers: Peers;
  directory: string;
  address: string;
  known: Watched<readonly PeerFacts[]>;
  blocks: Watched<readonly SealedBlock[]>;
  troubles: string[];
  close: () => Promise<void>;
}>;

const open: TestNode[] = [];

export async function openNode(special: Partial<PeersOptions> = {}): Promise<TestNode> {
  const directory = special.directory ?? mkdtempSync(join(tmpdir(), 'tidepool-peers-'));
  const troubles: string[] = [];
  const peers = await Peers.open({
    directory,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    mdns: false,
    chain: CHAIN,
    signers: [SIGNER],
    source: sourceOf([]),
    onTrouble: (what, error) => troubles.push(`${what}: ${(error as Error).message}`),
    ...special,
  });
  const known = new Watched<readonly PeerFacts[]>(peers.peers());
  peers.onPeers((facts) => known.set(facts));
  const blocks = new Watched<readonly SealedBlock[]>([]);
  peers.onBlock((block) => blocks.set([...blocks.value, block]));
  const node: TestNode = {
    peers,
    directory,
    address: peers.addresses[0]!,
    known,
    blocks,
    troubles,
    close: async () => {
      await peers.close();
      open.splice(open.indexOf(node), 1);
    },
  };
  open.push(node);
  return node;
}

/** Two nodes that take each other's gossip. */
export async function meet(a: TestNode, b: TestNode): Promise<void> {
  await Promise.all([
    a.known.until((facts) => facts.some(({ id, gossips }) => id === b.peers.id && gossips)),
    b.known.until((facts) => facts.some(({ id, gossips }) => id === a.peers.id && gossips)),
  ]);
}

export async function closeAll(): Promise<void> {
  const directories = open.map(({ directory }) => directory);
  await Promise.all([...open].map((node) => node.close()));
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
