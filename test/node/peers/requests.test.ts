/** What is asked of peers, and what becomes of answers that are not true. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeBlock } from '../../../node/chain/blockWire.ts';
import { framed, write } from '../../../node/peers/frames.ts';
import { BLOCKS_PER_ANSWER_MAX, CHUNK_BYTES_MAX, TOKENS_PER_PEER, type Subject } from '../../../node/peers/limits.ts';
import { PeersError, type PeerSource } from '../../../node/peers/peers.ts';
import { packAnswerHead, packRequest, type Request } from '../../../node/peers/wire.ts';
import type { Digest } from '../../../state/units.ts';
import { blockAt, chainOf, closeAll, meet, openNode, sourceOf, type TestNode } from './rig.ts';
import { Stranger, answer } from './stranger.ts';

const requests = suite('requests among peers');

const CHAIN_LENGTH = 300;
const STEP_MILLIS = 1_500;
const blocks = chainOf(CHAIN_LENGTH);
const chunk = Buffer.alloc(CHUNK_BYTES_MAX, 'abc');
const hashOf = (bytes: Uint8Array): Digest => `0x${createHash('sha256').update(bytes).digest('hex')}`;
const book = Buffer.alloc(3_000_000, 'book');
const source: PeerSource = sourceOf(blocks, {
  manifest: () => Promise.resolve(Buffer.from('manifest')),
  chunk: (hash) => Promise.resolve(hash === hashOf(chunk) ? chunk : null),
  book: () => Promise.resolve([book, book]),
});

let honest: TestNode;
let asker: TestNode;
const strangers: Stranger[] = [];

requests.before(async () => {
  // What it says it has is nothing, so that everybody else is asked before it.
  honest = await openNode({ source: { ...source, head: () => null } });
  asker = await openNode({
    bootstrap: [honest.address],
    timing: { stepMillis: STEP_MILLIS, banMillis: 60_000 },
  });
  await meet(honest, asker);
});
requests.after(async () => {
  await Promise.all(strangers.map(({ node }) => node.stop()));
  await closeAll();
});
requests.after.each(async () => {
  for (const { node } of strangers) await node.stop();
  strangers.length = 0;
  await asker.known.until((facts) => facts.every(({ id }) => id === honest.peers.id));
});

/** A peer of the asker that says it has everything. */
async function liar(says: Partial<Record<Subject, (stream: Parameters<typeof answer>[0], request: Request) => Promise<void>>>) {
  const stranger = await Stranger.open({ height: 1_000_000, hash: `0x${'aa'.repeat(32)}` }, says);
  strangers.push(stranger);
  await stranger.dial(asker.address);
  await asker.known.until((facts) => facts.some(({ id, head }) => id === stranger.id && head !== null));
  return stranger;
}

/** What a stranger did is on its record, and was not enough to cut it off. */
async function scored(stranger: Stranger, points: number): Promise<void> {
  const scoreIn = (facts: TestNode['known']['value']): number | undefined =>
    facts.find(({ id }) => id === stranger.id)?.score;
  const facts = await asker.known.until((all) => (scoreIn(all) ?? -points) <= -points);
  assert.is.not(scoreIn(facts), undefined);
}

const failsWith = async (work: Promise<unknown>, code: PeersError['code']): Promise<void> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, PeersError);
  assert.is((error as PeersError).code, code);
};

requests('a range comes in order, linked and signed, as much of it as there is', async () => {
  const { blocks: first, peer } = await asker.peers.blocks(1, BLOCKS_PER_ANSWER_MAX);
  assert.is(peer, honest.peers.id);
  assert.equal(first.map(({ hash }) => hash), blocks.slice(0, BLOCKS_PER_ANSWER_MAX).map(({ hash }) => hash));
  const { blocks: last } = await asker.peers.blocks(CHAIN_LENGTH - 4, BLOCKS_PER_ANSWER_MAX);
  assert.equal(last.map(({ header }) => header.height), [296, 297, 298, 299, 300]);
  await failsWith(asker.peers.blocks(CHAIN_LENGTH + 1, 1), 'NOBODY_HAS_IT');
});

requests('manifests, chunks by their hash and the book come whole', async () => {
  const [manifest] = await asker.peers.manifests();
  assert.is(Buffer.from(manifest!.manifest).toString(), 'manifest');
  assert.ok(chunk.equals(await asker.peers.chunk(hashOf(chunk), CHUNK_BYTES_MAX)));
  assert.ok(book.equals((await asker.peers.book()).pages[1]!));
  await failsWith(asker.peers.chunk(`0x${'ab'.repeat(32)}`, CHUNK_BYTES_MAX), 'NOBODY_HAS_IT');
});

requests('who stalls is left after a moment, and the next is asked', async () => {
  const stranger = await liar({ blocks: () => new Promise(() => {}) });
  const { peer } = await asker.peers.blocks(1, 2);
  assert.is(peer, honest.peers.id);
  await scored(stranger, 9);
});

requests('who stalls in the middle of an answer is left as well', async () => {
  const stranger = await liar({
    blocks: async (stream) => {
      const part = encodeBlock(blocks[0]!);
      await write(stream, framed(packAnswerHead({ code: 'OK', lengths: [part.length] })), 1_000);
      await write(stream, part.subarray(0, part.length - 1), 1_000);
    },
  });
  assert.is((await asker.peers.blocks(1, 2)).peer, honest.peers.id);
  await scored(stranger, 9);
});

