/** Forced and governance: the item is consumed whatever it holds, and nothing more is kept. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { concat, fromHex, toHex } from '../../../state/codec/bytes.ts';
import { MAX_INBOX_PAYLOAD_BYTES } from '../../../state/constants.ts';
import { keccak256 } from '../../../state/crypto/keccak256.ts';
import { CHAIN, type Chain } from '../../../state/records/chain.ts';
import { refusalName } from '../../../state/refusals.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { forced } from '../../../state/transactions/forced.ts';
import { governance } from '../../../state/transactions/governance.ts';
import { invalidateNonces } from '../../../state/transactions/invalidateNonces.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { tradedWorld } from '../../support/actions.ts';
import { alice, BTC_PERP, carol, World } from '../../support/world.ts';

const test = suite('forced and governance');

const chainOf = (world: World): Chain => existing(world.state, CHAIN, 0);

/** Applies an inbox item; then only cursor and accumulator differ, by exactly this item. */
function consumedOnly(world: World, bytes: Uint8Array, kind: number): string | undefined {
  const chain = chainOf(world);
  const others = () => JSON.stringify([...world.state.all()].filter((r) => r.type !== CHAIN.type));
  const before = others();
  const { outcome, effects } = world.apply(bytes);
  assert.ok(!outcome.ok);
  assert.equal(effects, []);
  assert.is(others(), before, 'no other record changed');
  const item = keccak256(concat(Uint8Array.of(kind), bytes.subarray(1)));
  assert.equal(chainOf(world), {
    ...chain,
    inboxCursor: chain.inboxCursor + 1,
    inboxAccumulator: toHex(keccak256(concat(fromHex(chain.inboxAccumulator), item))),
  });
  return refusalName(outcome.code);
}

test('their lists are complete', () => {
  assert.equal(forced.refusals, ['unknown_transaction_type']);
  assert.equal(governance.refusals, ['unknown_governance_action']);
});

test('a forced action does what it does when it is sent to the sequencer', () => {
  const [forcedWorld, sentWorld] = [tradedWorld(), tradedWorld()];
  const action = (world: World): Uint8Array =>
    world.action(withdraw, alice, { asset: 0, amount: 1_000_000n, recipient: carol.address });
  forcedWorld.accept(forcedWorld.forcedBytes(action(forcedWorld)));
  sentWorld.accept(action(sentWorld));
  assert.equal(forcedWorld.account(alice.account), sentWorld.account(alice.account));
  assert.is(chainOf(forcedWorld).inboxCursor, chainOf(sentWorld).inboxCursor + 1);
  assert.equal(forcedWorld.breaches(), []);
});

test('a forced action may be sent to L1 by anybody: its signature decides', () => {
  const world = tradedWorld();
  world.accept(world.forcedBytes(world.action(invalidateNonces, alice, { floor: 5n }), carol));
  assert.is(world.account(alice.account).orderNonceFloor, 5n);
});

test('what is refused inside is consumed all the same', () => {
  const world = tradedWorld();
  const tooMuch = world.action(withdraw, alice, { asset: 0, amount: 10n ** 15n, recipient: carol.address });
  const refused: readonly [inner: Uint8Array, refusal: string][] = [
    [tooMuch, 'balance_too_low'],
    [tooMuch.subarray(0, 40), 'malformed'],
    [new Uint8Array(0), 'unknown_transaction_type'],
    [Uint8Array.of(0), 'unknown_transaction_type'],
    [world.markBytes(1), 'unknown_transaction_type'],
    [world.forcedBytes(tooMuch), 'unknown_transaction_type'],
    [new Uint8Array(MAX_INBOX_PAYLOAD_BYTES), 'unknown_transaction_type'],
    [new Uint8Array(MAX_INBOX_PAYLOAD_BYTES).fill(withdraw.type), 'malformed'],
  ];
  for (const [inner, refusal] of refused) {
    assert.is(consumedOnly(world, world.forcedBytes(inner), 1), refusal);
  }
  assert.is(consumedOnly(world, encodeTransaction(forced, new Uint8Array(3)), 1), 'unknown_transaction_type');
});

test('an item longer than L1 takes is no item', () => {
  const world = new World();
  const inner = new Uint8Array(MAX_INBOX_PAYLOAD_BYTES + 1);
  assert.is(world.refuse(world.forcedBytes(inner)), 'malformed');
  assert.is(chainOf(world).inboxCursor, 0);
});

test('governance that the chain does not know is consumed all the same', () => {
  const world = new World();
  const refused: readonly [payload: Uint8Array, refusal: string][] = [
    [new Uint8Array(0), 'unknown_governance_action'],
    [Uint8Array.of(0), 'unknown_governance_action'],
    [Uint8Array.of(9), 'unknown_governance_action'],
    [Uint8Array.of(1, 2, 3), 'malformed'],
    [new Uint8Array(MAX_INBOX_PAYLOAD_BYTES).fill(2), 'malformed'],
  ];
  for (const [payload, refusal] of refused) {
    assert.is(consumedOnly(world, encodeTransaction(governance, payload), 2), refusal);
  }
});

test('a refused action leaves its nonce unused', () => {
  const world = tradedWorld();
  const before = world.account(alice.account).actionNonce;
  const tooMuch = { asset: 0, amount: 10n ** 15n, recipient: carol.address };
  consumedOnly(world, world.forcedBytes(world.action(withdraw, alice, tooMuch)), 1);
  assert.is(world.account(alice.account).actionNonce, before);
  assert.is(world.instrument(BTC_PERP).openInterest, 100n);
});

test.run();
