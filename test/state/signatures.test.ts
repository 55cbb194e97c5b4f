/** A signature has one form: the same on every implementation, up to the last value of s. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tradedWorld } from '../support/actions.ts';
import { alice, bob, type World } from '../support/world.ts';

const test = suite('signatures');
/** Half the order of secp256k1. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
/** The order itself. */
const ORDER = 2n * HALF_ORDER + 1n;
const PARITY = 1n << 255n;

const word = (x: bigint): string => x.toString(16).padStart(64, '0');

/** A trade whose maker order carries these halves; undefined: those that were signed. */
function refusalOf(r: bigint | undefined, sAndParity: bigint): string | undefined {
  const world: World = tradedWorld();
  const terms = { lots: 10n, ticks: 1_000_000n };
  const taker = world.order({ ...terms, who: alice, buy: true });
  const signed = world.order({ ...terms, who: bob, buy: false });
  const first = r === undefined ? signed.signature.slice(2, 66) : word(r);
  const maker = { ...signed, signature: `0x${first}${word(sAndParity)}` as const };
  return world.refuse(world.tradeBytes(taker, [{ maker, lots: 10n }]));
}

test('s up to half the order is a signature of somebody, above it of nobody', () => {
  for (const parity of [0n, PARITY]) {
    assert.is(refusalOf(undefined, HALF_ORDER | parity), 'signer_not_authorized');
    assert.is(refusalOf(undefined, (HALF_ORDER + 1n) | parity), 'signature_invalid');
    assert.is(refusalOf(undefined, 1n | parity), 'signer_not_authorized');
    assert.is(refusalOf(undefined, parity), 'signature_invalid', 'zero');
  }
});

test('r is a number below the order that is some x of the curve', () => {
  for (const r of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) assert.is(refusalOf(r, 1n), 'signature_invalid');
  const answers = new Set(Array.from({ length: 12 }, (_, i) => refusalOf(BigInt(i + 1), 1n)));
  assert.equal([...answers].sort(), ['signature_invalid', 'signer_not_authorized'], 'about half are no x');
});

test.run();
