// Every block the embedded L1 makes is one that the library's own block validation accepts.
import { Caches } from '@ethereumjs/statemanager';
import { hexToBytes } from '@ethereumjs/util';
import { createVM, runBlock } from '@ethereumjs/vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concatHex, encodeFunctionData, getContractAddress, type Hex } from 'viem';
import { blockHashes } from '../../../node/l1/embedded/blockMaker.ts';
import { Chain } from '../../../node/l1/embedded/chain.ts';
import { loadCrypto } from '../../../node/l1/embedded/crypto.ts';
import { openMemoryDatabase } from '../../../node/l1/embedded/database.ts';
import { DEV_GENESIS } from '../../../node/l1/embedded/embeddedL1.ts';
import { createRules, openState } from '../../../node/l1/embedded/genesis.ts';
import { ScratchDatabase } from '../../../node/l1/embedded/stateDatabase.ts';
import { account, CHAIN_ID } from './backends.ts';
import { PROBE_ABI, probeBytecode } from './probeContract.ts';

const test = suite('embedded L1: blocks');
const clock = { nowSeconds: () => 1_700_000_000 };
const probe = getContractAddress({ from: account(0).address, nonce: 0n });

async function openChain(): Promise<Chain> {
  const common = createRules(CHAIN_ID, await loadCrypto());
  return Chain.open({ database: openMemoryDatabase(), common, clock, accounts: DEV_GENESIS });
}

async function send(chain: Chain, sender: number, nonce: number, change: object): Promise<void> {
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: BigInt(1 + sender) };
  const request = { chainId: CHAIN_ID, nonce, gas: 1_000_000n, ...fees, ...change };
  await chain.submit(hexToBytes(await account(sender).signTransaction(request)), false);
}

const store = (key: bigint, value: bigint): Hex =>
  encodeFunctionData({ abi: PROBE_ABI, functionName: 'store', args: [key, value] });

/** Executes block `number` again on the state of its parent; throws when anything differs. */
async function validate(chain: Chain, number: bigint): Promise<void> {
  const parent = await chain.store.getByNumber(number - 1n);
  const { block } = await chain.store.getByNumber(number);
  const scratch = new ScratchDatabase(chain.states);
  const { common } = chain;
  const stateManager = openState(common, scratch, parent.block.header.stateRoot, new Caches());
  const vm = await createVM({ common, stateManager, blockchain: blockHashes(chain.store) });
  const result = await runBlock(vm, { block, skipHeaderValidation: true });
  assert.equal(result.stateRoot, block.header.stateRoot);
  assert.equal(result.receiptsRoot, block.header.receiptTrie);
  assert.is(result.gasUsed, block.header.gasUsed);
  assert.equal(block.header.parentHash, parent.block.hash());
  assert.is(block.header.baseFeePerGas, parent.block.header.calcNextBaseFee());
}

test('deployments, calls, reverts, logs and empty blocks', async () => {
  const chain = await openChain();
  await send(chain, 0, 0, { data: probeBytecode() });
  await chain.mine();
  for (let sender = 1; sender < 6; sender++) {
    await send(chain, sender, 0, { to: probe, data: store(BigInt(sender), 9n) });
    await send(chain, sender, 1, { to: probe, data: store(7n, 0n) });
    await send(chain, sender, 2, { to: account(0).address, value: 5n, gas: 21_000n });
    await send(chain, sender, 3, { to: probe, data: store(BigInt(sender), 8n), type: 'eip1559' });
  }
  await chain.mine();
  await chain.mine();
  // Clears storage, whose refund changes the gas of a receipt.
  await send(chain, 0, 1, { data: concatHex(['0x600160005560006000556000', '0x80f3']) });
  await chain.mine();
  const made = await chain.store.getByNumber(2n);
  assert.is(made.receipts.length, 20);
  assert.equal(
    made.receipts.slice(0, 4).map((receipt) => receipt.status),
    [1, 0, 1, 1],
  );
  for (let number = 1n; number <= chain.head.header.number; number += 1n) {
    await validate(chain, number);
  }
  await chain.reorg(2, false, false);
  await chain.mine();
  for (let number = 3n; number <= chain.head.header.number; number += 1n) {
    await validate(chain, number);
  }
});

test('best paying first, nonces in order, and no more than fits', async () => {
  const chain = await openChain();
  const gas = 16_000_000n;
  for (const nonce of [0, 1]) await send(chain, 0, nonce, { to: account(5).address, gas });
  for (const sender of [2, 1]) await send(chain, sender, 0, { to: account(5).address, gas });
  await chain.mine();
  const { receipts } = await chain.store.getByNumber(1n);
  const senders = receipts.map((receipt) => `0x${Buffer.from(receipt.sender).toString('hex')}`);
  const expected = [2, 1, 0, 0].map((index) => account(index).address.toLowerCase());
  assert.equal(senders, expected);
  await validate(chain, 1n);
});

test('a transaction that can no longer be paid leaves the pool', async () => {
  const chain = await openChain();
  const ether = 10n ** 18n;
  const to = account(9).address;
  await send(chain, 8, 0, { to, value: 100n * ether, gas: 21_000n });
  await chain.mine();
  const more = 10_050n * ether;
  await send(chain, 9, 0, { to: account(1).address, value: more, gas: 21_000n });
  // The re-org takes away the gift that the pending transaction counts on.
  await chain.reorg(1, true, false);
  assert.is(chain.pool.size, 1);
  const head = await chain.mine();
  assert.is(head.transactions.length, 0);
  assert.is(chain.pool.size, 0);
  assert.equal(await chain.store.pendingTransactions(), []);
});

test('a write that fails changes nothing, and the chain goes on after it', async () => {
  const database = openMemoryDatabase();
  const write = database.write.bind(database);
  const common = createRules(CHAIN_ID, await loadCrypto());
  const chain = await Chain.open({ database, common, clock, accounts: DEV_GENESIS });
  await send(chain, 0, 0, { data: probeBytecode() });
  const before = chain.head;
  database.write = () => Promise.reject(new Error('disk full'));
  const outcome = await chain.mine().catch((error: Error) => error.message);
  assert.is(outcome, 'disk full');
  assert.is(chain.head, before);
  database.write = write;
  await chain.mine();
  assert.is((await chain.store.getByNumber(1n)).receipts.length, 1);
  await validate(chain, 1n);
});

test.run();
