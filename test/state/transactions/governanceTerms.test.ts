/** Governance over what is listed: refusals in order, what changes, and what stays or moves slowly. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { LOT_SIZE_BOUND, ORDER_FIELD_BOUND } from '../../../state/constants.ts';
import { HIGHEST_PRICED } from '../../../state/pricing/option.ts';
import { ASSET, ASSET_STATUS } from '../../../state/records/asset.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { collateralWeight } from '../../../state/risk/equity.ts';
import type { GovernanceAction } from '../../../state/transactions/governance.ts';
import { setAsset, type SetAsset } from '../../../state/transactions/setAsset.ts';
import { setInstrument, type SetInstrument } from '../../../state/transactions/setInstrument.ts';
import { setUnderlying, type SetUnderlying } from '../../../state/transactions/setUnderlying.ts';
import { WAD } from '../../../state/units.ts';
import { tradedWorld } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, World } from '../../support/world.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Case<T> = { world: World; body: Mutable<T> };
const bytesOf =
  <T>(action: GovernanceAction<T>) =>
  ({ world, body }: Case<T>): Uint8Array =>
    world.governanceBytes(action, body);

const BTC = 1;
const WBTC = 2;
const BTC_FUTURE = BTC_PERP + 1;

const assets = suite('setAsset');
const closedAsset = (): Case<SetAsset> => ({
  world: tradedWorld(),
  body: {
    asset: WBTC,
    status: ASSET_STATUS.withdrawOnly,
    baseHaircut: WAD,
    averageDailyVolume: 2n ** 128n - 1n,
    cap: 0n,
    accountCap: 2n ** 128n - 1n,
  },
});

refusalTable(assets, setAsset.refusals, closedAsset, bytesOf(setAsset), [
  ['malformed', (c) => (c.body.status = 2 as 1)],
  ['asset_not_found', (c) => (c.body.asset = 99)],
  ['listing_invalid', (c) => (c.body.baseHaircut = WAD + 1n)],
]);

assets('closes an asset; what is held counts as before and less from second to second', () => {
  const c = closedAsset();
  const { world } = c;
  world.deposit(alice.account, 10_000_000n, WBTC);
  const before = existing(world.state, ASSET, WBTC);
  const { equity } = world.margin(alice.account);
  world.accept(bytesOf(setAsset)(c));
  const { asset: _, ...terms } = c.body;
  assert.equal(existing(world.state, ASSET, WBTC), { ...before, ...terms });
  assert.is(world.margin(alice.account).equity, equity, 'nothing counts less at once');

  world.deposit(alice.account, 1n, WBTC);
  assert.is(existing(world.state, ASSET, WBTC).held, before.held, 'a deposit goes back');
  const { haircutRate } = world.network.parameters;
  for (const seconds of [1, 10, 60]) {
    const weight = collateralWeight(existing(world.state, ASSET, WBTC), world.now);
    const since = existing(world.state, ASSET, WBTC).haircutTime;
    world.tick(undefined, seconds);
    world.accept(world.markBytes(BTC, [WBTC]));
    const lost = weight - collateralWeight(existing(world.state, ASSET, WBTC), world.now);
    assert.is(lost, haircutRate * BigInt(world.now - since));
  }
});

assets.run();

const instruments = suite('setInstrument');
const confinedMarket = (): Case<SetInstrument> => ({
  world: tradedWorld(),
  body: {
    instrument: BTC_PERP,
    status: INSTRUMENT_STATUS.reduceOnly,
    openInterestCap: 2n ** 62n - 1n,
    maxOrderLots: ORDER_FIELD_BOUND - 1n,
  },
});

refusalTable(instruments, setInstrument.refusals, confinedMarket, bytesOf(setInstrument), [
  ['malformed', (c) => (c.body.status = 2 as 1)],
  ['instrument_not_found', (c) => (c.body.instrument = 999)],
  ['instrument_not_trading', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.settled })],
  ['instrument_not_trading', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.deleveraging })],
  ['listing_invalid', (c) => (c.body.maxOrderLots = 0n)],
  ['listing_invalid', (c) => (c.body.maxOrderLots = ORDER_FIELD_BOUND)],
  ['listing_invalid', (c) => (c.body.openInterestCap = 2n ** 62n)],
]);

instruments('leaves an expired future to its settlement', () => {
  const c = confinedMarket();
  c.body.instrument = BTC_FUTURE;
  c.world.edit(INSTRUMENT, BTC_FUTURE, { expiry: c.world.now });
  assert.is(c.world.refuse(bytesOf(setInstrument)(c)), 'instrument_not_trading');
  c.world.edit(INSTRUMENT, BTC_FUTURE, { expiry: c.world.now + 1 });
  c.world.accept(bytesOf(setInstrument)(c));
});

instruments('confines a market to what reduces, and opens it again', () => {
  const c = confinedMarket();
  const { world, body } = c;
  const before = world.instrument(BTC_PERP);
  world.accept(bytesOf(setInstrument)(c));
  const { instrument: _, ...terms } = body;
  assert.equal(world.instrument(BTC_PERP), { ...before, ...terms });
  assert.is(world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok, false, 'alice would hold more');
  assert.is(world.tradeBetween(bob, alice, 1n, 1_000_000n).outcome.ok, true, 'both hold less');
  body.status = INSTRUMENT_STATUS.trading;
  world.accept(bytesOf(setInstrument)(c));
  assert.is(world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok, true);
});

instruments.run();

const underlyings = suite('setUnderlying');
/** The stablecoin gets another peg, wider bounds and, as it has no options yet, terms of options. */
const openedChain = (): Case<SetUnderlying> => ({
  world: tradedWorld(),
  body: {
    underlying: 0,
    scanFloor: 1n,
    scanCeiling: 4n * WAD,
    peg: 2n ** 62n - 1n,
    averageDailyVolume: 2n ** 128n - 1n,
    strikeStep: HIGHEST_PRICED,
    optionTickSize: 10n ** 10n,
    optionLotSize: LOT_SIZE_BOUND - 1n,
    optionOpenInterestCap: 2n ** 62n - 1n,
    optionMaxOrderLots: ORDER_FIELD_BOUND - 1n,
  },
});

