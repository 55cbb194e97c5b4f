/** Whether L1 knows the state of a snapshot: the block that a posted batch has at its height, compared. */
import { decodePayload, payloadHash, type BatchHeader, type BatchStep } from '../../genesis/contracts/batch.ts';
import { FormatError } from '../../genesis/contracts/formatError.ts';
import { DecodeError, equalBytes, fromHex, toHex } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import { beginBlock, type BeginBlock } from '../../state/transactions/beginBlock.ts';
import { transactionsHash, type BlockHeader } from '../chain/block.ts';
import type { BatchLog } from '../l1/logs.ts';
import type { Manifest } from './manifest.ts';
import { SnapshotError } from './snapshotError.ts';

/** What L1 says of a snapshot. `batch` covers its height, or is the newest one there is. */
export type L1Verdict =
  | Readonly<{ is: 'known'; batch: number }>
  | Readonly<{ is: 'not yet on L1'; lastHeight: number }>
  | Readonly<{ is: 'differs'; batch: number; what: string; expected: unknown; got: unknown }>;

/**
 * Compares a manifest with the batches on L1, given from the first one on, each the child of the one
 * before; `payloadOf` reads their calldata. How deep a batch must be to count is the caller's question.
 * @throws SnapshotError L1_UNREADABLE, and what `payloadOf` throws
 */
export async function knownOnL1(
  { header }: Manifest,
  batches: readonly BatchLog[],
  payloadOf: (batch: BatchLog) => Promise<Uint8Array>,
): Promise<L1Verdict> {
  const at = batches.findIndex((batch) => batch.header.lastHeight >= BigInt(header.height));
  const batch = batches[at];
  if (batch === undefined) return { is: 'not yet on L1', lastHeight: Number(batches.at(-1)?.header.lastHeight ?? 0n) };
  const payload = await payloadOf(batch);
  const hash = payloadHash(payload);
  if (hash !== batch.header.payloadHash) {
    throw new SnapshotError(
      'L1_UNREADABLE',
      `expected a payload of hash ${batch.header.payloadHash} in batch ${batch.index}, got ${hash}; ask another L1 node`,
    );
  }
  const before = batches.slice(0, at).reduce((sum, { header: { txCount } }) => sum + txCount, 0);
  const onL1 = blockIn(batch.header, payload, header.height, before);
  const what = onL1 === null ? 'height' : FACTS.find((fact) => onL1[fact] !== header[fact]);
  if (what === undefined) return { is: 'known', batch: batch.index };
  return { is: 'differs', batch: batch.index, what, expected: onL1?.[what] ?? 'no such block', got: header[what] };
}

/** @throws SnapshotError NOT_ON_L1, L1_DIFFERS */
export function requireKnown({ header }: Manifest, verdict: L1Verdict): void {
  if (verdict.is === 'known') return;
  if (verdict.is === 'not yet on L1') {
    throw new SnapshotError(
      'NOT_ON_L1',
      `expected height ${header.height} in a batch, got batches up to height ${verdict.lastHeight}; wait, or take an older snapshot`,
    );
  }
  throw new SnapshotError(
    'L1_DIFFERS',
    `expected ${verdict.what} ${String(verdict.expected)} as in batch ${verdict.batch}, got ${String(verdict.got)} at height ` +
      `${header.height}; take the snapshot of another peer, and keep this one: its block was signed`,
  );
}

/** What the payload says of a block. The rest of a header is in the state, or in the hash of its parent. */
const FACTS = ['height', 'timestamp', 'firstSequence', 'transactionCount', 'stateRoot', 'transactionsHash'] as const;
type Facts = Pick<BlockHeader, (typeof FACTS)[number]>;

/** The block at `height` in a batch with `before` transactions before it; null where there is none. */
function blockIn(batch: BatchHeader, payload: Uint8Array, height: number, before: number): Facts | null {
  const steps = stepsOf(payload);
  const openings = openingsOf(batch, steps);
  const at = openings.findIndex(({ opening }) => opening.height === height);
  const begun = openings[at];
  if (begun === undefined) return null;
  const block = steps.slice(begun.at, openings[at + 1]?.at);
  return {
    height,
    timestamp: begun.opening.timestamp,
    firstSequence: before + begun.at,
    transactionCount: block.length,
    stateRoot: toHex(block.at(-1)!.rootAfter),
    transactionsHash: transactionsHash(block.map(({ body, rootAfter }) => ({ bytes: body, root: rootAfter, code: 0 }))),
  };
}

/** None of a payload that does not decode: L1 takes any bytes, and an auditor disproves such a batch. */
function stepsOf(payload: Uint8Array): BatchStep[] {
  try {
    return decodePayload(payload);
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}

/** Where blocks begin: a refused `beginBlock` leaves the root as it was, an applied one has a new height in it. */
function openingsOf(batch: BatchHeader, steps: readonly BatchStep[]): { at: number; opening: BeginBlock }[] {
  const openings: { at: number; opening: BeginBlock }[] = [];
  let root = fromHex(batch.preRoot);
  for (const [at, { body, rootAfter }] of steps.entries()) {
    const opening = body[0] === beginBlock.type && !equalBytes(root, rootAfter) ? openingOf(body) : null;
    if (opening !== null) openings.push({ at, opening });
    root = rootAfter;
  }
  return openings;
}

function openingOf(body: Uint8Array): BeginBlock | null {
  try {
    return decode(beginBlock.layout, body.subarray(1));
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
