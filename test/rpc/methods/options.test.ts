/** Options by name: both ways from the id alone, listed in pages, priced, and traded by a client. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expiryName, expiryOfName } from '../../../genesis/names.ts';
import { RemoteError } from '../../../rpc/client/transport.ts';
import { Directory } from '../../../rpc/methods/directory.ts';
import { RpcError } from '../../../rpc/schema/errors.ts';
import { INSTRUMENT_KIND } from '../../../state/records/instrument.ts';
import { OPTION_DAY_ZERO, OPTION_DAYS, OPTION_STRIKES, optionIdOf, optionTermsOf } from '../../../state/pricing/chain.ts';
import { EXPIRY_SECOND_OF_DAY } from '../../../state/constants.ts';
import { SECONDS_PER_DAY } from '../../../state/units.ts';
import { alice, bob, GENESIS_TIME, networkAt } from '../../support/world.ts';
import { head, orderOf, serveNode, type ServedNode } from './support.ts';

const test = suite('options by name');
const runs = { seed: 27, numRuns: 1_000 };
const network = networkAt(GENESIS_TIME);
let served: ServedNode;
test.before(async () => {
  served = await serveNode();
  for (const who of [alice, bob]) served.fund(who, 1_000_000_000_000n);
});
test.after(() => served.close());

type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> =>
  (await served.http.request(method, params)) as Json;
const nameOfError = async (calling: Promise<unknown>): Promise<string> => {
  try {
    await calling;
  } catch (error) {
    if (error instanceof RemoteError || error instanceof RpcError) return error.data.name;
    throw error;
  }
  throw new Error('was not refused');
};

/** Any option that could be listed on the devnet. */
const option = fc
  .tuple(
    fc.constantFrom(...network.underlyings.filter((u) => u.strikeStep > 0n)),
    fc.integer({ min: 0, max: OPTION_DAYS - 1 }),
    fc.bigInt(1n, OPTION_STRIKES - 1n),
    fc.constantFrom(INSTRUMENT_KIND.call, INSTRUMENT_KIND.put),
  )
  .map(([underlying, day, place, kind]) => ({
    underlying,
    expiry: (OPTION_DAY_ZERO + day) * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY,
    strike: place * underlying.strikeStep,
    kind,
  }));

test('an id says its terms, and a name its id', () => {
  const directory = Directory.of(network);
  const property = fc.property(option, ({ underlying, expiry, strike, kind }) => {
    const id = optionIdOf(underlying.id, expiry, strike, underlying.strikeStep, kind);
    const terms = optionTermsOf(id)!;
    assert.equal(terms, { underlying: underlying.id, expiry, strikeSteps: Number(strike / underlying.strikeStep), kind });
    const { symbol, instrument, lotSize } = directory.marketOf(id);
    assert.is(instrument, id);
    assert.is(lotSize, underlying.optionLotSize);
    assert.is(directory.market(symbol).instrument, id);
    assert.is(expiryOfName(expiryName(expiry)), expiry);
  });
  fc.assert(property, runs);
  assert.is(directory.marketOf(optionIdOf(1, 1_774_598_400, 10n ** 13n, 50_000_000_000n, 2)).symbol, 'BTC-27MAR26-100000-C');
  assert.is(optionTermsOf(2 ** 31 - 1), undefined);
  assert.is(directory.marketOf(777).symbol, '#777');
});

test('what is no name of an option is no market', () => {
  const directory = Directory.of(network);
  const names = [
    'BTC-27MAR26-100000', // no side
    'BTC-27MAR26-100000-X',
    'BTC-31FEB26-100000-C', // no day
    'BTC-27mar26-100000-C',
    'BTC-27MAR26-100001-C', // off the strike step
    'BTC-27MAR26-0100000-C', // one option has one name
    'BTC-27MAR26-100000.0-C',
    'BTC-27MAR26-0-C',
    'BTC-27MAR26-4096000-C', // beyond the strikes of an id
    'BTC-27MAR19-100000-C', // before the first day of an id
    'USDC-27MAR26-1-C', // no options
    'DOGE-27MAR26-1-C',
    `BTC-27MAR26-${'1'.repeat(60)}-C`,
    `${'-27MAR26-1-C'.repeat(100_000)}`,
    '',
  ];
  for (const name of names) {
    assert.throws(() => directory.market(name), (e: unknown) => e instanceof RpcError && e.data.name === 'MARKET_NOT_FOUND', name);
  }
  const property = fc.property(fc.string({ maxLength: 80 }), (name) => {
    try {
      assert.is(directory.market(name).symbol, name);
    } catch (error) {
      assert.instance(error, RpcError);
    }
  });
  fc.assert(property, runs);
});

test('a strike step that governance changed does not make a name mean another strike', () => {
  const id = optionIdOf(1, 1_774_598_400, 10n ** 13n, 50_000_000_000n, INSTRUMENT_KIND.call);
  const listed = (instrument: number) =>
    instrument === id ? { tickSize: 1n, lotSize: 2n, strike: 5n * 10n ** 12n } : undefined;
  const directory = Directory.of(network, listed);
  assert.throws(() => directory.market('BTC-27MAR26-100000-C'));
  assert.equal(directory.marketOf(id), { instrument: id, symbol: 'BTC-27MAR26-50000-C', tickSize: 1n, lotSize: 2n });
});

