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
import { cancelAllTyped, type CancelAllRequest } from '../../../node/sequencer/requests.ts';
import { Sequencer } from '../../../node/sequencer/sequencer.ts';
import { Store } from '../../../node/store/store.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { signerOf } from '../../../state/codec/signature.ts';
import { typedDigest } from '../../../state/codec/typedData.ts';
import { alice, L1, person, publishers } from '../../support/world.ts';

const test = suite<{ directory: string }>('sequencer');
test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'tidepool-sequencer-'));
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const clock = new SystemClock();
const network = devnet(clock.nowSeconds() - 60, publishers.map((p) => p.address), 2);
const { key, address } = person('sequencer');

async function open(directory: string) {
  const store = await Store.open(directory);
  const recovery = new SignatureRecovery(0);
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

test.run();
