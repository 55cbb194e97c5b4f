// What a transaction should offer: the suggested tip, and eth_feeHistory.
import type { Block } from '@ethereumjs/block';
import type { TypedTransaction } from '@ethereumjs/tx';
import type { ChainStore, ExecutedBlock } from './chainStore.ts';
import { invalidParams } from './errors.ts';
import { quantity, type Json } from './format.ts';
import { readArray, readInteger } from './params.ts';

/** wei: geth's smallest tip. Nobody competes for a place in a block of a private chain. */
export const GAS_TIP_SUGGESTED = 1_000_000n;
const HISTORY_BLOCKS_MAX = 1_024;
const PERCENTILES_MAX = 100;

/** The `count` blocks up to `last`. Cost: one block read for each. */
export async function feeHistory(
  store: ChainStore,
  count: unknown,
  last: ExecutedBlock,
  percentiles: unknown,
): Promise<Json> {
  const asked = BigInt(readInteger('0', count, HISTORY_BLOCKS_MAX));
  const isAsked = percentiles !== undefined && percentiles !== null;
  const wanted = isAsked ? readPercentiles(percentiles) : null;
  const newest = last.block.header.number;
  const oldest = newest + 1n > asked ? newest + 1n - asked : 0n;
  const blocks: ExecutedBlock[] = [];
  for (let number = oldest; number <= newest && asked > 0n; number += 1n) {
    blocks.push(await store.getByNumber(number));
  }
  const fees = blocks.map(({ block }) => baseFeeOf(block));
  return {
    oldestBlock: quantity(oldest),
    baseFeePerGas: [...fees, last.block.header.calcNextBaseFee()].map(quantity),
    gasUsedRatio: blocks.map(({ block }) => fullness(block)),
    baseFeePerBlobGas: [...fees, 0n].map(() => '0x1'),
    blobGasUsedRatio: fees.map(() => 0),
    ...(wanted === null ? {} : { reward: blocks.map((one) => rewards(one, wanted)) }),
  };
}

const fullness = ({ header }: Block): number => Number(header.gasUsed) / Number(header.gasLimit);
const baseFeeOf = (block: Block): bigint => block.header.baseFeePerGas ?? 0n;

function readPercentiles(value: unknown): readonly number[] {
  const list = readArray('2', value, PERCENTILES_MAX);
  let before = 0;
  return list.map((one, index) => {
    if (typeof one !== 'number' || !(one >= before && one <= 100)) {
      throw invalidParams(`invalid argument 2[${index}]: expected ascending numbers from 0 to 100`);
    }
    before = one;
    return one;
  });
}

/** The tip at each percentile of the block's gas, cheapest first. */
function rewards({ block, receipts }: ExecutedBlock, percentiles: readonly number[]): string[] {
  const baseFee = baseFeeOf(block);
  const tips = receipts.map((receipt, index) => {
    const transaction = block.transactions[index] as TypedTransaction;
    return { tip: transaction.getEffectivePriorityFee(baseFee), gas: receipt.gasUsed };
  });
  tips.sort((a, b) => (a.tip === b.tip ? 0 : a.tip < b.tip ? -1 : 1));
  return percentiles.map((percentile) => {
    const threshold = (Number(block.header.gasUsed) * percentile) / 100;
    let gas = 0;
    for (const { tip, gas: used } of tips) {
      gas += used;
      if (gas >= threshold) return quantity(tip);
    }
    return '0x0';
  });
}
