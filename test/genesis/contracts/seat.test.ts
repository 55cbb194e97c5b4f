/** Who may post, what is at stake, when a batch is final, and what a fraud proof can undo. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rollup as rollupContract } from '../../../genesis/contracts/abi.ts';
import { ZERO_ADDRESS } from '../../../genesis/contracts/deploy.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { account, reverts, TestChain } from './evm.ts';
import {
  alice,
  bond,
  deleteFrom,
  deployer,
  GENESIS_ROOT,
  newWorld,
  nextBatch,
  parameters,
  post,
  postNext,
  prover,
  rival,
  sequencer,
} from './world.ts';
import type { Hex } from 'viem';

const test = suite('Rollup seat, bond and finality');
const root = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
const half = parameters.bondAmount / 2n;

test('only a bonded account posts', async () => {
  const world = await newWorld();
  const batch = await nextBatch(world, root(1));
  await reverts(post(world, batch, rival), 'NotBonded', [rival, parameters.bondAmount, 0n]);
});

test('the seat is open to any bonded account only after the timeout, and then changes hands', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  await bond(world, rival);
  await postNext(world, root(1));
  const opensAt = chain.timestamp + parameters.sequencerTimeout;
  assert.is(await chain.read(rollup, 'seatOpensAt'), opensAt);
  chain.mine(parameters.sequencerTimeout - 1n);
  const batch = await nextBatch(world, root(2));
  await reverts(post(world, batch, rival), 'SeatTaken', [sequencer, opensAt]);

  chain.mine(1n);
  await postNext(world, root(2), rival);
  assert.is(((await chain.read(rollup, 'sequencer')) as Hex).toLowerCase(), rival);
  await reverts(post(world, await nextBatch(world, root(3))), 'SeatTaken', [
    rival,
    chain.timestamp + parameters.sequencerTimeout,
  ]);
  await postNext(world, root(3), rival);
});

test('the timeout runs from the deployment while nothing is posted', async () => {
  const world = await newWorld();
  await bond(world, rival);
  await reverts(post(world, await nextBatch(world, root(1)), rival), 'SeatTaken');
  world.chain.mine(parameters.sequencerTimeout);
  await postNext(world, root(1), rival);
});

test('a bond is paid back after its delay, once, and stands still meanwhile', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  const from = { from: sequencer };
  await reverts(chain.call(rollup, 'unbond', [], from), 'UnbondNotReady', [0n]);
  const readyAt = chain.timestamp + parameters.unbondDelay;
  const { events } = await chain.call(rollup, 'requestUnbond', [], from);
  assert.is(events[0]!.args['readyAt'], readyAt);
  await reverts(chain.call(rollup, 'requestUnbond', [], from), 'NothingToUnbond', [sequencer]);
  await reverts(post(world, await nextBatch(world, root(1))), 'NotBonded');
  chain.mine(parameters.unbondDelay - 1n);
  await reverts(chain.call(rollup, 'unbond', [], from), 'UnbondNotReady', [readyAt]);
  chain.mine(1n);
  await chain.call(rollup, 'unbond', [], from);
  assert.is(await chain.balance(sequencer), parameters.bondAmount);
  assert.is(await chain.balance(rollup.address), 0n);
  await reverts(chain.call(rollup, 'unbond', [], from), 'UnbondNotReady', [0n]);
  await reverts(chain.call(rollup, 'requestUnbond', [], from), 'NothingToUnbond', [sequencer]);
});

test('a bond below the minimum is refused, a top-up counts, and bonding again takes a request back', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  const short = parameters.bondAmount - 1n;
  await reverts(bond(world, rival, short), 'BondTooSmall', [parameters.bondAmount, short]);
  await chain.call(rollup, 'requestUnbond', [], { from: sequencer });
  const { events } = await bond(world, sequencer, 1n);
  assert.is(events[0]!.args['amount'], parameters.bondAmount + 1n);
  assert.equal(await chain.read(rollup, 'bondOf', [sequencer]), [parameters.bondAmount + 1n, 0n]);
  await postNext(world, root(1));
});

test('ETH that an account refuses stays its own', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  await bond(world, rival);
  await chain.call(rollup, 'requestUnbond', [], { from: rival });
  chain.mine(parameters.unbondDelay);
  // An account whose code reverts on everything.
  await chain.setCode(rival, fromHex('0x60006000fd'));
  await reverts(chain.call(rollup, 'unbond', [], { from: rival }), 'FailedCall');
  assert.is((await chain.read<readonly bigint[]>(rollup, 'bondOf', [rival]))[0], parameters.bondAmount);
});

test('a batch is final once its window has passed, and the newest final one is found', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  const finalized = () => chain.read<readonly [boolean, bigint]>(rollup, 'finalizedBatch');
  assert.equal(await finalized(), [false, 0n]);
  const times: bigint[] = [];
  for (let batch = 0; batch < 7; batch++) {
    await postNext(world, root(batch + 1));
    times.push(chain.timestamp);
    chain.mine(BigInt(batch % 3) * 10n);
  }
  const end = chain.timestamp + parameters.challengeWindow + 2n;
  for (; chain.timestamp < end; chain.mine(3n)) {
    const final = times.filter((time) => time + parameters.challengeWindow < chain.timestamp).length;
    assert.equal(await finalized(), final === 0 ? [false, 0n] : [true, BigInt(final - 1)]);
    for (let batch = 0; batch < 8; batch++) {
      assert.is(await chain.read(rollup, 'isFinal', [BigInt(batch)]), batch < final);
    }
  }
  assert.equal(await finalized(), [true, 6n]);
});

test('a fraud proof deletes the suffix, slashes its poster and opens the seat', async () => {
  const world = await newWorld();
  const { chain, rollup, fraudProof } = world;
  for (let batch = 1; batch <= 4; batch++) await postNext(world, root(batch));
  await reverts(chain.call(rollup, 'deleteFrom', [2n, prover], { from: alice }), 'NotTheCaller', [
    fraudProof.address,
    alice,
  ]);
  await reverts(deleteFrom(world, 4n), 'UnknownBatch', [4n, 4n]);

  const { events } = await deleteFrom(world, 2n);
  const deleted = events.find(({ name }) => name === 'BatchesDeleted')!.args;
  assert.is(deleted['fromIndex'], 2n);
  assert.is(deleted['toIndex'], 4n);
  assert.is(deleted['slashed'], parameters.bondAmount);
  assert.is(await chain.read(rollup, 'batchCount'), 2n);
  await reverts(chain.call(rollup, 'rootOf', [2n]), 'UnknownBatch', [2n, 2n]);
  assert.is(await chain.read(rollup, 'isFinal', [2n]), false);
  assert.is(await chain.read(rollup, 'sequencer'), ZERO_ADDRESS);
  assert.is(await chain.read(rollup, 'seatOpensAt'), 0n);

  // The slashed one has nothing at stake; any other bonded account continues at once, from batch 1.
  await reverts(post(world, await nextBatch(world, root(9))), 'NotBonded');
  await bond(world, rival);
  const batch = await postNext(world, root(9), rival);
  assert.is(batch.header.index, 2n);
  assert.is(batch.header.preRoot, root(2));
  assert.is(await chain.read(rollup, 'rootOf', [2n]), root(9));
  assert.is(await chain.read(rollup, 'batchCount'), 3n);

  // Half of the bond is the prover's, once; the other half can not move.
  assert.is(await chain.read(rollup, 'rewardOf', [prover]), half);
  await chain.call(rollup, 'claimReward', [], { from: prover });
  assert.is(await chain.balance(prover), half);
  await reverts(chain.call(rollup, 'claimReward', [], { from: prover }), 'NothingToClaim', [prover]);
  assert.is(await chain.balance(rollup.address), half + parameters.bondAmount);
});

test('everything up to batch 0 can be deleted, and the chain starts from the genesis again', async () => {
  const world = await newWorld();
  await postNext(world, root(1));
  await deleteFrom(world, 0n);
  await bond(world, rival);
  const batch = await postNext(world, root(2), rival);
  assert.is(batch.header.parentHash, world.plan.genesisHash);
  assert.is(batch.header.preRoot, GENESIS_ROOT);
});

test('a bond being withdrawn is slashed as long as its batch can be deleted', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  await postNext(world, root(1));
  await chain.call(rollup, 'requestUnbond', [], { from: sequencer });
  chain.mine(parameters.challengeWindow);
  await deleteFrom(world, 0n);
  chain.mine(parameters.unbondDelay);
  await reverts(chain.call(rollup, 'unbond', [], { from: sequencer }), 'UnbondNotReady', [0n]);
  assert.is(await chain.read(rollup, 'rewardOf', [prover]), half);
});

test('another sequencer keeps the seat when an older poster is slashed', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  await bond(world, rival);
  await postNext(world, root(1));
  chain.mine(parameters.sequencerTimeout);
  await postNext(world, root(2), rival);
  await deleteFrom(world, 0n);
  assert.is(((await chain.read(rollup, 'sequencer')) as Hex).toLowerCase(), rival);
  assert.is((await chain.read<readonly bigint[]>(rollup, 'bondOf', [rival]))[0], parameters.bondAmount);
});

test('a final batch is never deleted', async () => {
  const world = await newWorld();
  const { chain, rollup } = world;
  await postNext(world, root(1));
  chain.mine(parameters.challengeWindow + 1n);
  await postNext(world, root(2));
  await reverts(deleteFrom(world, 0n), 'BatchIsFinal', [0n]);
  await deleteFrom(world, 1n);
  assert.is(await chain.read(rollup, 'batchCount'), 1n);
});

test('settings that can not work are refused at deployment', async () => {
  const working = {
    inbox: account(50),
    genesisRoot: GENESIS_ROOT,
    parameterHash: root(2),
    sequencer,
    fraudProof: ZERO_ADDRESS,
    ...parameters,
  };
  const wrong: Record<string, Partial<typeof working>> = {
    inbox: { inbox: ZERO_ADDRESS },
    genesisRoot: { genesisRoot: root(0) },
    sequencer: { sequencer: ZERO_ADDRESS },
    bondAmount: { bondAmount: 0n },
    challengeWindow: { challengeWindow: 0n },
    unbondDelay: { unbondDelay: parameters.challengeWindow },
    maxBatchAge: { maxBatchAge: parameters.sequencerTimeout - 1n },
  };
  const chain = await TestChain.create();
  for (const [setting, change] of Object.entries(wrong)) {
    const deployed = chain.create(rollupContract, [{ ...working, ...change }], deployer);
    await reverts(deployed, 'BadConfig', [setting]);
  }
  await chain.create(rollupContract, [working], deployer);
});

test.run();
