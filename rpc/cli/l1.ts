/** What a trader does on L1: deposit, and take out what a final batch proves. */
import { encodeFunctionData, parseAbi } from 'viem/utils';
import { privateKeyToAccount } from 'viem/accounts';
import { testToken, vault as vaultContract } from '../../genesis/contracts/abi.ts';
import type { L1Provider } from '../../node/l1/provider.ts';
import type { Address } from '../../state/units.ts';

type Hex = `0x${string}`;
const ERC20 = parseAbi([
  'function approve(address spender, uint256 amount) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
]);

/** An L1 transaction that was mined and failed. */
export class L1CallFailed extends Error {
  override readonly name = 'L1CallFailed';
}

export class Trader {
  readonly #provider: L1Provider;
  readonly #account: ReturnType<typeof privateKeyToAccount>;

  constructor(provider: L1Provider, privateKey: Hex) {
    this.#provider = provider;
    this.#account = privateKeyToAccount(privateKey);
  }

  get address(): Address {
    return this.#account.address.toLowerCase() as Address;
  }

  async #send(to: Address, data: Hex): Promise<Hex> {
    const { publicClient } = this.#provider;
    const hash = await this.#provider.walletClient(this.#account).sendTransaction({ to, data });
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new L1CallFailed(`L1 transaction ${hash} was mined and reverted`);
    return hash;
  }

  balanceOf(token: Address): Promise<bigint> {
    return this.#provider.publicClient.readContract({
      address: token,
      abi: ERC20,
      functionName: 'balanceOf',
      args: [this.address],
    });
  }

  /** Mints test tokens: devnet tokens let anybody. */
  mint(token: Address, amount: bigint): Promise<Hex> {
    return this.#send(
      token,
      encodeFunctionData({ abi: testToken.abi, functionName: 'mint', args: [this.address, amount] }),
    );
  }

  /** Approves and deposits. Returns the hash of the deposit. */
  async deposit(vault: Address, token: Address, asset: number, subaccount: number, amount: bigint): Promise<Hex> {
    await this.#send(token, encodeFunctionData({ abi: ERC20, functionName: 'approve', args: [vault, amount] }));
    const args = [asset, this.address, subaccount, amount] as const;
    return this.#send(vault, encodeFunctionData({ abi: vaultContract.abi, functionName: 'deposit', args }));
  }

  /** Proves a withdrawal against a final batch and pays it out. Anybody may send it. */
  withdrawAndClaim(vault: Address, batch: number, index: number, value: Hex, proof: Hex): Promise<Hex> {
    return this.#send(
      vault,
      encodeFunctionData({
        abi: vaultContract.abi,
        functionName: 'withdrawAndClaim',
        args: [BigInt(batch), BigInt(index), value, proof],
      }),
    );
  }
}
