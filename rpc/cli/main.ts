/** The command line. Every command says what it expects, and ends with a documented exit code. */
import { join } from 'node:path';
import { Command } from 'commander';
import { hiding } from '../operation/hiding.ts';
import { AUDIT_SETTINGS, ConfigError, FOLLOWER_SETTINGS, loadConfig, NODE_SETTINGS, type Setting } from './config.ts';
import { CliError, EXIT } from './exit.ts';

const flagOf = (setting: string): string => setting.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
const HELP: Readonly<Record<Setting, string>> = {
  dataDir: 'where chain, L1 and deployment are kept',
  host: 'address to listen on',
  port: 'port of JSON-RPC (HTTP and WebSocket); 0 takes any',
  metricsPort: 'port of its own for /livez, /readyz and /metrics; 0 takes any',
  metricsHost: 'address of that port',
  l1: '"embedded", or the URL of an Ethereum JSON-RPC',
  l1Port: 'port of the embedded L1',
  l1ChainId: 'chain id of the L1',
  fromL1: 'deployment.json of a running network: bond, derive its chain from L1, and take the seat when it is free',
  sequencerAccount: 'development account that sequences, where TIDEPOOL_SEQUENCER_KEY is not set',
  starter: 'address whose account 0 is rewarded for starting auctions; nobody where absent',
  seed: 'seed of the synthetic market',
  priceSeconds: 'seconds between price posts',
  blockMillis: 'milliseconds between blocks',
  batchSeconds: 'seconds before sealed blocks are posted to L1',
  maxFeeGwei: 'the most a batch or a proof offers L1 for a unit of gas; dearer, it waits',
  maxProofEther: 'the most one proof of fraud may cost',
  watchSeconds: 'seconds between two looks at L1',
  p2pPort: 'port of libp2p (TCP); without it `start` has no peers, and `follow` takes any',
  p2pHost: 'IPv4 address libp2p listens on',
  peers: 'whom to dial: multiaddrs that end in /p2p/<id>, separated by commas',
  unlimited: 'IP addresses without rate limits: of followers that pass on actions; separated by commas',
  mdns: 'find peers on the local network (true or false)',
  snapshotSeconds: 'seconds between snapshots for those who join',
  join: 'how to begin without a chain: snapshot, blocks or l1',
  sequencer: 'JSON-RPC of the sequencer, to which signed actions are passed on',
  maker: 'run the devnet market maker (true or false)',
  shutdownSeconds: 'seconds that a shutdown may take; it ends all the same then',
  logLevel: 'debug, info, warn, error or silent',
};

const program = new Command('tidepool')
  .description('Derivatives with one shared collateral pool, on an optimistic rollup.')
  .showHelpAfterError()
  .exitOverride();

const start = program.command('start').description('run sequencer, L1 link and JSON-RPC');
for (const setting of NODE_SETTINGS) start.option(`--${flagOf(setting)} <value>`, HELP[setting]);
start.option('--config <file>', 'JSON file of settings; flags and environment win over it');
start.action(async (flags: Record<string, string>) => {
  const { config: file, ...settings } = flags;
  const { runNode } = await import('./start.ts');
  const config = loadConfig(settings, environmentOfNode(), file);
  hide = hiding(config.l1);
  await runNode(config, process.env);
});

/** Takes the secrets of the L1's URL out of what is said in the end. */
let hide = (text: string): string => text;

const follow = program
  .command('follow')
  .description('execute every block of a network, compare every root, and serve JSON-RPC; exit 70 on divergence')
  .option('--l1 <url>', 'Ethereum JSON-RPC', 'http://127.0.0.1:8545')
  .option('--deployment <file>', 'deployment.json of the network; else the one in the data directory')
  .option('--prove', 'on divergence disprove the batch on L1 before the end')
  .option('--account <n>', 'development account that proves, where TIDEPOOL_KEY is not set', '8');
