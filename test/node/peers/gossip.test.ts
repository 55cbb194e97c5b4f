/** Gossip among real nodes: what is true reaches all, what is not stops where it came in. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeBlock } from '../../../node/chain/blockWire.ts';
import type { SignedHeader, Verdict } from '../../../node/peers/peers.ts';
import { BOOK_MESSAGE_BYTES_MAX, QUEUE } from '../../../node/peers/limits.ts';
import { blockAt, closeAll, meet, openNode, Watched, type TestNode } from './rig.ts';
import { Stranger } from './stranger.ts';

const gossip = suite('gossip');
const nodes: TestNode[] = [];
const strangers: Stranger[] = [];

gossip.before(async () => {
  // A line: each knows the one before it.
  for (let i = 0; i < 4; i++) nodes.push(await openNode({ bootstrap: i === 0 ? [] : [nodes[i - 1]!.address] }));
  for (let i = 1; i < 4; i++) await meet(nodes[i - 1]!, nodes[i]!);
});
gossip.after(async () => {
  await Promise.all(strangers.map(({ node }) => node.stop()));
  await closeAll();
});

const heights = (node: TestNode): number[] => node.blocks.value.map(({ header }) => header.height);
const counted = (node: TestNode, name: string, count: number): Promise<unknown> =>
  node.known.until(() => node.peers.figures().gossip[name] === count);
const scoreOf = (node: TestNode, { id }: { id: string }): number | undefined =>
  node.peers.peers().find((peer) => peer.id === id)?.score;

/** A stranger in the mesh of the second node of the line. */
async function strangerInLine(): Promise<Stranger> {
  const stranger = await Stranger.open(null);
  strangers.push(stranger);
  await stranger.dial(nodes[1]!.address);
  await stranger.meshed.until((meshed) => meshed.includes(nodes[1]!.peers.id));
  await nodes[1]!.known.until((facts) => facts.some(({ id, gossips }) => id === stranger.id && gossips));
  return stranger;
}

gossip('a block reaches every node of a line, and not the one that published it', async () => {
  const block = blockAt(1);
  nodes[0]!.peers.publish(block);
  for (const node of nodes.slice(1)) {
    const [received] = await node.blocks.until((blocks) => blocks.length === 1);
    assert.is(received!.hash, block.hash);
  }
  assert.is(nodes[0]!.blocks.value.length, 0);
});

gossip('what can not be valid goes no further, and who sends it five times is cut off and not let in again', async () => {
  const stranger = await strangerInLine();
  const node = nodes[1]!;
  const good = encodeBlock(blockAt(2));
  const before = heights(nodes[2]!);
  const bad: [string, Uint8Array][] = [
    ['blocks.forged', encodeBlock(blockAt(2, { key: new Uint8Array(32).fill(8) }))],
    ['blocks.forged', encodeBlock(blockAt(2, { chain: `0x${'dd'.repeat(32)}` }))],
    ['blocks.malformed', good.subarray(0, good.length - 1)],
    ['blocks.malformed', new Uint8Array(0)],
  ];
  const counts: Record<string, number> = {};
  let score = 0;
  for (const [result, bytes] of bad) {
    counts[result] = (counts[result] ?? 0) + 1;
    await stranger.gossip('blocks', bytes);
    await counted(node, result, counts[result]);
    assert.ok(scoreOf(node, stranger)! < score - 15, `${result} lowers the score`);
    score = scoreOf(node, stranger)!;
  }
  await stranger.gossip('blocks', new Uint8Array(128 * 1024 + 1));
  await counted(node, 'blocks.oversized', 1);
  await node.known.until((facts) => facts.every(({ id }) => id !== stranger.id));
  assert.is(node.peers.figures().bans, 1);
  await stranger.connected.until((connected) => connected === 0);
  await stranger.dial(node.address).catch(() => {});
  await stranger.connected.until((connected) => connected === 0);
  assert.is(scoreOf(node, stranger), undefined);
  // What is good still passes, after everything that was not.
  nodes[0]!.peers.publish(blockAt(3));
  await nodes[3]!.blocks.until((blocks) => blocks.at(-1)?.header.height === 3);
  assert.equal(heights(nodes[2]!), [...before, 3]);
});

gossip('old, future and known blocks of the signer go no further, and nobody is blamed for them', async () => {
  const stranger = await strangerInLine();
  const [, node, next] = nodes as [TestNode, TestNode, TestNode];
  const now = Math.floor(Date.now() / 1_000);
  const before = heights(next);
  await stranger.gossip('blocks', encodeBlock(blockAt(4, { timestamp: now - 120 })));
  await counted(node, 'blocks.old', 1);
  await stranger.gossip('blocks', encodeBlock(blockAt(5, { timestamp: now + 60 })));
  await counted(node, 'blocks.ahead', 1);
  assert.ok(node.troubles.some((text) => text.startsWith('clock: block 5')));
  // The codes of a block are in no hash: another form of the same block must not travel as another.
  const block = blockAt(6);
  nodes[0]!.peers.publish(block);
  await nodes[3]!.blocks.until((blocks) => blocks.at(-1)?.header.height === 6);
  await stranger.gossip('blocks', encodeBlock({ ...block, transactions: [{ ...block.transactions[0]!, code: 9 }] }));
  await counted(node, 'blocks.known', 1);
  // Byte by byte the same: gossipsub itself has seen it.
  await stranger.gossip('blocks', encodeBlock(block));
  nodes[0]!.peers.publish(blockAt(7));
  await nodes[3]!.blocks.until((blocks) => blocks.at(-1)?.header.height === 7);
  assert.equal(heights(next), [...before, 6, 7]);
  assert.is(scoreOf(node, stranger), 0);
});

