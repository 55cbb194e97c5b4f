/**
 * A liquidator on the public JSON-RPC: watches auctions, bids for what earns more than it costs to close, and closes
 * it. The account must be its own: whatever it holds it sells. `npm run liquidator -- --url ws://127.0.0.1:8645`
 */
import { parseArgs } from 'node:util';
import { keyOf } from '../rpc/cli/doors.ts';
import { TidepoolClient } from '../rpc/client/client.ts';
import { LiquidatorBot } from './liquidator/bot.ts';

const USAGE = `npm run liquidator -- [options]            key: TIDEPOOL_KEY, or a development account
  --url <url>            ws:// or wss:// of a node's JSON-RPC (default ws://127.0.0.1:8645)
  --account <n>          development account, where TIDEPOOL_KEY is not set (default 7)
  --subaccount <n>       which of the owner's accounts bids; it needs money of its own (default 0)
  --closing-cost <r>     what closing a dollar costs, as a share of it (default 0.004)
  --min-profit <usd>     least that a bid must earn after that (default 5)
  --max-gross <usd>      most that one bid takes, positions and collateral (default 250000)
  --slippage <r>         how far from the mark closing orders may fill; 0 keeps what was taken (default 0.01)
  --poll-seconds <s>     how often prices of auctions are looked at, beside every event (default 3)`;
const EXIT_USAGE = 1;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`--${name}: expected a number that is not negative, received "${text}"`);
}

function readSettings(args: readonly string[]) {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: text('ws://127.0.0.1:8645'),
      account: text('7'),
      subaccount: text('0'),
      'closing-cost': text('0.004'),
      'min-profit': text('5'),
      'max-gross': text('250000'),
      slippage: text('0.01'),
      'poll-seconds': text('3'),
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'subaccount' | 'closing-cost' | 'min-profit' | 'max-gross' | 'slippage' | 'poll-seconds') =>
    numberOf(name, values[name]);
  return {
    ...{ url: values.url, account: values.account, help: values.help, subaccount: number('subaccount') },
    appetite: {
      ...{ closingCost: number('closing-cost'), minProfitUsd: number('min-profit'), maxGrossUsd: number('max-gross') },
    },
    ...{ slippage: number('slippage'), pollSeconds: number('poll-seconds') },
  };
}

async function main(): Promise<void> {
  const { url, account, help, pollSeconds, ...settings } = readSettings(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return;
  }
  const { key, address: owner } = keyOf(account, process.env);
  const client = await TidepoolClient.connect(url);
  const onEvent = (event: object): void => console.log(JSON.stringify({ time: new Date().toISOString(), ...event }));
  const bot = new LiquidatorBot({ client, key, owner, ...settings, onEvent });
  const leave = await bot.watch();
  onEvent({ event: 'watching', url, owner });
  await bot.look();
  const timer = setInterval(() => void bot.look(), pollSeconds * 1_000);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  clearInterval(timer);
  await leave();
  await client.close();
}

try {
  await main();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = EXIT_USAGE;
}
