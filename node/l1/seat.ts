/** The right to post batches: a bond, and a seat that is free. */
import { privateKeyToAccount } from 'viem/accounts';
import { rollup as rollupContract } from '../../genesis/contracts/abi.ts';
import type { Address, Digest, Seconds } from '../../state/units.ts';
import type { Deployment } from './deployment.ts';
import type { L1Provider } from './provider.ts';

/** Bond and seat of an account, as L1 has them. */
export type SeatFacts = Readonly<{
  /** At stake and what is needed [wei]; a bond that is being withdrawn counts for nothing. */
  bond: bigint;
  bondNeeded: bigint;
  isUnbonding: boolean;
  /** Who posts now; null: whoever comes first. */
  holder: Address | null;
  /** From when on any bonded account may post. */
  opensAt: Seconds;
}>;

/** Who posts now, and signs the blocks; null: whoever comes first. */
export async function seatHolder({ publicClient }: L1Provider, { rollup }: Deployment): Promise<Address | null> {
  const holder = await publicClient.readContract({ address: rollup, abi: rollupContract.abi, functionName: 'sequencer' });
  return BigInt(holder) === 0n ? null : (holder.toLowerCase() as Address);
}

export class Seat {
  readonly #provider: L1Provider;
  readonly #account: ReturnType<typeof privateKeyToAccount>;
  readonly #deployment: Deployment;
  readonly #contract;

  constructor(provider: L1Provider, deployment: Deployment, privateKey: Digest) {
    this.#provider = provider;
    this.#account = privateKeyToAccount(privateKey);
    this.#deployment = deployment;
    this.#contract = { address: deployment.rollup, abi: rollupContract.abi } as const;
  }

  get address(): Address {
    return this.#account.address.toLowerCase() as Address;
  }

  async facts(): Promise<SeatFacts> {
    const { publicClient } = this.#provider;
    const [[bond, unbondAt], bondNeeded, holder, opensAt] = await Promise.all([
      publicClient.readContract({ ...this.#contract, functionName: 'bondOf', args: [this.#account.address] }),
      publicClient.readContract({ ...this.#contract, functionName: 'BOND_AMOUNT' }),
      seatHolder(this.#provider, this.#deployment),
      publicClient.readContract({ ...this.#contract, functionName: 'seatOpensAt' }),
    ]);
    return { bond, bondNeeded, isUnbonding: unbondAt !== 0n, holder, opensAt: Number(opensAt) };
  }

  /** Puts up what is missing of the bond. Returns what that was [wei]. */
  async bond(): Promise<bigint> {
    const { bond, bondNeeded, isUnbonding } = await this.facts();
    const missing = bond < bondNeeded ? bondNeeded - bond : 0n;
    if (missing === 0n && !isUnbonding) return 0n;
    const wallet = this.#provider.walletClient(this.#account);
    const hash = await wallet.writeContract({ ...this.#contract, functionName: 'bond', args: [], value: missing });
    const receipt = await this.#provider.publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`the bond was refused by L1 in ${hash}`);
    return missing;
  }

  /** How long until this account may post [s]; 0: now. */
  async opensIn(): Promise<Seconds> {
    const { holder, opensAt } = await this.facts();
    if (holder === null || holder === this.address) return 0;
    const { timestamp } = await this.#provider.publicClient.getBlock({ blockTag: 'pending' });
    return Math.max(0, opensAt - Number(timestamp));
  }
}
