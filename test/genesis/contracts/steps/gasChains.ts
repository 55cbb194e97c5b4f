/** Two real EVMs that tell what a transaction takes: the embedded one, and anvil. */
import { createAddressFromString } from '@ethereumjs/util';
import { createPublicClient, createWalletClient, http, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { startAnvil } from '../../../../node/l1/anvil.ts';
import { fromHex } from '../../../../state/codec/bytes.ts';
import { account, blockHashOf, TestChain } from '../evm.ts';

/** All transactions are of one plain account. */
export interface GasChain {
  readonly name: string;
  readonly sender: Hex;
  readonly chainId: number;
  nonce(): Promise<number>;
  create(data: Hex): Promise<Hex>;
  /** Gas of the transaction. @throws where it reverts */
  send(to: Hex, data: Hex, value?: bigint): Promise<bigint>;
  /** Time of the next block [s], and the block before it. */
  now(): Promise<{ timestamp: bigint; anchorNumber: bigint; anchorHash: Hex }>;
  stop(): Promise<void>;
}

const WEALTH = 10n ** 24n;
/** EIP-7825. */
const GAS_LIMIT = 16_777_216n;

export async function embeddedChain(): Promise<GasChain> {
  const chain = await TestChain.create();
  const sender = account(1);
  await chain.fund(sender, WEALTH);
  const abi: readonly never[] = [];
  return {
    name: 'embedded EVM',
    sender,
    chainId: 31_337,
    nonce: async () => Number((await chain.state.getAccount(createAddressFromString(sender)))?.nonce ?? 0n),
    create: async (data) => (await chain.createRaw(data, { abi, bytecode: data }, sender)).address,
    send: async (address, data, value = 0n) =>
      (await chain.callRaw({ address, abi }, fromHex(data), { from: sender, value })).gas,
    now: async () => {
      const anchorNumber = chain.number - 1n;
      return { timestamp: chain.timestamp, anchorNumber, anchorHash: blockHashOf(anchorNumber) };
    },
    stop: async () => {},
  };
}

export async function anvilChain(): Promise<GasChain> {
  const anvil = await startAnvil();
  const transport = http(anvil.url, { retryCount: 0, timeout: 60_000 });
  const { privateKey, address } = anvil.accounts[0]!;
  const wallet = createWalletClient({ account: privateKeyToAccount(privateKey), transport });
  const client = createPublicClient({ transport, pollingInterval: 10 });
  const mined = async (hash: Hex) => {
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`transaction ${hash} reverted`);
    return receipt;
  };
  return {
    name: 'anvil',
    sender: address,
    chainId: anvil.chainId,
    nonce: () => client.getTransactionCount({ address }),
    create: async (data) => (await mined(await wallet.sendTransaction({ data, chain: null }))).contractAddress!,
    send: async (to, data, value = 0n) => {
      const hash = await wallet.sendTransaction({ to, data, value, chain: null, gas: GAS_LIMIT });
      return (await mined(hash)).gasUsed;
    },
    now: async () => {
      const { number, hash, timestamp } = await client.getBlock();
      return { timestamp, anchorNumber: number, anchorHash: hash };
    },
    stop: () => anvil.stop(),
  };
}
