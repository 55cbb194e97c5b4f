// An Ethereum chain inside this process, kept on disk: the L1 of whoever has none, behind an
// EIP-1193 provider.
import type { Block } from '@ethereumjs/block';
import { bytesToHex } from '@ethereumjs/util';
import type { Address, Hash } from 'viem';
import { SystemClock, type Clock } from '../../ports/clock.ts';
import { DEV_ACCOUNTS, DEV_BALANCE } from '../devAccounts.ts';
import { Chain } from './chain.ts';
import { loadCrypto } from './crypto.ts';
import { openLevelDatabase, openMemoryDatabase, type ChainDatabase } from './database.ts';
import { EmbeddedL1Error, invalidParams, L1RpcError, RPC_CODE } from './errors.ts';
import { createRules, type GenesisAccount } from './genesis.ts';
import { createDevelopmentMethods, createMethods, type Methods } from './methods.ts';

/** When blocks are made: with each transaction, every so often (also empty ones), or on demand. */
export type Mining =
  | { readonly kind: 'auto' }
  | { readonly kind: 'interval'; readonly seconds: number }
  | { readonly kind: 'manual' };

export type EmbeddedL1Options = {
  /** Where the chain is kept; null keeps it in memory. */
  readonly directory: string | null;
  readonly chainId?: number;
  /** Funded in block 0. Only read when the chain is created. */
  readonly prefunded?: readonly GenesisAccount[];
  readonly clock?: Pick<Clock, 'nowSeconds' | 'interval'>;
  readonly mining?: Mining;
};

export type RpcRequest = { readonly method: string; readonly params?: unknown };

export const CHAIN_ID_DEFAULT = 31_337;
const INTERVAL_SECONDS_MAX = 3_600;

export const DEV_GENESIS: readonly GenesisAccount[] = DEV_ACCOUNTS.map(({ address }) => ({
  address,
  balance: DEV_BALANCE,
}));

export type HeadEvent = {
  readonly number: bigint;
  readonly hash: Hash;
  readonly timestamp: bigint;
  /** Hashes of the blocks that a re-org took away, newest first; empty when the chain just grew. */
  readonly removed: readonly Hash[];
};

export class EmbeddedL1 {
  readonly chainId: number;
  readonly mining: Mining;
  readonly #chain: Chain;
  readonly #database: ChainDatabase;
  readonly #methods: Methods;
  readonly #developmentMethods: Methods;
  #stopMining: () => void = () => {};
  #isClosed = false;

