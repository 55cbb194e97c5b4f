/** From a divergence to what FraudProof takes: which statement, shown with what. Pure. */
import { decodePayload } from '../../genesis/contracts/batch.ts';
import {
  encodeProveFirstBlock,
  encodeProveHeader,
  encodeProveOffset,
  encodeProveStep,
  firstOffsetOutOfOrder,
  STATEMENT,
} from '../../genesis/contracts/fraudProof.ts';
import { Draft } from '../../state/access.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { State } from '../../state/state.ts';
import { runStep } from '../../state/step.ts';
import { witnessOf } from '../../state/stepWitness.ts';
import { recordKey } from '../../state/tree/node.ts';
import { prove } from '../../state/tree/proof.ts';
import type { Digest } from '../../state/units.ts';
import type { Evidence } from '../auditor/auditor.ts';

/** A step as it must be re-executed. */
export type StepProof = Readonly<{ preRoot: Uint8Array; body: Uint8Array; witness: Uint8Array }>;
/** The chain record and its membership in the state of `root`. */
export type FactProof = Readonly<{ root: Uint8Array; chain: Uint8Array; proof: Uint8Array }>;
/** What is shown, by the number in `STATEMENT`. */
export type Shown =
  | Readonly<{ kind: 'step'; step: StepProof }>
  | Readonly<{ kind: 'offset'; index: number }>
  | Readonly<{ kind: 'firstBlock' | 'header'; fact: FactProof }>;
export type Statement = Shown & Readonly<{ calldata: Digest }>;
export type StatementKind = keyof typeof STATEMENT;

/** Facts of a header that L1 compares with the chain record of the last root. */
const HEADER_RULES = new Set([
  'last height',
  'last timestamp',
  'anchor number',
  'anchor hash',
  'inbox cursor',
  'inbox accumulator',
  'parameter hash',
]);
const FIRST_BLOCK_RULES = new Set(['first transaction', 'first timestamp']);

/**
 * The statement that disproves the batch, or null for what none covers: a fact that the Rollup checks
 * when a batch is posted, so that to see it wrong means that L1 is not what it should be; or an
 * invariant, so that the rules themselves are wrong.
 */
export function statementOf({ divergence, batch: { header }, payload, state, context }: Evidence): Statement | null {
  const { transaction, rule } = divergence;
  if (transaction !== null) {
    const { body } = decodePayload(payload)[transaction]!;
    const draft = new Draft(state);
    runStep(draft, body, context);
    const witness = witnessOf(state, draft.touched);
    const step = { preRoot: state.root.slice(), body, witness };
    return { kind: 'step', step, calldata: encodeProveStep(header, payload, transaction, witness) };
  }
  if (rule === 'payload format') {
    const index = firstOffsetOutOfOrder(payload);
    if (index === undefined) return null;
    return { kind: 'offset', index, calldata: encodeProveOffset(header, payload, index) };
  }
  const fact = chainFact(state);
  const { chain, proof } = fact;
  if (FIRST_BLOCK_RULES.has(rule)) {
    return { kind: 'firstBlock', fact, calldata: encodeProveFirstBlock(header, payload, chain, proof) };
  }
  if (!HEADER_RULES.has(rule)) return null;
  return { kind: 'header', fact, calldata: encodeProveHeader(header, chain, proof) };
}

function chainFact(state: State): FactProof {
  const key = recordKey(CHAIN.type, CHAIN.idBytes(0));
  // The record exists, so it has no neighbour: L1 takes the witness without their count.
  const proof = prove(state.tree, key).subarray(1);
  return { root: state.root.slice(), chain: state.bytesOf(CHAIN, 0)!, proof };
}
