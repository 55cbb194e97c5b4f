// A process made to be killed: sends transactions to an embedded L1 on disk and prints each that
// was accepted.
import { EmbeddedL1 } from '../../../node/l1/embedded/embeddedL1.ts';
import { openL1Provider } from '../../../node/l1/provider.ts';
import { account } from './backends.ts';
import { PROBE_ABI } from './probeContract.ts';

const [directory, probe] = process.argv.slice(2) as [string, `0x${string}`];
const l1 = await EmbeddedL1.open({ directory, mining: { kind: 'auto' } });
const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: l1.chainId });
const wallet = provider.walletClient(account(0));
const { address } = wallet.account;
// What the process before took and did not mine counts: the same bytes again would be known already.
let nonce = await provider.publicClient.getTransactionCount({ address, blockTag: 'pending' });
process.stdout.write('ready\n');
for (;;) {
  const hash = await wallet.writeContract({
    abi: PROBE_ABI,
    address: probe,
    functionName: 'store',
    args: [BigInt(nonce), 1n],
    nonce,
    gas: 100_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
  });
  nonce += 1;
  process.stdout.write(`${hash}\n`);
}
