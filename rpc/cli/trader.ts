/** The trader's commands: deposit, withdraw, order, status, through the public doors only. */
import { devnetL1, type Doors } from './doors.ts';
import { infoDefinition } from '../schema/system.ts';
import { headsDefinition } from '../schema/chain.ts';
import { getDefinition, ledgerDefinition, positionsDefinition } from '../schema/account.ts';
import { listDefinition, tickerDefinition, type KindFilter } from '../schema/market.ts';
import { withdrawalDefinition } from '../schema/proof.ts';
import type { ActionInput } from '../schema/tx.ts';
import { fromDecimal, priceText } from '../methods/units.ts';
import { CliError, EXIT } from './exit.ts';

const LIFETIME_SECONDS = 600;
const print = (value: unknown): void => console.log(JSON.stringify(value, null, 2));
const printLine = (value: unknown): void => console.log(JSON.stringify(value));
const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

const head = ({ address }: Doors) => {
  const now = Date.now();
  return { owner: address, nonce: String(now), expiry: Math.floor(now / 1_000) + LIFETIME_SECONDS };
};

type Token = { asset: number; token: `0x${string}`; decimals: number; symbol: string; vault: `0x${string}` };
async function tokenOf({ client }: Doors, symbol: string): Promise<Token> {
  const { tokens, contracts } = await client.call(infoDefinition, {});
  const found = tokens.find((t) => t.symbol.toLowerCase() === symbol.toLowerCase());
  if (found === undefined) {
    throw new CliError(`asset ${symbol} is not listed; listed: ${tokens.map((t) => t.symbol).join(', ')}`, EXIT.usage);
  }
  return { ...found, token: found.token as `0x${string}`, vault: contracts.vault as `0x${string}` };
}

function amountOf(text: string, { decimals, symbol }: Token): bigint {
  const amount = fromDecimal(text, decimals);
  if (amount === undefined || amount === null || amount <= 0n) {
    throw new CliError(`amount ${text}: expected a positive number with at most ${decimals} decimals of ${symbol}`, EXIT.usage);
  }
  return amount;
}

export async function status({ client }: Doors): Promise<void> {
  const [info, heads] = await Promise.all([client.call(infoDefinition, {}), client.call(headsDefinition, {})]);
  print({ network: info.network, l1ChainId: info.l1ChainId, contracts: info.contracts, heads });
}

export async function deposit(doors: Doors, asset: string, amountText: string, mint: boolean): Promise<void> {
  const token = await tokenOf(doors, asset);
  const amount = amountOf(amountText, token);
  const trader = await devnetL1(doors);
  if (mint && (await trader.balanceOf(token.token)) < amount) await trader.mint(token.token, amount);
  const hash = await trader.deposit(token.vault, token.token, token.asset, 0, amount);
  console.error(`deposited on L1 in ${hash}; waiting for the chain to credit it`);
  for (let i = 0; i < 240; i++) {
    const page = await doors.client
      .call(ledgerDefinition, { owner: doors.address, limit: 5 })
      .catch(() => ({ entries: [] }));
    const credited = page.entries.find((e) => e.type === 'deposit' && e.asset === token.symbol);
    if (credited !== undefined) return print({ deposited: amountText, asset: token.symbol, l1Transaction: hash, credited });
    await wait(500);
  }
  throw new CliError('the deposit is on L1 but was not credited within two minutes; see `tidepool status`');
}

export type OrderFlags = { market: string; side: string; size: string; price?: string; tif?: string };

export async function order(doors: Doors, flags: OrderFlags): Promise<void> {
  if (flags.side !== 'buy' && flags.side !== 'sell') throw new CliError('side: expected buy or sell', EXIT.usage);
  const isMarket = flags.price === undefined;
  const timeInForce = flags.tif ?? (isMarket ? 'ioc' : 'gtc');
  if (timeInForce !== 'gtc' && timeInForce !== 'ioc' && timeInForce !== 'fok') {
    throw new CliError('tif: expected gtc, ioc or fok', EXIT.usage);
  }
  const price = flags.price ?? (await marketBound(doors, flags.market, flags.side));
  const action: ActionInput = {
    type: 'order',
    ...head(doors),
    market: flags.market,
    side: flags.side,
    size: flags.size,
    price,
    timeInForce,
  };
  const outcome = await doors.client.submit(action, doors.key);
  const { positions } = await doors.client.call(positionsDefinition, { owner: doors.address });
  print({ outcome, positions });
}

