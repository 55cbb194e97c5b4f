/** Signatures as clients write them: both forms, and whatever else is refused by name. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compactSignatureToSignature, parseCompactSignature, serializeSignature } from 'viem';
import { compactSignature } from '../../../rpc/methods/signing.ts';
import { RpcError } from '../../../rpc/schema/errors.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import { envelope } from '../../../rpc/schema/tx.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { person } from '../../support/world.ts';

const test = suite('signatures of clients');
const runs = { seed: 23, numRuns: 2_000 };

test('65 bytes fold to the 64 that were made', () => {
  for (let i = 0; i < 50; i++) {
    const compact = signDigest(sha256(Uint8Array.of(i)), person('signer').key);
    const long = serializeSignature(compactSignatureToSignature(parseCompactSignature(compact)));
    assert.is(compactSignature(long), compact);
    assert.is(compactSignature(compact), compact);
  }
});

test('what passes the schema is a compact signature or refused as malformed', () => {
  const bytes = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });
  const text = fc.oneof(bytes(64), bytes(65)).map((value) => `0x${Buffer.from(value).toString('hex')}`);
  const property = fc.property(text, fc.boolean(), (given, upper) => {
    const written = upper ? `0x${given.slice(2).toUpperCase()}` : given;
    try {
      assert.match(compactSignature(written), /^0x[0-9a-f]{128}$/);
    } catch (error) {
      assert.ok(error instanceof RpcError && error.data.name === 'SIGNATURE_MALFORMED', String(error));
    }
  });
  fc.assert(property, runs);
});

test('an envelope of anything is taken or refused, never a crash', () => {
  const action = fc.oneof(
    fc.anything(),
    fc.record(
      {
        type: fc.constantFrom('order', 'cancel', 'withdraw', 'authorizeSession', 'nonsense'),
        owner: fc.anything(),
        nonce: fc.anything(),
        price: fc.anything(),
        markets: fc.anything(),
      },
      { requiredKeys: ['type'] },
    ),
  );
  const property = fc.property(action, fc.anything(), fc.anything(), (given, signer, signature) => {
    assert.type(envelope.safeParse({ action: given, signer, signature }).success, 'boolean');
  });
  fc.assert(property, runs);
});

test.run();
