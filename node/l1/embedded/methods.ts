// The JSON-RPC methods of the embedded L1: names, parameters and answers as geth has them.
import { bytesToHex, createAddressFromString, hexToBytes, setLengthLeft } from '@ethereumjs/util';
import type { Address } from 'viem';
import { FINALIZED_DEPTH, SAFE_DEPTH, TIMESTAMP_MAX, type Chain } from './chain.ts';
import type { ExecutedBlock } from './chainStore.ts';
import { invalidParams, refused } from './errors.ts';
import { feeHistory, GAS_TIP_SUGGESTED } from './fees.ts';
import * as format from './format.ts';
import { quantity } from './format.ts';
import { openState } from './genesis.ts';
import { findLogs, readLogFilter } from './logs.ts';
import * as params from './params.ts';
import type { BlockReference } from './params.ts';
import * as simulation from './simulation.ts';

export type Method = (given: readonly unknown[]) => Promise<unknown>;
export type Methods = ReadonlyMap<string, Method>;

export type MethodContext = {
  readonly chain: Chain;
  /** Mine a transaction as soon as it is there. */
  readonly isAutomatic: boolean;
  readonly accounts: readonly Address[];
};

/** Blocks of one `evm_mine`, and of one `tidepool_reorg`. */
const MINE_BLOCKS_MAX = 1_024;
/** Addresses of an access list, and storage keys of one address. */
const ACCESS_LIST_MAX = 1_000;

/** Heights that references stand for. A number above the head is its own answer. */
async function heightOf(chain: Chain, reference: BlockReference): Promise<bigint> {
  const head = chain.head.header.number;
  if (reference.kind === 'number') return reference.number;
  if (reference.kind === 'hash') {
    const executed = await chain.store.findByHash(hexToBytes(reference.hash));
    if (executed === undefined) throw refused('header not found');
    return executed.block.header.number;
  }
  const back = (depth: bigint): bigint => (head > depth ? head - depth : 0n);
  const heights = {
    latest: head,
    pending: head,
    safe: back(SAFE_DEPTH),
    finalized: back(FINALIZED_DEPTH),
    earliest: 0n,
  };
  return heights[reference.tag];
}

/** Numbers beyond 2^64 cannot be keys, and no block has them. */
const HEIGHT_MAX = 2n ** 63n;

async function findBlock(
  chain: Chain,
  reference: BlockReference,
): Promise<ExecutedBlock | undefined> {
  if (reference.kind === 'hash') return chain.store.findByHash(hexToBytes(reference.hash));
  const height = await heightOf(chain, reference);
  return height > HEIGHT_MAX ? undefined : chain.store.findByNumber(height);
}

async function getBlock(chain: Chain, reference: BlockReference): Promise<ExecutedBlock> {
  const executed = await findBlock(chain, reference);
  if (executed === undefined) throw refused('header not found');
  return executed;
}

async function stateAt(chain: Chain, name: string, given: unknown) {
  const { block } = await getBlock(chain, params.readBlock(name, given, 'latest'));
  return openState(chain.common, chain.states, block.header.stateRoot);
}

export function createMethods(context: MethodContext): Methods {
  return new Map(
    Object.entries({
      ...chainMethods(context),
      ...blockMethods(context.chain),
      ...stateMethods(context.chain),
      ...transactionMethods(context),
      ...feeMethods(context.chain),
    }),
  );
}

function chainMethods({ chain, accounts }: MethodContext): Record<string, Method> {
  return {
    eth_chainId: async () => quantity(chain.common.chainId()),
    net_version: async () => chain.common.chainId().toString(),
    net_listening: async () => true,
    net_peerCount: async () => '0x0',
    web3_clientVersion: async () => 'tidepool/embedded-l1/osaka',
    eth_blockNumber: async () => quantity(chain.head.header.number),
    eth_syncing: async () => false,
    eth_accounts: async () => accounts,
    eth_coinbase: async () => chain.head.header.coinbase.toString(),
    eth_getLogs: async ([filter]) =>
      findLogs(chain, readLogFilter(filter), (reference) => heightOf(chain, reference)),
  };
}

