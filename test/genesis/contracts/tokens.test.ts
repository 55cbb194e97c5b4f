/**
 * Tokens that charge, lie, call back or refuse people can not take from anyone but those who use
 * them.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFunctionData } from 'viem/utils';
import { toHex } from '../../../state/codec/bytes.ts';
import { compile } from '../../../scripts/contracts.ts';
import { ANYONE, reverts, TestChain, type Contract, type Deployed } from './evm.ts';
import { alice, bob, newWorld, parameters, postNext, type World } from './world.ts';
import { proofOf, rootOf, withdrawalLeaf } from './withdrawals.ts';
import type { Hex } from 'viem';

const test = suite('Vault with weird tokens');
const source = readFileSync(new URL('./WeirdTokens.sol', import.meta.url), 'utf8');
const compiled = compile({ 'WeirdTokens.sol': source });
const contract = (name: string): Contract => compiled.get(`WeirdTokens.sol:${name}`)!;
const ASSET = 0;

async function newWeirdWorld(name: string): Promise<{ world: World; token: Deployed }> {
  // Somebody else's contract, there before the rollup.
  const chain = await TestChain.create();
  const token = await chain.create(contract(name), [], ANYONE);
  const tokens = [{ kind: 'existing', address: token.address }] as const;
  return { world: await newWorld({ tokens }, chain), token };
}

async function depositWeird({ chain, vault }: World, token: Deployed, owner: Hex, amount: bigint) {
  await chain.call(token, 'mint', [owner, amount]);
  await chain.call(token, 'approve', [vault.address, amount], { from: owner });
  return chain.call(vault, 'deposit', [ASSET, owner, 0, amount], { from: owner });
}

/** Credits `amount` to `recipient`, out of what is held. */
async function credit(world: World, index: bigint, recipient: Hex, amount: bigint): Promise<void> {
  const leaf = withdrawalLeaf({ index, asset: ASSET, amount, recipient });
  const { header } = await postNext(world, rootOf([leaf]));
  world.chain.mine(parameters.challengeWindow + 1n);
  const args = [header.index, index, toHex(leaf.value), toHex(proofOf([leaf], leaf.key))];
  await world.chain.call(world.vault, 'withdraw', args);
}

const claim = ({ chain, vault }: World, recipient: Hex) =>
  chain.call(vault, 'claim', [ASSET, recipient], { from: ANYONE });
const books = async ({ chain, vault }: World, token: Deployed) => ({
  held: await chain.read<bigint>(vault, 'held', [ASSET]),
  owed: await chain.read<bigint>(vault, 'owed', [ASSET]),
  balance: await chain.read<bigint>(token, 'balanceOf', [vault.address]),
});

test('a fee on transfer is refused on the way in', async () => {
  const { world, token } = await newWeirdWorld('WeirdToken');
  await world.chain.call(token, 'setFees', [3n, 0n]);
  await reverts(depositWeird(world, token, alice, 100n), 'TransferMismatch', [100n, 97n]);
  assert.is(await world.chain.read(world.inbox, 'length'), 0n);
});

test('a token that turns to taking more than it pays is refused on the way out', async () => {
  const { world, token } = await newWeirdWorld('WeirdToken');
  await depositWeird(world, token, alice, 100n);
  await credit(world, 0n, bob, 40n);
  await world.chain.call(token, 'setFees', [0n, 5n]);
  await reverts(claim(world, bob), 'TransferMismatch', [40n, 45n]);
  // A fee that the recipient bears is the recipient's affair.
  await world.chain.call(token, 'setFees', [5n, 0n]);
  await claim(world, bob);
  assert.is(await world.chain.read(token, 'balanceOf', [bob]), 35n);
  assert.equal(await books(world, token), { held: 60n, owed: 0n, balance: 60n });
});

test('a token that says false moves nothing', async () => {
  const { world, token } = await newWeirdWorld('WeirdToken');
  await depositWeird(world, token, alice, 100n);
  await credit(world, 0n, bob, 40n);
  await world.chain.call(token, 'setReturnsFalse', [true]);
  await reverts(depositWeird(world, token, alice, 1n), 'SafeERC20FailedOperation');
  await reverts(claim(world, bob), 'SafeERC20FailedOperation');
  assert.equal(await books(world, token), { held: 60n, owed: 40n, balance: 100n });
});

test('a token that returns nothing works', async () => {
  const { world, token } = await newWeirdWorld('SilentToken');
  await depositWeird(world, token, alice, 100n);
  await credit(world, 0n, bob, 40n);
  await claim(world, bob);
  assert.equal(await books(world, token), { held: 60n, owed: 0n, balance: 60n });
});

test('a recipient that the token blocks hurts nobody else and keeps the claim', async () => {
  const { world, token } = await newWeirdWorld('WeirdToken');
  await depositWeird(world, token, alice, 100n);
  await world.chain.call(token, 'setBlocked', [bob, true]);
  await credit(world, 0n, bob, 40n);
  await credit(world, 1n, alice, 30n);
  await reverts(claim(world, bob), 'Error', ['blocked']);
  await claim(world, alice);
  assert.equal(await books(world, token), { held: 30n, owed: 40n, balance: 70n });
  await world.chain.call(token, 'setBlocked', [bob, false]);
  await claim(world, bob);
  assert.is(await world.chain.read(token, 'balanceOf', [bob]), 40n);
});

test('a balance that the token takes away is missed, and nothing else is paid instead', async () => {
  const { world, token } = await newWeirdWorld('WeirdToken');
  await depositWeird(world, token, alice, 100n);
  await credit(world, 0n, bob, 40n);
  await world.chain.call(token, 'burn', [world.vault.address, 80n]);
  await reverts(claim(world, bob), 'ERC20InsufficientBalance');
  assert.equal(await books(world, token), { held: 60n, owed: 40n, balance: 20n });
});

for (const functionName of ['deposit', 'claim', 'withdraw', 'withdrawAndClaim']) {
  test(`a token that calls back can not re-enter ${functionName}`, async () => {
    const { world, token } = await newWeirdWorld('WeirdToken');
    const { chain, vault } = world;
    await depositWeird(world, token, alice, 100n);
    await credit(world, 0n, bob, 40n);
    // Each call would succeed, or fail by another name, if the guard let it in.
    const arguments_: Record<string, readonly unknown[]> = {
      deposit: [ASSET, alice, 0, 1n],
      claim: [ASSET, bob],
      withdraw: [0n, 0n, '0x', '0x'],
      withdrawAndClaim: [0n, 0n, '0x', '0x'],
    };
    const data = encodeFunctionData({ abi: vault.abi, functionName, args: arguments_[functionName]! });
    await chain.call(token, 'setReenter', [vault.address, data]);
    const reentrancy = '0x3ee5aeb5'; // ReentrancyGuardReentrantCall()

    await depositWeird(world, token, alice, 7n);
    assert.is(await chain.read(token, 'reenterSucceeded'), false);
    assert.is(await chain.read(token, 'reenterResult'), reentrancy);
    assert.equal(await books(world, token), { held: 67n, owed: 40n, balance: 107n });

    await claim(world, bob);
    assert.is(await chain.read(token, 'reenterSucceeded'), false);
    assert.is(await chain.read(token, 'reenterResult'), reentrancy);
    assert.is(await chain.read(token, 'balanceOf', [bob]), 40n);
    assert.equal(await books(world, token), { held: 67n, owed: 0n, balance: 67n });
  });
}

test.run();
