/** A liquidation as people see it: who is near, what is for sale, how it is bought, and why it was allowed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { privateKeyToAccount } from 'viem/accounts';
import { toHex } from '../../../state/codec/bytes.ts';
import { RemoteError } from '../../../rpc/client/transport.ts';
import type { Notice } from '../../../rpc/subscriptions/channel.ts';
import { alice, bob, carol } from '../../support/world.ts';
import { fallenNode, type Fallen } from './fallen.ts';
import { head } from './support.ts';

const test = suite('liquidation methods');
let fallen: Fallen;
test.before(async () => {
  fallen = await fallenNode();
});
test.after(() => fallen.close());

type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> => (await fallen.http.request(method, params)) as Json;
const bidOf = (fields: Json = {}) =>
  ({ type: 'bid', fromOwner: alice.address, maxPrice: '1000000', ...head(carol), ...fields }) as const;
/** Name of the error that a bid meets. */
async function refusalOf(fields: Json): Promise<string> {
  const thrown = await fallen.http.submit(bidOf(fields) as never, carol.key).catch((error: unknown) => error);
  assert.instance(thrown, RemoteError);
  return (thrown as RemoteError).data?.['name'] as string;
}
const entriesOf = async (owner?: string): Promise<Json[]> => {
  await fallen.node.sequencer.seal();
  return (await ask('liquidation_history', owner === undefined ? {} : { owner }))['entries'];
};
const notices: Notice[] = [];
let heardAll: () => void;
const all = new Promise<void>((resolve) => (heardAll = resolve));
const hear = (notice: Notice): void => {
  notices.push(notice);
  if (notices.length === 3) heardAll();
};

test('who is nearest comes first, with the move that liquidates him', async () => {
  const { accounts, scanned } = await ask('liquidation_atRisk', { healthBelow: '10000' });
  assert.is(scanned, 3);
  assert.equal(accounts.map(({ owner }: Json) => owner.toLowerCase()), [alice.address, bob.address]);
  const [first] = accounts;
  assert.is(first.missing, '0');
  assert.is(first.nearest.underlying, 'BTC');
  assert.is(first.nearest.move, first.distance);
  // A linear account: what it can lose is its equity over its margin, and the price where that is lost is 100,000 less it.
  const slack = Number(first.equity) - Number(first.maintenanceMargin);
  assert.ok(Math.abs(Number(first.distance) + slack / 100_000) < 0.0002, `${first.distance} ${slack}`);
  const below = await ask('liquidation_atRisk', {});
  assert.is(below['accounts'].length, Number(first.health) < 1.25 ? 1 : 0);
});

test('the keeper auctions what fell below, and everybody can see it', async () => {
  await fallen.socket.subscribe('liquidations', {}, hear);
  assert.equal((await ask('liquidation_auctions'))['auctions'], []);
  await fallen.fall(100_000, 89_000);
  const { auctions, total } = await ask('liquidation_auctions');
  assert.is(total, 1);
  const [auction] = auctions;
  assert.is(auction.account, alice.account);
  assert.equal([auction.status, auction.kind, auction.bids], ['open', 'solvent', 0]);
  assert.equal(auction.positions.map(({ market, size }: Json) => [market, size]), [['BTC-PERP', '1']]);
  const { offer } = auction;
  assert.is(Number(offer.price) + Number(offer.compensation), Number(offer.value));
  assert.ok(Number(offer.share) > 0 && Number(offer.share) < 1);
  const { account } = await ask('account_get', { owner: alice.address });
  assert.is(account.auction, 'solvent');
  const { accounts } = await ask('liquidation_atRisk');
  assert.equal([accounts[0].auction, accounts[0].distance], ['solvent', '0']);
  assert.ok(Number(accounts[0].missing) > 0);
  const [started] = await entriesOf();
  assert.equal([started!['type'], started!['kind'], started!['account']], ['start', 'solvent', alice.account]);
});

test('the price moves with the clock', async () => {
  const offerNow = async (): Promise<Json> => (await ask('liquidation_auctions'))['auctions'][0].offer;
  const before = await offerNow();
  const { nextStep } = (await ask('liquidation_auctions'))['auctions'][0];
  await fallen.moveTo(89_000, nextStep - fallen.clock.nowSeconds());
  assert.ok(Number((await offerNow())['price']) < Number(before['price']));
});