/** Through the mark, in percent: an option moves by a multiple of what its underlying does. */
const BOUND_PERCENT = { perpetual: 1n, future: 1n, call: 10n, put: 10n } as const;

/** Worst price of a market order: so much through the mark, on the tick. */
async function marketBound({ client }: Doors, market: string, side: 'buy' | 'sell'): Promise<string> {
  const [{ markPrice, kind }, { directory }] = await Promise.all([
    client.call(tickerDefinition, { market }),
    client.signingContext(),
  ]);
  const { tickSize } = directory.market(market);
  const mark = fromDecimal(markPrice, 8)!;
  const percent = 100n + (side === 'buy' ? BOUND_PERCENT[kind] : -BOUND_PERCENT[kind]);
  const ticks = (mark * percent) / (100n * tickSize);
  return priceText((ticks > 0n ? ticks : 1n) * tickSize);
}

export async function withdraw(doors: Doors, asset: string, amountText: string): Promise<void> {
  const token = await tokenOf(doors, asset);
  amountOf(amountText, token);
  const { client, address } = doors;
  const action: ActionInput = { type: 'withdraw', ...head(doors), asset: token.symbol, amount: amountText, recipient: address };
  await client.submit(action, doors.key);
  const { entries } = await client.call(ledgerDefinition, { owner: address, limit: 10 });
  const index = entries.find((e) => e.type === 'withdrawalRecord')?.withdrawal;
  if (index === undefined) throw new CliError('the withdrawal was taken but has no record yet; ask account_ledger');
  console.error(`withdrawal ${index} is on the chain; waiting until a batch that holds it is final on L1`);
  const trader = await devnetL1(doors);
  for (let i = 0; i < 600; i++) {
    const proof = await client.call(withdrawalDefinition, { withdrawal: index }).catch(() => null);
    if (proof?.final === true) {
      const { batch, value, proof: bytes } = proof;
      const hash = await trader.withdrawAndClaim(token.vault, batch, index, value as `0x${string}`, bytes as `0x${string}`);
      return print({ withdrawn: amountText, asset: token.symbol, withdrawal: index, batch, l1Transaction: hash });
    }
    await wait(1_000);
  }
  throw new CliError(`withdrawal ${index} is not final after ten minutes; claim it later with the same command`);
}

export async function account(doors: Doors): Promise<void> {
  const [facts, { positions }] = await Promise.all([
    doors.client.call(getDefinition, { owner: doors.address }),
    doors.client.call(positionsDefinition, { owner: doors.address }),
  ]);
  print({ account: facts, positions });
}

/** Pays the account what has been recovered of its claim. */
export async function redeem(doors: Doors): Promise<void> {
  const { client, address, key } = doors;
  const { account: before } = await client.call(getDefinition, { owner: address });
  if (Number(before.claim.due) === 0) throw new CliError(`nothing is due of ${before.claim.owed} USD yet`);
  const outcome = await client.submit({ type: 'redeemClaim', ...head(doors), toOwner: address }, key);
  const { account: after } = await client.call(getDefinition, { owner: address });
  print({ outcome, paid: before.claim.due, claim: after.claim });
}

export type MarketFlags = { underlying?: string; kind?: string };

/** One line a market: what a trader chooses by. */
export async function markets({ client }: Doors, { underlying, kind }: MarketFlags): Promise<void> {
  let cursor: string | undefined;
  do {
    const filter = { underlying, kind: kind as KindFilter | undefined, cursor };
    const page = await client.call(listDefinition, JSON.parse(JSON.stringify(filter)));
    for (const { market, markPrice, impliedVolatility, greeks, status } of page.markets) {
      printLine({ market, status, markPrice, impliedVolatility, delta: greeks.delta });
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
}

/** Any method, its parameters as JSON: what the documentation of JSON-RPC shows can be typed. */
export async function call({ client }: Doors, method: string, text: string): Promise<void> {
  let params: unknown;
  try {
    params = JSON.parse(text);
  } catch (error) {
    throw new CliError(`params: expected JSON such as '{"market":"BTC-PERP"}': ${(error as Error).message}`, EXIT.usage);
  }
  print(await client.request(method, params));
}