for (const setting of FOLLOWER_SETTINGS) follow.option(`--${flagOf(setting)} <value>`, HELP[setting]);
follow.action(async ({ l1, deployment, prove, account, ...settings }: FollowCommand) => {
  hide = hiding(l1);
  const { runFollower } = await import('./follow.ts');
  const config = loadConfig(settings, environmentOfNode());
  const file = deployment ?? join(config.dataDir, 'deployment.json');
  await runFollower({ l1, deployment: file, prove: prove === true, account }, config, process.env);
});
type FollowCommand = { l1: string; deployment?: string; prove?: true; account: string } & Record<string, unknown>;

/** Keys are no settings: TIDEPOOL_KEY of whoever gives a command, TIDEPOOL_SEQUENCER_KEY of the operator. */
function environmentOfNode(): NodeJS.ProcessEnv {
  const { TIDEPOOL_KEY: _, TIDEPOOL_SEQUENCER_KEY: __, ...rest } = process.env;
  return rest;
}

program
  .command('bond')
  .description('put up what is missing of the bond of a sequencer, on L1')
  .option('--l1 <url>', 'Ethereum JSON-RPC', 'http://127.0.0.1:8545')
  .option('--deployment <file>', 'deployment.json of the network; else the one in the data directory')
  .option('--data-dir <directory>', HELP.dataDir)
  .option('--sequencer-account <n>', HELP.sequencerAccount)
  .action(async ({ l1, deployment, ...settings }: { l1: string; deployment?: string }) => {
    const config = loadConfig(settings, environmentOfNode());
    hide = hiding(l1);
    const { runBond } = await import('./bond.ts');
    await runBond(l1, deployment ?? join(config.dataDir, 'deployment.json'), config, process.env);
  });

const audit = program
  .command('audit')
  .description('replay the chain from L1 alone and compare every root; exit 70 on divergence')
  .option('--l1 <url>', 'Ethereum JSON-RPC', 'http://127.0.0.1:8545')
  .option('--deployment <file>', 'deployment.json of the network; else the one in the data directory')
  .option('--prove', 'disprove a wrong batch on L1, and earn half of the bond')
  .option('--watch', 'follow L1 until stopped, one JSON line for each event')
  .option('--account <n>', 'development account that proves, where TIDEPOOL_KEY is not set', '8');
for (const setting of AUDIT_SETTINGS) audit.option(`--${flagOf(setting)} <value>`, HELP[setting]);
audit.action(async ({ l1, deployment, prove, watch, account, ...settings }: AuditCommand) => {
  hide = hiding(l1);
  const { runAudit } = await import('./audit.ts');
  const config = loadConfig(settings, environmentOfNode());
  process.exitCode = await runAudit(
    {
      l1,
      deployment: deployment ?? join(config.dataDir, 'deployment.json'),
      prove: prove === true,
      watch: watch === true,
      account,
    },
    config,
    process.env,
  );
});
type AuditCommand = { l1: string; deployment?: string; prove?: true; watch?: true; account: string } & Record<string, unknown>;

program
  .command('verify-liquidation')
  .description('check what liquidation_explain printed, from its witness alone; exit 70 where anything differs')
  .argument('<file>', 'the result of liquidation_explain as JSON')
  .option('--root <hash>', 'root after the step, as chain_getBlock lists it or an audit gives it')
  .option('--root-before <hash>', 'root before the step')
  .action(async (file: string, flags: import('./verifyLiquidation.ts').VerifyFlags) => {
    const { runVerifyLiquidation } = await import('./verifyLiquidation.ts');
    process.exitCode = runVerifyLiquidation(file, flags);
  });

type DoorFlags = { url: string; l1: string; account: string };
const traderCommand = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--url <url>', 'JSON-RPC of the node', 'http://127.0.0.1:8645')
    .option('--l1 <url>', 'JSON-RPC of the L1', 'http://127.0.0.1:8545')
    .option('--account <n>', 'development account, where TIDEPOOL_KEY is not set', '5');

