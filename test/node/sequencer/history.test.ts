/** Histories that steps leave behind: funding by the hour, auctions by account. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Executed } from '../../../node/chain/executor.ts';
import { History, hourOf } from '../../../node/sequencer/history.ts';
import { Store } from '../../../node/store/store.ts';
import { existing } from '../../../state/access.ts';
import { encode } from '../../../state/codec/layout.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { bid } from '../../../state/transactions/bid.ts';
import { mark } from '../../../state/transactions/mark.ts';
import type { AccountId } from '../../../state/units.ts';
import { alice, BTC_PERP, carol, World } from '../../support/world.ts';

const test = suite('history');
/** On the hour. */
const START = 1_772_409_600;

/** A mark of the perpetual and of a future that leaves funding at `fundingTime`. */
function markStep(world: World, fundingTime: number, fundingIndex: bigint): Executed {
  const change = (id: number) => {
    const before = existing(world.state, INSTRUMENT, id);
    const record = { ...before, fundingTime, fundingIndex };
    return { kind: INSTRUMENT, id, before, value: encode(INSTRUMENT.layout, record) };
  };
  return {
    bytes: Uint8Array.of(mark.type),
    changes: [change(BTC_PERP), change(BTC_PERP + 1)],
    ...{ outcome: { ok: true }, root: new Uint8Array(32), effects: [], witness: undefined, sequence: 0, height: 1 },
  };
}

test('funding stays by the hour, as its last mark left it, newest first and page by page', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-history-'));
  const store = await Store.open(directory);
  const history = new History(store);
  const world = new World();
  for (const [seconds, index] of [[2, 5n], [3_598, 7n], [3_600, 8n], [7_300, -(2n ** 90n)]] as const) {
    history.record(markStep(world, START + seconds, index), START + seconds);
  }
  await store.flush();
  const all = await history.funding(BTC_PERP, 10);
  assert.equal(all.map(({ fundingTime }) => fundingTime - START), [7_300, 3_600, 3_598]);
  assert.equal(all.map(({ fundingIndex }) => BigInt(fundingIndex)), [-(2n ** 90n), 8n, 7n]);
  const older = await history.funding(BTC_PERP, 10, hourOf(all[0]!.fundingTime));
  assert.equal(older, all.slice(1));
  assert.equal(await history.funding(BTC_PERP + 1, 10), [], 'a future has none');
  await store.close();
  rmSync(directory, { recursive: true });
});

/** A step that left these effects, explained or not. */
const stepOf = (sequence: number, effects: Executed['effects'], more: Partial<Executed> = {}): Executed => ({
  ...{ bytes: Uint8Array.of(bid.type, sequence), changes: [], outcome: { ok: true }, root: new Uint8Array(32).fill(2) },
  ...{ effects, witness: undefined, sequence, height: 1, ...more },
});

test('auctions are found in all and by who was sold or bid; what proves a step is kept with it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-history-'));
  const store = await Store.open(directory);
  const history = new History(store);
  const [sold, bidder] = [alice.account, carol.account];
  const amounts = { share: 2n ** 60n, price: -(2n ** 70n), compensation: 3n, penalty: 4n, fromFund: 0n };
  const started = { kind: 'auctionStarted', account: sold, isSolvent: true, equity: 1n, maintenance: 2n, value: 3n, reward: 0n } as const;
  const paid = { kind: 'cash', account: sold, amount: -5n, reason: 'penalty' } as const;
  history.record(stepOf(1, [started, paid]), START);
  const proof = { rootBefore: new Uint8Array(32).fill(1), witness: Uint8Array.of(9, 8, 7) };
  const taken = { kind: 'bid', account: sold, bidder, ...amounts } as const;
  history.record(stepOf(2, [taken, { kind: 'auctionEnded', account: sold }], proof), START + 1);
  history.record(stepOf(3, [], { ...proof, outcome: { ok: false, code: 24, detail: '', party: undefined } }), START + 2);
  await store.flush();
  const kinds = async (account: AccountId | null): Promise<string[]> =>
    (await history.liquidations(account, 10)).map(({ kind }) => kind);
  assert.equal(await kinds(null), ['auctionEnded', 'bid', 'auctionStarted']);
  assert.equal(await kinds(sold), ['auctionEnded', 'bid', 'auctionStarted']);
  assert.equal(await kinds(bidder), ['bid']);
  assert.equal((await history.liquidations(null, 10, 2)).map(({ kind }) => kind), ['auctionStarted']);
  const [bidAgain] = await history.liquidations(bidder, 10);
  assert.ok(bidAgain?.kind === 'bid' && BigInt(bidAgain.price) === amounts.price && bidAgain.time === START + 1);
  assert.equal((await history.ledger(sold, 10)).map(({ kind }) => kind), ['cash'], 'the ledger is of balances');
  const { witness, rootBefore, root, sequence } = (await history.evidence(2))!;
  assert.equal([[...witness], rootBefore[0], root[0], sequence], [[9, 8, 7], 1, 2, 2]);
  assert.equal([await history.evidence(1), await history.evidence(3)], [undefined, undefined], 'no witness; refused');
  await store.close();
  rmSync(directory, { recursive: true });
});

test.run();
