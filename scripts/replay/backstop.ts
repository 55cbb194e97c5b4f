// A backstop vault in a replay: opened by governance on L1 before trading begins, and filled by depositors.
import { encodeFunctionData } from 'viem/utils';
import { privateKeyToAccount } from 'viem/accounts';
import { governance, inbox } from '../../genesis/contracts/abi.ts';
import { addressOfKey } from '../../node/crypto/recover.ts';
import type { Devnet } from '../../node/devnet.ts';
import { DEV_ACCOUNTS } from '../../node/l1/devAccounts.ts';
import type { VirtualClock } from '../../node/ports/clock.ts';
import { signAction, type SigningContext } from '../../rpc/client/signer.ts';
import { concat, toHex } from '../../state/codec/bytes.ts';
import { encode } from '../../state/codec/layout.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import { setVault } from '../../state/transactions/setVault.ts';
import type { Address } from '../../state/units.ts';
import type { Door } from './door.ts';
import type { FundedAccount } from './funding.ts';

export const VAULT = 1;
const DEPOSITORS = 5;
const MICRO_USD = 1e6;
/** Of what it has, what it may lose on a day when it takes more. */
const LOSS_CAP_PARTS = 2n;
const ZERO = `0x${'00'.repeat(32)}` as const;
/** Proposes to governance, as on every devnet. */
const PROPOSER = DEV_ACCOUNTS[0]!;

export class Backstop {
  readonly #keys: readonly Uint8Array[];
  readonly #eachMicro: bigint;

  constructor(seed: string, usd: number) {
    this.#keys = Array.from({ length: DEPOSITORS }, (_, n) => keccak256(Buffer.from(`tidepool.replay/${seed}/vault-${n}`, 'utf8')));
    this.#eachMicro = BigInt(Math.floor((usd * MICRO_USD) / DEPOSITORS));
  }

  /** What depositors bring from L1. */
  accounts(): FundedAccount[] {
    return this.#keys.map((key) => ({ owner: addressOfKey(key), deposits: [{ asset: 0, amount: this.#eachMicro }] }));
  }

  /** Lets governance open the vault: proposed now, in the inbox `delaySeconds` later, when trading begins. */
  async open({ provider, deployment, embedded }: Devnet, clock: VirtualClock, delaySeconds: number, startMillis: number): Promise<void> {
    const wallet = provider.walletClient(privateKeyToAccount(PROPOSER.privateKey));
    const { publicClient } = provider;
    const send = async (data: `0x${string}`): Promise<void> => {
      const hash = await wallet.sendTransaction({ to: deployment.governance as Address, data });
      const { status } = await publicClient.waitForTransactionReceipt({ hash });
      if (status !== 'success') throw new Error(`the L1 transaction ${hash} of governance reverted`);
    };
    const terms = {
      ...{ vault: VAULT, operator: `0x${'00'.repeat(20)}` as const, lockSeconds: 86_400n },
      lossCap: (this.#eachMicro * BigInt(DEPOSITORS)) / LOSS_CAP_PARTS,
    };
    const payload = toHex(concat(Uint8Array.of(setVault.action), encode(setVault.layout, terms)));
    const call = encodeFunctionData({ abi: inbox.abi, functionName: 'enqueueGovernance', args: [payload] });
    const args = [deployment.inbox, 0n, call, ZERO, ZERO] as const;
    const scheduled = [...args, BigInt(delaySeconds)] as const;
    await send(encodeFunctionData({ abi: governance.abi, functionName: 'schedule', args: scheduled }));
    await clock.advanceTo(startMillis);
    await embedded?.mine();
    await send(encodeFunctionData({ abi: governance.abi, functionName: 'execute', args }));
  }

  /** Buys shares with all that depositors have. @throws where one is refused */
  async stake(door: Door, signing: SigningContext, now: number): Promise<void> {
    const amount = (Number(this.#eachMicro) / MICRO_USD).toFixed(6).replace(/\.?0+$/, '');
    const envelopes = this.#keys.map((key) => {
      const head = { owner: addressOfKey(key), nonce: '1', expiry: now + 600 };
      return signAction(signing, { type: 'vaultDeposit', ...head, vault: VAULT, amount }, key);
    });
    for (const outcome of await door.submit(envelopes)) {
      if (!outcome.ok) throw new Error(`a deposit into the vault was refused: ${JSON.stringify(outcome.error)}`);
    }
  }
}
