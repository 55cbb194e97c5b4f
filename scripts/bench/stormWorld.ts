/** A chain before a storm: many accounts of one BTC each, a fifth of them with too little for a fall of nine percent. */
import { concat } from '../../state/codec/bytes.ts';
import { decode, encode, type Field } from '../../state/codec/layout.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { ACCOUNT, accountIdOf, ownerOf } from '../../state/records/account.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { OWNER } from '../../state/records/owner.ts';
import { POOL } from '../../state/records/pool.ts';
import { vaultAccountOf } from '../../state/records/vault.ts';
import type { RawRecord } from '../../state/state.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { deposit, NEW_ACCOUNT } from '../../state/transactions/deposit.ts';
import { governance } from '../../state/transactions/governance.ts';
import { setVault } from '../../state/transactions/setVault.ts';
import { WAD, type AccountId, type Address } from '../../state/units.ts';
import { genesisRecords, type L1Binding, type Network } from '../../genesis/genesis.ts';
import { devnet } from '../../genesis/networks/devnet.ts';
import { Executor } from '../../node/chain/executor.ts';
import { addressOfKey } from '../../node/crypto/recover.ts';
import { Liquidator } from '../../node/liquidation/liquidator.ts';
import { Publishers } from '../../node/oracle/publisher.ts';
import type { Clock } from '../../node/ports/clock.ts';
import { Keeper } from '../../node/sequencer/keeper.ts';
import type { SignatureRecovery } from '../../node/sequencer/recovery.ts';
import { Sequencer } from '../../node/sequencer/sequencer.ts';
import type { Store } from '../../node/store/store.ts';
import type { NodeView } from '../../rpc/methods/view.ts';
import { viewOfSequencer } from '../../rpc/sequencerView.ts';

export const BTC_PERPETUAL = 100;
const BTC = 1;
/** One BTC each, long and short in turn: lots, and dollars of who has too little. */
const LOTS = 1_000n;
const [POOR_USD, RICH_USD] = [20_000n, 200_000n];
const USD = 1_000_000n;
/** What bidders, and who trades and tops up meanwhile, have. */
const PARTY_CASH = 10n ** 17n;
const VAULT = 1;
const BEFORE_USD = 100_000n;
const AFTER_USD = 91_000n;
/** Prices come as they do on a devnet. */
const PRICE_SECONDS = 2;
/** A vault pays this much of what a portfolio is worth: what nobody bids for is its own after three steps. */
const ABSORB_PRICE = (WAD * 93n) / 100n;
const AUCTION_STEP = 5n;

export type Party = Readonly<{ key: Uint8Array; owner: Address }>;
export const partyOf = (name: string): Party => {
  const key = sha256(Buffer.from(`storm ${name}`));
  return { key, owner: addressOfKey(key) };
};
const SEQUENCER = partyOf('sequencer');

export type StormOptions = Readonly<{
  accounts: number;
  /** Whoever trades, tops up and bids: rich, and without positions. */
  parties: readonly Party[];
  store: Store;
  recovery: SignatureRecovery;
  clock: Clock;
}>;

export type Storm = Readonly<{
  node: NodeView;
  sequencer: Sequencer;
  keeper: Keeper;
  liquidator: Liquidator;
  /** Who is below maintenance margin after the fall. */
  poor: readonly AccountId[];
  /** The price is down from now on: the keeper posts it in its next round. */
  fall: () => void;
}>;

/** Opens the chain, its prices and its vault; nothing runs yet. */
export async function openStorm({ accounts, parties, store, recovery, clock }: StormOptions): Promise<Storm> {
  const base = devnet(clock.nowSeconds() - 60, [SEQUENCER.owner], 1);
  // Room for every auction at once.
  const room = { auctionHole: 10n ** 18n, auctionMarketShare: WAD };
  const parameters = { ...base.parameters, ...room, auctionStep: AUCTION_STEP, absorbPrice: ABSORB_PRICE };
  const network: Network = { ...base, parameters };
  const binding: L1Binding = {
    chainId: 31_337,
    rollup: `0x${'aa'.repeat(20)}`,
    sequencer: SEQUENCER.owner,
    tokens: Object.fromEntries([0, 1, 2, 3].map((i) => [i, `0x${`0${i + 1}`.repeat(20)}` as const])),
  };
  const { key } = SEQUENCER;
  const records = (): RawRecord[] => recordsOf(network, binding, accounts, parties);
  const executor = await Executor.open(store, records, { recover: recovery.recover }, key);
  const sequencer = new Sequencer({ executor, store, recovery, clock, key });
  const liquidator = new Liquidator({ sequencer });
  let usd = BEFORE_USD;
  const source = {
    name: 'storm',
    underlyings: [BTC],
    quoteAt: (timeSeconds: number) => [{ underlying: BTC, price: usd * 10n ** 8n, confidence: WAD, timeSeconds }],
  };
  const publishers = new Publishers({ source, keys: [key] });
  const chains = { expiries: 0, strikes: 0, underlyings: [] };
  const keeper = new Keeper({ sequencer, publishers, clock, priceSeconds: PRICE_SECONDS, chains, liquidator });
  openVault(sequencer);
  return {
    node: viewOf({ ...viewOfSequencer(sequencer), network, binding, clock, store }),
    sequencer,
    keeper,
    liquidator,
    poor: Array.from({ length: accounts }, (_, n) => n).filter(isPoor).map(idOf),
    fall: () => {
      usd = AFTER_USD;
    },
  };
}

