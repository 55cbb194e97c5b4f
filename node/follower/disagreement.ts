/** Where a block of the sequencer, or a batch on L1, departs from what this node executed: told so that nobody has to search. */
import { Draft } from '../../state/access.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { refusalName, type RefusalCode } from '../../state/refusals.ts';
import type { State } from '../../state/state.ts';
import { runStep } from '../../state/step.ts';
import { witnessOf } from '../../state/stepWitness.ts';
import { applyStateless } from '../../state/transition.ts';
import { transactionOf } from '../../state/transactions/all.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Digest } from '../../state/units.ts';
import { plainJson, type Difference } from '../auditor/divergence.ts';
import { differenceOf } from '../auditor/replay.ts';
import { blockHash, type BlockHeader, type SealedBlock } from '../chain/block.ts';
import type { BatchLog } from '../l1/logs.ts';

/** Who says otherwise: a block that the sequencer signed, or a batch on L1. */
export type Source =
  | Readonly<{ kind: 'block'; height: number; hash: Digest; signature: string; header: BlockHeader }>
  | Readonly<{ kind: 'batch'; index: number; hash: Digest; l1Transaction: Digest }>;

export type Disagreement = Readonly<{
  source: Source;
  height: number;
  /** Index in the block or batch; null where what is said of the whole is wrong. */
  transaction: number | null;
  /** Transactions of the chain before it. */
  sequence: number;
  /** Type of the transaction, or `header`. */
  kind: string;
  rule: string;
  /** By our execution, and by the source. */
  expected: string;
  received: string;
  /** What our execution of the transaction came to. */
  outcome: string;
  /** Of the transaction, where it is one: what proves our side to anybody, by `applyStateless`. */
  bytes: Uint8Array | null;
  rootBefore: Uint8Array | null;
  witness: Uint8Array | null;
  difference: readonly Difference[];
}>;

export const disagreementJson = (disagreement: Disagreement): string => plainJson(disagreement, 2);

export const ofBlock = ({ header, hash, signature }: SealedBlock): Source => ({
  kind: 'block',
  height: header.height,
  hash,
  signature,
  header,
});

export const ofBatch = ({ index, hash, transactionHash }: BatchLog): Source => ({
  kind: 'batch',
  index,
  hash,
  l1Transaction: transactionHash,
});

type Place = Readonly<{ source: Source; height: number; sequence: number; transaction: number }>;

/** Of a transaction after which the source has another root. `state` stands right before it. */
export function wrongRoot(state: State, context: Context, place: Place, bytes: Uint8Array, received: Uint8Array): Disagreement {
  const rootBefore = state.root.slice();
  const draft = new Draft(state);
  runStep(draft, bytes, context);
  const witness = witnessOf(state, draft.touched);
  const { outcome, root } = applyStateless(rootBefore, bytes, witness, context);
  return {
    ...place,
    kind: transactionOf(bytes[0])?.name ?? `unknown type ${bytes[0]}`,
    rule: 'root after the transaction',
    expected: toHex(root),
    received: toHex(received),
    outcome: outcome.ok ? 'applied' : `refused: ${refusalName(outcome.code as RefusalCode)} ${outcome.detail}`,
    bytes,
    rootBefore,
    witness,
    difference: differenceOf(state, bytes, context),
  };
}

/** Of a header: `rule` is the first field that is another. */
export function wrongHeader(block: SealedBlock, ours: BlockHeader): Disagreement {
  const names = Object.keys(ours) as (keyof BlockHeader)[];
  const fact = names.find((name) => ours[name] !== block.header[name]);
  const [expected, received] = fact === undefined ? [blockHash(ours), block.hash] : [ours[fact], block.header[fact]];
  return ofWhole(ofBlock(block), ours.height, ours.firstSequence, fact ?? 'hash', String(expected), String(received));
}

export const ofWhole = (
  source: Source,
  height: number,
  sequence: number,
  rule: string,
  expected: string,
  received: string,
): Disagreement => ({
  ...{ source, height, sequence, rule, expected, received },
  transaction: null,
  kind: 'header',
  outcome: '',
  bytes: null,
  rootBefore: null,
  witness: null,
  difference: [],
});
