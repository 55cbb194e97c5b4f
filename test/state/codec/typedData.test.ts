/** What wallets hash and sign is what the chain checks: against viem and noble, for every message. */
import fc from 'fast-check';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  hashDomain,
  hashTypedData,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
  type TypedDataDomain,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { concat, fromHex, toHex } from '../../../state/codec/bytes.ts';
import { signerOf } from '../../../state/codec/signature.ts';
import {
  DOMAIN_NAME,
  DOMAIN_VERSION,
  domainSeparatorOf,
  typedDigest,
  type TypedStruct,
} from '../../../state/codec/typedData.ts';
import { keccak256 } from '../../../state/crypto/keccak256.ts';
import { ACTIONS } from '../../../state/transactions/actions.ts';
import { orderTyped } from '../../../state/transactions/order.ts';
import { reportTyped } from '../../../state/transactions/postPrices.ts';
import { recover, signDigest } from '../../../node/crypto/recover.ts';
import { alice, L1 } from '../../support/world.ts';

const SEED = { seed: 712, numRuns: 60 };
const test = suite('typed data');

const domain: TypedDataDomain = {
  name: DOMAIN_NAME,
  version: DOMAIN_VERSION,
  chainId: L1.chainId,
  verifyingContract: L1.rollup,
};
const separator = domainSeparatorOf(L1.chainId, L1.rollup);

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => toHex(b));
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  address: hexOf(20),
  bytes32: hexOf(32),
  bool: fc.boolean(),
  int128: fc.bigInt(-(2n ** 127n), 2n ** 127n - 1n),
  string: fc.string({ unit: 'grapheme-ascii' }),
  'uint32[]': fc.array(fc.nat(2 ** 31 - 1), { maxLength: 16 }),
  ...Object.fromEntries([8, 16, 32].map((bits) => [`uint${bits}`, fc.nat(2 ** Math.min(bits, 31) - 1)])),
  ...Object.fromEntries(
    [64, 128, 256].map((bits) => [`uint${bits}`, fc.bigInt(0n, 2n ** BigInt(bits) - 1n)]),
  ),
};
const messageOf = (struct: TypedStruct): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(struct.fields.map(({ name, type }) => [name, VALUES[type]!])), {
    noNullPrototype: true,
  });
const digestByViem = (struct: TypedStruct, message: Record<string, unknown>): string =>
  hashTypedData({
    domain,
    types: { [struct.name]: struct.fields.map(({ name, type }) => ({ name, type })) },
    primaryType: struct.name,
    message,
  } as Parameters<typeof hashTypedData>[0]);

test('the domain separator', () => {
  const types = {
    EIP712Domain: [
      { name: 'name', type: 'string' },
      { name: 'version', type: 'string' },
      { name: 'chainId', type: 'uint256' },
      { name: 'verifyingContract', type: 'address' },
    ],
  };
  assert.is(separator, hashDomain({ domain, types } as unknown as Parameters<typeof hashDomain>[0]));
});

for (const struct of [orderTyped, reportTyped, ...ACTIONS.map((action) => action.typed)]) {
  test(`the digest of ${struct.name}`, () => {
    fc.assert(
      fc.property(messageOf(struct), (message) => {
        const digest = typedDigest(fromHex(separator), struct, message);
        assert.is(toHex(digest), digestByViem(struct, message));
      }),
      SEED,
    );
  });
}

test("compact signatures are a wallet's own", async () => {
  const account = privateKeyToAccount(toHex(alice.key));
  for (let i = 0; i < 20; i++) {
    const hash = toHex(keccak256(Uint8Array.of(i)));
    const wallet = parseSignature(await account.sign({ hash }));
    const compact = serializeCompactSignature(signatureToCompactSignature(wallet));
    assert.is(signDigest(fromHex(hash), alice.key), compact);
    assert.is(signerOf(recover, fromHex(hash), compact), alice.address);
  }
});

/** The signer as noble sees it, with the rules of a compact signature: low s, nothing else. */
function signerByNoble(digest: Uint8Array, compact: Uint8Array): string | null {
  const parity = compact[32]! >> 7;
  const bytes = compact.slice();
  bytes[32] = bytes[32]! & 127;
  try {
    const signature = secp256k1.Signature.fromBytes(bytes, 'compact').addRecoveryBit(parity);
    if (signature.hasHighS()) return null;
    const point = signature.recoverPublicKey(digest);
    return toHex(keccak256(point.toBytes(false).subarray(1)).subarray(12));
  } catch {
    return null;
  }
}

const ORDER = secp256k1.Point.Fn.ORDER;
const wordOf = (value: bigint): Uint8Array => fromHex(`0x${value.toString(16).padStart(64, '0')}`);
/** Values around every bound that matters, and any others. */
const word = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, ORDER - 1n, ORDER, ORDER + 1n, ORDER / 2n, ORDER / 2n + 1n, 2n ** 255n - 1n).map(wordOf),
  fc.constantFrom(secp256k1.Point.Fp.ORDER - 1n, secp256k1.Point.Fp.ORDER - ORDER, 2n ** 256n - 1n).map(wordOf),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);
const digests = fc.oneof(fc.constantFrom(0n, ORDER, 2n ** 256n - 1n).map(wordOf), fc.uint8Array({ minLength: 32, maxLength: 32 }));

test('recovery agrees with noble on random and malformed signatures', () => {
  fc.assert(
    fc.property(digests, word, word, (digest, r, s) => {
      const compact = concat(r, s);
      assert.is(signerOf(recover, digest, toHex(compact)), signerByNoble(digest, compact));
    }),
    { ...SEED, numRuns: 300 },
  );
});

test('recovery agrees with noble on valid signatures with one byte changed', () => {
  fc.assert(
    fc.property(digests, fc.nat(63), fc.nat(255), (digest, at, to) => {
      const compact = fromHex(signDigest(digest, alice.key));
      compact[at] = to;
      assert.is(signerOf(recover, digest, toHex(compact)), signerByNoble(digest, compact));
    }),
    { ...SEED, numRuns: 200 },
  );
});

test('the twin of a signature with the other s is refused: a signature has one form', () => {
  for (let i = 0; i < 20; i++) {
    const digest = keccak256(Uint8Array.of(i));
    const bytes = fromHex(signDigest(digest, alice.key));
    const parity = bytes[32]! >> 7;
    bytes[32] = bytes[32]! & 127;
    const twin = wordOf(ORDER - BigInt(toHex(bytes.subarray(32))));
    // Its s is above half the order, so the top bit is set or the value is refused as it stands.
    if (parity === 0) twin[0] = twin[0]! | 128;
    assert.is.not(signerOf(recover, digest, toHex(concat(bytes.subarray(0, 32), twin))), alice.address);
  }
});

test.run();
