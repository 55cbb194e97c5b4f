// Puts the traders' money on L1: one depositor mints test tokens and deposits them for everybody.
import { privateKeyToAccount } from 'viem/accounts';
import { encodeFunctionData, parseAbi } from 'viem/utils';
import { testToken, vault as vaultContract } from '../../genesis/contracts/abi.ts';
import { DEV_ACCOUNTS } from '../../node/l1/devAccounts.ts';
import type { Deployment } from '../../node/l1/deployment.ts';
import type { L1Provider } from '../../node/l1/provider.ts';
import type { Address, Digest } from '../../state/units.ts';

export type FundedAccount = Readonly<{
  owner: Address;
  deposits: readonly Readonly<{ asset: number; amount: bigint }>[];
}>;

const ERC20 = parseAbi([
  'function approve(address spender, uint256 amount) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
]);
/** No role of the network; ether for gas it has. */
const DEPOSITOR = DEV_ACCOUNTS[9]!;
/** Enough for a first deposit into an empty account; what is left is paid back. */
const GAS = 400_000n;

/** Deposits for all accounts, in order. @throws where L1 refuses one */
export async function fund(
  provider: L1Provider,
  deployment: Deployment,
  accounts: readonly FundedAccount[],
): Promise<void> {
  const { publicClient } = provider;
  const wallet = provider.walletClient(privateKeyToAccount(DEPOSITOR.privateKey));
  const { vault, tokens } = deployment;
  let nonce = await publicClient.getTransactionCount({ address: DEPOSITOR.address });
  // A fixed fee far above any that the devnet asks for: asking before each one would take longer.
  const fees = { maxFeePerGas: 100n * 10n ** 9n, maxPriorityFeePerGas: 10n ** 9n };
  const send = async (to: Address, data: Digest): Promise<void> => {
    const serializedTransaction = await wallet.signTransaction({
      ...{ to, data, nonce: nonce++, gas: GAS, type: 'eip1559' },
      ...fees,
    });
    const hash = await publicClient.sendRawTransaction({ serializedTransaction });
    const { status } = await publicClient.getTransactionReceipt({ hash });
    if (status !== 'success') throw new Error(`the L1 transaction ${hash} of a deposit reverted`);
  };
  const totals = new Map<number, bigint>();
  for (const { asset, amount } of accounts.flatMap((account) => account.deposits)) {
    totals.set(asset, (totals.get(asset) ?? 0n) + amount);
  }
  for (const [asset, total] of totals) {
    const token = tokens[asset]!;
    const mintArgs = [DEPOSITOR.address, total] as const;
    await send(token, encodeFunctionData({ abi: testToken.abi, functionName: 'mint', args: mintArgs }));
    await send(token, encodeFunctionData({ abi: ERC20, functionName: 'approve', args: [vault, total] }));
  }
  for (const { owner, deposits } of accounts) {
    for (const { asset, amount } of deposits) {
      const args = [asset, owner, 0, amount] as const;
      await send(vault, encodeFunctionData({ abi: vaultContract.abi, functionName: 'deposit', args }));
    }
  }
}

/** What the Vault holds of an asset on L1. */
export const vaultBalance = (
  provider: L1Provider,
  deployment: Deployment,
  asset: number,
): Promise<bigint> =>
  provider.publicClient.readContract({
    ...{ address: deployment.tokens[asset]!, abi: ERC20 },
    ...{ functionName: 'balanceOf', args: [deployment.vault] },
  });
