/** Recovery in threads, on the calling thread, and of the curve itself: one answer, remembered. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recover, signDigest } from '../../../node/crypto/recover.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { signerOf, type CompactSignature } from '../../../state/codec/signature.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { person } from '../../support/world.ts';

const test = suite('signature recovery');

/** Good signatures, and each with one byte changed: another signer, or none. */
function samples(): { digest: Uint8Array; signature: CompactSignature }[] {
  return Array.from({ length: 120 }, (_, i) => {
    const digest = sha256(Uint8Array.of(i));
    const good = signDigest(digest, person(`signer ${i % 7}`).key);
    if (i % 3 === 0) return { digest, signature: good };
    const bytes = fromHex(good);
    bytes[(i * 11) % 64]! ^= 1 << i % 8;
    return { digest, signature: toHex(bytes) };
  });
}

for (const workers of [0, 2]) {
  test(`${workers} threads say what the curve says, then and when asked again`, async () => {
    const recovery = new SignatureRecovery(workers);
    const all = samples();
    const expected = all.map(({ digest, signature }) => signerOf(recover, digest, signature));
    assert.ok(expected.some((signer) => signer === null));
    const answers = await Promise.all(all.map(({ digest, signature }) => recovery.prepare(digest, signature)));
    assert.equal(answers, expected);
    for (const [i, { digest, signature }] of all.entries()) {
      assert.is(signerOf(recovery.recover, digest, signature), expected[i]);
      assert.not.instance(recovery.prepare(digest, signature), Promise, 'remembered');
    }
    await recovery.close();
  });
}

test.run();