function blockMethods(chain: Chain): Record<string, Method> {
  const show = async (reference: BlockReference, isFull: boolean) => {
    if (reference.kind === 'tag' && reference.tag === 'pending') {
      const { head, pool } = chain;
      return format.formatPendingBlock(head, chain.nextTimestamp(), pool.all(), isFull);
    }
    const executed = await findBlock(chain, reference);
    return executed === undefined ? null : format.formatBlock(executed, isFull);
  };
  const count = async (reference: BlockReference) => {
    const executed = await findBlock(chain, reference);
    return executed === undefined ? null : quantity(executed.receipts.length);
  };
  const byHash = (given: unknown): BlockReference => {
    return { kind: 'hash', hash: params.readHash('0', given) };
  };
  const byNumber = (given: unknown): BlockReference => params.readBlock('0', given, 'latest');
  return {
    eth_getBlockByNumber: async ([block, isFull]) =>
      show(byNumber(block), params.readBoolean('1', isFull)),
    eth_getBlockByHash: async ([hash, isFull]) =>
      show(byHash(hash), params.readBoolean('1', isFull)),
    eth_getBlockTransactionCountByNumber: async ([block]) => count(byNumber(block)),
    eth_getBlockTransactionCountByHash: async ([hash]) => count(byHash(hash)),
    eth_getBlockReceipts: async ([block]) => {
      const executed = await findBlock(chain, byNumber(block));
      if (executed === undefined) return null;
      return executed.receipts.map((_, index) => format.formatReceipt(executed, index));
    },
  };
}

function stateMethods(chain: Chain): Record<string, Method> {
  const account = async (address: unknown, block: unknown) => {
    const state = await stateAt(chain, '1', block);
    return state.getAccount(createAddressFromString(params.readAddress('0', address)));
  };
  return {
    eth_getBalance: async ([address, block]) =>
      quantity((await account(address, block))?.balance ?? 0n),
    eth_getTransactionCount: async ([address, block]) => {
      const sender = params.readAddress('0', address);
      const nonce = (await account(sender, block))?.nonce ?? 0n;
      return quantity(block === 'pending' ? chain.pool.nextNonce(sender, nonce) : nonce);
    },
    eth_getCode: async ([address, block]) => {
      const owner = createAddressFromString(params.readAddress('0', address));
      return bytesToHex(await (await stateAt(chain, '1', block)).getCode(owner));
    },
    eth_getStorageAt: async ([address, slot, block]) => {
      const owner = createAddressFromString(params.readAddress('0', address));
      const key = readSlot(slot);
      const value = await (await stateAt(chain, '2', block)).getStorage(owner, key);
      return bytesToHex(setLengthLeft(value, 32));
    },
    eth_call: async ([request, block]) => {
      const reference = params.readBlock('1', block, 'latest');
      const context = await contextFor(chain, reference);
      return simulation.call(chain, context, readCall(request));
    },
    eth_estimateGas: async ([request, block]) => {
      // The next block by default: it is where the transaction will run.
      const reference = params.readBlock('1', block, 'pending');
      const context = await contextFor(chain, reference);
      return quantity(await simulation.estimateGas(chain, context, readCall(request)));
    },
  };
}

/** Slots are written as a quantity or as 32 bytes. */
function readSlot(value: unknown): Uint8Array {
  const isWord = typeof value === 'string' && value.length === 66;
  const slot = isWord ? BigInt(params.readHash('1', value)) : params.readQuantity('1', value);
  return hexToBytes(`0x${slot.toString(16).padStart(64, '0')}`);
}

async function contextFor(chain: Chain, reference: BlockReference) {
  const isPending = reference.kind === 'tag' && reference.tag === 'pending';
  if (isPending) return simulation.contextAfter(chain);
  return simulation.contextOf((await getBlock(chain, reference)).block);
}

function readCall(value: unknown): simulation.CallRequest {
  const object = params.readObject('0', value);
  const optional = <T>(name: string, read: (name: string, given: unknown) => T): T | null => {
    const given = object[name];
    return given === undefined || given === null ? null : read(`0.${name}`, given);
  };
  const gasPrice = optional('gasPrice', params.readQuantity);
  const maxFeePerGas = optional('maxFeePerGas', params.readQuantity);
  if (gasPrice !== null && maxFeePerGas !== null) {
    throw invalidParams('both gasPrice and maxFeePerGas specified: send one of them');
  }
  return {
    from: optional('from', params.readAddress),
    to: optional('to', params.readAddress),
    data: params.readInput(object),
    value: optional('value', params.readQuantity) ?? 0n,
    gas: optional('gas', params.readQuantity),
    feeMax: maxFeePerGas ?? gasPrice,
    accessList: optional('accessList', readAccessList) ?? [],
  };
}

