/** Measures a storm: a hundred thousand accounts, a fifth of them below maintenance margin after one price. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existing } from '../../state/access.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { decode, encode, type Field } from '../../state/codec/layout.ts';
import { typedDigest } from '../../state/codec/typedData.ts';
import { ACCOUNT, accountIdOf, ownerOf } from '../../state/records/account.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { OWNER } from '../../state/records/owner.ts';
import { POOL } from '../../state/records/pool.ts';
import type { RawRecord } from '../../state/state.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { ANY_STATE, bid } from '../../state/transactions/bid.ts';
import { NEW_ACCOUNT } from '../../state/transactions/deposit.ts';
import { mark } from '../../state/transactions/mark.ts';
import { WAD, type AccountId, type Address } from '../../state/units.ts';
import { genesisRecords, type L1Binding } from '../../genesis/genesis.ts';
import { devnet } from '../../genesis/networks/devnet.ts';
import { Executor } from '../../node/chain/executor.ts';
import { addressOfKey, signDigest } from '../../node/crypto/recover.ts';
import { Liquidator } from '../../node/liquidation/liquidator.ts';
import { Publishers } from '../../node/oracle/publisher.ts';
import { VirtualClock } from '../../node/ports/clock.ts';
import { SignatureRecovery } from '../../node/sequencer/recovery.ts';
import { Sequencer } from '../../node/sequencer/sequencer.ts';
import { Store } from '../../node/store/store.ts';
import type { BenchRow } from './state.ts';

const NOW = 1_772_409_600; // Monday 2026-03-02, 00:00 UTC.
const [BTC, BTC_PERPETUAL] = [1, 100];
const ACCOUNTS = 100_000;
/** One BTC each, long and short in turn: lots, and dollars of who has too little. */
const LOTS = 1_000n;
const [POOR_USD, RICH_USD] = [20_000n, 200_000n];
const BIDS = 2_000;
const USD = 1_000_000n;
const HIGHEST = 2n ** 126n;

/** Cost: half a minute. */
export async function benchStorm(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-storm-'));
  const recovery = new SignatureRecovery(0);
  const store = await Store.open(directory, { sync: false });
  try {
    return await storm(store, recovery);
  } finally {
    await store.close();
    await recovery.close();
    rmSync(directory, { recursive: true });
  }
}

