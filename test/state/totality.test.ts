/** The step is total: any bytes have exactly one outcome, the same with the state and without it. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concat } from '../../state/codec/bytes.ts';
import { encode } from '../../state/codec/layout.ts';
import { MAX_TRANSACTION_BYTES } from '../../state/constants.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { ASSET } from '../../state/records/asset.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { REFUSAL, refusalName } from '../../state/refusals.ts';
import { simulateTransaction } from '../../state/transition.ts';
import { encodeTransaction, TRANSACTIONS } from '../../state/transactions/all.ts';
import { forced } from '../../state/transactions/forced.ts';
import { governance, GOVERNANCE_ACTIONS } from '../../state/transactions/governance.ts';
import { listInstrument } from '../../state/transactions/listInstrument.ts';
import { mark } from '../../state/transactions/mark.ts';
import { recover } from '../../node/crypto/recover.ts';
import { tradedWorld } from '../support/actions.ts';
import { arbitraryOf } from '../support/layouts.ts';
import { alice, BTC_PERP, person, World } from '../support/world.ts';
import { stateVectors } from './vectors/generate.ts';

const SEED = { seed: 99, numRuns: 400 };
const test = suite('totality');
const context = { recover };

/** One world for all: what is accepted stays, so that later bytes meet other states. */
const world = tradedWorld();
const codes = new Set<number>(Object.values(REFUSAL));
function hasOneOutcome(bytes: Uint8Array): void {
  const { outcome } = world.apply(bytes);
  if (!outcome.ok) assert.ok(codes.has(outcome.code));
}

const wellFormed = fc.oneof(
  ...TRANSACTIONS.map((type) => arbitraryOf(type.layout).map((body) => encodeTransaction(type, body))),
  ...TRANSACTIONS.map((type) =>
    arbitraryOf(type.layout).map((body) => {
      const inner = concat(new Uint8Array(20), encodeTransaction(type, body));
      return encodeTransaction(forced, inner);
    }),
  ),
  ...GOVERNANCE_ACTIONS.map(({ action, layout }) =>
    arbitraryOf(layout).map((body) =>
      encodeTransaction(governance, concat(Uint8Array.of(action), encode(layout, body))),
    ),
  ),
);

test('random bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), hasOneOutcome), SEED);
});

test('random bytes behind every type', () => {
  const typed = fc.tuple(fc.nat(20), fc.uint8Array({ maxLength: 300 }));
  fc.assert(fc.property(typed, ([type, body]) => hasOneOutcome(Uint8Array.of(type, ...body))), SEED);
});

test('well-formed transactions of random values', () => {
  fc.assert(fc.property(wellFormed, hasOneOutcome), { ...SEED, numRuns: 1_000 });
  assert.equal(world.breaches(), []);
});

test('valid transactions with bytes changed', () => {
  const valid = [...stateVectors().values()].flat().map((v) => Buffer.from(v.transaction.slice(2), 'hex'));
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...valid), edits, (bytes, changes) => {
      const mutated = Uint8Array.from(bytes);
      for (const [at, to] of changes) if (mutated.length > 0) mutated[at % mutated.length] = to;
      hasOneOutcome(mutated);
    }),
    SEED,
  );
});

test('no bytes, unknown types, and one byte too long', () => {
  const refusalOf = (bytes: Uint8Array) => {
    const outcome = simulateTransaction(world.state, bytes, context);
    return outcome.ok ? 'accepted' : refusalName(outcome.code);
  };
  assert.is(refusalOf(new Uint8Array(0)), 'unknown_transaction_type');
  for (let type = 0; type < 256; type++) {
    const known = TRANSACTIONS.some((t) => t.type === type);
    if (!known) assert.is(refusalOf(Uint8Array.of(type, 1, 2)), 'unknown_transaction_type');
  }
  assert.is(refusalOf(new Uint8Array(MAX_TRANSACTION_BYTES + 1)), 'malformed');
  assert.is(refusalOf(new Uint8Array(MAX_TRANSACTION_BYTES)), 'unknown_transaction_type');
});

test('a step that would touch too many records is refused, whatever it had done', () => {
  const crowded = tradedWorld();
  const makers = ['c', 'd', 'e', 'f'].map(person);
  const instrument = crowded.instrument(BTC_PERP);
  let id = 1_000;
  for (const { account } of makers) {
    crowded.deposit(account, 10n ** 12n);
    const positions = Array.from({ length: 31 }, () => ({ instrument: id++, size: 1n, quote: 0n, fundingIndex: 0n }));
    crowded.edit(ACCOUNT, account, { positions });
  }
  for (let listed = 1_000; listed < id; listed++) {
    const change = { kind: INSTRUMENT, id: listed, before: undefined, after: instrument };
    crowded.state.commit([change]);
  }
  const order = { lots: 4n, ticks: 1_000_000n };
  const taker = crowded.order({ ...order, who: alice, buy: true });
  const asks = makers.map((who) => ({ maker: crowded.order({ ...order, who, buy: false }), lots: 1n }));
  assert.is(crowded.refuse(crowded.tradeBytes(taker, asks)), 'too_many_records');
  crowded.accept(crowded.tradeBytes(taker, asks.slice(0, 2)));
});

test('no price and no listing within bounds can overflow a record', () => {
  const extreme = new World();
  const largest = { instrument: 999, kind: 0, underlying: 1, expiry: 0, strike: 0n } as const;
  extreme.accept(
    extreme.governanceBytes(listInstrument, {
      ...largest,
      tickSize: 10n ** 10n,
      lotSize: 2n ** 33n - 1n,
      openInterestCap: 2n ** 62n - 1n,
      maxOrderLots: 2n ** 47n - 1n,
    }),
  );
  extreme.block();
  extreme.accept(extreme.pricesBytes({ 1: 2n ** 62n - 1n }));
  const bytes = encodeTransaction(mark, { underlying: 1, instruments: [999], assets: [] });
  assert.is(extreme.refuse(bytes), 'mark_out_of_range');
  extreme.block(200);
  extreme.accept(extreme.pricesBytes({ 1: 2n ** 49n }));
  extreme.accept(bytes);
  extreme.deposit(alice.account, 10n ** 18n - 1n);
  assert.is(extreme.state.read(ACCOUNT, alice.account)!.cash, 10n ** 18n - 1n);
  assert.is(extreme.state.read(ASSET, 0)!.deposited, 10n ** 18n - 1n);
});

test.run();
