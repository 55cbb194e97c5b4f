// The same L1 in three forms for the same tests: in the process, through its HTTP server, and
// anvil.
import { createPublicClient, custom, type Address } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { findAnvil, startAnvil } from '../../../node/l1/anvil.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { EmbeddedL1 } from '../../../node/l1/embedded/embeddedL1.ts';
import { serveEmbeddedL1 } from '../../../node/l1/embedded/server.ts';
import { openL1Provider, type L1Provider } from '../../../node/l1/provider.ts';
import { PROBE_ABI, probeBytecode } from './probeContract.ts';

export const CHAIN_ID = 31_337;

export type Backend = L1Provider & {
  /** Any method, without a type. */
  raw(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** Replaces the last `depth` blocks by empty ones and forgets their transactions. */
  reorg(depth: number): Promise<void>;
  mine(): Promise<void>;
  close(): Promise<void>;
};

export type OpenBackend = (mining: 'auto' | 'manual') => Promise<Backend>;

function withHelpers(
  provider: L1Provider,
  reorgMethod: readonly [string, unknown],
  close: () => Promise<void>,
): Backend {
  const raw = (method: string, params: readonly unknown[] = []): Promise<unknown> =>
    provider.publicClient.request({ method, params } as never);
  const [method, option] = reorgMethod;
  return {
    ...provider,
    raw,
    reorg: async (depth) => void (await raw(method, [depth, option])),
    mine: async () => void (await raw('evm_mine')),
    close,
  };
}

const EMBEDDED_REORG = ['tidepool_reorg', { dropTransactions: true }] as const;

const openEmbedded: OpenBackend = async (kind) => {
  const l1 = await EmbeddedL1.open({ directory: null, chainId: CHAIN_ID, mining: { kind } });
  const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: CHAIN_ID });
  return withHelpers(provider, EMBEDDED_REORG, () => l1.close());
};

const openServed: OpenBackend = async (kind) => {
  const l1 = await EmbeddedL1.open({ directory: null, chainId: CHAIN_ID, mining: { kind } });
  const server = await serveEmbeddedL1({ l1, port: 0, developmentMethods: true });
  const options = { chainId: CHAIN_ID, pollingIntervalMs: 20 };
  const provider = openL1Provider({ kind: 'rpc', url: server.url }, options);
  return withHelpers(provider, EMBEDDED_REORG, async () => {
    await server.close();
    await l1.close();
  });
};

const openAnvil: OpenBackend = async (kind) => {
  const anvil = await startAnvil({ chainId: CHAIN_ID, mining: { kind } });
  const options = { chainId: CHAIN_ID, pollingIntervalMs: 20 };
  const provider = openL1Provider({ kind: 'rpc', url: anvil.url }, options);
  return withHelpers(provider, ['anvil_reorg', []], () => anvil.stop());
};

const binary = findAnvil();
if (!binary.found) console.error(`SKIPPED on anvil: ${binary.reason}`);

export const BACKENDS: readonly (readonly [string, OpenBackend])[] = [
  ['embedded', openEmbedded],
  ['embedded over HTTP', openServed],
  ...(binary.found ? ([['anvil', openAnvil]] as const) : []),
];

export const account = (index: number) =>
  privateKeyToAccount(DEV_ACCOUNTS[index]?.privateKey ?? '0x');

export async function deployProbe(backend: Backend): Promise<Address> {
  const wallet = backend.walletClient(account(0));
  const hash = await wallet.deployContract({ abi: PROBE_ABI, bytecode: probeBytecode() });
  const receipt = await backend.publicClient.waitForTransactionReceipt({ hash });
  if (receipt.contractAddress == null) throw new Error('the probe was not deployed');
  return receipt.contractAddress;
}

/** Answers a request in place of the L1, passes it on with `next`, or throws in its place. */
export type Interceptor = (
  method: string,
  params: readonly unknown[],
  next: () => Promise<unknown>,
) => Promise<unknown>;

/** `backend` with every request of its public client in the hands of `intercept`. */
export function intercepted(backend: Backend, intercept: Interceptor): Backend {
  const request = ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    const list = (params ?? []) as readonly unknown[];
    return intercept(method, list, () => backend.raw(method, list));
  };
  const transport = custom({ request } as never, { retryCount: 0 });
  const publicClient = createPublicClient({ chain: backend.chain, transport, pollingInterval: 20 });
  return { ...backend, publicClient } as Backend;
}