gossip('two signed headers at one height are evidence at every node, once; a third is noise', async () => {
  const stranger = await strangerInLine();
  const seen = nodes.map(({ peers }) => {
    const evidence = new Watched<readonly (readonly [SignedHeader, SignedHeader])[]>([]);
    peers.onEquivocation((a, b) => evidence.set([...evidence.value, [a, b]]));
    return evidence;
  });
  const [first, second, third] = [0, 1, 2].map((salt) => blockAt(8, { salt }));
  nodes[0]!.peers.publish(first!);
  await nodes[3]!.blocks.until((blocks) => blocks.at(-1)?.hash === first!.hash);
  await stranger.gossip('blocks', encodeBlock(second!));
  for (const evidence of seen) {
    const [pair] = await evidence.until(({ length }) => length > 0);
    assert.equal(pair!.map(({ hash }) => hash).sort(), [first!.hash, second!.hash].sort());
    assert.equal(pair!.map(({ header }) => header.height), [8, 8]);
  }
  await stranger.gossip('blocks', encodeBlock(third!));
  await counted(nodes[1]!, 'blocks.known', 2);
  nodes[0]!.peers.publish(blockAt(9));
  for (const node of nodes.slice(1)) {
    await node.blocks.until((blocks) => blocks.at(-1)?.header.height === 9);
    assert.is(node.blocks.value.filter(({ hash }) => hash === third!.hash).length, 0);
  }
  assert.equal(seen.map(({ value }) => value.length), [1, 1, 1, 1]);
  assert.is(scoreOf(nodes[1]!, stranger), 0, 'who carries evidence does nothing wrong');
});

gossip('a message of the book is passed on when its reader accepts it, and only then', async () => {
  const stranger = await strangerInLine();
  const heard = nodes.map(({ peers }) => {
    const messages = new Watched<readonly string[]>([]);
    peers.onBook((bytes): Verdict => {
      const text = Buffer.from(bytes).toString();
      messages.set([...messages.value, text]);
      return text.startsWith('good') ? 'accept' : text.startsWith('stale') ? 'ignore' : 'reject';
    });
    return messages;
  });
  await stranger.gossip('book', Buffer.from('bad'));
  await heard[1]!.until((messages) => messages.includes('bad'));
  await stranger.gossip('book', Buffer.from('stale'));
  await heard[1]!.until((messages) => messages.includes('stale'));
  await counted(nodes[1]!, 'book.ignored', 1);
  nodes[0]!.peers.publishBook(Buffer.from('good'));
  for (const messages of heard.slice(1)) await messages.until((all) => all.includes('good'));
  assert.equal(heard[2]!.value, ['good']);
  assert.ok(scoreOf(nodes[1]!, stranger)! < -15);
  assert.throws(() => nodes[0]!.peers.publishBook(new Uint8Array(BOOK_MESSAGE_BYTES_MAX + 1)), /at most 262144 bytes/);
});

gossip('two nodes of different chains part: whoever sees it first bans the other', async () => {
  const [node, neighbour] = nodes as [TestNode, TestNode];
  const other = await openNode({ chain: `0x${'ee'.repeat(32)}`, bootstrap: [node.address] });
  const bansBefore = node.peers.figures().bans;
  const bans = (): number => node.peers.figures().bans - bansBefore + other.peers.figures().bans;
  await Promise.race([node, other].map(({ known }) => known.until(() => bans() > 0)));
  const apart = (one: TestNode, two: TestNode): Promise<unknown> =>
    one.known.until((facts) => facts.every(({ id }) => id !== two.peers.id));
  await Promise.all([apart(node, other), apart(other, node)]);
  await other.close();
  assert.ok(node.peers.peers().some(({ id }) => id === neighbour.peers.id), 'the others stay');
});

gossip('a listener that does not keep up loses the oldest, counted, and is given the newest', async () => {
  const COUNT = 5_000;
  // The others have seen enough.
  await Promise.all([nodes[2]!.close(), nodes[3]!.close()]);
  const [publisher, slow] = nodes as [TestNode, TestNode];
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  const taken = new Watched<readonly number[]>([]);
  slow.peers.onBlock(async ({ header }) => {
    taken.set([...taken.value, header.height]);
    await held;
  });
  const from = 1_000;
  for (let i = 0; i < COUNT; i++) publisher.peers.publish(blockAt(from + i));
  let queuedMax = 0;
  await slow.known.until(() => {
    const { gossip: counts, queued } = slow.peers.figures();
    queuedMax = Math.max(queuedMax, queued.blocks);
    return (counts['blocks.accepted'] ?? 0) >= COUNT;
  });
  const { dropped, queued } = slow.peers.figures();
  assert.is(queued.blocks, QUEUE.blocks.entriesMax);
  assert.ok(queuedMax <= QUEUE.blocks.entriesMax);
  assert.equal(taken.value, [from], 'one at a time');
  release();
  await taken.until((all) => all.at(-1) === from + COUNT - 1);
  assert.is(taken.value.length + dropped.blocks, COUNT);
  assert.ok(taken.value.every((height, i, all) => i === 0 || height > all[i - 1]!), 'in their order');
});

gossip.run();
