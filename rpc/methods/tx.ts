/** Signed actions in, outcomes out. */
import { toHex } from '../../state/codec/bytes.ts';
import { implement, type Method } from '../schema/core.ts';
import { debugDefinition, submitBatchDefinition, submitDefinition } from '../schema/tx.ts';
import type { Directory } from './directory.ts';
import type { Service } from './service.ts';
import { ForwardedSubmitter } from './forward.ts';
import { compactSignature, messageDigest, messageOf } from './signing.ts';
import { IntakeSubmitter, recovered, type Submitter } from './submit.ts';
import type { NodeView } from './view.ts';

/** Integers as decimal strings: the values a wallet is given. */
const plain = (message: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );

function submitterOf({ intake, forwarder, domainSeparator }: NodeView, directory: Directory): Submitter {
  return intake === undefined
    ? new ForwardedSubmitter(forwarder, directory, domainSeparator)
    : new IntakeSubmitter(intake, directory, domainSeparator);
}

export function txMethods({ node, directory }: Service): Method[] {
  const { domainSeparator } = node;
  const submitter = submitterOf(node, directory);
  return [
    implement(submitDefinition, (envelope) => submitter.submit(envelope)),
    implement(submitBatchDefinition, async ({ actions }) => ({
      results: (await submitter.submitAll(actions)).map((entry) =>
        entry.ok ? entry : { ok: entry.ok, error: { ...entry.error, data: { ...entry.error.data } } },
      ),
    })),
    implement(debugDefinition, ({ action, signer, signature }) => {
      const signed = messageOf(action, directory);
      const found =
        signature === undefined ? null : recovered(domainSeparator, signed, compactSignature(signature)).signer;
      return {
        primaryType: signed.typed.name,
        message: plain(signed.message),
        domainSeparator,
        digest: toHex(messageDigest(domainSeparator, signed)),
        recovered: found,
        matches: found !== null && found === (signer ?? action.owner).toLowerCase(),
      };
    }),
  ];
}