async function storm(store: Store, recovery: SignatureRecovery): Promise<BenchRow[]> {
  const clock = new VirtualClock(NOW * 1_000);
  const key = new Uint8Array(32).fill(7);
  const bidder = addressOfKey(key);
  const executor = await Executor.open(store, () => recordsOf(bidder), { recover: recovery.recover }, key);
  const sequencer = new Sequencer({ executor, store, recovery, clock, key });
  const price = pricer(sequencer, key);
  price(0, 100_000n);
  const liquidator = new Liquidator({ sequencer });
  liquidator.pricesMoved();
  while (liquidator.turn());
  await sequencer.seal();
  price(10, 91_000n);

  let longest = 0;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  for (let more = true; more; ) {
    const start = performance.now();
    if (longest === 0) liquidator.pricesMoved();
    more = liquidator.turn();
    longest = Math.max(longest, performance.now() - start);
    // As between two turns of a node: what is staged is written, and others have their say.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const auctions = [...executor.state.idsOf(AUCTION)];
  const bidding = performance.now();
  for (const [n, id] of auctions.slice(0, BIDS).entries()) await sequencer.submitAction(bidBytes(sequencer, key, id, n));
  const bids = Math.min(BIDS, auctions.length) / ((performance.now() - bidding) / 1_000);
  await sequencer.settled();
  return [
    {
      name: `storm: ${ACCOUNTS / 1_000} k accounts, ${auctions.length} of them below maintenance at one price, until all are in auction`,
      value: `${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of a core; the longest turn ${longest.toFixed(0)} ms`,
      limit: '-',
      budget: '-',
    },
    { name: 'storm: signed bids, each with its root and its witness', value: `${Math.round(bids)} a second`, limit: '-', budget: '-' },
  ];
}

/** The devnet with room for every auction, and its accounts: a fifth of all are long with too little. */
function recordsOf(bidder: Address): RawRecord[] {
  const key = new Uint8Array(32).fill(7);
  const base = devnet(NOW, [addressOfKey(key)], 1);
  const network = { ...base, parameters: { ...base.parameters, auctionHole: 10n ** 18n, auctionMarketShare: WAD } };
  const l1: L1Binding = {
    chainId: 31_337,
    rollup: `0x${'aa'.repeat(20)}`,
    sequencer: addressOfKey(key),
    tokens: Object.fromEntries([0, 1, 2, 3].map((i) => [i, `0x${`0${i + 1}`.repeat(20)}` as const])),
  };
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => accountOf(n));
  const cash = accounts.reduce((sum, one) => sum + one.cash, 10n ** 18n);
  const all = [...accounts.flatMap(({ records }) => records), recordOf(ACCOUNT, accountIdOf(bidder, 0), { ...NEW_ACCOUNT, cash: 10n ** 18n })];
  const longs = (LOTS * BigInt(ACCOUNTS)) / 2n;
  return genesisRecords(network, l1)
    .map((record) => {
      if (record.type === POOL.type) return changed(record, POOL.layout, { cashPositive: cash, deposited: cash });
      const isPerpetual = record.type === INSTRUMENT.type && INSTRUMENT.idOf(record.id) === BTC_PERPETUAL;
      return isPerpetual ? changed(record, INSTRUMENT.layout, { openInterest: longs }) : record;
    })
    .concat(all);
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
  const id = accountIdOf(`0x${(n + 1).toString(16).padStart(40, '0')}`, 0);
  const size = n % 2 === 0 ? LOTS : -LOTS;
  const cash = (n % 2 === 0 && n % 5 < 2 ? POOR_USD : RICH_USD) * USD + BigInt(n);
  const position = { instrument: BTC_PERPETUAL, size, quote: -size * 100n * USD, fundingIndex: 0n };
  const records = [
    recordOf(ACCOUNT, id, { ...NEW_ACCOUNT, cash, positions: [position] }),
    recordOf(OWNER, ownerOf(id), { exposures: [{ underlying: BTC, units: LOTS * 100_000n }] }),
  ];
  return { records, cash };
}

/** Posts a price of BTC so many seconds after the start, and marks its perpetual. */
function pricer(sequencer: Sequencer, key: Uint8Array): (second: number, usd: bigint) => void {
  let usd = 0n;
  const source = {
    name: 'storm',
    underlyings: [BTC],
    quoteAt: (timeSeconds: number) => [{ underlying: BTC, price: usd * 10n ** 8n, confidence: WAD, timeSeconds }],
  };
  const publishers = new Publishers({ source, keys: [key] });
  const domain = fromHex(sequencer.domainSeparator);
  return (second, to) => {
    usd = to;
    sequencer.executor.ensureOpen(NOW + second);
    const posts = publishers.reports(domain, NOW + second, { postedAt: () => 0, expiriesOf: () => [] });
    for (const bytes of [...posts, encodeTransaction(mark, { underlying: BTC, instruments: [BTC_PERPETUAL], assets: [] })]) {
      const { outcome } = sequencer.run(bytes);
      if (!outcome.ok) throw new Error(`refused: ${outcome.code} ${outcome.detail}`);
    }
  };
}

function bidBytes(sequencer: Sequencer, key: Uint8Array, id: AccountId, n: number): Uint8Array {
  const { timestamp } = existing(sequencer.executor.state, CHAIN, 0);
  const body = {
    ...{ owner: addressOfKey(key), subaccount: 0, nonce: BigInt(n + 1), expiry: timestamp + 600 },
    ...{ fromOwner: ownerOf(id), fromSubaccount: 0, share: WAD, maxPrice: HIGHEST, expected: ANY_STATE },
  };
  const signature = signDigest(typedDigest(fromHex(sequencer.domainSeparator), bid.typed, body), key);
  return encodeTransaction(bid, { ...body, signature });
}
