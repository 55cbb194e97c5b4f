/** Makes the vectors: for every transaction, steps that were accepted and steps that were refused. */
import { toHex } from '../../../state/codec/bytes.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT_KIND } from '../../../state/records/instrument.ts';
import { ORDER } from '../../../state/records/order.ts';
import { SESSION_SCOPE } from '../../../state/records/session.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { refusalName } from '../../../state/refusals.ts';
import { decodeWitness } from '../../../state/stepWitness.ts';
import { encodeTransaction, transactionOf } from '../../../state/transactions/all.ts';
import { authorizeSession } from '../../../state/transactions/authorizeSession.ts';
import { beginBlock } from '../../../state/transactions/beginBlock.ts';
import { deposit } from '../../../state/transactions/deposit.ts';
import { invalidateNonces } from '../../../state/transactions/invalidateNonces.ts';
import { listAsset } from '../../../state/transactions/listAsset.ts';
import { listInstrument } from '../../../state/transactions/listInstrument.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { prune } from '../../../state/transactions/prune.ts';
import { roll } from '../../../state/transactions/roll.ts';
import { revokeSession } from '../../../state/transactions/revokeSession.ts';
import { setMode } from '../../../state/transactions/setMode.ts';
import { setParameters } from '../../../state/transactions/setParameters.ts';
import { settle } from '../../../state/transactions/settle.ts';
import { transfer } from '../../../state/transactions/transfer.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import type { AccountId } from '../../../state/units.ts';
import { tradedWorld } from '../../support/actions.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, OPTION_EXPIRY, PRICES, World } from '../../support/world.ts';
import type { Step } from '../../support/stepLog.ts';
import { liquidations, vaults, waterfall } from './liquidations.ts';

/** One step: everything a verifier that knows only the root needs, and what it must find. */
export type StateVector = Readonly<{
  name: string;
  rootBefore: string;
  /** Records the step reads, as its witness lists them; value null: absent. */
  pre: readonly Readonly<{ kind: string; type: number; id: string; value: string | null }>[];
  transaction: string;
  witness: string;
  outcome: Readonly<{ ok: true } | { ok: false; code: number; refusal: string }>;
  rootAfter: string;
}>;

function preOf(witness: Uint8Array): StateVector['pre'] {
  return decodeWitness(witness).entries.flatMap((entry) => {
    if (!('kind' in entry)) return [];
    const { kind, idBytes, value } = entry;
    return [{ kind: kind.name, type: kind.type, id: toHex(idBytes), value: value === null ? null : toHex(value) }];
  });
}

function vectorOf(name: string, { before, witness, bytes, outcome, root }: Step): StateVector {
  return {
    name,
    rootBefore: toHex(before),
    pre: preOf(witness),
    transaction: toHex(bytes),
    witness: toHex(witness),
    outcome: outcome.ok
      ? { ok: true }
      : { ok: false, code: outcome.code, refusal: refusalName(outcome.code)! },
    rootAfter: toHex(root),
  };
}

/** Vectors by the name of their transaction. */
export class Collection {
  readonly byTransaction = new Map<string, StateVector[]>();
  add(name: string, world: World, bytes: Uint8Array): void {
    world.apply(bytes);
    const transaction = transactionOf(bytes[0])?.name ?? 'unknown';
    const vectors = this.byTransaction.get(transaction) ?? [];
    this.byTransaction.set(transaction, [...vectors, vectorOf(name, world.steps.at(-1)!)]);
  }
}

const FUTURE = BTC_PERP + 1;
const ONE_BTC = 100_000_000n;

function blocks(to: Collection): void {
  const world = new World();
  const body = { height: 1, timestamp: world.now + 2, anchorNumber: 9, anchorHash: `0x${'0a'.repeat(32)}` } as const;
  to.add('the first block', world, encodeTransaction(beginBlock, body));
  to.add('the same height again', world, encodeTransaction(beginBlock, body));
  const next = { ...body, height: 2 };
  to.add('time goes back', world, encodeTransaction(beginBlock, { ...next, timestamp: world.now - 1 }));
  to.add('the anchor goes back', world, encodeTransaction(beginBlock, { ...next, anchorNumber: 8 }));
  to.add('a byte is missing', world, encodeTransaction(beginBlock, next).subarray(0, -1));
  to.add('no bytes', world, new Uint8Array(0));
  to.add('a type that is not given', world, Uint8Array.of(255));
}

function deposits(to: Collection): void {
  const world = new World();
  const bytes = (asset: number, amount: bigint) =>
    encodeTransaction(deposit, { asset, account: alice.account, amount });
  to.add('cash opens an account', world, bytes(0, 5_000_000n));
  to.add('collateral', world, bytes(2, ONE_BTC));
  to.add('an unknown asset goes back', world, bytes(99, 1n));
  to.add('above the cap goes back', world, bytes(2, 10n ** 15n + 1n));
  to.add('a byte too many', world, Uint8Array.of(...bytes(0, 1n), 0));
}

