/**
 * How a follower that has nothing begins: with the newest snapshot of its peers that L1 knows the root of.
 * Peers are believed nothing: the manifest must be signed, its block on L1, its records of that root.
 */
import type { Network } from '../../genesis/genesis.ts';
import type { Digest } from '../../state/units.ts';
import { checkParents, payloadOf } from '../auditor/batches.ts';
import { ChainView } from '../auditor/chainView.ts';
import type { Deployment } from '../l1/deployment.ts';
import type { BatchLog } from '../l1/logs.ts';
import type { L1Provider } from '../l1/provider.ts';
import type { Peers } from '../peers/peers.ts';
import type { Clock } from '../ports/clock.ts';
import { knownOnL1, requireKnown } from '../snapshot/known.ts';
import type { SnapshotLibrary } from '../snapshot/library.ts';
import { checkOrigin, decodeManifest, type Expected, type Manifest } from '../snapshot/manifest.ts';
import { restoreSnapshot } from '../snapshot/restore.ts';
import { SnapshotError } from '../snapshot/snapshotError.ts';

export type JoinOptions = Expected &
  Readonly<{
    /** Of the store, which does not exist yet. */
    directory: string;
    /** Keeps what was fetched, to give it on and to replay from. */
    library: SnapshotLibrary;
    network: Network;
    deployment: Deployment;
    provider: L1Provider;
    peers: Peers;
    clock: Clock;
    confirmations: number;
    pollMillis: number;
    sync?: boolean;
    onTrouble: (what: string, error: unknown) => void;
    onProgress?: (chunks: number, of: number) => void;
  }>;

/** Asks until a snapshot could be restored, as long as that takes. */
export async function joinBySnapshot(options: JoinOptions): Promise<Manifest> {
  const view = new ChainView(options.provider, options.deployment);
  for (;;) {
    try {
      const manifest = await restoreNewest(options, view);
      if (manifest !== null) return manifest;
    } catch (error) {
      options.onTrouble('no snapshot could be taken yet', error);
    }
    await options.clock.sleep(options.pollMillis);
  }
}

async function restoreNewest(options: JoinOptions, view: ChainView): Promise<Manifest | null> {
  const { provider, peers, network, deployment, confirmations, directory, onProgress, sync } = options;
  const offers = await offersOf(options);
  if (offers.length === 0) return null;
  await view.refresh();
  checkParents(view.batches, network, deployment);
  const latest = Number(await provider.publicClient.getBlockNumber());
  const batches = view.batches.filter(({ blockNumber }) => blockNumber <= latest - confirmations);
  for (const { manifest, peer } of offers) {
    try {
      requireKnown(manifest, await knownOnL1(manifest, batches, (batch: BatchLog) => payloadOf(provider, batch)));
      await restoreSnapshot({
        ...{ manifest, directory, domainSeparator: options.domainSeparator, signers: options.signers },
        chunk: (hash, bytesMax) => fetchChunk(options, manifest, hash, bytesMax),
        ...(sync === undefined ? {} : { sync }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      await options.library.addManifest(manifest);
      return manifest;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      if (MANIFEST_LIES.has(error.code)) peers.report(peer, 'lied');
      options.onTrouble(`the snapshot of ${peer} is not taken`, error);
    }
  }
  return null;
}

async function fetchChunk({ peers, library }: JoinOptions, { chunks }: Manifest, hash: Digest, bytesMax: number): Promise<Uint8Array> {
  const bytes = await peers.chunk(hash, bytesMax);
  await library.addChunk(chunks.find((chunk) => chunk.hash === hash)!, bytes);
  return bytes;
}

/** What no honest peer offers. */
const MANIFEST_LIES: ReadonlySet<SnapshotError['code']> = new Set(['L1_DIFFERS', 'ROOT_WRONG', 'HEADER_WRONG', 'CHUNK_MALFORMED']);

type Offer = Readonly<{ manifest: Manifest; peer: string }>;

/** What peers have, the newest first; each snapshot once. */
async function offersOf({ peers, domainSeparator, signers, onTrouble }: JoinOptions): Promise<Offer[]> {
  const offers: Offer[] = [];
  for (const { manifest: bytes, peer } of await peers.manifests()) {
    try {
      const manifest = decodeManifest(bytes);
      checkOrigin(manifest, { domainSeparator, signers });
      if (!offers.some((known) => known.manifest.hash === manifest.hash)) offers.push({ manifest, peer });
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      // A follower that derived its chain from L1 has no signatures to show: no lie.
      if (error.code !== 'SIGNER_WRONG') peers.report(peer, 'invalid');
      onTrouble(`the snapshot of ${peer} is not taken`, error);
    }
  }
  return offers.sort((a, b) => b.manifest.header.height - a.manifest.header.height);
}
