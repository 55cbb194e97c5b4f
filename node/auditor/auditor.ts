/**
 * The auditor: derives the chain from L1 alone and compares every root. It trusts nothing but the
 * network's terms and the addresses of the contracts.
 */
import { batchHash, decodePayload, decodePostBatch, genesisHash } from '../../genesis/contracts/batch.ts';
import { genesisRecords, genesisRoot, parameterHashOfNetwork, type Network } from '../../genesis/genesis.ts';
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { State } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Digest } from '../../state/units.ts';
import { bindingOf, checkDeployment, type Deployment } from '../l1/deployment.ts';
import { readLogs, type BatchLog } from '../l1/logs.ts';
import type { L1Provider } from '../l1/provider.ts';
import { SignatureRecovery } from '../sequencer/recovery.ts';
import type { Difference, Divergence } from './divergence.ts';
import { differenceOf, Replay } from './replay.ts';
import { recoverAhead } from './signaturesAhead.ts';

export { divergenceJson, type Difference, type Divergence } from './divergence.ts';

export type AuditReport = Readonly<{
  batches: number;
  transactions: number;
  height: number;
  root: Digest;
  refused: number;
  payloadBytes: number;
  /** Chain time covered [s]. */
  chainSeconds: number;
  divergence: Divergence | null;
}>;
/** Batches replayed, batches on L1, transactions replayed. */
export type AuditProgress = (done: number, total: number, transactions: number) => void;

/** L1 holds something the auditor can not read: not a divergence, a reason to look at the L1. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
}

/** Batches on L1, deleted ones taken out, and the bytes of every inbox item. */
async function readChain(
  provider: L1Provider,
  deployment: Deployment,
): Promise<{ batches: BatchLog[]; items: Uint8Array[] }> {
  const head = await provider.publicClient.getBlock({ blockTag: 'latest' });
  const batches: BatchLog[] = [];
  const items: Uint8Array[] = [];
  const next = (what: string, index: number, expected: number): void => {
    if (index !== expected) throw new AuditError(`L1 gave ${what} ${index} where ${expected} is next: logs are missing`);
  };
  for (const log of await readLogs(provider, deployment, deployment.fromBlock, Number(head.number))) {
    if (log.kind === 'item') {
      next('inbox item', log.index, items.length);
      items.push(log.item);
    } else if (log.kind === 'deletion') batches.length = Math.min(batches.length, log.index);
    else {
      next('batch', log.index, batches.length);
      batches.push(log);
    }
  }
  return { batches, items };
}

/** The payload of a batch: the calldata of the transaction that posted it. @throws AuditError */
async function payloadOf(provider: L1Provider, { index, hash, transactionHash }: BatchLog): Promise<Uint8Array> {
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
async function* payloadsOf(
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

/**
 * Replays the whole chain from L1. Stops at the first divergence. `recovery` with threads uses the
 * other cores; the caller closes it.
 * @throws AuditError, or DeploymentError where the contracts are of another network
 */
export async function audit(
  provider: L1Provider,
  deployment: Deployment,
  network: Network,
  onProgress: AuditProgress = () => undefined,
  recovery = new SignatureRecovery(0),
): Promise<AuditReport> {
  const context = { recover: recovery.recover };
  await checkDeployment(provider, network, deployment);
  const { batches, items } = await readChain(provider, deployment);
  checkParents(batches, network, deployment);
  const state = genesisState(network, deployment);
  const replay = new Replay(state, items, context);
  const domain = fromHex(existing(state, CHAIN, 0).domainSeparator);
  const ready = (payload: Uint8Array) => recoverAhead(payload, domain, recovery);
  for await (const [{ index, header }, payload] of payloadsOf(provider, batches, ready)) {
    await replay.batch(index, header, payload, index === batches.length - 1);
    onProgress(index + 1, batches.length, replay.transactions);
    if (replay.divergence !== null) break;
  }
  const chain = existing(state, CHAIN, 0);
  const { divergence } = replay;
  return {
    batches: replay.batches,
    transactions: replay.transactions,
    height: chain.height,
    root: toHex(state.root),
    refused: replay.refused,
    payloadBytes: replay.payloadBytes,
    chainSeconds: chain.timestamp - network.time,
    divergence:
      divergence === null || divergence.transaction === null
        ? divergence
        : { ...divergence, difference: await differenceAt(provider, batches, divergence, network, deployment, context) },
  };
}

const genesisState = (network: Network, deployment: Deployment): State =>
  State.from(genesisRecords(network, bindingOf(deployment)));

/** The contract chains batches by their parents; an L1 that shows another chain of them is lying. */
function checkParents(batches: readonly BatchLog[], network: Network, deployment: Deployment): void {
  const root = genesisRoot(network, bindingOf(deployment));
  let parent = genesisHash(deployment.chainId, root, parameterHashOfNetwork(network));
  for (const { index, hash, header } of batches) {
    if (header.parentHash !== parent || Number(header.index) !== index) {
      throw new AuditError(`batch ${index} follows ${header.parentHash}, the batch before it is ${parent}`);
    }
    parent = hash;
  }
}

/**
 * The state difference of the step where the chains part. A state does not go back, so it is
 * replayed up to there once more: only a chain that is wrong pays for it.
 */
async function differenceAt(
  provider: L1Provider,
  batches: readonly BatchLog[],
  { batch: last, transaction }: Divergence,
  network: Network,
  deployment: Deployment,
  context: Context,
): Promise<Difference[]> {
  const state = genesisState(network, deployment);
  for await (const [{ index }, payload] of payloadsOf(provider, batches, async () => undefined)) {
    for (const [i, { body }] of decodePayload(payload).entries()) {
      if (index === last && i === transaction) return differenceOf(state, body, context);
      applyTransaction(state, body, context);
    }
  }
  return [];
}