  private constructor(database: ChainDatabase, chain: Chain, options: Required<EmbeddedL1Options>) {
    this.chainId = options.chainId;
    this.mining = options.mining;
    this.#database = database;
    this.#chain = chain;
    const accounts = options.prefunded.map(({ address }) => address.toLowerCase() as Address);
    const context = { chain, accounts, isAutomatic: this.#isAutomatic };
    this.#methods = createMethods(context);
    this.#developmentMethods = createDevelopmentMethods(context);
    if (options.mining.kind !== 'interval') return;
    const tick = async () => {
      if (!this.#isClosed) await chain.mine();
    };
    this.#stopMining = options.clock.interval(options.mining.seconds * 1_000, tick);
  }

  /** Continues the chain in the directory, or starts one. Throws `EmbeddedL1Error`. */
  static async open(given: EmbeddedL1Options): Promise<EmbeddedL1> {
    const options = withDefaults(given);
    const database =
      options.directory === null
        ? openMemoryDatabase()
        : await openLevelDatabase(options.directory);
    try {
      const common = createRules(options.chainId, await loadCrypto());
      const { clock, prefunded } = options;
      const chain = await Chain.open({ database, common, clock, accounts: prefunded });
      return new EmbeddedL1(database, chain, options);
    } catch (error) {
      await database.close();
      if (error instanceof EmbeddedL1Error) throw error;
      const message = `the L1 data cannot be read: ${(error as Error).message}`;
      throw new EmbeddedL1Error('database_corrupt', message, { cause: error });
    }
  }

  /** EIP-1193. Rejects with `L1RpcError`, whose code and data are JSON-RPC's. */
  readonly request = async (request: RpcRequest): Promise<unknown> => {
    return this.#answer(request, true);
  };
  /** The same without the methods that turn time or re-org the chain. */
  readonly requestPublic = async (request: RpcRequest): Promise<unknown> => {
    return this.#answer(request, false);
  };

  get headNumber(): bigint {
    return this.#chain.head.header.number;
  }
  get #isAutomatic(): boolean {
    return this.mining.kind === 'auto';
  }

  /** Makes one block of what is pending, empty or not. */
  async mine(): Promise<HeadEvent> {
    this.#requireOpen();
    return headEvent(await this.#chain.mine(), []);
  }
  /** Replaces the last `depth` blocks by empty ones; transactions are pending again or gone. */
  async reorg(depth: number, options: { dropTransactions?: boolean } = {}): Promise<void> {
    this.#requireOpen();
    await this.#chain.reorg(depth, options.dropTransactions === true, this.#isAutomatic);
  }
  /** Calls `listener` after each block is on disk. Returns the way to stop that. */
  onHead(listener: (event: HeadEvent) => void): () => void {
    return this.#chain.onHead((head, removed) => listener(headEvent(head, removed)));
  }

  /** Ends mining, waits for what is being written, releases the directory. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopMining();
    await this.#chain.idle();
    await this.#database.close();
  }

  async #answer(request: RpcRequest, isTrusted: boolean): Promise<unknown> {
    this.#requireOpen();
    const { method } = request;
    const params = request.params ?? [];
    if (typeof method !== 'string') {
      throw new L1RpcError(RPC_CODE.invalidRequest, 'invalid request: method must be a string');
    }
    const found =
      this.#methods.get(method) ?? (isTrusted ? this.#developmentMethods.get(method) : undefined);
    if (found === undefined) {
      const name = method.slice(0, 80);
      const message = `the method ${name} does not exist/is not available`;
      throw new L1RpcError(RPC_CODE.methodNotFound, message);
    }
    if (!Array.isArray(params)) throw invalidParams('invalid params: expected an array');
    try {
      return await found(params);
    } catch (error) {
      if (error instanceof L1RpcError || error instanceof EmbeddedL1Error) throw error;
      const message = `internal error: ${(error as Error).message}`;
      throw new L1RpcError(RPC_CODE.internal, message);
    }
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new EmbeddedL1Error('closed', 'the embedded L1 is closed');
  }
}

function headEvent(head: Block, removed: readonly Block[]): HeadEvent {
  return {
    number: head.header.number,
    hash: bytesToHex(head.hash()),
    timestamp: head.header.timestamp,
    removed: removed.map((block) => bytesToHex(block.hash())),
  };
}

function withDefaults(given: EmbeddedL1Options): Required<EmbeddedL1Options> {
  const chainId = given.chainId ?? CHAIN_ID_DEFAULT;
  if (!Number.isSafeInteger(chainId) || chainId < 1) {
    const message = `chainId: expected a positive integer, received ${chainId}`;
    throw new EmbeddedL1Error('invalid_options', message);
  }
  const mining = given.mining ?? { kind: 'auto' };
  if (mining.kind === 'interval') {
    const { seconds } = mining;
    if (!(seconds > 0 && seconds <= INTERVAL_SECONDS_MAX)) {
      const message = `mining.seconds: expected up to ${INTERVAL_SECONDS_MAX}, received ${seconds}`;
      throw new EmbeddedL1Error('invalid_options', message);
    }
  }
  return {
    directory: given.directory,
    chainId,
    prefunded: given.prefunded ?? DEV_GENESIS,
    clock: given.clock ?? new SystemClock(),
    mining,
  };
}
