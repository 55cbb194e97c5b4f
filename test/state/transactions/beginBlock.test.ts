/** BeginBlock: its refusals in order, and how height, time and anchor enter the state. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { beginBlock, type BeginBlock } from '../../../state/transactions/beginBlock.ts';
import { refusalTable } from '../../support/refusals.ts';
import { World } from '../../support/world.ts';

const test = suite('beginBlock');

type Case = { world: World; body: { -readonly [K in keyof BeginBlock]: BeginBlock[K] } };
const anchorHash = `0x${'12'.repeat(32)}` as const;

function prepare(): Case {
  const world = new World();
  world.edit(CHAIN, 0, { anchorNumber: 7 });
  return { world, body: { height: 1, timestamp: world.now, anchorNumber: 7, anchorHash } };
}

refusalTable(test, beginBlock.refusals, prepare, ({ body }) => encodeTransaction(beginBlock, body), [
  ['height_must_follow', (c) => (c.body.height = 0)],
  ['height_must_follow', (c) => (c.body.height = 2)],
  ['timestamp_must_not_decrease', (c) => (c.body.timestamp = c.world.now - 1)],
  ['anchor_must_not_decrease', (c) => (c.body.anchorNumber = 6)],
]);

test('sets height, time and anchor, and nothing else of the chain', () => {
  const { world, body } = prepare();
  const before = existing(world.state, CHAIN, 0);
  const next = { ...body, timestamp: body.timestamp + 12, anchorNumber: 8 };
  world.accept(encodeTransaction(beginBlock, next));
  assert.equal(existing(world.state, CHAIN, 0), { ...before, ...next });
});

test('knows when blocks came back: after more than outageSeconds, but for the first block', () => {
  const { world } = prepare();
  const resumed = (): number => existing(world.state, CHAIN, 0).resumeTime;
  world.block(1_000_000);
  assert.is(resumed(), 0);
  const longest = Number(world.network.parameters.outageSeconds);
  world.block(longest);
  assert.is(resumed(), 0);
  world.block(longest + 1);
  const back = world.now;
  assert.is(resumed(), back);
  world.block(longest);
  assert.is(resumed(), back, 'and remembers it');
});

test.run();
