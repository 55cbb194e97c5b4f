/**
 * Runs contract bytecode under mainnet rules, on a chain of one's own: time and block number move
 * when told to.
 */
import { Hardfork, Mainnet, createCustomCommon } from '@ethereumjs/common';
import { createEVM, getActivePrecompiles, type EVM, type EVMOpts } from '@ethereumjs/evm';
import { SimpleStateManager } from '@ethereumjs/statemanager';
import { Account, Address, createContractAddress } from '@ethereumjs/util';
import {
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionResult,
  encodeFunctionData,
  encodeDeployData,
} from 'viem/utils';
import type { Abi, Hex } from 'viem';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import {
  chainSteps,
  fraudProof,
  governance,
  inbox,
  rollup,
  testToken,
  vault,
} from '../../../genesis/contracts/abi.ts';

export interface Contract {
  readonly abi: Abi | readonly unknown[];
  readonly bytecode: Hex;
}
export interface Deployed {
  readonly address: Hex;
  readonly abi: Abi;
}
export interface Event {
  readonly address: Hex;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}
export interface Receipt {
  readonly result: unknown;
  readonly events: readonly Event[];
  /**
   * What an L1 transaction with this call costs: intrinsic, calldata floor and refunds included.
   */
  readonly gas: bigint;
}
export interface CallOptions {
  readonly from?: Hex;
  readonly value?: bigint;
  readonly origin?: Hex;
  /** Limit of the transaction; L1's largest unless given. */
  readonly gas?: bigint;
}

/** A revert, with the contract's own error. */
export class Revert extends Error {
  override readonly name = 'Revert';
  readonly error: string;
  readonly args: readonly unknown[];
  constructor(error: string, args: readonly unknown[]) {
    super(`${error}(${args.map(String).join(', ')})`);
    this.error = error;
    this.args = args;
  }
}

/** Errors of any of our contracts can surface through any other. */
const ourErrors = [inbox, rollup, vault, governance, testToken, fraudProof, chainSteps].flatMap(({ abi }) =>
  (abi as Abi).filter((entry) => entry.type === 'error'),
);

export const CHAIN_ID = 31_337;
/** The cap of one transaction, EIP-7825. */
export const GAS_LIMIT = 16_777_216n;

export class TestChain {
  readonly evm: EVM;
  readonly state: SimpleStateManager;
  number = 1_000n;
  timestamp = 1_800_000_000n;
  private readonly events: Abi[] = [];

  private constructor(evm: EVM, state: SimpleStateManager) {
    this.evm = evm;
    this.state = state;
  }

  static async create(options: Partial<EVMOpts> = {}): Promise<TestChain> {
    const common = createCustomCommon({ chainId: CHAIN_ID }, Mainnet, { hardfork: Hardfork.Prague });
    const state = new SimpleStateManager({ common });
    const blockchain = {
      getBlock: async (number: number) => ({ hash: () => fromHex(blockHashOf(BigInt(number))) }),
      putBlock: async () => {},
      shallowCopy: () => blockchain,
    };
    const evm = await createEVM({ common, stateManager: state, blockchain, ...options } as EVMOpts);
    return new TestChain(evm, state);
  }

  /** The next block, `seconds` later. */
  mine(seconds = 12n, blocks = 1n): void {
    this.timestamp += seconds;
    this.number += blocks;
  }

  async fund(account: Hex, wei: bigint): Promise<void> {
    const before = await this.state.getAccount(addressOf(account));
    await this.state.putAccount(
      addressOf(account),
      new Account(before?.nonce ?? 0n, (before?.balance ?? 0n) + wei),
    );
  }

  async balance(account: Hex): Promise<bigint> {
    return (await this.state.getAccount(addressOf(account)))?.balance ?? 0n;
  }

  async setCode(account: Hex, code: Uint8Array): Promise<void> {
    await this.state.putCode(addressOf(account), code);
  }

  async codeAt(account: Hex): Promise<Uint8Array> {
    return this.state.getCode(addressOf(account));
  }

  async setNonce(account: Hex, nonce: bigint): Promise<void> {
    await this.state.putAccount(addressOf(account), new Account(nonce, await this.balance(account)));
  }

  /** Creates a contract as `from`'s next transaction. */
  async create(contract: Contract, args: readonly unknown[], from: Hex): Promise<Deployed & { gas: bigint }> {
    const data = encodeDeployData({ abi: contract.abi as Abi, bytecode: contract.bytecode, args });
    return this.createRaw(data, contract, from);
  }

  async createRaw(data: Hex, contract: Contract, from: Hex): Promise<Deployed & { gas: bigint }> {
    const nonce = (await this.state.getAccount(addressOf(from)))?.nonce ?? 0n;
    const address = createContractAddress(addressOf(from), nonce).toString() as Hex;
    const abi = contract.abi as Abi;
    this.events.push(abi);
    const { gas } = await this.run(fromHex(data), undefined, abi, { from });
    return { address, abi, gas };
  }

