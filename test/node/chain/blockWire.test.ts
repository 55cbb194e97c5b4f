/** Blocks on their way to other nodes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { blockHash, transactionsHash, type BlockHeader, type SealedBlock } from '../../../node/chain/block.ts';
import { BLOCK_WIRE_BYTES_MAX, decodeBlock, encodeBlock } from '../../../node/chain/blockWire.ts';
import { DecodeError } from '../../../state/codec/bytes.ts';

const root = new Uint8Array(32).fill(7);
const digest = `0x${'ab'.repeat(32)}` as const;

function sealed(bodies: readonly Uint8Array[]): SealedBlock {
  const transactions = bodies.map((bytes, i) => ({ bytes, root, code: i }));
  const header: BlockHeader = {
    height: 3,
    timestamp: 1_700_000_000,
    parentHash: digest,
    anchorNumber: 9,
    anchorHash: digest,
    inboxCursor: 1,
    inboxAccumulator: digest,
    parameterHash: digest,
    firstSequence: 12,
    transactionCount: bodies.length,
    transactionsHash: transactionsHash(transactions),
    stateRoot: digest,
  };
  return { header, hash: blockHash(header), signature: `0x${'11'.repeat(64)}`, transactions };
}

const refused = (bytes: Uint8Array, what: RegExp): void => {
  try {
    decodeBlock(bytes);
  } catch (error) {
    assert.instance(error, DecodeError);
    assert.match((error as DecodeError).message, what);
    return;
  }
  assert.unreachable('decoded');
};

test('a block survives its way to another node', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 20 }), (bodies) => {
      const block = sealed(bodies);
      const read = decodeBlock(encodeBlock(block));
      assert.equal({ ...read, transactions: [] }, { ...block, transactions: [] });
      read.transactions.forEach(({ bytes, root: after, code }, i) => {
        assert.equal([Buffer.from(bytes).toString('hex'), code], [Buffer.from(bodies[i]!).toString('hex'), i]);
        assert.equal(after, root);
      });
    }),
  );
});

test('no byte can be changed without the hash of the block noticing', () => {
  const block = sealed([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
  const bytes = encodeBlock(block);
  for (let at = 0; at < bytes.length; at++) {
    const forged = bytes.slice();
    forged[at]! ^= 1;
    let read: SealedBlock;
    try {
      read = decodeBlock(forged);
    } catch (error) {
      assert.instance(error, DecodeError);
      continue;
    }
    // Codes are no part of the hash: whoever executes the block finds its own.
    const same = read.hash === block.hash && read.signature === block.signature;
    assert.is(same, read.transactions.some(({ code }, i) => code !== i), `byte ${at}`);
  }
});

test('what is truncated, too long or too large is refused with what was expected', () => {
  const bytes = encodeBlock(sealed([Uint8Array.of(1, 2, 3)]));
  for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length), /expected/);
  refused(Uint8Array.from([...bytes, 0]), /expected the end/);
  refused(new Uint8Array(BLOCK_WIRE_BYTES_MAX + 1), /expected a block of at most/);
});

test('a count that the bytes can not hold is refused before anything is reserved for it', () => {
  const bytes = encodeBlock(sealed([Uint8Array.of(1)]));
  const { length } = bytes;
  const countAt = length - (32 + 2 + 2 + 1) - 64 - 32 - 32 - 4;
  const forged = bytes.slice();
  forged.set([255, 255, 255, 255], countAt);
  refused(forged, /expected 1 to \d+ transactions/);
});

test.run();
