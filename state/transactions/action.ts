/** Actions an owner signs: who, which nonce, until when, what; then the signature over all of it. */
import { existing, type StateAccess } from '../access.ts';
import { fromHex } from '../codec/bytes.ts';
import { address, struct, u40, u64, u8, type Field } from '../codec/layout.ts';
import { signature, signerOf, type CompactSignature } from '../codec/signature.ts';
import { typedDigest, typedStruct, type SolidityType, type TypedStruct } from '../codec/typedData.ts';
import { Refusal, require } from '../errors.ts';
import { ACCOUNT, accountIdOf, type Account } from '../records/account.ts';
import { CHAIN } from '../records/chain.ts';
import { REFUSAL, type RefusalName } from '../refusals.ts';
import type { AccountId, Address, Seconds } from '../units.ts';
import type { Context, TransactionType } from './context.ts';

export type ActionHead = Readonly<{
  owner: Address;
  subaccount: number;
  nonce: bigint;
  expiry: Seconds;
}>;
type Parts = Record<string, readonly [Field<any>, SolidityType]>;
type PartValues<P extends Parts> = {
  readonly [K in keyof P]: P[K][0] extends Field<infer T> ? T : never;
};
export type ActionBody<P extends Parts> = ActionHead &
  PartValues<P> & { readonly signature: CompactSignature };
export type Signer = Readonly<{ id: AccountId; account: Account }>;

export type ActionType<T> = TransactionType<T> & Readonly<{ typed: TypedStruct }>;

/** Refusals of the envelope, checked before those of the action itself. */
const ENVELOPE: readonly RefusalName[] = [
  'action_expired',
  'account_not_found',
  'nonce_not_increasing',
  'signature_invalid',
  'signer_not_authorized',
];

/**
 * An owner-signed transaction: `parts` in order after the head, both on the wire and in the typed
 * message. `apply` runs after the envelope was checked and the nonce used.
 */
export function defineAction<P extends Parts>(definition: {
  type: number;
  name: string;
  parts: P;
  refusals: readonly RefusalName[];
  apply: (state: StateAccess, signer: Signer, body: ActionBody<P>) => void;
}): ActionType<ActionBody<P>> {
  const fields: Record<string, Field<any>> = { owner: address, subaccount: u8, nonce: u64, expiry: u40 };
  for (const [name, [field]] of Object.entries(definition.parts)) fields[name] = field;
  fields['signature'] = signature;
  const typed = typedStruct(definition.name, [
    { name: 'owner', type: 'address' },
    { name: 'subaccount', type: 'uint8' },
    { name: 'nonce', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
    ...Object.entries(definition.parts).map(([name, [, type]]) => ({ name, type })),
  ]);
  return {
    type: definition.type,
    name: definition.name[0]!.toLowerCase() + definition.name.slice(1),
    layout: struct(fields) as unknown as Field<ActionBody<P>>,
    typed,
    refusals: [...ENVELOPE, ...definition.refusals],
    apply: (state, body, context) => {
      definition.apply(state, authenticate(state, typed, body, context), body);
    },
  };
}

function authenticate<P extends Parts>(
  state: StateAccess,
  typed: TypedStruct,
  body: ActionBody<P>,
  context: Context,
): Signer {
  const chain = existing(state, CHAIN, 0);
  require(body.expiry > chain.timestamp, REFUSAL.action_expired, () =>
    `expiry ${body.expiry} must be after ${chain.timestamp}`);
  const id = accountIdOf(body.owner, body.subaccount);
  const account = state.read(ACCOUNT, id);
  if (account === undefined) throw new Refusal(REFUSAL.account_not_found, id);
  require(body.nonce > account.actionNonce, REFUSAL.nonce_not_increasing, () =>
    `nonce ${body.nonce} must be above ${account.actionNonce}`);
  const digest = typedDigest(fromHex(chain.domainSeparator), typed, body);
  const signer = signerOf(context.recover, digest, body.signature);
  if (signer === null) throw new Refusal(REFUSAL.signature_invalid);
  require(signer === body.owner, REFUSAL.signer_not_authorized, () => `recovered ${signer}`);
  const used = { ...account, actionNonce: body.nonce };
  state.put(ACCOUNT, id, used);
  return { id, account: used };
}
