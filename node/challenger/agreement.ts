/**
 * What must agree before a proof is sent. A proof that L1 refuses costs its gas; one that is sent
 * because our own code is wrong costs more than that: it says that the twins have parted.
 */
import { toHex } from '../../state/codec/bytes.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { applyStateless } from '../../state/transition.ts';
import { recordKey } from '../../state/tree/node.ts';
import { verifyProof } from '../../state/tree/proof.ts';
import type { Divergence } from '../auditor/auditor.ts';
import { recover } from '../crypto/recover.ts';
import { dryRun } from './dryRun.ts';
import type { FactProof, Statement, StepProof } from './statement.ts';

/** Who computed what: a root, or why there is none. */
export type Opinions = Readonly<Record<string, string>>;

/** The opinions where they differ, or null where all say that the batch is wrong. */
export async function disagreement(statement: Statement, { expected, posted }: Divergence): Promise<Opinions | null> {
  if (statement.kind === 'step') return ofStep(statement.step, expected, posted);
  // Where bodies lie is read off the payload, by the decoder and by the statement's own reader.
  return statement.kind === 'offset' ? null : ofFact(statement.fact);
}

async function ofStep({ preRoot, body, witness }: StepProof, expected: string, posted: string): Promise<Opinions | null> {
  const rootOr = async (compute: () => Promise<string>): Promise<string> => {
    try {
      return await compute();
    } catch (error) {
      return (error as Error).message;
    }
  };
  const opinions = {
    'replay with the state': expected,
    // Signers are recovered anew: the replay took them from a cache that other threads filled.
    'replay of the witness': await rootOr(async () => toHex(applyStateless(preRoot, body, witness, { recover }).root)),
    'bytecode of the step': await rootOr(async () => (await dryRun(preRoot, body, witness)).root),
  };
  const agree = new Set(Object.values(opinions)).size === 1;
  return agree && expected !== posted ? null : { ...opinions, posted };
}

/** That record and header differ, L1 says in the simulation; that the record is of the root, we say. */
function ofFact({ root, chain, proof }: FactProof): Opinions | null {
  const key = recordKey(CHAIN.type, CHAIN.idBytes(0));
  const isProved = verifyProof(root, key, sha256(chain), Uint8Array.of(0, ...proof));
  return isProved ? null : { 'replay with the state': toHex(root), 'proof of the chain record': 'leads elsewhere' };
}
