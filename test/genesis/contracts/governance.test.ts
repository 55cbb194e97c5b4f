/**
 * Governance waits, reaches three contracts only, and its guardian can hold up two things for a while.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFunctionData } from 'viem/utils';
import { governance as governanceContract } from '../../../genesis/contracts/abi.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { decode } from '../../../state/codec/layout.ts';
import { pauseAuctions } from '../../../state/transactions/pauseAuctions.ts';
import { decodeInboxItem } from '../../../genesis/contracts/inboxItem.ts';
import { account, reverts, type Deployed, type Receipt } from './evm.ts';
import { alice, bob, deployer, deposit, guardian, newWorld, parameters, proposer, type World } from './world.ts';
import type { Hex } from 'viem';

const test = suite('Governance');
const ZERO = `0x${'00'.repeat(32)}`;
const DAY = 86_400n;

type Call = readonly [target: Hex, value: bigint, data: Hex, predecessor: string, salt: string];
const callOf = (target: Deployed, functionName: string, args: readonly unknown[]): Call => [
  target.address,
  0n,
  encodeFunctionData({ abi: target.abi, functionName, args }),
  ZERO,
  ZERO,
];
const schedule = ({ chain, governance }: World, call: Call, delay = parameters.governanceDelay) =>
  chain.call(governance, 'schedule', [...call, delay], { from: proposer });
const execute = ({ chain, governance }: World, call: Call, value = 0n): Promise<Receipt> =>
  chain.call(governance, 'execute', call, { from: bob, value });
const pass = async (world: World, call: Call): Promise<Receipt> => {
  await schedule(world, call);
  world.chain.mine(parameters.governanceDelay);
  return execute(world, call);
};

test('a message reaches the Inbox after the delay, never before', async () => {
  const world = await newWorld();
  const { chain, governance, inbox } = world;
  const call = callOf(inbox, 'enqueueGovernance', ['0x0102']);
  const early = chain.call(governance, 'schedule', [...call, parameters.governanceDelay], { from: alice });
  await reverts(early, 'AccessControlUnauthorizedAccount');
  await reverts(schedule(world, call, parameters.governanceDelay - 1n), 'TimelockInsufficientDelay');
  await schedule(world, call);
  chain.mine(parameters.governanceDelay - 1n);
  await reverts(execute(world, call), 'TimelockUnexpectedOperationState');
  chain.mine(1n);
  const { events } = await execute(world, call);
  const item = events.find(({ name }) => name === 'ItemEnqueued')!.args['item'] as Hex;
  assert.equal(decodeInboxItem(fromHex(item)), { kind: 'governance', payload: Uint8Array.of(1, 2) });
  await reverts(execute(world, call), 'TimelockUnexpectedOperationState');
});

test('a call to any other contract, or with ETH, is never made', async () => {
  const world = await newWorld();
  const { chain, tokens, rollup, inbox } = world;
  await deposit(world, alice, 10n);
  for (const call of [
    callOf(tokens[0]!, 'mint', [bob, 1n]),
    callOf(rollup, 'deleteFrom', [0n, bob]),
  ]) {
    await schedule(world, call);
    chain.mine(parameters.governanceDelay);
    await reverts(execute(world, call), 'TargetNotAllowed', [call[0]]);
  }
  const [target, , data, ...rest] = callOf(inbox, 'enqueueForced', ['0x01']);
  const paying: Call = [target, 5n, data, ...rest];
  await schedule(world, paying);
  chain.mine(parameters.governanceDelay);
  await chain.fund(bob, 5n);
  await reverts(execute(world, paying, 5n), 'ValueNotAllowed', [5n]);
});

test('the delay is longer than a forced exit, for ever', async () => {
  const world = await newWorld();
  const { chain, governance, inbox, rollup, vault } = world;
  const exitTime =
    parameters.forcedInclusionDelay + parameters.sequencerTimeout + parameters.challengeWindow;
  assert.is(await chain.read(governance, 'EXIT_TIME'), exitTime);
  const [inboxAt, rollupAt, vaultAt] = [inbox.address, rollup.address, vault.address];
  const redeploy = (delay: bigint) =>
    chain.create(governanceContract, [inboxAt, rollupAt, vaultAt, delay, [], [], guardian], deployer);
  await reverts(redeploy(exitTime), 'DelayTooShort', [exitTime, exitTime]);
  await redeploy(exitTime + 1n);

  await reverts(pass(world, callOf(governance, 'updateDelay', [exitTime])), 'DelayTooShort', [
    exitTime,
    exitTime,
  ]);
  await pass(world, callOf(governance, 'updateDelay', [exitTime + 1n]));
  assert.is(await chain.read(governance, 'getMinDelay'), exitTime + 1n);
  await reverts(
    chain.call(governance, 'updateDelay', [exitTime + 2n], { from: proposer }),
    'TimelockUnauthorizedCaller',
  );
});

test('nobody is above the time lock', async () => {
  const { chain, governance } = await newWorld();
  const admin = await chain.read<Hex>(governance, 'DEFAULT_ADMIN_ROLE');
  for (const who of [deployer, guardian, proposer]) {
    assert.is(await chain.read(governance, 'hasRole', [admin, who]), false);
  }
  assert.is(await chain.read(governance, 'hasRole', [admin, governance.address]), true);
});

test('the guardian pauses deposits once, for at most 14 days, until governance arms it again', async () => {
  const world = await newWorld();
  const { chain, governance } = world;
  const pause = (seconds: bigint, from = guardian) =>
    chain.call(governance, 'pauseDeposits', [seconds], { from });
  await reverts(pause(DAY, alice), 'NotTheCaller', [guardian, alice]);
  await reverts(pause(0n), 'PauseOutOfRange', [14n * DAY, 0n]);
  await reverts(pause(14n * DAY + 1n), 'PauseOutOfRange', [14n * DAY, 14n * DAY + 1n]);
  await pause(14n * DAY);
  const until = chain.timestamp + 14n * DAY;
  await reverts(pause(DAY), 'PauseNotArmed', []);
  await reverts(deposit(world, alice, 1n), 'DepositsPaused', [until]);
  chain.mine(14n * DAY - 1n);
  await reverts(deposit(world, alice, 1n), 'DepositsPaused', [until]);
  chain.mine(1n);
  await deposit(world, alice, 1n);
  await reverts(pause(DAY), 'PauseNotArmed', []);

  await reverts(chain.call(governance, 'rearmPause', [], { from: guardian }), 'NotTheCaller');
  await pass(world, callOf(governance, 'rearmPause', []));
  await pause(DAY);
  const unpause = (from: Hex) => chain.call(governance, 'unpauseDeposits', [], { from });
  await reverts(unpause(alice), 'NotTheCaller', [guardian, alice]);
  await unpause(guardian);
  await deposit(world, alice, 1n);
  await reverts(pause(DAY), 'PauseNotArmed', []);
});

test('a pause does not stop the Inbox: who is inside can still force a way out', async () => {
  const { chain, governance, inbox } = await newWorld();
  await chain.call(governance, 'pauseDeposits', [DAY], { from: guardian });
  await chain.call(inbox, 'enqueueForced', ['0x01'], { from: alice });
  assert.is(await chain.read(inbox, 'length'), 1n);
});

test('the guardian asks the rollup to start no auctions, for at most 6 hours at a time', async () => {
  const { chain, governance, inbox } = await newWorld();
  const pause = (seconds: bigint, from = guardian) =>
    chain.call(governance, 'pauseAuctions', [seconds], { from });
  await reverts(pause(DAY / 4n, alice), 'NotTheCaller', [guardian, alice]);
  await reverts(pause(0n), 'PauseOutOfRange', [DAY / 4n, 0n]);
  await reverts(pause(DAY / 4n + 1n), 'PauseOutOfRange', [DAY / 4n, DAY / 4n + 1n]);
  assert.is(await chain.read(inbox, 'length'), 0n);
  for (const seconds of [DAY / 4n, 1n]) {
    const { events } = await pause(seconds);
    const item = decodeInboxItem(fromHex(events.find(({ name }) => name === 'ItemEnqueued')!.args['item'] as Hex));
    assert.ok(item.kind === 'governance');
    assert.is(item.payload[0], pauseAuctions.action);
    assert.equal(decode(pauseAuctions.layout, item.payload.subarray(1)), { until: Number(chain.timestamp + seconds) });
  }
});

test('only governance replaces the guardian and lists assets', async () => {
  const world = await newWorld();
  const { chain, governance, vault, tokens } = world;
  const successor = account(30);
  await reverts(chain.call(governance, 'setGuardian', [successor], { from: guardian }), 'NotTheCaller');
  await pass(world, callOf(governance, 'setGuardian', [successor]));
  assert.is(((await chain.read(governance, 'guardian')) as Hex).toLowerCase(), successor);

  const token = governance.address;
  const listing = chain.call(vault, 'listAsset', [7, token], { from: guardian });
  await reverts(listing, 'NotTheCaller', [governance.address, guardian]);
  // Any contract will do for a token here.
  await pass(world, callOf(vault, 'listAsset', [7, token]));
  assert.is(((await chain.read(vault, 'tokenOf', [7])) as Hex).toLowerCase(), token);
  for (const [asset, address] of [
    [7, tokens[0]!.address],
    [8, tokens[0]!.address],
    [8, token],
  ] as const) {
    const again = pass(world, callOf(vault, 'listAsset', [asset, address]));
    await reverts(again, 'AssetAlreadyListed', [asset, address]);
  }
  const nothing = account(31);
  await reverts(pass(world, callOf(vault, 'listAsset', [8, nothing])), 'NotAToken', [nothing]);
});

test.run();
