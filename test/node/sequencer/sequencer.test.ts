/** The sequencer over a real store: how acknowledgements are grouped, numbered and signed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { Executor } from '../../../node/chain/executor.ts';
import { recover, signDigest } from '../../../node/crypto/recover.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import { receiptGroupTyped, receiptRoot, type SignedReceipt } from '../../../node/sequencer/receipts.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { cancelAllTyped, cancelTyped, type CancelAllRequest, type CancelRequest } from '../../../node/sequencer/requests.ts';
import { Sequencer } from '../../../node/sequencer/sequencer.ts';
import { Store } from '../../../node/store/store.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { signerOf } from '../../../state/codec/signature.ts';
import { typedDigest } from '../../../state/codec/typedData.ts';
import { encodeFlags, orderDigest, TIME_IN_FORCE } from '../../../state/transactions/order.ts';
import { alice, bob, BTC_PERP, ETH_PERP, L1, person, publishers } from '../../support/world.ts';

const test = suite<{ directory: string }>('sequencer');
test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'tidepool-sequencer-'));
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const clock = new SystemClock();
const network = devnet(clock.nowSeconds() - 60, publishers.map((p) => p.address), 2);
const { key, address } = person('sequencer');

async function open(directory: string, recovery = new SignatureRecovery(0)) {
  const store = await Store.open(directory);
  const genesis = () => genesisRecords(network, L1);
  const executor = await Executor.open(store, genesis, { recover: recovery.recover }, key);
  const sequencer = new Sequencer({ executor, store, recovery, clock, key });
  await sequencer.start((error) => {
    throw error;
  });
  const close = async (): Promise<void> => {
    await sequencer.stop();
    await store.close();
  };
  return { sequencer, close };
}

/** A cancel-all of nothing: what is acknowledged the most simply. */
async function acknowledgement(sequencer: Sequencer, nonce: bigint): Promise<SignedReceipt> {
  const expiry = clock.nowSeconds() + 60;
  const request: CancelAllRequest = { owner: alice.address, subaccount: 0, nonce, expiry, instrument: 0 };
  const digest = typedDigest(fromHex(sequencer.domainSeparator), cancelAllTyped, request);
  return (await sequencer.cancelAll({ request, signature: signDigest(digest, alice.key) })).receipt;
}

function requireTrue(sequencer: Sequencer, signed: SignedReceipt): void {
  assert.is(receiptRoot(signed), signed.root);
  const digest = typedDigest(fromHex(sequencer.domainSeparator), receiptGroupTyped, { root: signed.root });
  assert.is(signerOf(recover, digest, signed.signature), address);
}

test('receipts are numbered on over a restart', async ({ directory }) => {
  const sequences: number[] = [];
  for (let run = 0; run < 3; run++) {
    const { sequencer, close } = await open(directory);
    for (let i = 0; i < 2; i++) sequences.push((await acknowledgement(sequencer, BigInt(i))).receipt.sequence);
    await close();
  }
  assert.equal(sequences, [0, 1, 2, 3, 4, 5]);
});

test('what comes while the disk is busy is one group: one signature, a path each', async ({ directory }) => {
  const { sequencer, close } = await open(directory);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pending: Promise<SignedReceipt>[] = [];
  for (let i = 0; i < 40; i++) {
    pending.push(acknowledgement(sequencer, BigInt(i)));
    await turn();
  }
  const receipts = await Promise.all(pending);
  for (const receipt of receipts) requireTrue(sequencer, receipt);
  assert.equal(receipts.map(({ receipt }) => receipt.sequence), receipts.map((_, i) => i));
  const groups = new Map(receipts.map(({ root, groupSize }) => [root, groupSize]));
  assert.is([...groups.values()].reduce((sum, size) => sum + size, 0), 40, 'every receipt is in one group');
  assert.ok(groups.size < 40, `${groups.size} groups`);
  await close();
});

test('a cancel that overtakes orders reaches those of its account that came before it, and no others', async ({ directory }) => {
  const recovery = new SignatureRecovery(1);
  const { sequencer, close } = await open(directory, recovery);
  const domain = fromHex(sequencer.domainSeparator);
  const expiry = clock.nowSeconds() + 60;
  // More than one batch of others are before them in their lane.
  const others = Array.from({ length: 200 }, (_, i) => {
    const digest = typedDigest(domain, cancelAllTyped, { owner: bob.address, subaccount: 0, nonce: BigInt(i), expiry, instrument: 0 });
    return recovery.prepare(digest, signDigest(digest, bob.key), 'normal');
  });
  const flags = { buy: true, timeInForce: TIME_IN_FORCE.goodTillExpiry, postOnly: false, reduceOnly: false };
  const send = (nonce: bigint, instrument: number) => {
    const body = { owner: alice.address, subaccount: 0, flags: encodeFlags(flags), lots: 1n, limitTicks: 1n, nonce, expiry };
    const digest = orderDigest(domain, { ...body, instrument }, flags);
    const order = { ...body, signature: signDigest(digest, alice.key) };
    const outcome = sequencer.placeOrder({ instrument, order }).then(() => 'placed', (error: Error) => error.message.split(':')[0]);
    return { digest: toHex(digest), outcome };
  };
  const [first, second, elsewhere] = [send(1n, BTC_PERP), send(2n, BTC_PERP), send(3n, ETH_PERP)];
  const before = sequencer.arrivals;
  const later = send(4n, BTC_PERP);
  const head = { owner: alice.address, subaccount: 0, nonce: 5n, expiry };
  const cancel: CancelRequest = { ...head, order: first.digest };
  const signed = { request: cancel, signature: signDigest(typedDigest(domain, cancelTyped, cancel), alice.key) };
  const all: CancelAllRequest = { ...head, instrument: BTC_PERP };
  const signedAll = { request: all, signature: signDigest(typedDigest(domain, cancelAllTyped, all), alice.key) };
  const [one, rest] = await Promise.all([sequencer.cancelOrder(signed), sequencer.cancelAll(signedAll, before)]);
  assert.equal([one.result.digest, one.result.status], [first.digest, 'cancelled']);
  requireTrue(sequencer, one.receipt);
  assert.equal(rest.result, [second.digest]);
  const outcomes = await Promise.all([first, second, elsewhere, later].map(({ outcome }) => outcome));
  // The other two reach the screen, which knows of no price yet.
  assert.equal(outcomes, ['order_already_ended', 'order_already_ended', 'prices_stale', 'prices_stale']);
  await Promise.all(others);
  await close();
  await recovery.close();
});

test.run();
