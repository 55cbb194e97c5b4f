/** Recovery in threads, on the calling thread, and of the curve itself: one answer, remembered. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recover, signDigest } from '../../../node/crypto/recover.ts';
import { IntakeOverloaded, SignatureRecovery, type Lane } from '../../../node/sequencer/recovery.ts';
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
    const answers = await Promise.all(all.map(({ digest, signature }) => recovery.prepare(digest, signature, 'ahead')));
    assert.equal(answers, expected);
    for (const [i, { digest, signature }] of all.entries()) {
      assert.is(signerOf(recovery.recover, digest, signature), expected[i]);
      assert.not.instance(recovery.prepare(digest, signature, 'ahead'), Promise, 'remembered');
    }
    await recovery.close();
  });
}

/** Has so many signatures found at once, urgent ones last; the lanes in which the answers come. */
async function answered(recovery: SignatureRecovery, counts: Readonly<Record<'urgent' | 'normal', number>>): Promise<Lane[]> {
  const { key } = person('signer');
  const order: Lane[] = [];
  const ask = (lane: Lane, n: number): Promise<void>[] =>
    Array.from({ length: n }, async (_, i) => {
      const digest = sha256(Buffer.from(`${lane} ${i}`));
      await recovery.prepare(digest, signDigest(digest, key), lane);
      order.push(lane);
    });
  await Promise.all([...ask('normal', counts.normal), ...ask('urgent', counts.urgent)]);
  return order;
}
const countOf = (lanes: readonly Lane[], lane: Lane): number => lanes.filter((one) => one === lane).length;

test('what is urgent goes before what came earlier, turn by turn, and what is behind has its share', async () => {
  const recovery = new SignatureRecovery(1);
  const few = await answered(recovery, { urgent: 4, normal: 200 });
  assert.is(countOf(few.slice(0, 32 + 4), 'urgent'), 4, 'all of them in the first turn');
  await recovery.close();
  const another = new SignatureRecovery(1);
  const many = await answered(another, { urgent: 200, normal: 200 });
  for (const from of [0, 64, 128]) {
    const normal = countOf(many.slice(from, from + 64), 'normal');
    assert.ok(normal >= 8 && normal <= 56, `${normal} of 64`);
  }
  await another.close();
});

test('what goes in one batch keeps its order', async () => {
  const recovery = new SignatureRecovery(1);
  assert.equal(await answered(recovery, { urgent: 2, normal: 2 }), ['normal', 'normal', 'urgent', 'urgent']);
  await recovery.close();
});

test('a full lane refuses, and the other one does not', async () => {
  const recovery = new SignatureRecovery(1, { urgent: 2, bid: 1, normal: 3, ahead: 1 });
  const { key } = person('signer');
  const ask = (text: string, lane: Lane) => {
    const digest = sha256(Buffer.from(text));
    return recovery.prepare(digest, signDigest(digest, key), lane);
  };
  const laneThatRefuses = (lane: Lane): unknown => {
    try {
      recovery.requireRoom(lane);
      return null;
    } catch (error) {
      return error instanceof IntakeOverloaded ? error.lane : error;
    }
  };
  const normal = ['a', 'b', 'c'].map((text) => ask(text, 'normal'));
  assert.equal([laneThatRefuses('normal'), laneThatRefuses('urgent')], ['normal', null]);
  assert.throws(() => ask('d', 'normal'), /the normal lane is full/);
  const urgent = ['e', 'f'].map((text) => ask(text, 'urgent'));
  assert.is(laneThatRefuses('urgent'), 'urgent');
  await Promise.all([...normal, ...urgent]);
  assert.equal([laneThatRefuses('normal'), laneThatRefuses('urgent')], [null, null], 'answered, there is room again');
  await recovery.close();
});

test.run();
