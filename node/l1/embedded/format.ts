// Blocks, transactions, receipts and logs in the JSON that Ethereum's execution API defines.
import type { Block } from '@ethereumjs/block';
import type { TypedTransaction } from '@ethereumjs/tx';
import { bigIntToHex, bytesToHex } from '@ethereumjs/util';
import type { ExecutedBlock } from './chainStore.ts';
import type { PooledTransaction } from './mempool.ts';
import type { StoredReceipt } from './tables.ts';

export type Json = Record<string, unknown>;

export const quantity = (value: bigint | number): string => bigIntToHex(BigInt(value));

const EMPTY_BLOOM = `0x${'00'.repeat(256)}`;

export function formatBlock(executed: ExecutedBlock, isFull: boolean): Json {
  const { block, receipts } = executed;
  const hashes = receipts.map((receipt) => bytesToHex(receipt.transactionHash));
  return {
    ...formatHeader(block),
    hash: bytesToHex(block.hash()),
    nonce: bytesToHex(block.header.nonce),
    miner: block.header.coinbase.toString(),
    logsBloom: bytesToHex(block.header.logsBloom),
    size: quantity(block.serialize().length),
    transactions: isFull ? receipts.map((_, index) => formatMined(executed, index)) : hashes,
  };
}

function formatHeader(block: Block): Json {
  const { header } = block;
  return {
    number: quantity(header.number),
    parentHash: bytesToHex(header.parentHash),
    sha3Uncles: bytesToHex(header.uncleHash),
    stateRoot: bytesToHex(header.stateRoot),
    transactionsRoot: bytesToHex(header.transactionsTrie),
    receiptsRoot: bytesToHex(header.receiptTrie),
    difficulty: '0x0',
    totalDifficulty: '0x0',
    extraData: bytesToHex(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    mixHash: bytesToHex(header.mixHash),
    baseFeePerGas: quantity(header.baseFeePerGas ?? 0n),
    blobGasUsed: quantity(header.blobGasUsed ?? 0n),
    excessBlobGas: quantity(header.excessBlobGas ?? 0n),
    parentBeaconBlockRoot: bytesToHex(header.parentBeaconBlockRoot ?? new Uint8Array(32)),
    requestsHash: bytesToHex(header.requestsHash ?? new Uint8Array(32)),
    withdrawalsRoot: bytesToHex(header.withdrawalsRoot ?? new Uint8Array(32)),
    withdrawals: [],
    uncles: [],
  };
}

/** The block that would come next, as geth shows it: no hash, no nonce, no miner. */
export function formatPendingBlock(
  head: Block,
  timestamp: bigint,
  pooled: readonly PooledTransaction[],
  isFull: boolean,
): Json {
  return {
    ...formatHeader(head),
    number: quantity(head.header.number + 1n),
    parentHash: bytesToHex(head.hash()),
    baseFeePerGas: quantity(head.header.calcNextBaseFee()),
    timestamp: quantity(timestamp),
    gasUsed: '0x0',
    hash: null,
    nonce: null,
    miner: null,
    logsBloom: null,
    size: '0x0',
    transactions: pooled.map((one) => (isFull ? formatPending(one) : one.hash)),
  };
}

export function formatMined(executed: ExecutedBlock, index: number): Json {
  const { block, receipts } = executed;
  const transaction = block.transactions[index] as TypedTransaction;
  const receipt = receipts[index] as StoredReceipt;
  return {
    ...formatTransaction(transaction, bytesToHex(receipt.transactionHash)),
    from: bytesToHex(receipt.sender),
    gasPrice: quantity(BigInt(receipt.gasPriceEffective)),
    blockHash: bytesToHex(block.hash()),
    blockNumber: quantity(block.header.number),
    transactionIndex: quantity(index),
  };
}

export function formatPending(pooled: PooledTransaction): Json {
  return {
    ...formatTransaction(pooled.transaction, pooled.hash),
    from: pooled.sender,
    gasPrice: quantity(pooled.feeMax),
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
  };
}

function formatTransaction(transaction: TypedTransaction, hash: string): Json {
  return {
    hash,
    type: quantity(transaction.type),
    to: transaction.to?.toString() ?? null,
    input: bytesToHex(transaction.data),
    value: quantity(transaction.value),
    gas: quantity(transaction.gasLimit),
    nonce: quantity(transaction.nonce),
    r: quantity(transaction.r ?? 0n),
    s: quantity(transaction.s ?? 0n),
    v: quantity(transaction.v ?? 0n),
    ...(transaction.type === 0 ? {} : formatTyped(transaction)),
  };
}

function formatTyped(transaction: TypedTransaction): Json {
  const chainId = quantity(transaction.common.chainId());
  const yParity = quantity(transaction.v ?? 0n);
  const list = 'accessList' in transaction ? transaction.accessList : [];
  const accessList = list.map(([address, keys]) => ({
    address: bytesToHex(address),
    storageKeys: keys.map((key) => bytesToHex(key)),
  }));
  if (!('maxFeePerGas' in transaction)) return { chainId, yParity, accessList };
  const maxFeePerGas = quantity(transaction.maxFeePerGas);
  const maxPriorityFeePerGas = quantity(transaction.maxPriorityFeePerGas);
  return { chainId, yParity, accessList, maxFeePerGas, maxPriorityFeePerGas };
}

export function formatReceipt(executed: ExecutedBlock, index: number): Json {
  const { block, receipts } = executed;
  const transaction = block.transactions[index] as TypedTransaction;
  const receipt = receipts[index] as StoredReceipt;
  const { contractAddress, bloom } = receipt;
  return {
    transactionHash: bytesToHex(receipt.transactionHash),
    transactionIndex: quantity(index),
    blockHash: bytesToHex(block.hash()),
    blockNumber: quantity(block.header.number),
    from: bytesToHex(receipt.sender),
    to: transaction.to?.toString() ?? null,
    type: quantity(transaction.type),
    status: quantity(receipt.status),
    gasUsed: quantity(receipt.gasUsed),
    cumulativeGasUsed: quantity(receipt.gasUsedCumulative),
    effectiveGasPrice: quantity(BigInt(receipt.gasPriceEffective)),
    contractAddress: contractAddress === null ? null : bytesToHex(contractAddress),
    logsBloom: bloom.length === 0 ? EMPTY_BLOOM : bytesToHex(bloom),
    logs: formatLogs(executed).filter((log) => log.transactionIndex === quantity(index)),
  };
}

/** All logs of a block, numbered through. */
export function formatLogs(executed: ExecutedBlock): Json[] {
  const { block, receipts } = executed;
  const logs: Json[] = [];
  receipts.forEach((receipt, index) => {
    for (const [address, topics, data] of receipt.logs) {
      logs.push({
        address: bytesToHex(address),
        topics: topics.map((topic) => bytesToHex(topic)),
        data: bytesToHex(data),
        blockHash: bytesToHex(block.hash()),
        blockNumber: quantity(block.header.number),
        blockTimestamp: quantity(block.header.timestamp),
        transactionHash: bytesToHex(receipt.transactionHash),
        transactionIndex: quantity(index),
        logIndex: quantity(logs.length),
        removed: false,
      });
    }
  });
  return logs;
}
