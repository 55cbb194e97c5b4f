/** From a deposit on L1 to a withdrawal paid on L1, and everything that must not be paid. */
import { createAddressFromString } from '@ethereumjs/util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fraudProof as fraudProofContract, vault as vaultContract } from '../../../genesis/contracts/abi.ts';
import { ZERO_ADDRESS } from '../../../genesis/contracts/deploy.ts';
import { decodeInboxItem } from '../../../genesis/contracts/inboxItem.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { prove } from '../../../state/tree/proof.ts';
import { Trie } from '../../../state/tree/trie.ts';
import { ANYONE, reverts, TestChain } from './evm.ts';
import {
  alice,
  bob,
  deleteFrom,
  deployer,
  deposit,
  guardian,
  newWorld,
  parameters,
  postNext,
  type World,
} from './world.ts';
import { bit, proofOf, rootOf, someLeaves, withdrawalLeaf, type Leaf } from './withdrawals.ts';
import type { Hex } from 'viem';

const test = suite('Vault');
const USDC = 0;
const MAX_HELD = 2n ** 127n - 1n;

/** Posts the tree and lets its challenge window pass. */
async function finalize(world: World, leaves: readonly Leaf[]): Promise<bigint> {
  const { header } = await postNext(world, rootOf(leaves));
  world.chain.mine(parameters.challengeWindow + 1n);
  return header.index;
}

const withdraw = (
  { chain, vault }: World,
  batch: bigint,
  index: bigint,
  record: Uint8Array,
  proof: Uint8Array,
  functionName = 'withdraw',
) => chain.call(vault, functionName, [batch, index, toHex(record), toHex(proof)], { from: ANYONE });

const claim = ({ chain, vault }: World, recipient: Hex, asset = USDC) =>
  chain.call(vault, 'claim', [asset, recipient], { from: ANYONE });

const books = async ({ chain, vault, tokens }: World, asset = USDC) => ({
  held: await chain.read<bigint>(vault, 'held', [asset]),
  owed: await chain.read<bigint>(vault, 'owed', [asset]),
  balance: await chain.read<bigint>(tokens[asset]!, 'balanceOf', [vault.address]),
});

test('deposit, batch, challenge window, withdraw, claim', async () => {
  const world = await newWorld();
  const { chain, vault, tokens } = world;
  const { events } = await deposit(world, alice, 1_000n);
  const item = events.find(({ name }) => name === 'ItemEnqueued')!.args['item'] as Hex;
  assert.equal(decodeInboxItem(fromHex(item)), {
    kind: 'deposit',
    asset: USDC,
    owner: fromHex(alice),
    subaccount: 0,
    amount: 1_000n,
  });
  assert.equal(await books(world), { held: 1_000n, owed: 0n, balance: 1_000n });

  const leaf = withdrawalLeaf({ index: 0n, asset: USDC, amount: 400n, recipient: bob });
  const leaves = [...someLeaves(40), leaf];
  const proof = proofOf(leaves, leaf.key);
  const { header } = await postNext(world, rootOf(leaves));
  chain.mine(parameters.challengeWindow);
  await reverts(withdraw(world, header.index, 0n, leaf.value, proof), 'BatchNotFinal', [0n]);
  chain.mine(1n);
  await withdraw(world, header.index, 0n, leaf.value, proof);
  assert.equal(await books(world), { held: 600n, owed: 400n, balance: 1_000n });
  assert.is(await chain.read(vault, 'claimable', [USDC, bob]), 400n);
  assert.is(await chain.read(vault, 'isWithdrawn', [0n]), true);
  await reverts(withdraw(world, header.index, 0n, leaf.value, proof), 'AlreadyWithdrawn', [0n]);

  assert.is((await claim(world, bob)).result, 400n);
  assert.equal(await books(world), { held: 600n, owed: 0n, balance: 600n });
  assert.is(await chain.read(tokens[USDC]!, 'balanceOf', [bob]), 400n);
  await reverts(claim(world, bob), 'NothingToClaim', [USDC, bob]);
});

test('withdrawAndClaim pays in one transaction, with what was credited before', async () => {
  const world = await newWorld();
  await deposit(world, alice, 100n, 1);
  const first = withdrawalLeaf({ index: 5n, asset: 1, amount: 10n, recipient: bob });
  const second = withdrawalLeaf({ index: 6n, asset: 1, amount: 20n, recipient: bob });
  const leaves = [first, second];
  const batch = await finalize(world, leaves);
  await withdraw(world, batch, 5n, first.value, proofOf(leaves, first.key));
  const proof = proofOf(leaves, second.key);
  const { result } = await withdraw(world, batch, 6n, second.value, proof, 'withdrawAndClaim');
  assert.is(result, 30n);
  assert.is(await world.chain.read(world.tokens[1]!, 'balanceOf', [bob]), 30n);
  assert.equal(await books(world, 1), { held: 70n, owed: 0n, balance: 70n });
});

