/** Every record and every transaction round trips; anything else is a DecodeError, never a crash. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DecodeError, equalBytes, Reader, Writer } from '../../../state/codec/bytes.ts';
import {
  decode,
  encode,
  i128,
  i64,
  struct,
  time,
  u128,
  u16,
  u32,
  u40,
  u48,
  u64,
  u8,
  type Field,
} from '../../../state/codec/layout.ts';
import { position, type Position } from '../../../state/records/account.ts';
import { KINDS, kindOf } from '../../../state/records/all.ts';
import { PUBLISHERS, PUBLISHERS_PAGE } from '../../../state/records/parameters.ts';
import { State } from '../../../state/state.ts';
import { recordKey } from '../../../state/tree/node.ts';
import { TRANSACTIONS } from '../../../state/transactions/all.ts';
import { GOVERNANCE_ACTIONS } from '../../../state/transactions/governance.ts';
import { arbitraryOf } from '../../support/layouts.ts';
import { World } from '../../support/world.ts';

const SEED = { seed: 41, numRuns: 100 };
const test = suite('layouts');

const LAYOUTS: readonly (readonly [name: string, layout: Field<any>])[] = [
  ...[...KINDS, PUBLISHERS].map(({ name, layout }) => [`record ${name}`, layout] as const),
  ...TRANSACTIONS.map(({ name, layout }) => [`transaction ${name}`, layout] as const),
  ...GOVERNANCE_ACTIONS.map(({ name, layout }) => [`governance ${name}`, layout] as const),
];

/** The value, or undefined where the bytes have another form. Nothing but a DecodeError may come. */
function decodedOrRefused(layout: Field<unknown>, bytes: Uint8Array): unknown {
  try {
    return decode(layout, bytes);
  } catch (error) {
    assert.instance(error, DecodeError);
    return undefined;
  }
}

test('a writer makes room for any field, wherever its buffer ends', () => {
  const fields: [Field<any>, unknown][] = [
    ...[u8, u16, u32, u40, time].map((field): [Field<any>, unknown] => [field, 7]),
    ...[u48, u64, i64, u128, i128].map((field): [Field<any>, unknown] => [field, 7n]),
  ];
  for (const [field, value] of fields) {
    for (let before = 1_000; before <= 1_024; before++) {
      const writer = new Writer().zeros(before);
      field.write(writer, value);
      assert.equal(field.read(new Reader(writer.finish(), before)), value, `${field.name} at ${before}`);
    }
  }
});

for (const [name, layout] of LAYOUTS) {
  test(`${name}: a value comes back, in as many bytes as the layout says`, () => {
    fc.assert(
      fc.property(arbitraryOf(layout), (value) => {
        const bytes = encode(layout, value);
        if (layout.width !== null) assert.is(bytes.length, layout.width);
        assert.equal(decode(layout, bytes), value);
      }),
      SEED,
    );
  });

  test(`${name}: bytes have one form; shorter, longer and other bytes are refused or another value`, () => {
    const edit = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.nat(), add: fc.nat(3) });
    fc.assert(
      fc.property(arbitraryOf(layout), edit, (value, { at, to, cut, add }) => {
        const bytes = encode(layout, value);
        const other = bytes.slice();
        if (other.length > 0) other[at % other.length] = to;
        const shorter = bytes.subarray(0, cut % (bytes.length + 1));
        const longer = Uint8Array.of(...bytes, ...new Uint8Array(add));
        for (const variant of [shorter, longer, other]) {
          const back = decodedOrRefused(layout, variant);
          if (back !== undefined) assert.ok(equalBytes(encode(layout, back), variant), 'one form');
        }
        if (layout.name === 'rest') return; // Takes any bytes.
        assert.is(decodedOrRefused(layout, Uint8Array.of(...bytes, 0)), undefined);
        assert.is(decodedOrRefused(layout, bytes.subarray(0, -1)), undefined);
      }),
      SEED,
    );
  });

  test(`${name}: garbage is refused or has one form`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const back = decodedOrRefused(layout, bytes);
        if (back !== undefined) assert.ok(equalBytes(encode(layout, back), bytes));
      }),
      SEED,
    );
  });
}

test('ids come back from their bytes, and keys differ', () => {
  const keys = new Set<string>();
  let count = 0;
  const world = new World();
  world.tick();
  world.deposit(`0x${'ab'.repeat(21)}`, 1n);
  for (const { type, id } of world.state.all()) {
    const kind = kindOf(type, id)!;
    assert.equal(kind.idBytes(kind.idOf(id)), id, kind.name);
    assert.throws(() => kind.idOf(Uint8Array.of(...id, 0)), (e: unknown) => e instanceof DecodeError);
    keys.add(recordKey(type, id).join());
    count++;
  }
  assert.is(keys.size, count);
  assert.is(kindOf(12, Uint8Array.of(PUBLISHERS_PAGE)), PUBLISHERS);
  assert.is(kindOf(0, new Uint8Array(0)), undefined);
});

test('a state of records is the state they came from', () => {
  const world = new World();
  world.tick();
  assert.equal(State.from(world.state.all()).root, world.state.root);
  const unknown = [{ type: 99, id: new Uint8Array(0), value: new Uint8Array(0) }];
  assert.throws(() => State.from(unknown));
});

test('a position written out by hand is what its fields say', () => {
  const byFields = struct(position.fields);
  fc.assert(
    fc.property(arbitraryOf(byFields), (value) => {
      assert.equal(encode(position, value as Position), encode(byFields, value as Position));
      assert.equal(decode(position, encode(byFields, value as Position)), value);
    }),
    SEED,
  );
});

test.run();