function readAccessList(name: string, value: unknown): simulation.AccessListEntry[] {
  return params.readArray(name, value, ACCESS_LIST_MAX).map((one, index) => {
    const entry = params.readObject(`${name}[${index}]`, one);
    const address = params.readAddress(`${name}[${index}].address`, entry.address);
    const path = `${name}[${index}].storageKeys`;
    const keys = params.readArray(path, entry.storageKeys, ACCESS_LIST_MAX);
    return { address, storageKeys: keys.map((key, at) => params.readHash(`${path}[${at}]`, key)) };
  });
}

function transactionMethods({ chain, isAutomatic }: MethodContext): Record<string, Method> {
  const mined = async (hash: unknown) => {
    const location = await chain.store.findLocation(params.readHash('0', hash));
    const executed =
      location === undefined ? undefined : await chain.store.findByHash(location.blockHash);
    return location === undefined || executed === undefined
      ? null
      : { executed, index: location.index };
  };
  return {
    eth_sendRawTransaction: async ([raw]) =>
      chain.submit(hexToBytes(params.readData('0', raw)), isAutomatic),
    eth_getTransactionByHash: async ([hash]) => {
      const found = await mined(hash);
      if (found !== null) return format.formatMined(found.executed, found.index);
      const pooled = chain.pool.find(params.readHash('0', hash));
      return pooled === undefined ? null : format.formatPending(pooled);
    },
    eth_getTransactionReceipt: async ([hash]) => {
      const found = await mined(hash);
      return found === null ? null : format.formatReceipt(found.executed, found.index);
    },
  };
}

function feeMethods(chain: Chain): Record<string, Method> {
  return {
    eth_gasPrice: async () => quantity(chain.head.header.calcNextBaseFee() + GAS_TIP_SUGGESTED),
    eth_maxPriorityFeePerGas: async () => quantity(GAS_TIP_SUGGESTED),
    eth_blobBaseFee: async () => quantity(chain.head.header.getBlobGasPrice()),
    eth_feeHistory: async ([count, newest, percentiles]) => {
      const last = await getBlock(chain, params.readBlock('1', newest, 'latest'));
      return feeHistory(chain.store, count, last, percentiles);
    },
  };
}

/** Methods that only a development chain may have; a server offers them on request alone. */
export function createDevelopmentMethods({ chain, isAutomatic }: MethodContext): Methods {
  const methods: Record<string, Method> = {
    evm_mine: async ([given]) => {
      const isTime = given === undefined || given === null || typeof given !== 'object';
      const options = isTime ? { timestamp: given ?? undefined } : params.readObject('0', given);
      const blocks = params.readInteger('0.blocks', options.blocks ?? 1, MINE_BLOCKS_MAX);
      if (options.timestamp !== undefined) {
        const time = params.readInteger('0.timestamp', options.timestamp, TIMESTAMP_MAX);
        await chain.moveClock({ toTimestamp: time });
      }
      for (let mined = 0; mined < blocks; mined++) await chain.mine();
      return '0x0';
    },
    evm_increaseTime: async ([seconds]) =>
      chain.moveClock({ bySeconds: params.readInteger('0', seconds, TIMESTAMP_MAX) }),
    evm_setNextBlockTimestamp: async ([time]) => {
      await chain.moveClock({ toTimestamp: params.readInteger('0', time, TIMESTAMP_MAX) });
      return null;
    },
    tidepool_reorg: async ([depth, options]) => {
      const given = options === undefined ? {} : params.readObject('1', options);
      const isDropping = params.readBoolean('1.dropTransactions', given.dropTransactions);
      const blocks = params.readInteger('0', depth, MINE_BLOCKS_MAX);
      const head = await chain.reorg(blocks, isDropping, isAutomatic);
      return bytesToHex(head.hash());
    },
  };
  return new Map(Object.entries(methods));
}
