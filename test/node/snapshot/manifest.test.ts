/** Manifests: one form, whatever is damaged is noticed, and nothing is reserved for what is not there. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blockHash, headerLayout, signBlock, type BlockHeader } from '../../../node/chain/block.ts';
import { CHUNK_SIZE_MAX, chunkBytesMax, type ChunkEntry } from '../../../node/snapshot/chunk.ts';
import {
  bytesOf,
  checkOrigin,
  decodeManifest,
  encodeManifest,
  MANIFEST_BYTES_MAX,
  recordsOf,
  type Manifest,
} from '../../../node/snapshot/manifest.ts';
import type { SnapshotFault } from '../../../node/snapshot/snapshotError.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { arbitraryOf } from '../../support/layouts.ts';
import { person } from '../../support/world.ts';
import { expectedOf, flipped, hashOf, refusal, sequencer } from './chain.ts';

const test = suite('snapshot: manifest');
const domainSeparator = `0x${'5a'.repeat(32)}` as const;

const arbitraryChunk = fc
  .record({
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => `0x${Buffer.from(b).toString('hex')}` as const),
    size: fc.integer({ min: 4, max: CHUNK_SIZE_MAX }),
  })
  .chain((entry) =>
    fc
      .tuple(fc.integer({ min: 1, max: chunkBytesMax(entry.size) }), fc.integer({ min: 1, max: entry.size >> 2 }))
      .map(([bytes, records]) => ({ ...entry, bytes, records })),
  );

function signed(header: BlockHeader, chunks: Manifest['chunks'], key = sequencer.key): Manifest {
  const hash = blockHash(header);
  return { domainSeparator, header, hash, signature: signBlock(fromHex(domainSeparator), header.height, hash, key), chunks };
}
const arbitrary = fc
  .tuple(arbitraryOf(headerLayout), fc.uniqueArray(arbitraryChunk, { minLength: 1, maxLength: 20, selector: ({ hash }) => hash }))
  .map(([header, chunks]) => signed(header, chunks));
const [sample] = fc.sample(arbitrary, { numRuns: 1, seed: 7 }) as [Manifest];

test('what is encoded is decoded, and has one form', () => {
  fc.assert(
    fc.property(arbitrary, (manifest) => {
      const bytes = encodeManifest(manifest);
      assert.equal(decodeManifest(bytes), manifest);
      assert.equal(encodeManifest(decodeManifest(bytes)), bytes);
      checkOrigin(manifest, expectedOf(manifest));
      assert.ok(bytesOf(manifest) >= manifest.chunks.length && recordsOf(manifest) >= manifest.chunks.length);
    }),
  );
});

test('a bit that changes is refused, or changes what is fetched: never the block', async () => {
  const bytes = encodeManifest(sample);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const read = await decodeManifestOr(flipped(bytes, bit));
    if (typeof read === 'string') {
      assert.ok(['MANIFEST_MALFORMED', 'OF_OTHER_CHAIN', 'SIGNER_WRONG'].includes(read), `bit ${bit}: ${read}`);
      continue;
    }
    assert.is(read.hash, sample.hash, `bit ${bit}`);
    assert.not.equal(read.chunks, sample.chunks, `bit ${bit}`);
  }
});

/** The manifest, or what it is refused with. */
async function decodeManifestOr(bytes: Uint8Array): Promise<Manifest | SnapshotFault> {
  try {
    const manifest = decodeManifest(bytes);
    checkOrigin(manifest, expectedOf(sample));
    return manifest;
  } catch (error) {
    return refusal(() => {
      throw error;
    });
  }
}

test('what is cut or has something after it', async () => {
  const bytes = encodeManifest(sample);
  for (let length = 0; length < bytes.length; length++) {
    assert.is(await refusal(() => decodeManifest(bytes.subarray(0, length))), 'MANIFEST_MALFORMED', `${length} bytes`);
  }
  assert.is(await refusal(() => decodeManifest(Uint8Array.from([...bytes, 0]))), 'MANIFEST_MALFORMED');
  assert.is(await refusal(() => decodeManifest(new Uint8Array(MANIFEST_BYTES_MAX + 1))), 'TOO_LARGE');
});

/** As many chunks of one size, each with a name of its own. */
const many = (count: number, entry: Omit<ChunkEntry, 'hash'>): ChunkEntry[] =>
  Array.from({ length: count }, (_, n) => ({ hash: hashOf(Uint8Array.of(n >> 8, n)), ...entry }));

test('limits of chunks, one beyond each', async () => {
  const [first] = sample.chunks as [Manifest['chunks'][0]];
  const chunks: Readonly<Record<string, Manifest['chunks']>> = {
    none: [],
    twice: [first, first],
    'no bytes': [{ ...first, bytes: 0 }],
    'too many bytes': [{ ...first, bytes: chunkBytesMax(first.size) + 1 }],
    'no size': [{ ...first, size: 0, records: 1 }],
    'too large': [{ ...first, size: CHUNK_SIZE_MAX + 1 }],
    'no records': [{ ...first, records: 0 }],
    'more records than fit': [{ ...first, size: 400, bytes: 1, records: 101 }],
    'too large together': many(16_384, { bytes: 20, size: CHUNK_SIZE_MAX, records: 1 }),
    'too many records together': many(8_000, { bytes: 20, size: CHUNK_SIZE_MAX, records: 4_000 }),
  };
  const largest = { ...sample, chunks: many(8_192, { bytes: 20, size: CHUNK_SIZE_MAX, records: 3_000 }) };
  assert.equal(decodeManifest(encodeManifest(largest)), largest);
  for (const [what, wrong] of Object.entries(chunks)) {
    assert.is(await refusal(() => decodeManifest(encodeManifest({ ...sample, chunks: wrong }))), 'MANIFEST_MALFORMED', what);
  }
});

test('of another chain, signed by somebody else, or by nobody', async () => {
  const other = { ...expectedOf(sample), domainSeparator: `0x${'66'.repeat(32)}` as const };
  assert.is(await refusal(() => checkOrigin(sample, other)), 'OF_OTHER_CHAIN');
  const byMallory = signed(sample.header, sample.chunks, person('mallory').key);
  assert.is(await refusal(() => checkOrigin(byMallory, expectedOf(sample))), 'SIGNER_WRONG');
  const unsigned: Manifest = { ...sample, signature: `0x${'00'.repeat(64)}` };
  assert.is(await refusal(() => checkOrigin(unsigned, expectedOf(sample))), 'SIGNER_WRONG');
});

test.run();