test('options that governance begins with on a running chain have names', () => {
  const terms = { strikeStep: 10n ** 6n, optionTickSize: 5n, optionLotSize: 7n };
  const directory = Directory.of(network, undefined, (id) => (id === 0 ? terms : undefined));
  const { instrument, tickSize, lotSize } = directory.market('USDC-27MAR26-0.99-P');
  assert.equal([tickSize, lotSize], [5n, 7n]);
  assert.is(directory.marketOf(instrument).symbol, 'USDC-27MAR26-0.99-P');
  assert.ok(directory.chains.some(({ symbol }) => symbol === 'USDC'));
});

test('the list is filtered, and its pages hold everything once', async () => {
  const { markets } = await ask('market_list', { underlying: 'BTC', kind: 'option' });
  assert.is(markets.length, 6);
  const { kind, strike, expiry, impliedVolatility, greeks } = markets[0];
  assert.is(kind, 'call');
  assert.match(impliedVolatility, /^0\.[5-7]/);
  assert.ok(Number(greeks.delta) > 0 && Number(greeks.delta) < 1);
  assert.ok(Number(greeks.gamma) > 0 && Number(greeks.vega) > 0 && Number(greeks.theta) < 0);
  const puts = await ask('market_list', { kind: 'put', expiry });
  assert.is(puts['markets'].length, 9);
  assert.ok(puts['markets'].some((m: Json) => m['strike'] === strike));
  assert.equal((await ask('market_list', { expiry: expiry + 1 }))['markets'], []);
  const paged: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask('market_list', { limit: 4, ...(cursor === undefined ? {} : { cursor }) });
    assert.ok(page['markets'].length <= 4);
    paged.push(...page['markets'].map((m: Json) => m['market']));
    cursor = page['cursor'];
  } while (cursor !== undefined);
  const all = await ask('market_list', { limit: 1_000 });
  assert.equal(paged, all['markets'].map((m: Json) => m['market']));
  assert.is(new Set(paged).size, 9 + 18);
  assert.is(await nameOfError(ask('market_list', { cursor: 'x' })), 'INVALID_PARAMS');
  assert.is(await nameOfError(ask('market_list', { kind: 'swap' })), 'INVALID_PARAMS');
});

test('slices and the ticker show what a mark is made of', async () => {
  const { markets } = await ask('market_list', { underlying: 'BTC', kind: 'option' });
  const atTheMoney = markets.find((m: Json) => m['strike'] === '100000' && m['kind'] === 'call');
  const ticker = await ask('market_ticker', { market: atTheMoney.market });
  assert.is(ticker['forwardPrice'], '100000');
  assert.equal(ticker['greeks'], atTheMoney.greeks);
  const { prices } = await ask('oracle_prices');
  const btc = prices.find((p: Json) => p['underlying'] === 'BTC');
  const { slice } = btc.terms.find((t: Json) => t['expiry'] === ticker['expiry']);
  assert.is(slice.fresh, true);
  // The mark is seconds younger than the slice: the same to a millionth.
  assert.ok(Math.abs(Number(slice.volatility) - Number(ticker['impliedVolatility'])) < 1e-6);
  assert.is(await nameOfError(ask('market_ticker', { market: 'BTC-27MAR20-100000-C' })), 'MARKET_NOT_FOUND');
  const perpetual = await ask('market_ticker', { market: 'BTC-PERP' });
  assert.is(perpetual['impliedVolatility'], null);
  assert.is(perpetual['greeks'].gamma, '0');
});

test('a client that was told the terms trades an option by its name', async () => {
  const { markets } = await ask('market_list', { underlying: 'ETH', kind: 'put' });
  const { market, markPrice, tickSize } = markets[1];
  const price = String((Math.floor(Number(markPrice) / Number(tickSize)) * Number(tickSize)).toFixed(2));
  const offer = await served.http.submit({ ...orderOf(alice, 'sell', '2', price), market }, alice.key);
  assert.is((offer as Json)['status'], 'open');
  const taken = await served.socket.submit({ ...orderOf(bob, 'buy', '2', price), market }, bob.key);
  assert.is((taken as Json)['status'], 'filled');
  const { positions } = await ask('account_positions', { owner: alice.address });
  assert.equal(positions.map((p: Json) => [p['market'], p['size']]), [[market, '-2']]);
  const { trades } = await ask('market_trades', { market });
  assert.is(trades[0].size, '2');
  const unlisted = { ...orderOf(bob, 'buy', '1', '100'), market: 'ETH-27MAR26-12345.5-P' };
  assert.is(await nameOfError(served.http.submit(unlisted, bob.key)), 'MARKET_NOT_FOUND');
  const cancel = await served.http.submit({ type: 'cancelAll', ...head(alice), market }, alice.key);
  assert.equal((cancel as Json)['cancelled'], []);
});

test.run();