function actions(to: Collection): void {
  const world = tradedWorld();
  const cash = (amount: bigint) => ({ asset: 0, amount, recipient: carol.address });
  to.add('cash', world, world.action(withdraw, alice, cash(1_000_000n)));
  to.add('leaves too little margin', world, world.action(withdraw, alice, cash(9_000_000_000n)));
  to.add('signed by another', world, world.action(withdraw, alice, cash(1n), bob));
  const toCarol = { asset: 0, amount: 7n, toOwner: carol.address, toSubaccount: 255 };
  to.add('opens an account', world, world.action(transfer, alice, toCarol));
  to.add('more than there is', world, world.action(transfer, alice, { ...toCarol, amount: 10n ** 30n }));
  to.add('cross margin', world, world.action(setMode, alice, { mode: MARGIN_MODE.cross }));
  to.add('a mode that does not exist', world, world.action(setMode, alice, { mode: 3 }));
  const session = {
    key: carol.address,
    scope: SESSION_SCOPE.trade,
    sessionExpiry: world.now + 600,
    notionalCap: 10n ** 9n,
    markets: [BTC_PERP, ETH_PERP],
  };
  to.add('two markets and a cap', world, world.action(authorizeSession, alice, session));
  const late = { ...session, sessionExpiry: world.now };
  to.add('expires at once', world, world.action(authorizeSession, alice, late));
  to.add('ends the session', world, world.action(revokeSession, alice, { key: carol.address }));
  to.add('no session to end', world, world.action(revokeSession, alice, { key: carol.address }));
  to.add('raises the floor', world, world.action(invalidateNonces, alice, { floor: 77n }));
  to.add('a floor that does not rise', world, world.action(invalidateNonces, alice, { floor: 77n }));
  to.add('a nonce again', world, world.steps.findLast((s) => s.outcome.ok && s.bytes[0] === invalidateNonces.type)!.bytes);
}

function inboxItems(to: Collection): void {
  const world = tradedWorld();
  const cash = (amount: bigint) => ({ asset: 0, amount, recipient: carol.address });
  to.add('a withdrawal', world, world.forcedBytes(world.action(withdraw, alice, cash(5n))));
  to.add('a refused withdrawal is consumed', world, world.forcedBytes(world.action(withdraw, alice, cash(0n))));
  to.add('nonsense is consumed', world, world.forcedBytes(Uint8Array.of(13, 1, 2)));
  const { parameters, publishers } = world.network;
  const dearer = { parameters: { ...parameters, takerFee: 2n * parameters.takerFee }, publishers };
  to.add('parameters', world, world.governanceBytes(setParameters, dearer));
  const wild = { parameters: { ...parameters, priceBand: 0n }, publishers };
  to.add('a parameter out of bounds', world, world.governanceBytes(setParameters, wild));
  const future = world.network.instruments.find((i) => i.instrument === FUTURE)!;
  to.add('a future', world, world.governanceBytes(listInstrument, { ...future, instrument: 999 }));
  to.add('an id in use', world, world.governanceBytes(listInstrument, future));
  const option = { ...future, instrument: 998, kind: INSTRUMENT_KIND.call };
  to.add('a kind that is not listed', world, world.governanceBytes(listInstrument, option));
  const asset = world.network.assets[2]!;
  const token = `0x${'99'.repeat(20)}` as const;
  to.add('an asset that ramps up', world, world.governanceBytes(listAsset, { ...asset, asset: 9, token, rampEnd: world.now + 60 }));
}

