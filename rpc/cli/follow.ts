/** `tidepool follow`: executes every block, compares every root, serves what it knows. */
import { writeSync } from 'node:fs';
import type { Logger } from 'pino';
import { Auditor, plainJson } from '../../node/auditor/auditor.ts';
import type { Challenger } from '../../node/challenger/challenger.ts';
import { Watch, type WatchEvent } from '../../node/challenger/watch.ts';
import { devnetOf } from '../../node/devnet.ts';
import type { Disagreement } from '../../node/follower/disagreement.ts';
import { FollowerNode } from '../../node/follower/followerNode.ts';
import type { Deployment } from '../../node/l1/deployment.ts';
import { openL1Provider, type L1Provider } from '../../node/l1/provider.ts';
import { SystemClock } from '../../node/ports/clock.ts';
import { SequencerLink } from '../client/sequencerLink.ts';
import { viewOfFollower } from '../followerView.ts';
import { openLog } from '../operation/log.ts';
import { Operation } from '../operation/operation.ts';
import { serve } from '../server/nodeServer.ts';
import { challengerOf, type ProveFlags } from './challenge.ts';
import type { Config } from './config.ts';
import { readDeployment } from './doors.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';
import { stopOnSignal } from './shutdown.ts';
import { meetingOf } from './start.ts';

export type FollowFlags = ProveFlags & Readonly<{ l1: string; deployment: string }>;

const CONFIRMATIONS = 2;
const POLL_MILLIS = 1_000;
const STATUS_MILLIS = 10_000;
/** After a divergence answers and reasons can still be read for so long. */
const LINGER_MILLIS = 2_000;

/** Runs until a signal, or until the chain departs from the rules: then exit 70. */
export async function runFollower(flags: FollowFlags, config: Config, environment: NodeJS.ProcessEnv): Promise<void> {
  const log = openLog({ logLevel: config.logLevel, l1: flags.l1 });
  const fail = (error: unknown): never => {
    log.fatal({ err: error }, 'the node can not go on; what it has is durable');
    process.exit(EXIT.failed);
  };
  const deployment = readDeployment(flags.deployment);
  const provider = openL1Provider({ kind: 'rpc', url: flags.l1 }, { chainId: deployment.chainId });
  // Before anything is waited for: a key that is none should be told at once.
  const challenger = challengerOf(flags, config, environment, provider, deployment);
  const operation = new Operation({ role: 'follower', logger: log });
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    operation.stops();
    for (const step of closers.splice(0).reverse()) await step();
  };
  stopOnSignal(log, config.shutdownSeconds, close);
  if (config.metricsPort !== undefined) {
    const door = await operation.listen({ host: config.metricsHost, port: config.metricsPort });
    closers.push(() => door.close());
    log.info({ url: `http://${config.metricsHost}:${door.port}` }, 'metrics answer');
  }
  const node = await open(deployment, config, log, provider, operation);
  closers.push(() => node.close());
  const halt = (disagreement: Disagreement): void => {
    tell(log, disagreement);
    const disproved = challenger === null ? linger() : disprove(deployment, config, provider, challenger, log);
    disproved.catch((error: unknown) => log.error({ err: error }, 'the batch was not disproved')).finally(() => process.exit(EXIT.divergence));
  };
  await node.start(halt, fail);
  const link = config.sequencer === undefined ? undefined : new SequencerLink({ url: socketOf(config.sequencer), clock: new SystemClock() });
  if (link !== undefined) closers.push(() => link.close());
  const server = await serve(viewOfFollower(node, link), { host: config.host, port: config.port, unlimited: config.unlimited, logger: log, operation });
  closers.push(() => server.close());
  const { executor, heads } = node.follower;
  log.info({ url: `http://${config.host}:${server.port}`, height: executor.sealedHeight }, 'JSON-RPC answers');
  const status = new SystemClock().interval(STATUS_MILLIS, () => {
    const { soft, posted, final } = heads;
    const peers = node.peers?.peers().length ?? 0;
    log.info({ soft: soft.height, posted: posted.height, final: final.height, lag: node.follower.lagBlocks, peers }, 'status');
  });
  closers.push(async () => status());
}

/** Actions go over a WebSocket, whatever the URL says. */
const socketOf = (url: string): string => url.replace(/^http/, 'ws');

async function open(deployment: Deployment, config: Config, log: Logger, provider: L1Provider, operation: Operation): Promise<FollowerNode> {
  const isAlone = config.peers.length === 0 && !config.mdns && config.p2pPort === undefined;
  const progress = new Progress('snapshot');
  operation.starting(config.join === 'snapshot' && !isAlone ? 'waiting for a snapshot' : 'the chain is being opened');
  const node = await FollowerNode.open({
    directory: config.dataDir,
    clock: new SystemClock(),
    provider,
    deployment,
    network: devnetOf(deployment.genesisTime),
    join: config.join,
    peers: isAlone ? null : meetingOf(config),
    snapshotSeconds: config.snapshotSeconds,
    confirmations: CONFIRMATIONS,
    pollMillis: POLL_MILLIS,
    onTrouble: (what, error) => log.warn({ error: error instanceof Error ? error.message : String(error) }, what),
    onProgress: (chunks, of) => {
      operation.starting(`a snapshot is fetched: ${chunks} of ${of} parts`);
      progress.update(chunks, of);
    },
  });
  if (node.peers !== null) log.info({ peers: node.peers.addresses }, 'peers answer');
  return node;
}

function tell(log: Logger, { source, height, transaction, kind, rule, expected, received }: Disagreement): void {
  const at = transaction === null ? 'header' : `transaction ${transaction} (${kind})`;
  const facts = { source: source.kind, height, transaction, kind, rule, expected, received };
  log.fatal(facts, `DIVERGENCE at block ${height}, ${at}: see divergence.json`);
}

const linger = (): Promise<void> => new SystemClock().sleep(LINGER_MILLIS);

/** What ends the case: the batch is gone, or nothing that can be done takes it away. */
const ENDS: ReadonlySet<string> = new Set(['proved', 'already_deleted', 'final', 'disagreement', 'no_statement', 'refused']);

/** Audits from L1 until the wrong block is in a batch there and was disproved. The state of the follower has no part in it. */
async function disprove(deployment: Deployment, config: Config, provider: L1Provider, challenger: Challenger, log: Logger): Promise<void> {
  const auditor = await Auditor.open(provider, deployment, devnetOf(deployment.genesisTime));
  await new Promise<void>((resolve) => {
    const onEvent = (event: WatchEvent): void => {
      writeSync(1, `${plainJson(event)}\n`);
      if (event.event === 'challenge' && ENDS.has(event.outcome)) resolve();
    };
    const watch = new Watch({ auditor, challenger, clock: new SystemClock(), pollMillis: config.watchSeconds * 1_000, onEvent });
    log.info('waiting for the batch on L1, to disprove it');
    watch.start();
  });
}
