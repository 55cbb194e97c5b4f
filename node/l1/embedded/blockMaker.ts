// Executes pending transactions on top of a block and gives back the next one, with nothing on
// disk yet.
import { createBlock, genTransactionsTrieRoot, type Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import type { MerkleStateManager } from '@ethereumjs/statemanager';
import type { TypedTransaction } from '@ethereumjs/tx';
import { createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { Bloom, createVM, encodeReceipt, runTx, type RunTxResult, type VM } from '@ethereumjs/vm';
import type { Address } from 'viem';
import type { ChainStore, ExecutedBlock } from './chainStore.ts';
import { BLOCK_GAS_MAX } from './genesis.ts';
import type { Mempool, PooledTransaction } from './mempool.ts';
import type { StoredLog, StoredReceipt } from './tables.ts';

/** The client's name in every block, before the count of re-orgs that keeps rival blocks apart. */
const EXTRA_DATA_PREFIX = Buffer.from('tidepool');

export type MadeBlock = {
  /** Null when there was nothing to put into a block. */
  readonly executed: ExecutedBlock | null;
  /** Transactions that turned out not to be payable and leave the pool. */
  readonly dropped: readonly PooledTransaction[];
};

/** The EVM's view of the chain: BLOCKHASH. It asks only for the 256 blocks before its own. */
export function blockHashes(store: ChainStore) {
  const view = {
    getBlock: async (number: number) => {
      const hash = await store.findHash(BigInt(number));
      if (hash === undefined) throw new Error(`block ${number} is missing`);
      return { hash: () => hash };
    },
    putBlock: async () => {},
    shallowCopy: () => view,
  };
  return view;
}

/** What the next block will say of itself before anything is executed in it. */
type HeaderStart = {
  readonly parentHash: Uint8Array;
  readonly number: bigint;
  readonly timestamp: bigint;
  readonly gasLimit: bigint;
  readonly baseFeePerGas: bigint;
  readonly excessBlobGas: bigint;
  readonly extraData: Uint8Array;
  readonly mixHash: Uint8Array;
};

/** Transactions executed so far; the three lists run side by side. */
type Execution = {
  readonly transactions: TypedTransaction[];
  readonly results: RunTxResult[];
  readonly receipts: StoredReceipt[];
};

/**
 * EIP-7685: SHA-256 of no requests. The contracts that make requests do not exist here: nobody
 * deposits to or withdraws from the validators of a chain that has none.
 */
const REQUESTS_HASH_EMPTY = hexToBytes(
  '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
);

/**
 * Builds with `runTx` and not with the library's block builder, which makes the whole block anew
 * for each transaction: 400 transactions took it 11 seconds.
 */
export class BlockMaker {
  readonly #vm: VM;
  readonly #state: MerkleStateManager;

  private constructor(vm: VM, state: MerkleStateManager) {
    this.#vm = vm;
    this.#state = state;
  }
  static async open(common: Common, state: MerkleStateManager, store: ChainStore) {
    const blockchain = blockHashes(store);
    return new BlockMaker(await createVM({ common, stateManager: state, blockchain }), state);
  }

  async nonceOf(sender: Address): Promise<bigint> {
    const account = await this.#state.getAccount(createAddressFromString(sender));
    return account?.nonce ?? 0n;
  }

  /** Stands the EVM on the state of `block`, whatever it did before. */
  async rewind(block: Block): Promise<void> {
    await this.#state.setStateRoot(block.header.stateRoot);
  }

  /**
   * The block after `parent`, with as many transactions of `pool` as fit, best paying first.
   * No block when there is none and `isEmptyAllowed` is false.
   */
  async make(
    parent: Block,
    pool: Mempool | null,
    given: { timestamp: bigint; forkCount: number },
    isEmptyAllowed: boolean,
  ): Promise<MadeBlock> {
    const start = startAfter(parent, given);
    const done: Execution = { transactions: [], results: [], receipts: [] };
    const { journal } = this.#vm.evm;
    await journal.checkpoint();
    try {
      const dropped = pool === null ? [] : await this.#execute(start, pool, done);
      if (done.receipts.length === 0 && !isEmptyAllowed) {
        await journal.revert();
        return { executed: null, dropped };
      }
      const block = await this.#seal(start, done);
      // After this line nothing can fail any more.
      await journal.commit();
      return { executed: { block, receipts: done.receipts }, dropped };
    } catch (error) {
      await journal.revert();
      throw error;
    }
  }

  async #execute(
    start: HeaderStart,
    pool: Mempool,
    done: Execution,
  ): Promise<readonly PooledTransaction[]> {
    const { common } = this.#vm;
    const baseFee = start.baseFeePerGas;
    const block = createBlock({ header: start }, { common });
    const nonces = new Map<Address, bigint>();
    for (const sender of pool.senders()) nonces.set(sender, await this.nonceOf(sender));
    const dropped: PooledTransaction[] = [];
    let gasUsed = 0n;
    for (;;) {
      const gasLeft = start.gasLimit - gasUsed;
      const next = pool.best(nonces, baseFee, (p) => p.transaction.gasLimit <= gasLeft);
      if (next === undefined) return dropped;
      let result: RunTxResult;
      try {
        result = await runTx(this.#vm, { tx: next.transaction, block, blockGasUsed: gasUsed });
      } catch (error) {
        if (!isUnpayable(error)) throw error;
        dropped.push(next);
        nonces.delete(next.sender);
        continue;
      }
      gasUsed += result.totalGasSpent;
      nonces.set(next.sender, next.nonce + 1n);
      done.transactions.push(next.transaction);
      done.results.push(result);
      done.receipts.push(receiptOf(next, result, gasUsed, baseFee));
    }
  }

  async #seal(start: HeaderStart, done: Execution): Promise<Block> {
    const { common } = this.#vm;
    const bloom = new Bloom(undefined, common);
    const receiptTrie = new MerklePatriciaTrie({ common });
    for (const [index, { receipt, bloom: part }] of done.results.entries()) {
      bloom.or(part);
      const type = (done.transactions[index] as TypedTransaction).type;
      await receiptTrie.put(RLP.encode(index), encodeReceipt(receipt, type));
    }
    const transactionTrie = new MerklePatriciaTrie({ common });
    const header = {
      ...start,
      stateRoot: await this.#state.getStateRoot(),
      transactionsTrie: await genTransactionsTrieRoot(done.transactions, transactionTrie),
      receiptTrie: receiptTrie.root(),
      logsBloom: bloom.bitvector,
      gasUsed: BigInt(done.receipts.at(-1)?.gasUsedCumulative ?? 0),
      requestsHash: REQUESTS_HASH_EMPTY,
    };
    return createBlock({ header, transactions: done.transactions, withdrawals: [] }, { common });
  }
}

function startAfter(parent: Block, given: { timestamp: bigint; forkCount: number }): HeaderStart {
  const extraData = Buffer.alloc(EXTRA_DATA_PREFIX.length + 4);
  extraData.set(EXTRA_DATA_PREFIX);
  extraData.writeUInt32BE(given.forkCount, EXTRA_DATA_PREFIX.length);
  return {
    parentHash: parent.hash(),
    number: parent.header.number + 1n,
    timestamp: given.timestamp,
    gasLimit: BLOCK_GAS_MAX,
    baseFeePerGas: parent.header.calcNextBaseFee(),
    excessBlobGas: 0n,
    extraData,
    // PREVRANDAO: any value will do that every node would compute alike.
    mixHash: parent.hash(),
  };
}

/** A balance or a code that changed after admission: the sender's fault, not the chain's. */
function isUnpayable(error: unknown): boolean {
  return error instanceof Error && /enough funds|not EOA/.test(error.message);
}

function receiptOf(
  pooled: PooledTransaction,
  result: RunTxResult,
  gasUsedCumulative: bigint,
  baseFee: bigint,
): StoredReceipt {
  const { transaction } = pooled;
  const tip = transaction.getEffectivePriorityFee(baseFee);
  const logs = result.receipt.logs.map(([address, topics, data]): StoredLog => {
    return [address, topics, data];
  });
  return {
    transactionHash: transaction.hash(),
    sender: transaction.getSenderAddress().bytes,
    status: result.execResult.exceptionError === undefined ? 1 : 0,
    gasUsed: Number(result.totalGasSpent),
    gasUsedCumulative: Number(gasUsedCumulative),
    gasPriceEffective: (baseFee + tip).toString(),
    contractAddress: transaction.to === undefined ? (result.createdAddress?.bytes ?? null) : null,
    bloom: logs.length === 0 ? new Uint8Array() : result.receipt.bitvector,
    logs,
  };
}