test('a bid that asks too much, too little or the wrong account is told what to do', async () => {
  assert.is(await refusalOf({ maxPrice: '-1' }), 'PRICE_ABOVE_LIMIT');
  assert.is(await refusalOf({ share: '0.000000001' }), 'BID_TOO_SMALL');
  assert.is(await refusalOf({ fromOwner: bob.address }), 'AUCTION_NOT_FOUND');
  assert.is(await refusalOf({ expected: `0x${'12'.repeat(32)}` }), 'AUCTION_CHANGED');
});

test('tx_debug shows what a bid says to the chain', async () => {
  const envelope = await fallen.http.sign(bidOf({ share: '0.5', maxPrice: '-12.5' }) as never, carol.key);
  const { primaryType, message, matches } = await ask('tx_debug', envelope);
  assert.equal([primaryType, matches], ['Bid', true]);
  assert.equal([message.share, message.maxPrice, message.fromOwner], ['500000000000000000', '-12500000', alice.address]);
});

test('a wallet signs a bid from what system_info and tx_debug say', async () => {
  const info = await ask('system_info');
  const wallet = privateKeyToAccount(toHex(carol.key));
  const action = bidOf({ share: '0.25', maxPrice: '-3', fromSubaccount: 7 });
  const { message } = await ask('tx_debug', { action });
  const typed = { domain: info['domain'], types: info['types'], primaryType: 'Bid', message };
  const signature = await wallet.signTypedData(typed as never);
  const { recovered, matches } = await ask('tx_debug', { action, signer: wallet.address, signature });
  assert.equal([recovered, matches], [carol.address, true]);
});

test('a signed bid makes the account healthy, and both sides find it in their ledgers', async () => {
  const [auction] = (await ask('liquidation_auctions'))['auctions'];
  const taken: Json = await fallen.http.submit(
    bidOf({ share: auction.offer.share, maxPrice: auction.offer.price, expected: auction.expected }) as never,
    carol.key,
  );
  assert.ok(taken['hash']);
  assert.equal((await ask('liquidation_auctions'))['auctions'], []);
  const { account } = await ask('account_get', { owner: alice.address });
  assert.is(account.auction, 'none');
  assert.ok(Number(account.health) >= 1);
  const [end, bid] = await entriesOf(alice.address);
  assert.equal([end!['type'], bid!['type'], bid!['bidder'].account], ['end', 'bid', carol.account]);
  assert.equal((await entriesOf(carol.address)).map(({ type }) => type), ['bid']);
  const typesOf = async (owner: string): Promise<string[]> =>
    (await ask('account_ledger', { owner }))['entries'].map(({ type }: Json) => type);
  assert.ok((await typesOf(carol.address)).includes('auction'));
  const ledger = await typesOf(alice.address);
  assert.ok(ledger.includes('auction') && ledger.includes('penalty'));
});

test('subscribers have heard of it all', async () => {
  await all;
  assert.equal(notices.map(({ data }) => (data as Json)['type']), ['start', 'bid', 'end']);
});

test('every step is explained, page by page of the history', async () => {
  const entries = await entriesOf();
  assert.equal(entries.map(({ type }) => type), ['end', 'bid', 'start']);
  for (const { seq, type } of entries.slice(1)) {
    const explanation = await ask('liquidation_explain', { seq });
    const { facts, hash } = explanation;
    assert.is(facts.step, type);
    assert.is(facts.account.account, alice.account);
    assert.ok(Number(facts.before.health) < 1, 'it was below maintenance margin');
    assert.equal((await ask('liquidation_explain', { hash }))['evidence'], explanation['evidence']);
    const { stateRoot } = await ask('chain_getReceipt', { hash });
    assert.is(explanation['evidence'].root, stateRoot);
  }
  const { facts } = await ask('liquidation_explain', { seq: entries[1]!['seq'] });
  assert.is(facts.taken.share, entries[1]!['share']);
  assert.is(facts.bidder.account, carol.account);
  assert.ok(Number(facts.after.health) >= 1);
  assert.ok(Number(facts.after.health) <= 1 + Number(facts.rules.auctionBuffer) + 0.01);
  assert.is(facts.auctionAfter, null);
  const [page] = (await ask('liquidation_history', { limit: 1 }))['entries'];
  assert.is(page.seq, entries[0]!['seq']);
});

test('what is no step of an auction is not explained', async () => {
  const thrown = await ask('liquidation_explain', { seq: 1 }).catch((error: unknown) => error);
  assert.is((thrown as RemoteError).data?.['name'], 'LIQUIDATION_NOT_FOUND');
});

test.run();
