/** Ended orders are remembered, packed, until they expire: against a plain map of records. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EndedOrders } from '../../../node/sequencer/endedOrders.ts';
import type { OrderRecord } from '../../../node/sequencer/orderRecord.ts';
import { pack } from '../../../node/store/envelope.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import type { Digest } from '../../../state/units.ts';

const test = suite('ended orders');
const digestOf = (n: number): Digest => toHex(new Uint8Array(32).fill(n));
const recordOf = (n: number, expiry: number, remainingLots: number): OrderRecord => ({
  ...{ digest: digestOf(n), account: `0x${'ab'.repeat(21)}`, instrument: 7, clientOrderId: n % 2 === 0 ? 'mine' : undefined },
  order: {
    ...{ owner: `0x${'ab'.repeat(20)}`, subaccount: 0, flags: 1, lots: 2n ** 40n, limitTicks: 5n, expiry, nonce: BigInt(n) },
    signature: `0x${'cd'.repeat(64)}`,
  } as OrderRecord['order'],
  ...{ selfTrade: 'cancelTaker', sequence: n, acceptedMillis: 1, updatedMillis: 2, status: 'cancelled', reason: 'cancelled' },
  ...{ filledLots: 0, remainingLots },
});

const operation = fc.oneof(
  fc.record({ n: fc.nat(9), expiry: fc.nat(20), remainingLots: fc.nat(3) }),
  fc.record({ now: fc.nat(20) }),
);

test('ended orders are what a map of records that forgets the expired ones is', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const ended = new EndedOrders(0);
      const plain = new Map<Digest, OrderRecord>();
      let time = 0;
      for (const one of operations) {
        if ('now' in one) {
          time = Math.max(time, one.now);
          ended.forget(time);
          for (const { digest, order } of [...plain.values()]) if (order.expiry <= time) plain.delete(digest);
        } else if (one.expiry > time && (plain.get(digestOf(one.n))?.order.expiry ?? one.expiry) === one.expiry) {
          const record = recordOf(one.n, one.expiry, one.remainingLots);
          ended.add(record, pack(record));
          plain.delete(record.digest);
          plain.set(record.digest, record);
        }
      }
      assert.equal([...ended.all()], [...plain.values()]);
      for (let n = 0; n < 10; n++) {
        assert.is(ended.has(digestOf(n)), plain.has(digestOf(n)));
        assert.equal(ended.get(digestOf(n)), plain.get(digestOf(n)));
      }
    }),
  );
});

test('what is asked for all is told as it was then, whatever is added and forgotten meanwhile', () => {
  const ended = new EndedOrders(0);
  const [first, second] = [recordOf(1, 5, 1), recordOf(2, 9, 1)];
  for (const record of [first, second]) ended.add(record, pack(record));
  const all = ended.all();
  ended.forget(5);
  const third = recordOf(3, 9, 1);
  ended.add(third, pack(third));
  assert.equal([...all], [first, second]);
  assert.equal([...ended.all()], [second, third]);
});

test.run();