  /** Calls a function as a transaction. Throws `Revert`. */
  async call(
    target: Deployed,
    functionName: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<Receipt> {
    const data = fromHex(encodeFunctionData({ abi: target.abi, functionName, args }));
    const { output, events, gas } = await this.run(data, target.address, target.abi, options);
    const result = decodeFunctionResult({ abi: target.abi, functionName, data: output });
    return { result, events, gas };
  }

  /** Calls with any bytes. */
  async callRaw(target: Deployed, data: Uint8Array, options: CallOptions = {}): Promise<Receipt> {
    const { output, events, gas } = await this.run(data, target.address, target.abi, options);
    return { result: output, events, gas };
  }

  /** The answer of a view. */
  async read<T>(target: Deployed, functionName: string, args: readonly unknown[] = []): Promise<T> {
    return (await this.call(target, functionName, args)).result as T;
  }

  private async run(data: Uint8Array, to: Hex | undefined, abi: Abi, options: CallOptions) {
    const { from = ANYONE, value = 0n, origin = from, gas: limit = GAS_LIMIT } = options;
    // What a transaction starts with: nothing warm but its own parties and the precompiles.
    this.evm.journal.addAlwaysWarmAddress(from.slice(2).toLowerCase());
    if (to !== undefined) this.evm.journal.addAlwaysWarmAddress(to.slice(2).toLowerCase());
    for (const precompile of getActivePrecompiles(this.evm.common).keys()) {
      this.evm.journal.addAlwaysWarmAddress(precompile);
    }
    this.state.originalStorageCache.clear();
    const intrinsic = intrinsicGas(data, to === undefined);
    if (limit < intrinsic.standard || limit < intrinsic.floor) throw new Error('not a revert: intrinsic gas too low');
    const { execResult } = await this.evm.runCall({
      data,
      value,
      caller: addressOf(from),
      origin: addressOf(origin),
      gasLimit: limit - intrinsic.standard,
      block: this.block() as never,
      ...(to === undefined ? {} : { to: addressOf(to) }),
    });
    await this.evm.journal.cleanup();
    if (execResult.exceptionError !== undefined) throw revertOf(execResult, abi);
    const spent = intrinsic.standard + execResult.executionGasUsed;
    const refund = execResult.gasRefund ?? 0n;
    const afterRefund = spent - (refund < spent / 5n ? refund : spent / 5n);
    return {
      output: toHex(execResult.returnValue),
      events: (execResult.logs ?? []).flatMap((log) => this.decode(log)),
      gas: afterRefund > intrinsic.floor ? afterRefund : intrinsic.floor,
    };
  }

  private decode([address, topics, data]: [Uint8Array, Uint8Array[], Uint8Array]): Event[] {
    for (const abi of this.events) {
      try {
        const { eventName, args } = decodeEventLog({
          abi,
          topics: topics.map((topic) => toHex(topic)) as [Hex, ...Hex[]],
          data: toHex(data),
        });
        return [{ address: toHex(address), name: eventName!, args: (args ?? {}) as Event['args'] }];
      } catch {
        // Another contract's event.
      }
    }
    return [];
  }

  private block() {
    const { number, timestamp } = this;
    return {
      header: {
        number,
        timestamp,
        coinbase: addressOf(ANYONE),
        difficulty: 0n,
        prevRandao: new Uint8Array(32),
        gasLimit: GAS_LIMIT,
        baseFeePerGas: 0n,
        getBlobGasPrice: () => 1n,
        hash: () => fromHex(blockHashOf(number)),
      },
    };
  }
}

/** Some account that is nobody in particular. */
export const ANYONE: Hex = '0x00000000000000000000000000000000000a11ce';

export function account(number: number): Hex {
  return `0xacc0${number.toString(16).padStart(36, '0')}`;
}

/** The hash of an L1 block of every test chain. */
export function blockHashOf(number: bigint): Hex {
  return toHex(sha256(new TextEncoder().encode(`block ${number}`)));
}

/** Asserts that `call` reverts with `error`, and with `args` if given. */
export async function reverts(
  call: Promise<unknown>,
  error: string,
  args?: readonly unknown[],
): Promise<void> {
  let thrown: unknown;
  try {
    await call;
  } catch (caught) {
    thrown = caught;
  }
  if (thrown === undefined) throw new Error(`expected ${error}, but the call succeeded`);
  if (!(thrown instanceof Revert)) throw thrown;
  const isExpected =
    thrown.error === error && (args === undefined || args.map(show).join() === thrown.args.map(show).join());
  if (!isExpected) throw new Error(`expected ${error}(${args ?? '...'}), but got ${thrown.message}`);
}

const show = (value: unknown): string => String(value).toLowerCase();

function addressOf(hex: Hex): Address {
  return new Address(fromHex(hex));
}

/** EIP-2028, EIP-3860 and the floor of EIP-7623. */
function intrinsicGas(data: Uint8Array, isCreation: boolean): { standard: bigint; floor: bigint } {
  let tokens = 0;
  for (const byte of data) tokens += byte === 0 ? 1 : 4;
  const creation = isCreation ? 32_000 + 2 * Math.ceil(data.length / 32) : 0;
  return { standard: BigInt(21_000 + creation + 4 * tokens), floor: BigInt(21_000 + 10 * tokens) };
}

function revertOf(
  execResult: { returnValue: Uint8Array; exceptionError?: { error: string } },
  abi: Abi,
): Error {
  const data = toHex(execResult.returnValue);
  if (execResult.exceptionError?.error !== 'revert') {
    return new Error(`not a revert: ${execResult.exceptionError?.error}`);
  }
  if (data === '0x') return new Revert('', []);
  const { errorName, args } = decodeErrorResult({ abi: [...abi, ...ourErrors] as Abi, data });
  return new Revert(errorName, (args ?? []) as readonly unknown[]);
}
