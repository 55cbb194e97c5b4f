/**
 * A malicious sequencer on anvil. Whatever it posts is disproved in one L1 transaction by a
 * challenger that knows L1 alone; the chain goes on from the last good root; only the cheat loses.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { audit } from '../../node/auditor/auditor.ts';
import { findAnvil } from '../../node/l1/anvil.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { alice, bob, carol } from '../support/world.ts';
import { ATTACKS, DEPOSIT } from './attacks.ts';
import { Rig } from './rig.ts';

const FIRST = 0;
const CHEAT = 5;
const SUCCESSOR = 6;
const VICTIM = 7;
const CHALLENGER = 8;

const suiteOf = suite('attacks');
if (!findAnvil().found) console.log('SKIP attacks: anvil is not installed');
const test = findAnvil().found ? suiteOf : suiteOf.skip;
let rig: Rig;
suiteOf.after(() => rig?.stop());

test('an honest batch stands', async () => {
  rig = await Rig.start();
  for (const { account } of [alice, bob, carol]) await rig.depositOnL1(VICTIM, account, 10n * DEPOSIT);
  await rig.tick();
  await rig.post(FIRST);
  assert.is(await rig.challenge(CHALLENGER), null, 'nothing to prove');
  assert.is(await rig.batchCount(), 1);
});

for (const { name, commit, statement } of ATTACKS) {
  test(`a sequencer that ${name} is disproved in one transaction`, async () => {
    await rig.depositOnL1(VICTIM, bob.account, DEPOSIT);
    const standing = await rig.batchCount();
    // Signed before, filled afterwards: the fraud of others does not void it.
    const order = rig.world.order({ who: alice, lots: 1n, ticks: 1_000_000n, buy: false, expiry: rig.world.now + 86_400 });
    const { lies, garble } = (await commit(rig)) ?? {};
    await rig.takeSeat(CHEAT);
    await rig.post(CHEAT, lies, garble);
    const before = { nonce: await rig.nonceOf(CHALLENGER), reward: await rig.rewardOf(CHALLENGER) };
    const report = await rig.challenge(CHALLENGER);
    assert.equal([report?.outcome, report?.statement], ['proved', statement], report?.detail);
    assert.is(await rig.nonceOf(CHALLENGER), before.nonce + 1, 'one transaction');
    assert.is(await rig.batchCount(), standing, 'the wrong batch is gone');
    assert.is(await rig.bondOf(CHEAT), 0n, 'and the bond');
    assert.ok((await rig.rewardOf(CHALLENGER)) > before.reward, 'half of it for the challenger');

    rig.rewind(standing);
    await rig.tick();
    const taker = rig.world.order({ who: bob, lots: 1n, ticks: 1_000_000n, buy: true });
    rig.accept(rig.world.tradeBytes(taker, [{ maker: order, lots: 1n }]));
    await rig.takeSeat(SUCCESSOR);
    await rig.post(SUCCESSOR);
    assert.is(await rig.challenge(CHALLENGER), null, 'the successor is honest');
  });
}

test('in the end L1 gives every root, and holds what the chain owes', async () => {
  const report = await audit(rig.provider, rig.deployment, rig.network);
  assert.is(report.divergence, null);
  assert.is(report.root, toHex(rig.world.state.root));
  assert.equal(rig.world.breaches(), []);
  for (const { asset, held, owed } of await rig.books()) assert.is(held, owed, `asset ${asset}`);
});

suiteOf.run();
