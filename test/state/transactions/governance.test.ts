/** Governance actions: their refusals in order, and the parameters and listings they leave. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { LOT_SIZE_BOUND, ORDER_FIELD_BOUND } from '../../../state/constants.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND } from '../../../state/records/instrument.ts';
import { PARAMETERS, PUBLISHERS, PUBLISHERS_PAGE, type Parameters } from '../../../state/records/parameters.ts';
import type { GovernanceAction } from '../../../state/transactions/governance.ts';
import { listAsset, newAsset, type ListAsset } from '../../../state/transactions/listAsset.ts';
import { listInstrument, newInstrument, type ListInstrument } from '../../../state/transactions/listInstrument.ts';
import { PARAMETER_BOUNDS } from '../../../state/transactions/parameterBounds.ts';
import { parameterHashOf, setParameters, type SetParameters } from '../../../state/transactions/setParameters.ts';
import { WAD } from '../../../state/units.ts';
import { refusalTable } from '../../support/refusals.ts';
import { GENESIS_TIME, person, World } from '../../support/world.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Case<T> = { world: World; body: Mutable<T> };
const bytesOf =
  <T>(action: GovernanceAction<T>) =>
  ({ world, body }: Case<T>): Uint8Array =>
    world.governanceBytes(action, body);

const parameters = suite('setParameters');
const members = [person('a').address, person('b').address];
const newParameters = (): Case<SetParameters> => {
  const world = new World();
  const takerFee = WAD / 100n;
  return {
    world,
    body: {
      parameters: { ...world.network.parameters, takerFee },
      publishers: { threshold: 2, members },
    },
  };
};
const withParameter = (c: Case<SetParameters>, name: keyof Parameters, value: bigint): void => {
  c.body.parameters = { ...c.body.parameters, [name]: value };
};

refusalTable(parameters, setParameters.refusals, newParameters, bytesOf(setParameters), [
  ['parameter_out_of_bounds', (c) => withParameter(c, 'takerFee', WAD / 100n + 1n)],
  ['parameter_out_of_bounds', (c) => (c.body.publishers = { threshold: 0, members })],
  ['parameter_out_of_bounds', (c) => (c.body.publishers = { threshold: 3, members })],
  ['parameter_out_of_bounds', (c) => (c.body.publishers = { threshold: 1, members: [members[0]!, members[0]!] })],
]);

parameters('takes each parameter at its bounds, and not beyond', () => {
  for (const [name, [low, high]] of Object.entries(PARAMETER_BOUNDS)) {
    for (const value of [low - 1n, low, high, high + 1n].filter((v) => v >= 0n)) {
      const c = newParameters();
      withParameter(c, name as keyof Parameters, value);
      const { ok } = c.world.apply(bytesOf(setParameters)(c)).outcome;
      assert.is(ok, value >= low && value <= high, `${name} = ${value}`);
    }
  }
});

parameters('replaces both pages, and the hash that batches carry', () => {
  const c = newParameters();
  c.world.accept(bytesOf(setParameters)(c));
  const { world, body } = c;
  assert.equal(existing(world.state, PARAMETERS, 0), body.parameters);
  assert.equal(existing(world.state, PUBLISHERS, PUBLISHERS_PAGE), body.publishers);
  const hash = parameterHashOf(body.parameters, body.publishers);
  assert.is(existing(world.state, CHAIN, 0).parameterHash, hash);
});

parameters.run();

const instruments = suite('listInstrument');
const newFuture = (): Case<ListInstrument> => ({
  world: new World(),
  body: {
    instrument: 999,
    kind: INSTRUMENT_KIND.future,
    underlying: 1,
    expiry: GENESIS_TIME + 28_800,
    strike: 0n,
    tickSize: 10_000_000n,
    lotSize: 100_000n,
    openInterestCap: 2n ** 62n - 1n,
    maxOrderLots: ORDER_FIELD_BOUND - 1n,
  },
});

refusalTable(instruments, listInstrument.refusals, newFuture, bytesOf(listInstrument), [
  ['already_listed', (c) => (c.body.instrument = 100)],
  ['underlying_not_found', (c) => (c.body.underlying = 99)],
  ['listing_invalid', (c) => (c.body.tickSize = 0n)],
  ['listing_invalid', (c) => (c.body.tickSize = 10_000_001n)],
  ['listing_invalid', (c) => (c.body.tickSize = 2n ** 40n * 100_000n)],
  ['listing_invalid', (c) => Object.assign(c.body, { tickSize: 10n ** 10n, lotSize: LOT_SIZE_BOUND })],
  ['listing_invalid', (c) => (c.body.maxOrderLots = 0n)],
  ['listing_invalid', (c) => (c.body.maxOrderLots = ORDER_FIELD_BOUND)],
  ['listing_invalid', (c) => (c.body.openInterestCap = 2n ** 62n)],
  ['listing_invalid', (c) => (c.body.kind = INSTRUMENT_KIND.perpetual)],
  ['listing_invalid', (c) => (c.body.kind = INSTRUMENT_KIND.call)],
  ['listing_invalid', (c) => (c.body.strike = 1n)],
  ['listing_invalid', (c) => (c.body.expiry = GENESIS_TIME - 57_600)],
  ['listing_invalid', (c) => (c.body.expiry += 1)],
]);

instruments('opens a market that is unmarked and empty', () => {
  const c = newFuture();
  c.world.accept(bytesOf(listInstrument)(c));
  const listed = existing(c.world.state, INSTRUMENT, 999);
  assert.equal(listed, newInstrument(c.body));
  assert.is(listed.tickValue, 100n);
  assert.equal([listed.markPrice, listed.openInterest], [0n, 0n]);
});

instruments.run();

const assets = suite('listAsset');
const newToken = (): Case<ListAsset> => ({
  world: new World(),
  body: {
    asset: 99,
    token: `0x${'99'.repeat(20)}`,
    decimals: 30,
    underlying: 2,
    ratio: 2n ** 64n - 1n,
    baseHaircut: WAD,
    accountCap: 10n ** 12n,
    rampStart: GENESIS_TIME,
    rampEnd: GENESIS_TIME,
    averageDailyVolume: 1n,
    cap: 2n ** 128n - 1n,
  },
});

refusalTable(assets, listAsset.refusals, newToken, bytesOf(listAsset), [
  ['already_listed', (c) => (c.body.asset = 0)],
  ['underlying_not_found', (c) => (c.body.underlying = 99)],
  ['listing_invalid', (c) => (c.body.decimals = 31)],
  ['listing_invalid', (c) => (c.body.ratio = 0n)],
  ['listing_invalid', (c) => (c.body.ratio = 2n ** 64n)],
  ['listing_invalid', (c) => (c.body.baseHaircut = WAD + 1n)],
  ['listing_invalid', (c) => (c.body.rampStart = c.body.rampEnd + 1)],
]);

assets('accepts an asset of which nothing is held', () => {
  const c = newToken();
  c.world.accept(bytesOf(listAsset)(c));
  const { held, deposited, withdrawn, haircut, ...listed } = existing(c.world.state, ASSET, 99);
  assert.equal({ held, deposited, withdrawn, haircut, ...listed }, newAsset(c.body, c.world.now));
  assert.equal([held, deposited, withdrawn, haircut], [0n, 0n, 0n, c.body.baseHaircut]);
});

assets.run();
