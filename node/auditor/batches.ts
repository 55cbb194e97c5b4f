/** Batches as L1 has them: their payloads, and that each follows the one before it. */
import { batchHash, decodePostBatch, genesisHash } from '../../genesis/contracts/batch.ts';
import { genesisRoot, parameterHashOfNetwork, type Network } from '../../genesis/genesis.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { bindingOf, type Deployment } from '../l1/deployment.ts';
import type { BatchLog } from '../l1/logs.ts';
import type { L1Provider } from '../l1/provider.ts';
import { AuditError } from './chainView.ts';

/** The payload of a batch: the calldata of the transaction that posted it. @throws AuditError */
export async function payloadOf(provider: L1Provider, { index, hash, transactionHash }: BatchLog): Promise<Uint8Array> {
  try {
    const transaction = await provider.publicClient.getTransaction({ hash: transactionHash });
    const { header, payload } = decodePostBatch(fromHex(transaction.input));
    if (batchHash(header) !== hash) throw new Error(`it posts ${batchHash(header)}, the log says ${hash}`);
    return payload;
  } catch (error) {
    throw new AuditError(`batch ${index}: its calldata can not be read: ${(error as Error).message}`);
  }
}

/** Payloads in order; while one is replayed the next one is fetched and made `ready`. */
export async function* payloadsOf(
  provider: L1Provider,
  batches: readonly BatchLog[],
  ready: (payload: Uint8Array) => Promise<void>,
): AsyncGenerator<readonly [BatchLog, Uint8Array]> {
  type Fetched = { payload: Uint8Array } | { error: unknown };
  const fetch = async (batch: BatchLog): Promise<Fetched> => {
    try {
      const payload = await payloadOf(provider, batch);
      await ready(payload);
      return { payload };
    } catch (error) {
      return { error };
    }
  };
  let ahead = batches[0] === undefined ? null : fetch(batches[0]);
  for (const [i, batch] of batches.entries()) {
    const fetched = await ahead!;
    const next = batches[i + 1];
    ahead = next === undefined ? null : fetch(next);
    if ('error' in fetched) throw fetched.error;
    yield [batch, fetched.payload];
  }
}

/** The contract chains batches by their parents; an L1 that shows another chain of them is lying. */
export function checkParents(batches: readonly BatchLog[], network: Network, deployment: Deployment): void {
  const root = genesisRoot(network, bindingOf(deployment));
  let parent = genesisHash(deployment.chainId, root, parameterHashOfNetwork(network));
  for (const { index, hash, header } of batches) {
    if (header.parentHash !== parent || Number(header.index) !== index) {
      throw new AuditError(`batch ${index} follows ${header.parentHash}, the batch before it is ${parent}`);
    }
    parent = hash;
  }
}
