/** Signed actions at a node that follows: checked as far as that needs no state, then sent on. */
import { invariant } from '../../state/errors.ts';
import type { Digest } from '../../state/units.ts';
import { RpcError } from '../schema/errors.ts';
import { submitBatchDefinition, submitDefinition, type Envelope, type SubmitOutcome } from '../schema/tx.ts';
import type { Directory } from './directory.ts';
import { compactSignature, messageOf } from './signing.ts';
import { failureOf, recovered, requireSigner, type BatchEntry, type Submitter } from './submit.ts';
import type { Forwarder } from './view.ts';

export class ForwardedSubmitter implements Submitter {
  readonly #forwarder: Forwarder | undefined;
  readonly #directory: Directory;
  readonly #domainSeparator: Digest;

  constructor(forwarder: Forwarder | undefined, directory: Directory, domainSeparator: Digest) {
    this.#forwarder = forwarder;
    this.#directory = directory;
    this.#domainSeparator = domainSeparator;
  }

  async submit(envelope: Envelope): Promise<SubmitOutcome> {
    this.#check(envelope);
    return (await this.#forward(submitDefinition.name, envelope)) as SubmitOutcome;
  }

  async submitAll(envelopes: readonly Envelope[]): Promise<BatchEntry[]> {
    const checked = envelopes.map((envelope): BatchEntry | null => {
      try {
        this.#check(envelope);
        return null;
      } catch (thrown) {
        return failureOf(thrown);
      }
    });
    const actions = envelopes.filter((_, i) => checked[i] === null);
    const told = actions.length === 0 ? [] : await this.#forwardAll(actions);
    let next = 0;
    return checked.map((refused) => refused ?? told[next++]!);
  }

  async #forwardAll(actions: readonly Envelope[]): Promise<BatchEntry[]> {
    const answer = (await this.#forward(submitBatchDefinition.name, { actions })) as { results: BatchEntry[] };
    invariant(answer.results.length === actions.length, 'the sequencer answers every action');
    return answer.results;
  }

  async #forward(method: string, params: unknown): Promise<unknown> {
    if (this.#forwarder === undefined) throw new RpcError('NOT_SEQUENCER', { nonceConsumed: false });
    return this.#forwarder.forward(method, params);
  }

  /** What the sequencer would say first: nobody spends its time with what is signed by nobody. @throws RpcError */
  #check(envelope: Envelope): void {
    const signature = compactSignature(envelope.signature);
    const signed = messageOf(envelope.action, this.#directory);
    requireSigner(envelope, recovered(this.#domainSeparator, signed, signature));
  }
}
