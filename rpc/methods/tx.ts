/** Signed actions in, outcomes out. */
import { toHex } from '../../state/codec/bytes.ts';
import { implement, type Method } from '../schema/core.ts';
import { debugDefinition, submitBatchDefinition, submitDefinition } from '../schema/tx.ts';
import type { Service } from './service.ts';
import { compactSignature, messageDigest, messageOf } from './signing.ts';
import { Submitter } from './submit.ts';

/** Integers as decimal strings: the values a wallet is given. */
const plain = (message: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );

export function txMethods({ node, directory }: Service): Method[] {
  const submitter = new Submitter(node, directory);
  return [
    implement(submitDefinition, (envelope) => submitter.submit(envelope)),
    implement(submitBatchDefinition, async ({ actions }) => ({
      results: (await submitter.submitAll(actions)).map((entry) =>
        entry.ok ? entry : { ok: entry.ok, error: { ...entry.error, data: { ...entry.error.data } } },
      ),
    })),
    implement(debugDefinition, ({ action, signer, signature }) => {
      const signed = messageOf(action, directory);
      const { domainSeparator } = node.sequencer;
      const recovered =
        signature === undefined
          ? null
          : submitter.inspect(signed, compactSignature(signature)).recovered;
      return {
        primaryType: signed.typed.name,
        message: plain(signed.message),
        domainSeparator,
        digest: toHex(messageDigest(domainSeparator, signed)),
        recovered,
        matches: recovered !== null && recovered === (signer ?? action.owner).toLowerCase(),
      };
    }),
  ];
}
