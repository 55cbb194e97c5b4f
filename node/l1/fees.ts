/** What a batch offers L1 for its gas, and how much more when it has waited. */

export type Fees = Readonly<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }>;

/** Over the fee before: L1 nodes want 10 % more, of some kinds of transactions and nodes 12.5 %. */
const BUMP_PER_MILLE = 1_130n;

/** Room for the base fee to double before the transaction is mined. */
export const freshFees = (baseFee: bigint, priority: bigint): Fees => ({
  maxFeePerGas: 2n * baseFee + priority,
  maxPriorityFeePerGas: priority,
});

/** What replaces a transaction that offered `before`: what L1 wants now, and more than before. */
export function replacementFees(before: Fees, fresh: Fees): Fees {
  const raised = (fee: bigint, atLeast: bigint): bigint => {
    const bumped = (fee * BUMP_PER_MILLE) / 1_000n + 1n;
    return bumped > atLeast ? bumped : atLeast;
  };
  return {
    maxFeePerGas: raised(before.maxFeePerGas, fresh.maxFeePerGas),
    maxPriorityFeePerGas: raised(before.maxPriorityFeePerGas, fresh.maxPriorityFeePerGas),
  };
}
