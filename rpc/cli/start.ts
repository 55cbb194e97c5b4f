/** `tidepool start`: L1, contracts, sequencer, prices, market maker and JSON-RPC in one process. */
import { pino, type Logger } from 'pino';
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
import { serve } from '../server/nodeServer.ts';
import type { Config } from './config.ts';
import { readDeployment, sequencerKeyOf } from './doors.ts';
import { EXIT } from './exit.ts';
import { Trader } from './l1.ts';
import { Progress } from './progress.ts';

const MAKER_ACCOUNT = DEV_ACCOUNTS[9]!;
const MAKER_DEPOSIT = 50_000_000n * 10n ** 6n;
const MAKER_REFRESH_MILLIS = 2_000;
/** A shutdown that takes longer ends all the same: what was acknowledged is durable already. */
const SHUTDOWN_MILLIS = 10_000;

export type Running = Readonly<{ port: number; devnet: Devnet; close: () => Promise<void> }>;

/** Starts everything and resolves when JSON-RPC answers. */
export async function start(
  config: Config,
  log: Logger,
  onFailure: (error: unknown) => void,
  environment: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const clock = new SystemClock();
  const fromL1 = config.fromL1 === undefined ? {} : { fromL1: readDeployment(config.fromL1), ...tellOfL1(log) };
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
    ...fromL1,
    ...(config.starter === undefined ? {} : { starter: accountIdOf(config.starter.toLowerCase() as Address, 0) }),
  });
  const closers: (() => Promise<unknown>)[] = [() => devnet.close()];
  const close = async (): Promise<void> => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
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
    const server = await serve(viewOf(devnet), { host: config.host, port: config.port });
    closers.push(() => server.close());
    log.info({ url: `http://${config.host}:${server.port}`, height: devnet.node.executor.height }, 'JSON-RPC answers');
    if (config.maker) closers.push(await startMaker(devnet, config, server.port, clock, onTrouble));
    return { port: server.port, devnet, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Progress of a node that takes over. */
function tellOfL1(log: Logger): Pick<DevnetOptions, 'onProgress' | 'onWait'> {
  const progress = new Progress('derive');
  return {
    onProgress: (done, total, transactions) => progress.update(done, total, { transactions }),
    onWait: (seconds, height) => log.info({ seconds, height }, 'derived from L1; waiting for the seat'),
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
  const maker = new MarketMaker({
    client,
    key: fromHex(MAKER_ACCOUNT.privateKey),
    owner: trader.address,
    clock,
    refreshMillis: MAKER_REFRESH_MILLIS,
    onTrouble,
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
  const funding = fund().catch((error: unknown) => onTrouble('the market maker is not funded', error));
  return async () => {
    await funding;
    await maker.stop();
    await client.close();
  };
}

/** Runs until a signal, then stops within bounds. */
export async function runNode(config: Config, environment: NodeJS.ProcessEnv): Promise<void> {
  const log = pino({ name: 'tidepool', level: config.logLevel });
  const fail = (error: unknown): never => {
    log.fatal({ err: error }, 'the node can not go on; what was acknowledged is durable');
    process.exit(EXIT.failed);
  };
  const running = await start(config, log, fail, environment);
  const { heads, node } = running.devnet;
  const status = new SystemClock().interval(10_000, () => {
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
  const stop = (signal: string): void => {
    status();
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(EXIT.failed), SHUTDOWN_MILLIS).unref();
    running.close().then(() => process.exit(EXIT.ok), fail);
  };
  process.once('SIGINT', () => stop('SIGINT'));
  process.once('SIGTERM', () => stop('SIGTERM'));
}
