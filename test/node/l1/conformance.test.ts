// Both L1 back ends answer viem alike: contracts, logs, reverts, nonces, fee bumps and re-orgs.
import {
  BaseError,
  ContractFunctionRevertedError,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionData,
  pad,
  parseEther,
  toHex,
} from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEV_ACCOUNTS, DEV_BALANCE, DEV_MNEMONIC } from '../../../node/l1/devAccounts.ts';
import { account, BACKENDS, CHAIN_ID, deployProbe } from './backends.ts';
import type { Backend, OpenBackend } from './backends.ts';
import { PROBE_ABI } from './probeContract.ts';

const abi = PROBE_ABI;

/** Runs `work` on a fresh chain and closes it whatever happens. */
const on =
  (open: OpenBackend, mining: 'auto' | 'manual', work: (backend: Backend) => Promise<void>) =>
  async () => {
    const backend = await open(mining);
    try {
      await work(backend);
    } finally {
      await backend.close();
    }
  };

async function store(backend: Backend, address: `0x${string}`, key: bigint, value: bigint) {
  const wallet = backend.walletClient(account(0));
  const args = [key, value] as const;
  const hash = await wallet.writeContract({ abi, address, functionName: 'store', args });
  return backend.publicClient.waitForTransactionReceipt({ hash });
}

const refusal = async (work: Promise<unknown>): Promise<BaseError> => {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (!(outcome instanceof BaseError)) throw new Error(`expected a viem error, got ${outcome}`);
  return outcome;
};

