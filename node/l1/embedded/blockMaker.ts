// Executes pending transactions on top of a block and gives back the next one, with nothing on disk yet.
import type { Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import type { MerkleStateManager } from '@ethereumjs/statemanager';
import { createAddressFromString } from '@ethereumjs/util';
import { buildBlock, createVM, type BlockBuilder, type RunTxResult, type VM } from '@ethereumjs/vm';
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
    header: { timestamp: bigint; forkCount: number },
    isEmptyAllowed: boolean,
  ): Promise<MadeBlock> {
    const baseFee = parent.header.calcNextBaseFee();
    const builder = await this.#start(parent, baseFee, header);
    const receipts: StoredReceipt[] = [];
    try {
      const dropped = pool === null ? [] : await this.#fill(builder, baseFee, pool, receipts);
      if (receipts.length === 0 && !isEmptyAllowed) {
        await builder.revert();
        return { executed: null, dropped };
      }
      const { block } = await builder.build();
      return { executed: { block, receipts }, dropped };
    } catch (error) {
      await builder.revert();
      throw error;
    }
  }

  async #start(
    parent: Block,
    baseFeePerGas: bigint,
    header: { timestamp: bigint; forkCount: number },
  ): Promise<BlockBuilder> {
    const extraData = Buffer.alloc(EXTRA_DATA_PREFIX.length + 4);
    extraData.set(EXTRA_DATA_PREFIX);
    extraData.writeUInt32BE(header.forkCount, EXTRA_DATA_PREFIX.length);
    return buildBlock(this.#vm, {
      parentBlock: parent,
      withdrawals: [],
      headerData: {
        timestamp: header.timestamp,
        gasLimit: BLOCK_GAS_MAX,
        baseFeePerGas,
        extraData,
        // PREVRANDAO: any value will do that every node would compute alike.
        mixHash: parent.hash(),
      },
      blockOpts: { putBlockIntoBlockchain: false },
    });
  }

  async #fill(
    builder: BlockBuilder,
    baseFee: bigint,
    pool: Mempool,
    receipts: StoredReceipt[],
  ): Promise<readonly PooledTransaction[]> {
    const nonces = new Map<Address, bigint>();
    for (const sender of pool.senders()) nonces.set(sender, await this.nonceOf(sender));
    const dropped: PooledTransaction[] = [];
    for (;;) {
      const gasLeft = BLOCK_GAS_MAX - builder.gasUsed;
      const next = pool.best(nonces, baseFee, (p) => p.transaction.gasLimit <= gasLeft);
      if (next === undefined) return dropped;
      let result: RunTxResult;
      try {
        result = await builder.addTransaction(next.transaction);
      } catch (error) {
        if (!isUnpayable(error)) throw error;
        dropped.push(next);
        nonces.delete(next.sender);
        continue;
      }
      nonces.set(next.sender, next.nonce + 1n);
      receipts.push(receiptOf(next, result, receipts.at(-1)?.gasUsedCumulative ?? 0, baseFee));
    }
  }
}

/** A balance or a code that changed after admission: the sender's fault, not the chain's. */
function isUnpayable(error: unknown): boolean {
  return error instanceof Error && /enough funds|not EOA/.test(error.message);
}

function receiptOf(
  pooled: PooledTransaction,
  result: RunTxResult,
  gasUsedBefore: number,
  baseFee: bigint,
): StoredReceipt {
  const { transaction } = pooled;
  const gasUsed = Number(result.totalGasSpent);
  const tip = transaction.getEffectivePriorityFee(baseFee);
  const logs = result.receipt.logs.map(([address, topics, data]): StoredLog => {
    return [address, topics, data];
  });
  return {
    transactionHash: transaction.hash(),
    sender: transaction.getSenderAddress().bytes,
    status: result.execResult.exceptionError === undefined ? 1 : 0,
    gasUsed,
    gasUsedCumulative: gasUsedBefore + gasUsed,
    gasPriceEffective: (baseFee + tip).toString(),
    contractAddress: transaction.to === undefined ? (result.createdAddress?.bytes ?? null) : null,
    bloom: logs.length === 0 ? new Uint8Array() : result.receipt.bitvector,
    logs,
  };
}
