/** Signs actions with a raw key: what a wallet does, without one. */
import { addressOfKey, signDigest } from '../../node/crypto/recover.ts';
import type { Address, Digest } from '../../state/units.ts';
import type { Directory } from '../methods/directory.ts';
import { messageDigest, messageOf } from '../methods/signing.ts';
import { action as actionSchema, type ActionInput, type Envelope } from '../schema/tx.ts';

/** What a client was told of a chain: enough to write and sign for it. */
export type SigningContext = Readonly<{ domainSeparator: Digest; directory: Directory }>;

/** The envelope of `action`, signed. @throws where the action is malformed or off its steps */
export function signAction(context: SigningContext, action: ActionInput, key: Uint8Array): Envelope {
  const full = actionSchema.parse(action);
  const digest = messageDigest(context.domainSeparator, messageOf(full, context.directory));
  return { action: full, signer: addressOfKey(key) as Address, signature: signDigest(digest, key) };
}
