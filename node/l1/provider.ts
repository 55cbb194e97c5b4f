// viem clients for whichever L1 there is: the embedded one or an Ethereum RPC, with the same
// errors from both.
import {
  createPublicClient,
  createWalletClient,
  custom,
  defineChain,
  http,
  RpcRequestError,
  type Chain,
  type LocalAccount,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem';
import type { EmbeddedL1, RpcRequest } from './embedded/embeddedL1.ts';

export type L1Backend =
  | { readonly kind: 'embedded'; readonly l1: EmbeddedL1 }
  | { readonly kind: 'rpc'; readonly url: string };

export type L1ProviderOptions = {
  readonly chainId: number;
  /** How often a waiting client asks again. */
  readonly pollingIntervalMs?: number;
};

export type L1Provider = {
  readonly chain: Chain;
  readonly transport: Transport;
  readonly publicClient: PublicClient<Transport, Chain>;
  walletClient(account: LocalAccount): WalletClient<Transport, Chain, LocalAccount>;
};

/** After this an unanswered request to another process fails. In this one none can get lost. */
const REQUEST_TIMEOUT_MS = 10_000;
/** In the process asking costs nothing; over the network politeness counts. */
const POLLING_INTERVAL_MS_DEFAULT = { embedded: 100, rpc: 1_000 };
const EMBEDDED_URL = 'embedded';

/** Makes no request: a node that is down shows at the first one. */
export function openL1Provider(backend: L1Backend, options: L1ProviderOptions): L1Provider {
  const pollingInterval = options.pollingIntervalMs ?? POLLING_INTERVAL_MS_DEFAULT[backend.kind];
  const transport =
    backend.kind === 'embedded'
      ? embeddedTransport(backend.l1)
      : // Retrying is the caller's choice: it alone knows whether asking twice is harmless.
        http(backend.url, { timeout: REQUEST_TIMEOUT_MS, retryCount: 0 });
  const chain: Chain = defineChain({
    id: options.chainId,
    name: `L1 ${options.chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: backend.kind === 'rpc' ? [backend.url] : [] } },
  });
  return {
    chain,
    transport,
    publicClient: createPublicClient({ chain, transport, pollingInterval }),
    walletClient: (account) => createWalletClient({ account, chain, transport, pollingInterval }),
  };
}

function embeddedTransport(l1: EmbeddedL1): Transport {
  const request = async (body: RpcRequest): Promise<unknown> => {
    try {
      return await l1.request(body);
    } catch (error) {
      throw asRemote(error, body);
    }
  };
  return custom({ request }, { retryCount: 0 });
}

/** The error that the HTTP transport would have made of the same answer. */
function asRemote(error: unknown, body: RpcRequest): unknown {
  const { code, message, data } = error as { code?: unknown; message: string; data?: unknown };
  if (typeof code !== 'number') return error;
  return new RpcRequestError({ body, error: { code, message, data }, url: EMBEDDED_URL });
}