refusalTable(underlyings, setUnderlying.refusals, openedChain, bytesOf(setUnderlying), [
  ['underlying_not_found', (c) => (c.body.underlying = 99)],
  ['listing_invalid', (c) => (c.body.scanFloor = 0n)],
  ['listing_invalid', (c) => (c.body.scanFloor = c.body.scanCeiling + 1n)],
  ['listing_invalid', (c) => (c.body.scanCeiling = 4n * WAD + 1n)],
  ['listing_invalid', (c) => (c.body.peg = 2n ** 62n)],
  ['listing_invalid', (c) => (c.body.strikeStep = HIGHEST_PRICED + 1n)],
  ['listing_invalid', (c) => (c.body.optionTickSize = 0n)],
  ['listing_invalid', (c) => (c.body.optionTickSize = 1n)],
  ['listing_invalid', (c) => (c.body.optionLotSize = LOT_SIZE_BOUND)],
  ['listing_invalid', (c) => (c.body.optionMaxOrderLots = 0n)],
  ['listing_invalid', (c) => (c.body.optionOpenInterestCap = 2n ** 62n)],
]);

underlyings('sets its terms, and leaves the scan range in force and every price', () => {
  const c = openedChain();
  const before = existing(c.world.state, UNDERLYING, 0);
  c.world.accept(bytesOf(setUnderlying)(c));
  const { underlying: _, ...terms } = c.body;
  assert.equal(existing(c.world.state, UNDERLYING, 0), { ...before, ...terms });
});

underlyings('without a strike step nothing is asked of the other terms of options', () => {
  const c = openedChain();
  c.world.accept(bytesOf(setUnderlying)({ ...c, body: { ...c.body, strikeStep: 0n, optionTickSize: 0n } }));
});

underlyings('once there are options, step, tick and lot stay, and their caps may change', () => {
  const { world, body: other } = openedChain();
  const old = existing(world.state, UNDERLYING, BTC);
  const { strikeStep, optionTickSize, optionLotSize } = old;
  const kept = { ...other, underlying: BTC, strikeStep, optionTickSize, optionLotSize };
  const change = (terms: Partial<SetUnderlying>): Uint8Array =>
    world.governanceBytes(setUnderlying, { ...kept, ...terms });
  for (const terms of [
    { strikeStep: 0n },
    { strikeStep: 2n * strikeStep },
    { optionTickSize: 2n * optionTickSize },
    { optionLotSize: 2n * optionLotSize },
  ]) {
    assert.is(world.refuse(change(terms)), 'listing_invalid', JSON.stringify(Object.keys(terms)));
  }
  world.accept(change({ optionMaxOrderLots: 5n }));
  assert.is(existing(world.state, UNDERLYING, BTC).optionMaxOrderLots, 5n);
});

underlyings.run();
