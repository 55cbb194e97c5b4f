/** `tidepool start`: L1, contracts, sequencer, prices, market maker and JSON-RPC in one process. */
import type { Logger } from 'pino';
import { Devnet, type DevnetOptions } from '../../node/devnet.ts';
import { DEV_ACCOUNTS } from '../../node/l1/devAccounts.ts';
import { serveEmbeddedL1 } from '../../node/l1/embedded/server.ts';
import { SystemClock, type Clock } from '../../node/ports/clock.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { ACCOUNT, accountIdOf } from '../../state/records/account.ts';
import type { Address } from '../../state/units.ts';
import { TidepoolClient } from '../client/client.ts';
import { viewOf } from '../devnetView.ts';
import { MarketMaker } from '../maker/marketMaker.ts';
import { openLog } from '../operation/log.ts';
import { Operation } from '../operation/operation.ts';
import { serve } from '../server/nodeServer.ts';
import type { Config } from './config.ts';
import { readDeployment, sequencerKeyOf } from './doors.ts';
import { EXIT } from './exit.ts';
import { Trader } from './l1.ts';
import { Progress } from './progress.ts';
import { stopOnSignal } from './shutdown.ts';

const MAKER_ACCOUNT = DEV_ACCOUNTS[9]!;
const MAKER_DEPOSIT = 50_000_000n * 10n ** 6n;
const MAKER_REFRESH_MILLIS = 2_000;
const STATUS_MILLIS = 10_000;

export type Running = Readonly<{ port: number; devnet: Devnet; close: () => Promise<void> }>;

