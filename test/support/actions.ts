/** What all owner-signed actions share in tests: a case, its bytes, and the rules of the envelope. */
import { ACCOUNT } from '../../state/records/account.ts';
import { POOL } from '../../state/records/pool.ts';
import type { ActionType } from '../../state/transactions/action.ts';
import type { Rule } from './refusals.ts';
import { alice, BTC_PERP, bob, carol, World, type Person } from './world.ts';

/** An action about to be signed by `signer`; `fields` override head, parts and signature. */
export type ActionCase = { world: World; signer: Person; fields: Record<string, unknown> };

export const actionBytes =
  <T>(type: ActionType<T>) =>
  ({ world, signer, fields }: ActionCase): Uint8Array =>
    world.action(type, alice, fields, signer);

/** Alice is long 0.1 BTC against bob, both with 10,000 USD, at fresh prices of 100,000 USD. */
export function tradedWorld(): World {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob]) world.deposit(account, 10_000_000_000n);
  if (!world.tradeBetween(alice, bob, 100n, 1_000_000n, BTC_PERP).outcome.ok) {
    throw new Error('the trade was refused');
  }
  return world;
}

export const aliceActs =
  (fields: Record<string, unknown>) =>
  (world = tradedWorld()): ActionCase => ({ world, signer: alice, fields: { ...fields } });

/** Takes cash of an account into the insurance fund until `left` is left, behind the protocol's back. */
export function impoverish(world: World, { account }: Person, left = 0n): void {
  const taken = world.account(account).cash - left;
  const { cashPositive, insurance } = world.pool;
  world.edit(ACCOUNT, account, { cash: left });
  world.edit(POOL, 0, { cashPositive: cashPositive - taken, insurance: insurance + taken });
}

export const NO_SIGNATURE = `0x${'ff'.repeat(64)}` as const;

/** The rules of the envelope, in their order. */
export const ENVELOPE_RULES: readonly Rule<ActionCase>[] = [
  ['action_expired', (c) => (c.fields['expiry'] = c.world.now)],
  ['account_not_found', (c) => (c.fields['subaccount'] = 9)],
  ['nonce_not_increasing', (c) => (c.fields['nonce'] = c.world.account(alice.account).actionNonce)],
  ['signature_invalid', (c) => (c.fields['signature'] = NO_SIGNATURE)],
  ['signer_not_authorized', (c) => (c.signer = carol)],
];

/** Prices and marks of everything alice holds become too old, while her action has not expired. */
export const MARKS_STALE: Rule<ActionCase> = ['marks_stale', (c) => c.world.block(1_000)];

/** Alice has made five dollars from bob that neither has realised, and takes out all that initial margin leaves. */
export const UNREALISED_PROFIT: Rule<ActionCase> = [
  'unrealised_profit',
  ({ world, fields }) => {
    profitOfAlice(world);
    const { initialEquity, initial } = world.margin(alice.account);
    Object.assign(fields, { asset: 0, amount: initialEquity - initial });
  },
];

export function profitOfAlice(world: World): void {
  for (const [who, sign] of [[alice, 1n], [bob, -1n]] as const) {
    const { positions } = world.account(who.account);
    const [first, ...rest] = positions;
    world.edit(ACCOUNT, who.account, { positions: [{ ...first!, quote: first!.quote + sign * 5_000_000n }, ...rest] });
  }
}