function trades(to: Collection): void {
  const world = tradedWorld();
  world.deposit(carol.account, 10_000_000_000n);
  world.deposit(alice.account, ONE_BTC, 2);
  const terms = { lots: 10n, ticks: 1_000_000n };
  const bid = world.order({ ...terms, who: alice, buy: true });
  const ask = world.order({ ...terms, who: bob, buy: false });
  to.add('a partial fill', world, world.tradeBytes(bid, [{ maker: ask, lots: 4n }]));
  to.add('more than is left', world, world.tradeBytes(bid, [{ maker: ask, lots: 7n }]));
  const two = world.order({ ...terms, who: carol, buy: false });
  const fills = [
    { maker: ask, lots: 3n },
    { maker: two, lots: 3n },
  ];
  to.add('two makers', world, world.tradeBytes(bid, fills));
  const flip = world.order({ ...terms, who: carol, lots: 50n, buy: true, timeInForce: 2 });
  const deep = world.order({ ...terms, who: alice, lots: 50n, buy: false });
  to.add('a short becomes a long', world, world.tradeBytes(flip, [{ maker: deep, lots: 50n }]));
  const eth = world.order({ who: alice, lots: 100n, ticks: 399_000n, buy: false, instrument: ETH_PERP });
  const ethBid = world.order({ who: bob, lots: 100n, ticks: 399_000n, buy: true, instrument: ETH_PERP });
  to.add('a second market, hedged, with collateral', world, world.tradeBytes(eth, [{ maker: ethBid, lots: 100n }], ETH_PERP));
  const huge = world.order({ ...terms, who: carol, lots: 100_000n, buy: true });
  const hugeAsk = world.order({ ...terms, who: alice, lots: 100_000n, buy: false });
  to.add('too little margin', world, world.tradeBytes(huge, [{ maker: hugeAsk, lots: 100_000n }]));
  const far = world.order({ ...terms, who: alice, ticks: 2_000_000n, buy: true });
  const farAsk = world.order({ ...terms, who: bob, ticks: 2_000_000n, buy: false });
  to.add('out of the price band', world, world.tradeBytes(far, [{ maker: farAsk, lots: 1n }]));
  to.add('no fills', world, world.tradeBytes(bid, []));
  world.block(1_000);
  const stale = world.order({ ...terms, who: alice, buy: false });
  const staleBid = world.order({ ...terms, who: bob, buy: true });
  to.add('both reduce at stale prices', world, world.tradeBytes(stale, [{ maker: staleBid, lots: 1n }]));
  const more = world.order({ ...terms, who: alice, buy: true });
  const moreAsk = world.order({ ...terms, who: bob, buy: false });
  to.add('adds at stale prices', world, world.tradeBytes(more, [{ maker: moreAsk, lots: 1n }]));
}

function oracle(to: Collection): void {
  const world = tradedWorld();
  to.add('two of three publishers, every market', world, (world.block(5), world.pricesBytes()));
  to.add('the same time again', world, world.pricesBytes());
  world.block();
  to.add('one publisher', world, world.pricesBytes(PRICES, world.now, 1));
  to.add('a jump', world, world.pricesBytes({ 1: PRICES[1]! * 2n }));
  to.add('three publishers, one market', world, world.pricesBytes({ 1: PRICES[1]! + 12_345n }, world.now, 3));
  const instruments = [BTC_PERP, FUTURE];
  to.add('a perpetual with funding and a future', world, encodeTransaction(mark, { underlying: 1, instruments, assets: [] }));
  to.add('a market of another underlying', world, encodeTransaction(mark, { underlying: 2, instruments, assets: [] }));
  const { expiry } = world.instrument(FUTURE);
  world.edit(CHAIN, 0, { timestamp: expiry - 3_600 });
  to.add('the settlement window opens', world, (world.block(1_800 + 7), world.pricesBytes({ 1: PRICES[1]! })));
  to.add('the settlement window closes', world, (world.block(1_800), world.pricesBytes({ 1: PRICES[1]! - 1n })));
  to.add('three days later', world, (world.block(3 * 86_400), world.pricesBytes({ 1: PRICES[1]! })));
}

function settlements(to: Collection): void {
  const world = tradedWorld();
  world.tradeBetween(bob, alice, 10n, 1_000_001n, FUTURE);
  const accounts = [alice.account, bob.account].sort() as AccountId[];
  const bytes = (whose: readonly AccountId[]) => encodeTransaction(settle, { instrument: FUTURE, accounts: whose });
  to.add('before expiry', world, bytes(accounts));
  const { expiry } = world.instrument(FUTURE);
  world.edit(CHAIN, 0, { timestamp: expiry });
  to.add('no average yet', world, bytes(accounts));
  world.edit(UNDERLYING, 1, { lastSettlementExpiry: expiry, lastSettlementPrice: PRICES[1]! + 33_333n });
  to.add('one account fixes the price', world, bytes([accounts[1]!]));
  to.add('the same account again', world, bytes([accounts[1]!]));
  to.add('the last account empties clearing', world, bytes([accounts[0]!]));
  const orders = [...world.state.idsOf(ORDER)];
  to.add('expired orders', world, encodeTransaction(prune, { orders, sessions: [], instruments: [] }));
  to.add('what is not there', world, encodeTransaction(prune, { orders, sessions: [], instruments: [] }));
}

function options(to: Collection): void {
  const world = new World();
  world.tick();
  const strikes = [90_000n, 100_000n].map((usd) => usd * 10n ** 8n);
  const bytes = encodeTransaction(roll, { underlying: 1, expiry: OPTION_EXPIRY, strikes });
  to.add('two strikes', world, bytes);
  to.add('the same strikes again', world, bytes);
  world.block(1);
  to.add('a post with the slice of options', world, world.pricesBytes());
  to.add('calls and puts beside linear instruments', world, world.markBytes(1));
}

/** All vectors, by transaction. The same on every machine. */
export function stateVectors(): ReadonlyMap<string, readonly StateVector[]> {
  const collection = new Collection();
  const parts = [blocks, deposits, actions, inboxItems, trades, oracle, settlements, options, liquidations, vaults, waterfall];
  for (const part of parts) part(collection);
  return collection.byTransaction;
}