/** Starts everything and resolves when JSON-RPC answers. */
export async function start(
  config: Config,
  log: Logger,
  onFailure: (error: unknown) => void,
  environment: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const operation = new Operation({ role: 'sequencer', logger: log });
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    // The first to open and the last to close: a start and a shutdown that take long can be watched.
    if (config.metricsPort !== undefined) {
      const door = await operation.listen({ host: config.metricsHost, port: config.metricsPort });
      closers.push(() => door.close());
      log.info({ url: `http://${config.metricsHost}:${door.port}` }, 'metrics answer');
    }
    const { port, devnet } = await open(config, log, onFailure, environment, operation, closers);
    const close = async (): Promise<void> => {
      operation.stops();
      devnet.node.sequencer.closeIntake();
      await closeAll();
    };
    return { port, devnet, close };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Opens the node and its doors; what has to be closed again is added to `closers`. */
async function open(
  config: Config,
  log: Logger,
  onFailure: (error: unknown) => void,
  environment: NodeJS.ProcessEnv,
  operation: Operation,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<Running, 'close'>> {
  const clock = new SystemClock();
  const fromL1 =
    config.fromL1 === undefined ? {} : { fromL1: readDeployment(config.fromL1), ...tellOfL1(log, operation) };
  const onTrouble = (what: string, error: unknown): void =>
    log.warn({ error: error instanceof Error ? error.message : String(error) }, what);
  const devnet = await Devnet.open({
    directory: config.dataDir,
    clock,
    l1: config.l1,
    l1ChainId: config.l1ChainId,
    seed: config.seed,
    priceSeconds: config.priceSeconds,
    blockMillis: config.blockMillis,
    batchSeconds: config.batchSeconds,
    maxFeePerGas: BigInt(config.maxFeeGwei) * 10n ** 9n,
    sequencerKey: sequencerKeyOf(config, environment).privateKey,
    onTrouble,
    ...(config.p2pPort === undefined ? {} : { peers: meetingOf(config), snapshotSeconds: config.snapshotSeconds }),
    ...fromL1,
    ...(config.starter === undefined ? {} : { starter: accountIdOf(config.starter.toLowerCase() as Address, 0) }),
  });
  closers.push(() => devnet.close());
  await devnet.start(onFailure);
  if (devnet.embedded !== null) {
    const l1 = await serveEmbeddedL1({
      l1: devnet.embedded,
      host: config.host,
      port: config.l1Port,
      developmentMethods: true,
    });
    closers.push(() => l1.close());
    log.info({ url: l1.url }, 'embedded L1 answers');
  }
  if (devnet.publication.peers !== null) log.info({ peers: devnet.publication.peers.addresses }, 'peers answer');
  const server = await serve(viewOf(devnet), { host: config.host, port: config.port, unlimited: config.unlimited, logger: log, operation });
  closers.push(() => server.close());
  log.info({ url: `http://${config.host}:${server.port}`, height: devnet.node.executor.height }, 'JSON-RPC answers');
  if (config.maker) closers.push(await startMaker(devnet, config, server.port, clock, onTrouble));
  return { port: server.port, devnet };
}

/** Where and whom a node meets. */
export const meetingOf = ({ p2pHost, p2pPort = 0, peers, mdns }: Config) => ({
  listen: [`/ip4/${p2pHost}/tcp/${p2pPort}`],
  bootstrap: peers,
  mdns,
});

/** Progress of a node that takes over. */
function tellOfL1(log: Logger, operation: Operation): Pick<DevnetOptions, 'onProgress' | 'onWait'> {
  const progress = new Progress('derive');
  return {
    onProgress: (done, total, transactions) => {
      operation.starting(`the chain is derived from L1: ${done} of ${total}`);
      progress.update(done, total, { transactions });
    },
    onWait: (seconds, height) => {
      operation.starting(`derived from L1 to block ${height}; waiting for the seat`);
      log.info({ seconds, height }, 'derived from L1; waiting for the seat');
    },
  };
}

/** Funds the maker on its first start, through L1 as anybody would; returns the way to stop it. */
async function startMaker(
  devnet: Devnet,
  config: Config,
  port: number,
  clock: Clock,
  onTrouble: (what: string, error: unknown) => void,
): Promise<() => Promise<void>> {
  const trader = new Trader(devnet.provider, MAKER_ACCOUNT.privateKey);
  const client = await TidepoolClient.connect(`ws://${config.host}:${port}`);
  let isStopping = false;
  // A node that shuts down refuses its quotes: no trouble.
  const tell = (what: string, error: unknown): void => {
    if (!isStopping) onTrouble(what, error);
  };
  const maker = new MarketMaker({
    client,
    key: fromHex(MAKER_ACCOUNT.privateKey),
    owner: trader.address,
    clock,
    refreshMillis: MAKER_REFRESH_MILLIS,
    onTrouble: tell,
  });
  const account = accountIdOf(trader.address, 0);
  const fund = async (): Promise<void> => {
    if (devnet.node.executor.state.read(ACCOUNT, account) === undefined) {
      const token = devnet.deployment.tokens[0]!;
      await trader.mint(token, MAKER_DEPOSIT);
      await trader.deposit(devnet.deployment.vault, token, 0, 0, MAKER_DEPOSIT);
      await devnet.watcher.poll();
    }
    await maker.quote();
    maker.start();
  };
  // Not awaited: JSON-RPC answers while the maker is being funded.
  const funding = fund().catch((error: unknown) => tell('the market maker is not funded', error));
  return async () => {
    isStopping = true;
    await funding;
    await maker.stop();
    await client.close();
  };
}

/** Runs until a signal, then stops within bounds: not ready, no intake, doors, L1 link, chain. */
export async function runNode(config: Config, environment: NodeJS.ProcessEnv): Promise<void> {
  const log = openLog(config);
  const fail = (error: unknown): never => {
    log.fatal({ err: error }, 'the node can not go on; what was acknowledged is durable');
    process.exit(EXIT.failed);
  };
  const running = await start(config, log, fail, environment);
  const { heads, node } = running.devnet;
  const status = new SystemClock().interval(STATUS_MILLIS, () => {
    const { soft, posted, final } = heads;
    log.info(
      {
        soft: soft.height,
        posted: posted.height,
        final: final.height,
        transactions: node.executor.sequence,
        openOrders: node.sequencer.desk.matcher.count,
      },
      'status',
    );
  });
  stopOnSignal(log, config.shutdownSeconds, () => {
    status();
    return running.close();
  });
}