test('a withdrawal is credited once, whichever final batch proves it', async () => {
  const world = await newWorld();
  await deposit(world, alice, 100n);
  const leaf = withdrawalLeaf({ index: 1n, asset: USDC, amount: 10n, recipient: bob });
  const later = [leaf, ...someLeaves(9)];
  const first = await finalize(world, [leaf]);
  const second = await finalize(world, later);
  await withdraw(world, first, 1n, leaf.value, proofOf([leaf], leaf.key));
  const again = withdraw(world, second, 1n, leaf.value, proofOf(later, leaf.key));
  await reverts(again, 'AlreadyWithdrawn', [1n]);
});

test('a deleted batch proves nothing', async () => {
  const world = await newWorld();
  await deposit(world, alice, 100n);
  const leaf = withdrawalLeaf({ index: 1n, asset: USDC, amount: 10n, recipient: bob });
  await postNext(world, rootOf([leaf]));
  await deleteFrom(world, 0n);
  world.chain.mine(parameters.challengeWindow + 1n);
  await reverts(withdraw(world, 0n, 1n, leaf.value, proofOf([leaf], leaf.key)), 'BatchNotFinal', [0n]);
});

test('proofs are right at every depth and shape, and are the ones the state makes', async () => {
  const world = await newWorld();
  await deposit(world, alice, 1_000_000n);
  for (const [size, extraDepth] of [
    [0, 0],
    [0, 255],
    [1, 0],
    [2, 7],
    [100, 0],
    [300, 3],
  ] as const) {
    const index = BigInt(1_000 + size * 256 + extraDepth);
    const leaf = withdrawalLeaf({ index, asset: USDC, amount: 1n, recipient: bob });
    const leaves = [...someLeaves(size), leaf];
    const batch = await finalize(world, leaves);
    const proof = proofOf(leaves, leaf.key, extraDepth);
    if (extraDepth === 0) {
      const trie = new Trie();
      for (const { key, value } of leaves) trie.set(key, sha256(value));
      // The state's proof opens with its number of neighbours, none for a record that is there.
      assert.equal(toHex(prove(trie, leaf.key)), `0x00${toHex(proof).slice(2)}`);
    }
    await withdraw(world, batch, index, leaf.value, proof);
  }
});

test('empty siblings above an inner node are joined, not skipped', async () => {
  const world = await newWorld();
  await deposit(world, alice, 10n);
  const leaf = withdrawalLeaf({ index: 3n, asset: USDC, amount: 10n, recipient: bob });
  // A neighbour that shares twelve bits: eleven levels of one-sided inner nodes above the pair.
  let neighbour: Leaf | undefined;
  for (let nonce = 0; neighbour === undefined; nonce++) {
    const key = sha256(new TextEncoder().encode(`near ${nonce}`));
    if (Array.from({ length: 12 }, (_, at) => at).every((at) => bit(key, at) === bit(leaf.key, at))) {
      neighbour = { key, value: Uint8Array.of(1) };
    }
  }
  const leaves = [leaf, neighbour];
  const batch = await finalize(world, leaves);
  await withdraw(world, batch, 3n, leaf.value, proofOf(leaves, leaf.key));
});

test('any changed byte of record, proof or index proves nothing', async () => {
  const world = await newWorld();
  await deposit(world, alice, 1_000n);
  const leaf = withdrawalLeaf({ index: 0n, asset: USDC, amount: 400n, recipient: bob });
  const leaves = [...someLeaves(5), leaf];
  const batch = await finalize(world, leaves);
  const proof = proofOf(leaves, leaf.key);
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at]! ^= 1;
    return copy;
  };
  let refused = 0;
  const refuses = async (index: bigint, record: Uint8Array, changed: Uint8Array) => {
    const outcome = await withdraw(world, batch, index, record, changed).then(
      () => 'credited',
      (error: Error) => error.name,
    );
    assert.is(outcome, 'Revert');
    refused++;
  };
  for (let at = 0; at < leaf.value.length; at++) await refuses(0n, flipped(leaf.value, at), proof);
  for (let at = 0; at < proof.length; at++) await refuses(0n, leaf.value, flipped(proof, at));
  for (let size = 0; size < proof.length; size++) await refuses(0n, leaf.value, proof.slice(0, size));
  await refuses(1n, leaf.value, proof);
  // An inner node in the place of a leaf, and another record's leaf.
  await refuses(0n, leaves[0]!.value, proofOf(leaves, leaves[0]!.key));
  assert.ok(refused > 95 + 2 * proof.length);
  await withdraw(world, batch, 0n, leaf.value, proof);
});