const other = chainOf(3, { salt: 1 });
const lies: Record<string, readonly Uint8Array[]> = {
  'of other heights': [encodeBlock(blocks[1]!)],
  'that do not follow each other': [encodeBlock(blocks[0]!), encodeBlock(other[1]!)],
  'of another signer': [encodeBlock(blockAt(1, { key: new Uint8Array(32).fill(9) }))],
  'of another chain': [encodeBlock(blockAt(1, { chain: `0x${'dd'.repeat(32)}` }))],
  'cut short': [encodeBlock(blocks[0]!).slice(0, -1)],
};
for (const [what, parts] of Object.entries(lies)) {
  requests(`blocks ${what} are a lie: the next is asked`, async () => {
    const stranger = await liar({ blocks: (stream) => answer(stream, parts) });
    const { peer, blocks: [first] } = await asker.peers.blocks(1, 2);
    assert.equal([peer, first!.hash], [honest.peers.id, blocks[0]!.hash]);
    await scored(stranger, 45);
  });
}

requests('who lies twice is cut off and not let in again', async () => {
  const bans = asker.peers.figures().bans;
  const stranger = await liar({ chunk: (stream) => answer(stream, [Buffer.from('another chunk')]) });
  const twice = [0, 1].map(() => asker.peers.chunk(hashOf(chunk), CHUNK_BYTES_MAX));
  for (const got of await Promise.all(twice)) assert.ok(chunk.equals(got));
  await stranger.connected.until((connected) => connected === 0);
  await asker.known.until(() => asker.peers.figures().asked['chunk.untrue'] === 2);
  await stranger.dial(asker.address).catch(() => {});
  await stranger.connected.until((connected) => connected === 0);
  await asker.known.until(() => asker.peers.figures().bans === bans + 1);
});

/** What is announced, what is asked for instead of it in the end, and what the answer was counted as. */
const excesses: Partial<Record<Subject, readonly [lengths: readonly number[], ask: () => Promise<string>, as: readonly string[]]>> = {
  chunk: [[CHUNK_BYTES_MAX + 1], async () => hashOf(Buffer.from(await asker.peers.chunk(hashOf(chunk), CHUNK_BYTES_MAX))), ['malformed', 'oversized']],
  book: [[10], async () => (await asker.peers.book()).peer, ['oversized']],
  blocks: [[], async () => (await asker.peers.blocks(1, 2)).peer, ['malformed']],
};
for (const [subject, [lengths, ask, as]] of Object.entries(excesses)) {
  requests(`${subject} that announce too much, or bring more than they announced, are not read to their end`, async () => {
    const stranger = await liar({
      [subject]: async (stream: Parameters<typeof answer>[0]) => {
        await write(stream, framed(packAnswerHead({ code: 'OK', lengths })), 1_000);
        // Without end, until it is told to stop; a turn each, for else it would never hear of that.
        for (;;) {
          await write(stream, new Uint8Array(64 * 1024), 1_000);
          await setImmediate();
        }
      },
    });
    const counted = (): number => as.reduce((sum, code) => sum + (asker.peers.figures().asked[`${subject}.${code}`] ?? 0), 0);
    const before = counted();
    assert.is(await ask(), subject === 'chunk' ? hashOf(chunk) : honest.peers.id);
    await scored(stranger, 15);
    assert.is(counted(), before + 1);
  });
}

requests('a range that contradicts what was gossiped is evidence', async () => {
  const seen: number[] = [];
  asker.peers.onEquivocation((a) => seen.push(a.header.height));
  honest.peers.publish(blocks[9]!);
  await asker.blocks.until((all) => all.some(({ hash }) => hash === blocks[9]!.hash));
  const forked = blockAt(10, { salt: 5 });
  // By now both are known to have it; who behaved better is asked first.
  asker.peers.report(honest.peers.id, 'useless');
  await liar({ blocks: (stream) => answer(stream, [encodeBlock(forked)]) });
  const { blocks: [got] } = await asker.peers.blocks(10, 1);
  assert.is(got!.hash, forked.hash, 'the signer signed it: which one is the chain is not for the peers to say');
  assert.equal(seen, [10]);
});

requests('a flood is refused, scored and cut off', async () => {
  const stranger = await liar({});
  const before = asker.peers.figures();
  const ask = packRequest({ subject: 'book' });
  const MANY = TOKENS_PER_PEER.burst;
  let refused = 0;
  for (let i = 0; i < MANY && stranger.connected.value > 0; i++) {
    const { code } = await stranger.ask('book', framed(ask)).catch(() => ({ code: 'CUT' }));
    if (code === 'BUSY') refused++;
  }
  await asker.known.until((facts) => facts.every(({ id }) => id !== stranger.id));
  assert.is(asker.peers.figures().bans, before.bans + 1);
  assert.ok(refused >= 80, `${refused} refused`);
});

requests('a request that no honest peer sends is scored', async () => {
  const stranger = await liar({});
  const bad = [framed(new Uint8Array(2_000)), framed(packRequest({ subject: 'manifest' })), framed(Uint8Array.of(0xc1))];
  for (const bytes of bad) await stranger.ask('blocks', bytes).then(() => assert.unreachable(), () => {});
  await scored(stranger, 55);
});

requests('who opens a stream and says nothing is let go', async () => {
  const stranger = await liar({});
  const { served } = asker.peers.figures();
  const silent = await stranger.stream('blocks');
  await new Promise<unknown>((resolve) => silent.addEventListener('close', resolve));
  await asker.known.until(() => (asker.peers.figures().served['blocks.stalled'] ?? 0) > (served['blocks.stalled'] ?? 0));
  await scored(stranger, 9);
});

requests('a report of the follower counts as an offence', async () => {
  const stranger = await liar({});
  asker.peers.report(stranger.id, 'lied');
  await scored(stranger, 45);
  asker.peers.report(stranger.id, 'lied');
  await stranger.connected.until((connected) => connected === 0);
});

requests.run();