for (const [name, open] of BACKENDS) {
  const test = suite(`L1 conformance: ${name}`);

  test(
    'identity and prefunded accounts',
    on(open, 'auto', async ({ publicClient }) => {
      assert.is(await publicClient.getChainId(), CHAIN_ID);
      assert.is(await publicClient.getBlockNumber(), 0n);
      for (const [index, { address, privateKey }] of DEV_ACCOUNTS.entries()) {
        const derived = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index });
        assert.is(address, derived.address);
        assert.is(privateKey, toHex(derived.getHdKey().privateKey ?? new Uint8Array()));
        assert.is(await publicClient.getBalance({ address }), DEV_BALANCE);
      }
    }),
  );

  test(
    'value transfer, block and receipt agree',
    on(open, 'auto', async ({ publicClient, walletClient }) => {
      const [from, to] = [account(0), account(1).address];
      const value = parseEther('1');
      const hash = await walletClient(from).sendTransaction({ to, value });
      const receipt = await publicClient.waitForTransactionReceipt({ hash });
      const block = await publicClient.getBlock({ includeTransactions: true });
      const transaction = await publicClient.getTransaction({ hash });
      assert.is(receipt.status, 'success');
      assert.is(receipt.gasUsed, 21_000n);
      assert.is(receipt.blockHash, block.hash);
      assert.is(block.transactions[0]?.hash, hash);
      assert.is(transaction.blockNumber, block.number);
      assert.is(transaction.from, from.address.toLowerCase());
      assert.is(await publicClient.getBalance({ address: to }), DEV_BALANCE + value);
      const paid = receipt.gasUsed * receipt.effectiveGasPrice + value;
      assert.is(await publicClient.getBalance({ address: from.address }), DEV_BALANCE - paid);
      // The state before the block is still there.
      assert.is(await publicClient.getBalance({ address: to, blockNumber: 0n }), DEV_BALANCE);
    }),
  );

  test(
    'all three transaction types',
    on(open, 'auto', async ({ publicClient, walletClient }) => {
      const to = account(1).address;
      for (const type of ['legacy', 'eip2930', 'eip1559'] as const) {
        const fields = type === 'eip2930' ? { accessList: [{ address: to, storageKeys: [] }] } : {};
        const request = { to, value: 1n, type, ...fields } as const;
        const hash = await walletClient(account(0)).sendTransaction(request as never);
        assert.is((await publicClient.waitForTransactionReceipt({ hash })).type, type);
        assert.is((await publicClient.getTransaction({ hash })).type, type);
      }
    }),
  );

  test(
    'logs are found by address, topics and range',
    on(open, 'auto', async (backend) => {
      const { publicClient } = backend;
      const address = await deployProbe(backend);
      const receipts = [];
      for (const key of [1n, 2n, 3n]) receipts.push(await store(backend, address, key, key * 10n));
      const event = abi[0];
      const range = { fromBlock: 0n, toBlock: 'latest' } as const;
      const all = await publicClient.getLogs({ address, event, ...range });
      assert.equal(all.map((log) => log.args.value), [10n, 20n, 30n]);
      const two = await publicClient.getLogs({ event, args: { key: [2n, 3n] }, ...range });
      assert.equal(two.map((log) => log.args.key), [2n, 3n]);
      const sender = account(0).address;
      assert.is((await publicClient.getLogs({ event, args: { sender }, ...range })).length, 3);
      const other = { event, args: { sender: account(1).address }, ...range };
      assert.is((await publicClient.getLogs(other)).length, 0);
      const blockHash = receipts[1]?.blockHash ?? '0x';
      const inBlock = await publicClient.getLogs({ address, event, blockHash });
      assert.equal(inBlock.map((log) => log.args.key), [2n]);
      assert.is(inBlock[0]?.transactionHash, receipts[1]?.transactionHash);
      const topics = encodeEventTopics({ abi, eventName: 'Stored' });
      assert.equal(receipts[0]?.logs[0]?.topics[0], topics[0]);
      assert.is(receipts[0]?.logs[0]?.data, encodeAbiParameters([{ type: 'uint256' }], [10n]));
    }),
  );

  test(
    'reverts carry their data',
    on(open, 'auto', async (backend) => {
      const { publicClient, walletClient } = backend;
      const address = await deployProbe(backend);
      const bad = { abi, address, functionName: 'store', args: [7n, 0n] } as const;
      const calls: (() => Promise<unknown>)[] = [
        () => publicClient.simulateContract(bad),
        () => publicClient.estimateContractGas({ ...bad, account: account(0) }),
      ];
      for (const failing of calls) {
        const cause = (await refusal(failing())).walk(
          (error) => error instanceof ContractFunctionRevertedError,
        ) as ContractFunctionRevertedError;
        assert.is(cause.data?.errorName, 'Refused');
        assert.equal(cause.data?.args, [7n]);
      }
      const args = ['because'] as const;
      const text = await refusal(
        publicClient.readContract({ abi, address, functionName: 'fail', args }),
      );
      assert.match(text.message, 'because');
      // Sent anyway, it is mined, pays gas and changes nothing.
      const data = encodeFunctionData({ abi, functionName: 'store', args: [7n, 0n] });
      const request = { to: address, data, gas: 100_000n };
      const hash = await walletClient(account(0)).sendTransaction(request);
      const receipt = await publicClient.waitForTransactionReceipt({ hash });
      assert.is(receipt.status, 'reverted');
      assert.is(receipt.logs.length, 0);
    }),
  );

  test(
    'storage, code and estimates',
    on(open, 'auto', async (backend) => {
      const { publicClient } = backend;
      const address = await deployProbe(backend);
      await store(backend, address, 5n, 99n);
      const args = [5n] as const;
      const value = await publicClient.readContract({ abi, address, functionName: 'values', args });
      assert.is(value, 99n);
      assert.ok(((await publicClient.getCode({ address }))?.length ?? 0) > 100);
      const empty = await publicClient.getStorageAt({ address, slot: toHex(77) });
      assert.is(empty, pad('0x', { size: 32 }));
      const data = `0x${'ff'.repeat(100_000)}` as const;
      const to = account(1).address;
      const gas = await publicClient.estimateGas({ account: account(0), to, data });
      // EIP-7623: 40 gas for each non-zero byte.
      assert.ok(gas >= 4_021_000n && gas < 4_100_000n, `estimate ${gas}`);
    }),
  );

  test(
    'BLOCKHASH reaches back 256 blocks',
    on(open, 'auto', async (backend) => {
      const { publicClient } = backend;
      const address = await deployProbe(backend);
      for (let mined = 0; mined < 260; mined++) await backend.mine();
      const head = await publicClient.getBlock();
      for (const depth of [1n, 100n, 255n]) {
        const number = head.number - depth;
        const { hash } = await publicClient.getBlock({ blockNumber: number });
        const wallet = backend.walletClient(account(0));
        const request = { abi, address, functionName: 'requireHash' } as const;
        const args = [number, hash] as const;
        const sent = await wallet.writeContract({ ...request, args, gas: 100_000n });
        const receipt = await publicClient.waitForTransactionReceipt({ hash: sent });
        // Three blocks are made here: the oldest must leave room for them.
        assert.is(receipt.status, depth === 255n ? 'reverted' : 'success', `depth ${depth}`);
      }
    }),
  );

  test(
    'nonces: gaps wait, old ones are refused, pending is counted',
    on(open, 'manual', async (backend) => {
      const { publicClient, walletClient } = backend;
      const { address } = account(0);
      const wallet = walletClient(account(0));
      const send = (nonce: number) =>
        wallet.sendTransaction({ to: account(1).address, value: 1n, gas: 21_000n, nonce });
      const count = (blockTag: 'latest' | 'pending') =>
        publicClient.getTransactionCount({ address, blockTag });
      await send(0);
      const late = await send(2);
      assert.is(await count('latest'), 0);
      assert.is(await count('pending'), 1);
      await backend.mine();
      assert.is(await count('latest'), 1);
      assert.is((await publicClient.getTransaction({ hash: late })).blockNumber, null);
      await send(1);
      await backend.mine();
      assert.is(await count('latest'), 3);
      assert.match((await refusal(send(1))).message, /nonce.*lower|nonce too low/i);
    }),
  );

  test(
    'a fee bump replaces, the same fee does not',
    on(open, 'manual', async (backend) => {
      const { publicClient, walletClient } = backend;
      const send = (value: bigint, gwei: bigint) =>
        walletClient(account(0)).sendTransaction({
          to: account(1).address,
          value,
          gas: 21_000n,
          nonce: 0,
          maxFeePerGas: gwei * 10n ** 9n,
          maxPriorityFeePerGas: gwei * 10n ** 9n,
        });
      const first = await send(1n, 10n);
      assert.match((await refusal(send(2n, 10n))).message, /underpriced/);
      const second = await send(3n, 12n);
      await backend.mine();
      const receipt = await publicClient.getTransactionReceipt({ hash: second });
      assert.is(receipt.status, 'success');
      await refusal(publicClient.getTransactionReceipt({ hash: first }));
      const { address } = account(1);
      assert.is(await publicClient.getBalance({ address }), DEV_BALANCE + 3n);
    }),
  );

  test(
    'insufficient funds are refused',
    on(open, 'auto', async ({ walletClient }) => {
      const request = { to: account(1).address, value: DEV_BALANCE, gas: 21_000n };
      const error = await refusal(walletClient(account(0)).sendTransaction(request));
      assert.match(error.message, /insufficient funds|exceeds the balance/i);
    }),
  );

  test(
    'a re-org shows in hashes, logs, receipts and state',
    on(open, 'auto', async (backend) => {
      const { publicClient } = backend;
      const address = await deployProbe(backend);
      const kept = await store(backend, address, 1n, 1n);
      const lost = await store(backend, address, 2n, 2n);
      const event = abi[0];
      const keys = async () => {
        const logs = await publicClient.getLogs({ address, event, fromBlock: 0n });
        return logs.map((log) => log.args.key);
      };
      assert.equal(await keys(), [1n, 2n]);
      await backend.reorg(1);
      const block = await publicClient.getBlock({ blockNumber: lost.blockNumber });
      assert.is.not(block.hash, lost.blockHash);
      assert.is(block.parentHash, kept.blockHash);
      assert.equal(await keys(), [1n]);
      await refusal(publicClient.getTransactionReceipt({ hash: lost.transactionHash }));
      const args = [2n] as const;
      const value = await publicClient.readContract({ abi, address, functionName: 'values', args });
      assert.is(value, 0n);
      // The chain goes on from there.
      const again = await store(backend, address, 3n, 3n);
      assert.is(again.blockNumber, lost.blockNumber + 1n);
    }),
  );

  test(
    'fee history covers the blocks asked for',
    on(open, 'auto', async ({ publicClient, walletClient }) => {
      const request = { to: account(1).address, value: 1n, maxPriorityFeePerGas: 7n };
      const hash = await walletClient(account(0)).sendTransaction(request);
      const { blockNumber } = await publicClient.waitForTransactionReceipt({ hash });
      const rewardPercentiles = [10, 90];
      const history = await publicClient.getFeeHistory({ blockCount: 2, rewardPercentiles });
      assert.is(history.oldestBlock, blockNumber - 1n);
      assert.is(history.baseFeePerGas.length, 3);
      assert.equal(history.reward?.[1], [7n, 7n]);
      const { baseFeePerGas } = await publicClient.getBlock({ blockNumber });
      assert.is(history.baseFeePerGas[1], baseFeePerGas);
    }),
  );

  test(
    'time can be moved forward',
    on(open, 'auto', async (backend) => {
      const before = await backend.publicClient.getBlock();
      await backend.raw('evm_increaseTime', [toHex(3_600)]);
      await backend.mine();
      const after = await backend.publicClient.getBlock();
      assert.ok(after.timestamp >= before.timestamp + 3_600n);
      const wanted = after.timestamp + 1_000n;
      await backend.raw('evm_setNextBlockTimestamp', [toHex(wanted)]);
      await backend.mine();
      assert.is((await backend.publicClient.getBlock()).timestamp, wanted);
    }),
  );

  test.run();
}
