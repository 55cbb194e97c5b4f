// Runs calls and transactions on a throw-away copy of a state: eth_call and eth_estimateGas.
import { createBlock, type Block } from '@ethereumjs/block';
import { EVMError, type ExecResult } from '@ethereumjs/evm';
import { Caches } from '@ethereumjs/statemanager';
import { createTx, type TypedTransaction } from '@ethereumjs/tx';
import {
  bytesToHex,
  createAddressFromString,
  createZeroAddress,
  hexToBytes,
} from '@ethereumjs/util';
import { createVM, runTx, type VM } from '@ethereumjs/vm';
import type { Address, Hash, Hex } from 'viem';
import { blockHashes } from './blockMaker.ts';
import type { Chain } from './chain.ts';
import { L1RpcError, refused, RPC_CODE } from './errors.ts';
import { BLOCK_GAS_MAX, openState, TRANSACTION_GAS_MAX } from './genesis.ts';
import { ScratchDatabase } from './stateDatabase.ts';

/** Gas of one eth_call: bounds the time a hostile call can keep the process busy, about 1.3 s. */
export const CALL_GAS_MAX = 30_000_000n;
const TRANSFER_GAS = 21_000n;
/** What a call that sends value gives to the callee on top; an estimate leaves room for it. */
const CALL_STIPEND_GAS = 2_300n;
/** An estimate may be 1.5 % too high, as geth's: each halving costs one more execution. */
const ESTIMATE_ERROR_PER_MILLE = 15n;

export type CallRequest = {
  readonly from: Address | null;
  readonly to: Address | null;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas: bigint | null;
  /** wei for each gas; null leaves fees out of account. */
  readonly feeMax: bigint | null;
  /** EIP-2930; counts for an estimate, changes no result. */
  readonly accessList: readonly AccessListEntry[];
};

export type AccessListEntry = { readonly address: Address; readonly storageKeys: readonly Hash[] };

/** The block a simulation runs in: the state after `parent`, the header of `number`. */
export type SimulationContext = {
  readonly stateRoot: Uint8Array;
  readonly parentHash: Uint8Array;
  readonly number: bigint;
  readonly timestamp: bigint;
};

/** As if the call were inside `block`, after its transactions: what geth does for `latest`. */
export const contextOf = (block: Block): SimulationContext => ({
  stateRoot: block.header.stateRoot,
  parentHash: block.header.parentHash,
  number: block.header.number,
  timestamp: block.header.timestamp,
});
/** As if the call were in the next block. */
export const contextAfter = (chain: Chain): SimulationContext => ({
  stateRoot: chain.head.header.stateRoot,
  parentHash: chain.head.hash(),
  number: chain.head.header.number + 1n,
  timestamp: chain.nextTimestamp(),
});

type Sandbox = { readonly vm: VM; readonly block: Block };

async function openSandbox(chain: Chain, context: SimulationContext): Promise<Sandbox> {
  // Every EVM listens to its rules for as long as they live: these go with the sandbox.
  const common = chain.common.copy();
  const scratch = new ScratchDatabase(chain.states);
  const stateManager = openState(common, scratch, context.stateRoot, new Caches());
  const vm = await createVM({ common, stateManager, blockchain: blockHashes(chain.store) });
  const { parentHash, number, timestamp } = context;
  // A base fee of zero, so that a caller who names no price needs no ether, as in geth.
  const header = { parentHash, number, timestamp, gasLimit: BLOCK_GAS_MAX, baseFeePerGas: 0n };
  return { vm, block: createBlock({ header: { ...header, mixHash: parentHash } }, { common }) };
}

/** The bytes that the call returns. Throws the revert, with its data, or why it could not run. */
export async function call(
  chain: Chain,
  context: SimulationContext,
  request: CallRequest,
): Promise<Hex> {
  const { vm, block } = await openSandbox(chain, context);
  const gas = request.gas ?? CALL_GAS_MAX;
  const caller = senderOf(request);
  const { execResult } = await vm.evm.runCall({
    block,
    caller,
    ...(request.to === null ? {} : { to: createAddressFromString(request.to) }),
    data: hexToBytes(request.data),
    value: request.value,
    gasLimit: gas > CALL_GAS_MAX ? CALL_GAS_MAX : gas,
    gasPrice: request.feeMax ?? 0n,
  });
  requireSuccess(execResult);
  return bytesToHex(execResult.returnValue);
}

function requireSuccess(result: ExecResult): void {
  const exception = result.exceptionError;
  if (exception === undefined) return;
  if (exception.error === EVMError.errorMessages.REVERT) {
    throw revertOf(bytesToHex(result.returnValue));
  }
  if (exception.error === EVMError.errorMessages.INSUFFICIENT_BALANCE) {
    throw refused('insufficient funds for transfer');
  }
  throw refused(exception.error);
}

function revertOf(data: Hex): L1RpcError {
  const reason = revertReason(data);
  const message = reason === null ? 'execution reverted' : `execution reverted: ${reason}`;
  return new L1RpcError(RPC_CODE.reverted, message, data);
}

