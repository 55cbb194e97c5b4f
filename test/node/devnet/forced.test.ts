/** Whoever the sequencer ignores still gets out: over the inbox on L1. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assemble } from '../../../node/l1/assemble.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { existing } from '../../../state/access.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { blocksOf, fastOptions, look, newDirectory, passL1Time, Person, postByHand, raw, startDevnet, stopDevnets, tipOf, USD } from './world.ts';

const test = suite('devnet: forced');
test.after(stopDevnets);

test('a forced withdrawal is consumed and paid; a batch that skips it reverts', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  const alice = new Person(devnet, 4);
  await alice.deposit(1_000n * USD);
  const { executor, sequencer } = devnet.node;
  await devnet.flush();
  // Blocks that know nothing of the item: sealed before it is there.
  await alice.l1.mint(devnet.deployment.tokens[0]!, 1n);
  devnet.node.keeper.tick();
  await sequencer.seal();
  await sequencer.settled();
  const tip = await tipOf(devnet);
  const blind = assemble(tip, await blocksOf(devnet, tip.lastHeight + 1, executor.sealedHeight));
  const index = existing(executor.state, CHAIN, 0).withdrawalCount;
  const amount = 400n * USD;
  await alice.force(alice.action(withdraw, { asset: 0, amount, recipient: alice.address }));
  await raw(devnet, 'evm_increaseTime', [60]);
  await raw(devnet, 'evm_mine');
  let refusal = '';
  await postByHand(devnet, blind.header, blind.payload).catch((error: Error) => (refusal = String(error)));
  assert.match(refusal, /revert/i);

  await look(devnet);
  assert.is(existing(executor.state, CHAIN, 0).withdrawalCount, index + 1);
  await devnet.flush();
  await passL1Time(devnet, 62);
  assert.is(await alice.claim(index), amount);
});
test.run();
