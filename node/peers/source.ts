/** What a node gives to its peers, and the parts of an answer made of it, each in bytes of its own. */
import type { SealedBlock } from '../chain/block.ts';
import { encodeBlock } from '../chain/blockWire.ts';
import type { Digest } from '../../state/units.ts';
import { ANSWERS } from './limits.ts';
import { copied } from './thread.ts';
import { packHead, type Head, type Request } from './wire.ts';

export interface PeerSource {
  head(): Head | null;
  /** As many as there are, without a gap, from block `from` on. */
  blocks(from: number, count: number): Promise<readonly SealedBlock[]>;
  /** Manifest of the newest snapshot, at most 1 MiB. */
  manifest(): Promise<Uint8Array | null>;
  /** A chunk of a snapshot by its sha256, at most 1 MiB. */
  chunk(hash: Digest): Promise<Uint8Array | null>;
  /** An image of the order book: up to four pages of at most 16 MiB. */
  book(): Promise<readonly Uint8Array[] | null>;
}

/** Null where there is nothing of it. @throws RangeError where the source gives more than an answer may have */
export async function partsIn(source: PeerSource, request: Request): Promise<readonly Uint8Array[] | null> {
  switch (request.subject) {
    case 'status':
      return [copied(packHead(source.head()))];
    case 'blocks':
      return asManyAsFit(await source.blocks(request.from, request.count));
    case 'manifest':
      return whole(request, [await source.manifest()]);
    case 'chunk':
      return whole(request, [await source.chunk(request.hash)]);
    case 'book':
      return whole(request, (await source.book()) ?? []);
  }
}

function whole({ subject }: Request, parts: readonly (Uint8Array | null)[]): readonly Uint8Array[] | null {
  const found = parts.filter((part) => part !== null);
  if (found.length === 0) return null;
  const { partsMax, partBytesMax } = ANSWERS[subject];
  const longest = Math.max(...found.map(({ length }) => length));
  if (found.length <= partsMax && longest <= partBytesMax) return found.map(copied);
  const expected = `at most ${partsMax} parts of ${partBytesMax} bytes of ${subject}`;
  throw new RangeError(`expected ${expected}, got ${found.length} of up to ${longest}`);
}

function asManyAsFit(blocks: readonly SealedBlock[]): readonly Uint8Array[] | null {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const block of blocks) {
    const part = copied(encodeBlock(block));
    bytes += part.length;
    if (bytes > ANSWERS.blocks.bytesMax) break;
    parts.push(part);
  }
  return parts.length === 0 ? null : parts;
}