test('each malformed proof has its name', async () => {
  const world = await newWorld();
  const leaf = withdrawalLeaf({ index: 0n, asset: USDC, amount: 1n, recipient: bob });
  const leaves = [...someLeaves(1), leaf];
  const batch = await finalize(world, leaves);
  const good = proofOf(leaves, leaf.key);
  const depth = good[2]!;
  const attempt = (proof: Uint8Array) => withdraw(world, batch, 0n, leaf.value, proof);
  await reverts(attempt(new Uint8Array(2)), 'ProofSizeMismatch', [3, 2]);
  await reverts(attempt(Uint8Array.of(0, 9, 9)), 'ProofSizeMismatch', [5, 3]);
  await reverts(attempt(Uint8Array.of(0, 1, 2, 0)), 'ProofStepsMismatch', [2, 1]);
  await reverts(attempt(Uint8Array.of(0, 1, 1, 0x40)), 'ProofPaddingNotZero', []);
  await reverts(attempt(Uint8Array.of(0, 1, 1, 0x80)), 'ProofSizeMismatch', [36, 4]);
  const longer = new Uint8Array(good.length + 1);
  longer.set(good);
  await reverts(attempt(longer), 'ProofSizeMismatch', [good.length, longer.length]);
  const wrong = good.slice();
  wrong[wrong.length - 1]! ^= 1;
  await reverts(attempt(wrong), 'ProofDoesNotReachRoot');
  const record = withdraw(world, batch, 0n, leaf.value.slice(1), good);
  await reverts(record, 'RecordSizeMismatch', [95, 94]);
  assert.ok(depth >= 1);
});

test('never more than is held, and never an unknown asset', async () => {
  const world = await newWorld();
  await deposit(world, alice, 100n);
  const greedy = withdrawalLeaf({ index: 0n, asset: USDC, amount: 101n, recipient: bob });
  const unknown = withdrawalLeaf({ index: 1n, asset: 9, amount: 1n, recipient: bob });
  const other = withdrawalLeaf({ index: 2n, asset: 1, amount: 1n, recipient: bob });
  const leaves = [greedy, unknown, other];
  const batch = await finalize(world, leaves);
  const attempt = (index: bigint, leaf: Leaf) =>
    withdraw(world, batch, index, leaf.value, proofOf(leaves, leaf.key));
  await reverts(attempt(0n, greedy), 'NotEnoughHeld', [100n, 101n]);
  await reverts(attempt(1n, unknown), 'UnknownAsset', [9]);
  await reverts(attempt(2n, other), 'NotEnoughHeld', [0n, 1n]);
  await reverts(claim(world, bob, 9), 'UnknownAsset', [9]);
  await deposit(world, alice, 1n);
  await attempt(0n, greedy);
  assert.equal(await books(world), { held: 0n, owed: 101n, balance: 101n });
});

test('tokens sent without a deposit back nothing', async () => {
  const world = await newWorld();
  await world.chain.call(world.tokens[USDC]!, 'mint', [world.vault.address, 1_000n]);
  const leaf = withdrawalLeaf({ index: 0n, asset: USDC, amount: 1n, recipient: bob });
  const batch = await finalize(world, [leaf]);
  await reverts(withdraw(world, batch, 0n, leaf.value, proofOf([leaf], leaf.key)), 'NotEnoughHeld', [0n, 1n]);
});

test('deposits are refused by name', async () => {
  const world = await newWorld();
  const { chain, vault, tokens } = world;
  const attempt = (asset: number, owner: Hex, amount: bigint) =>
    chain.call(vault, 'deposit', [asset, owner, 0, amount], { from: alice });
  await reverts(attempt(9, alice, 1n), 'UnknownAsset', [9]);
  await reverts(attempt(USDC, ZERO_ADDRESS, 1n), 'ZeroOwner', []);
  await reverts(attempt(USDC, alice, 0n), 'ZeroAmount', []);
  await reverts(attempt(USDC, alice, 1n), 'ERC20InsufficientAllowance');
  await chain.call(tokens[USDC]!, 'approve', [vault.address, 1n], { from: alice });
  await reverts(attempt(USDC, alice, 1n), 'ERC20InsufficientBalance');

  await deposit(world, alice, 5n);
  await reverts(deposit(world, alice, MAX_HELD - 4n), 'DepositTooLarge', [MAX_HELD - 5n, MAX_HELD - 4n]);
  await reverts(deposit(world, alice, 2n ** 128n), 'DepositTooLarge', [MAX_HELD - 5n, 2n ** 128n]);
  await deposit(world, alice, MAX_HELD - 5n);
  assert.is((await books(world)).held, MAX_HELD);
});