/** As the methods see it: no L1 is linked. */
function viewOf(parts: Omit<NodeView, 'deployment' | 'heads'>): NodeView {
  const none = { height: 0, sequence: 0 };
  const address = (byte: string): Address => `0x${byte.repeat(20)}`;
  const { executor, binding } = parts;
  return {
    ...parts,
    deployment: {
      ...{ vault: address('b1'), inbox: address('b2'), governance: address('b3'), fraudProof: address('b4') },
      ...{ rollup: binding.rollup, tokens: Object.values(binding.tokens) },
    },
    heads: {
      get soft() {
        return { height: executor.height, sequence: executor.sequence };
      },
      ...{ posted: none, safe: none, final: none },
    },
  };
}

function openVault(sequencer: Sequencer): void {
  const terms = { vault: VAULT, operator: `0x${'00'.repeat(20)}` as const, lossCap: PARTY_CASH, lockSeconds: 0n };
  const payload = concat(Uint8Array.of(setVault.action), encode(setVault.layout, terms));
  const cash = { asset: 0, account: vaultAccountOf(VAULT), amount: PARTY_CASH };
  for (const bytes of [encodeTransaction(governance, payload), encodeTransaction(deposit, cash)]) {
    const { outcome } = sequencer.run(bytes, true);
    if (!outcome.ok) throw new Error(`refused: ${outcome.code} ${outcome.detail}`);
  }
}

const isPoor = (n: number): boolean => n % 2 === 0 && n % 5 < 2;
const idOf = (n: number): AccountId => accountIdOf(`0x${(n + 1).toString(16).padStart(40, '0')}`, 0);

function recordsOf(network: Network, binding: L1Binding, accounts: number, parties: readonly Party[]): RawRecord[] {
  const all = Array.from({ length: accounts }, (_, n) => accountOf(n));
  const cash = all.reduce((sum, one) => sum + one.cash, PARTY_CASH * BigInt(parties.length));
  const longs = (LOTS * BigInt(accounts)) / 2n;
  return genesisRecords(network, binding)
    .map((record) => {
      if (record.type === POOL.type) return changed(record, POOL.layout, { cashPositive: cash, deposited: cash });
      const isPerpetual = record.type === INSTRUMENT.type && INSTRUMENT.idOf(record.id) === BTC_PERPETUAL;
      return isPerpetual ? changed(record, INSTRUMENT.layout, { openInterest: longs }) : record;
    })
    .concat(all.flatMap(({ records }) => records))
    .concat(parties.map(({ owner }) => recordOf(ACCOUNT, accountIdOf(owner, 0), { ...NEW_ACCOUNT, cash: PARTY_CASH })));
}

const changed = <T extends object>(record: RawRecord, layout: Field<T>, fields: Partial<T>): RawRecord => ({
  ...record,
  value: encode(layout, { ...decode(layout, record.value), ...fields }),
});
const recordOf = (kind: typeof ACCOUNT | typeof OWNER, id: string, value: object): RawRecord => ({
  type: kind.type,
  id: kind.idBytes(id as never),
  value: encode(kind.layout as typeof ACCOUNT.layout, value as never),
});

function accountOf(n: number): { records: RawRecord[]; cash: bigint } {
  const id = idOf(n);
  const size = n % 2 === 0 ? LOTS : -LOTS;
  const cash = (isPoor(n) ? POOR_USD : RICH_USD) * USD + BigInt(n);
  const position = { instrument: BTC_PERPETUAL, size, quote: -size * 100n * USD, fundingIndex: 0n };
  const records = [
    recordOf(ACCOUNT, id, { ...NEW_ACCOUNT, cash, positions: [position] }),
    recordOf(OWNER, ownerOf(id), { exposures: [{ underlying: BTC, units: LOTS * 100_000n }] }),
  ];
  return { records, cash };
}