/** Opens the doors, runs one command, closes them. */
async function withDoors<T>(flags: DoorFlags, run: (trader: typeof import('./trader.ts'), doors: import('./doors.ts').Doors) => Promise<T>): Promise<T> {
  const [{ openDoors }, trader] = await Promise.all([import('./doors.ts'), import('./trader.ts')]);
  const doors = await openDoors(flags, process.env);
  try {
    return await run(trader, doors);
  } finally {
    await doors.client.close();
  }
}

traderCommand('status', 'heads and contracts of a running node').action((flags: DoorFlags) =>
  withDoors(flags, (trader, doors) => trader.status(doors)),
);
traderCommand('account', 'balances and positions').action((flags: DoorFlags) =>
  withDoors(flags, (trader, doors) => trader.account(doors)),
);
traderCommand('markets', 'names, marks, volatilities and deltas of markets, one a line')
  .option('--underlying <symbol>', 'of this underlying alone')
  .option('--kind <kind>', 'perpetual, future, call, put or option')
  .action((flags: DoorFlags & import('./trader.ts').MarketFlags) =>
    withDoors(flags, (trader, doors) => trader.markets(doors, flags)),
  );
traderCommand('call', 'any JSON-RPC method, such as risk_array \'{"market":"BTC-PERP"}\'')
  .argument('<method>', 'name of the method; rpc.discover lists them')
  .argument('[params]', 'its parameters as JSON', '{}')
  .action((method: string, params: string, flags: DoorFlags) =>
    withDoors(flags, (trader, doors) => trader.call(doors, method, params)),
  );
traderCommand('deposit', 'deposit an asset on L1 and wait until it is credited')
  .requiredOption('--amount <amount>', 'amount in whole tokens')
  .option('--asset <symbol>', 'asset', 'USDC')
  .option('--mint', 'mint test tokens first where the balance is too low (devnet)')
  .action((flags: DoorFlags & { asset: string; amount: string; mint?: boolean }) =>
    withDoors(flags, (trader, doors) => trader.deposit(doors, flags.asset, flags.amount, flags.mint === true)),
  );
traderCommand('redeem', 'have paid what was recovered of profit given up in deleveraging').action((flags: DoorFlags) =>
  withDoors(flags, (trader, doors) => trader.redeem(doors)),
);
traderCommand('withdraw', 'withdraw an asset, through to its payment on L1')
  .requiredOption('--amount <amount>', 'amount in whole tokens')
  .option('--asset <symbol>', 'asset', 'USDC')
  .action((flags: DoorFlags & { asset: string; amount: string }) =>
    withDoors(flags, (trader, doors) => trader.withdraw(doors, flags.asset, flags.amount)),
  );
traderCommand('order', 'place an order; without a price it takes within one percent of the mark, an option within ten')
  .requiredOption('--market <symbol>', 'market, such as BTC-PERP or BTC-27MAR26-100000-C')
  .requiredOption('--side <side>', 'buy or sell')
  .requiredOption('--size <size>', 'size in units of the underlying')
  .option('--price <price>', 'limit price')
  .option('--tif <tif>', 'gtc, ioc or fok')
  .action((flags: DoorFlags & import('./trader.ts').OrderFlags) =>
    withDoors(flags, (trader, doors) => trader.order(doors, flags)),
  );

try {
  await program.parseAsync();
} catch (error) {
  const { exitCode, code } = error as { exitCode?: number; code?: string };
  const isCommander = typeof code === 'string' && code.startsWith('commander.');
  if (!isCommander) console.error(hide(describe(error)));
  process.exitCode =
    isCommander ? (exitCode === 0 ? EXIT.ok : EXIT.usage)
    : error instanceof CliError ? error.exitCode
    : error instanceof ConfigError ? EXIT.usage
    : EXIT.failed;
}

/** One line for people; errors of the node carry a code and what to do. */
function describe(error: unknown): string {
  const { name, message, code, data } = error as Error & { code?: unknown; data?: unknown };
  const facts = data === undefined ? '' : `\n${JSON.stringify(data)}`;
  return `${name}${code === undefined ? '' : ` ${String(code)}`}: ${message}${facts}`;
}
