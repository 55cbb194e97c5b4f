// Turns the bytes of a signed transaction into a pooled one, or says as geth would why it cannot
// be.
import { createTxFromRLP, getMinimumGasLimit, TransactionType } from '@ethereumjs/tx';
import type { TypedTransaction } from '@ethereumjs/tx';
import type { Common } from '@ethereumjs/common';
import { bytesToHex } from '@ethereumjs/util';
import type { Address, Hash } from 'viem';
import { refused } from './errors.ts';
import { BLOCK_GAS_MAX, TRANSACTION_GAS_MAX } from './genesis.ts';
import type { PooledTransaction } from './mempool.ts';

/** 128 KiB, as geth takes over the network. */
export const TRANSACTION_BYTES_MAX = 131_072;

const SUPPORTED_TYPES: readonly number[] = [
  TransactionType.Legacy,
  TransactionType.AccessListEIP2930,
  TransactionType.FeeMarketEIP1559,
];

/** What does not depend on the state: size, form, type, chain, signature, gas. */
export function decodeTransaction(
  common: Common,
  raw: Uint8Array,
  arrival: number,
): PooledTransaction {
  if (raw.length > TRANSACTION_BYTES_MAX) {
    throw refused(`oversized data: transaction size ${raw.length}, limit ${TRANSACTION_BYTES_MAX}`);
  }
  const transaction = parse(common, raw);
  checkSignature(common, transaction);
  checkGas(transaction);
  const { feeMax, tipMax } = feesOf(transaction);
  if (tipMax > feeMax) {
    throw refused('max priority fee per gas higher than max fee per gas');
  }
  return {
    transaction,
    raw: raw.slice(),
    hash: bytesToHex(transaction.hash()) as Hash,
    sender: transaction.getSenderAddress().toString() as Address,
    nonce: transaction.nonce,
    feeMax,
    tipMax,
    costMax: transaction.value + transaction.gasLimit * feeMax,
    arrival,
  };
}

function parse(common: Common, raw: Uint8Array): TypedTransaction {
  const first = raw[0];
  if (first === undefined) throw refused('typed transaction too short');
  const type = first < 0x80 ? first : 0;
  if (!SUPPORTED_TYPES.includes(type)) {
    throw refused(`transaction type not supported: ${type}, expected 0, 1 or 2`);
  }
  try {
    return createTxFromRLP(raw, { common });
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]?.slice(0, 200);
    if (reason?.includes('EIP-7825') === true) {
      throw refused(`transaction gas limit too high (cap: ${TRANSACTION_GAS_MAX})`);
    }
    throw refused(`invalid transaction: ${reason}`);
  }
}

function checkSignature(common: Common, transaction: TypedTransaction): void {
  if (!transaction.isSigned()) throw refused('invalid sender: the transaction is not signed');
  if (transaction.type === TransactionType.Legacy && (transaction.v ?? 0n) < 35n) {
    throw refused('only replay-protected (EIP-155) transactions allowed over RPC');
  }
  try {
    transaction.getSenderAddress();
  } catch {
    throw refused(`invalid sender: the signature is not valid on chain ${common.chainId()}`);
  }
}

function checkGas(transaction: TypedTransaction): void {
  if (transaction.gasLimit > BLOCK_GAS_MAX) {
    throw refused(`exceeds block gas limit: ${transaction.gasLimit}, limit ${BLOCK_GAS_MAX}`);
  }
  // Before execution, or by EIP-7623 at the least, whichever is more.
  const needed = getMinimumGasLimit(transaction);
  if (transaction.gasLimit < needed) {
    throw refused(`intrinsic gas too low: gas ${transaction.gasLimit}, minimum needed ${needed}`);
  }
}

function feesOf(transaction: TypedTransaction): { feeMax: bigint; tipMax: bigint } {
  if ('maxFeePerGas' in transaction) {
    return { feeMax: transaction.maxFeePerGas, tipMax: transaction.maxPriorityFeePerGas };
  }
  return { feeMax: transaction.gasPrice, tipMax: transaction.gasPrice };
}