/** The text of a Solidity `Error(string)`; other data is left to the caller's ABI. */
function revertReason(data: Hex): string | null {
  if (!data.startsWith('0x08c379a0')) return null;
  const words = Buffer.from(data.slice(10), 'hex');
  if (words.length < 64) return null;
  // The first word is the offset of the string, which the compiler always makes 32.
  const length = BigInt(`0x${words.subarray(32, 64).toString('hex')}`);
  if (length > BigInt(words.length - 64)) return null;
  return words.subarray(64, 64 + Number(length)).toString('utf8');
}

/** The least gas limit, give or take 1.5 %, with which the transaction succeeds. */
export async function estimateGas(
  chain: Chain,
  context: SimulationContext,
  request: CallRequest,
): Promise<bigint> {
  const ceiling = await gasCeiling(chain, context, request);
  if (await isPlainTransfer(chain, context, request)) return TRANSFER_GAS;
  const trial = (gas: bigint) => execute(chain, context, request, gas);
  const atCeiling = await trial(ceiling);
  if (atCeiling.result !== null) requireEstimable(atCeiling.result, ceiling);

  // After this line the transaction is known to succeed with `high`.
  let low = atCeiling.gasUsed - 1n;
  let high = ceiling;
  const guess = ((atCeiling.gasUsed + atCeiling.refund + CALL_STIPEND_GAS) * 64n) / 63n;
  let next = guess < high ? guess : (low + high) / 2n;
  while (low + 1n < high && (high - low) * 1_000n > high * ESTIMATE_ERROR_PER_MILLE) {
    if ((await trial(next)).result === null) high = next;
    else low = next;
    next = (low + high) / 2n;
    if (next > low * 2n) next = low * 2n;
  }
  return high;
}

async function gasCeiling(
  chain: Chain,
  context: SimulationContext,
  request: CallRequest,
): Promise<bigint> {
  const wanted = request.gas ?? TRANSACTION_GAS_MAX;
  const ceiling = wanted > TRANSACTION_GAS_MAX ? TRANSACTION_GAS_MAX : wanted;
  if (request.from === null || request.feeMax === null || request.feeMax === 0n) return ceiling;
  const state = openState(chain.common, chain.states, context.stateRoot);
  const balance = (await state.getAccount(createAddressFromString(request.from)))?.balance ?? 0n;
  if (balance < request.value) throw refused('insufficient funds for transfer');
  const affordable = (balance - request.value) / request.feeMax;
  return affordable < ceiling ? affordable : ceiling;
}

async function isPlainTransfer(
  chain: Chain,
  context: SimulationContext,
  request: CallRequest,
): Promise<boolean> {
  const isBare = request.data === '0x' && request.accessList.length === 0;
  if (request.to === null || request.from === null || !isBare) return false;
  const state = openState(chain.common, chain.states, context.stateRoot);
  if ((await state.getCodeSize(createAddressFromString(request.to))) > 0) return false;
  const balance = (await state.getAccount(createAddressFromString(request.from)))?.balance ?? 0n;
  if (balance < request.value) throw refused('insufficient funds for transfer');
  // The first addresses may be precompiles, which run and cost.
  return BigInt(request.to) > 0xffffn;
}

type Trial = {
  readonly gasUsed: bigint;
  readonly refund: bigint;
  /** Null when it succeeded; `gas` when the gas did not even cover the intrinsic cost. */
  readonly result: ExecResult | 'gas' | null;
};

async function execute(
  chain: Chain,
  context: SimulationContext,
  request: CallRequest,
  gas: bigint,
): Promise<Trial> {
  const { vm, block } = await openSandbox(chain, context);
  const transaction = unsignedTransaction(chain, request, gas);
  try {
    const outcome = await runTx(vm, { tx: transaction, block, skipNonce: true });
    const isSuccess = outcome.execResult.exceptionError === undefined;
    return {
      gasUsed: outcome.totalGasSpent,
      refund: outcome.gasRefund,
      result: isSuccess ? null : outcome.execResult,
    };
  } catch (error) {
    const message = (error as Error).message;
    if (/enough funds/.test(message)) throw refused('insufficient funds for transfer');
    if (/intrinsic|floor|minimum/i.test(message)) return { gasUsed: 0n, refund: 0n, result: 'gas' };
    throw error;
  }
}

function unsignedTransaction(chain: Chain, request: CallRequest, gas: bigint): TypedTransaction {
  const { common } = chain;
  const fields = {
    data: request.data,
    value: request.value,
    gasLimit: gas,
    gasPrice: 0n,
    ...(request.to === null ? {} : { to: request.to }),
  };
  const accessList = request.accessList.map(({ address, storageKeys }) => {
    return { address, storageKeys: [...storageKeys] };
  });
  const type = { type: 1, chainId: common.chainId(), accessList };
  const transaction = createTx({ ...type, ...fields }, { common, freeze: false });
  const sender = senderOf(request);
  transaction.getSenderAddress = () => sender;
  return transaction;
}

const senderOf = ({ from }: CallRequest) =>
  from === null ? createZeroAddress() : createAddressFromString(from);

function requireEstimable(result: ExecResult | 'gas', ceiling: bigint): void {
  const isShort =
    result === 'gas' || result.exceptionError?.error === EVMError.errorMessages.OUT_OF_GAS;
  if (isShort) throw refused(`gas required exceeds allowance (${ceiling})`);
  requireSuccess(result);
}