test('a pause stops deposits, never withdrawals or claims', async () => {
  const world = await newWorld();
  await deposit(world, alice, 100n);
  const leaf = withdrawalLeaf({ index: 0n, asset: USDC, amount: 40n, recipient: bob });
  const batch = await finalize(world, [leaf]);
  await world.chain.call(world.governance, 'pauseDeposits', [86_400n], { from: guardian });
  await reverts(deposit(world, alice, 1n), 'DepositsPaused');
  await withdraw(world, batch, 0n, leaf.value, proofOf([leaf], leaf.key));
  await claim(world, bob);
});

test('contracts that do not know each other, or no SHA-256, stop the deployment', async () => {
  const { chain, inbox, rollup, governance, vault } = await newWorld();
  const deploy = (args: readonly unknown[]) => chain.create(vaultContract, args, deployer);
  const wired = [inbox.address, rollup.address, governance.address, []];
  await reverts(deploy(wired), 'MiswiredContract');
  await reverts(deploy([inbox.address, rollup.address, alice, []]), 'MiswiredContract');
  assert.is(((await chain.read(inbox, 'VAULT')) as Hex).toLowerCase(), vault.address);

  // Everything as planned, but for a FraudProof that deletes from another Rollup.
  const fresh = await TestChain.create();
  const { plan } = await newWorld();
  const { rollup: planned, chainSteps, actionSteps, tradeSteps, oracleSteps, markSteps } = plan.addresses;
  const { auctionSteps, bidSteps, waterfallSteps, vaultSteps, roundSteps } = plan.addresses;
  const ofAccounts = [chainSteps, actionSteps, tradeSteps, oracleSteps, markSteps];
  const elsewhere = [alice, ...ofAccounts, auctionSteps, bidSteps, waterfallSteps, vaultSteps, roundSteps];
  const created = async (): Promise<void> => {
    for (const { name, data } of plan.transactions) {
      if (name === 'fraudProof') await fresh.create(fraudProofContract, elsewhere, deployer);
      else await fresh.createRaw(data, vaultContract, deployer);
    }
  };
  await reverts(created(), 'MiswiredContract', ['FraudProof.ROLLUP', planned, alice]);

  const sha256At = createAddressFromString(`0x${'02'.padStart(40, '0')}`);
  const withoutSha256 = newWorld({}, await TestChain.create({ customPrecompiles: [{ address: sha256At }] }));
  await reverts(withoutSha256, 'Sha256Missing', []);
});

test('an asset id and a token are listed once at deployment, and only a contract', async () => {
  const existing = (address: Hex) => ({ kind: 'existing', address }) as const;
  const test0 = { kind: 'test', name: 'T', symbol: 'T', decimals: 0 } as const;
  await reverts(newWorld({ tokens: [existing(alice)] }), 'NotAToken', [alice]);
  const { plan } = await newWorld({ tokens: [test0] });
  const twice = newWorld({ tokens: [test0, existing(plan.addresses.tokens[0]!)] });
  await reverts(twice, 'AssetAlreadyListed', [1, plan.addresses.tokens[0]]);
});

test('gas of deposit, withdraw and claim', async () => {
  const world = await newWorld();
  await deposit(world, alice, 1_000n);
  world.chain.mine();
  await world.chain.call(world.tokens[USDC]!, 'mint', [alice, 1_000n]);
  await world.chain.call(world.tokens[USDC]!, 'approve', [world.vault.address, 1_000n], { from: alice });
  const deposited = await world.chain.call(world.vault, 'deposit', [USDC, alice, 0, 1_000n], { from: alice });
  const leaf = withdrawalLeaf({ index: 0n, asset: USDC, amount: 400n, recipient: bob });
  const leaves = [...someLeaves(1_000), leaf];
  const proof = proofOf(leaves, leaf.key);
  const batch = await finalize(world, leaves);
  const withdrawn = await withdraw(world, batch, 0n, leaf.value, proof);
  const claimed = await claim(world, bob);
  const forced = await world.chain.call(world.inbox, 'enqueueForced', [`0x${'77'.repeat(200)}`]);
  console.log(
    `deposit ${deposited.gas} gas, withdraw ${withdrawn.gas} (depth ${proof[2]}), claim ${claimed.gas}, ` +
      `forced transaction of 200 bytes ${forced.gas}`,
  );
  assert.ok(deposited.gas < 200_000n && withdrawn.gas < 200_000n && claimed.gas < 100_000n);
});

test.run();
