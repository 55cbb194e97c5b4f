/** What a node that sequences doubts and counts beside that: L1, batches, intake, acknowledgements. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Devnet } from '../../../node/devnet.ts';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { viewOf } from '../../../rpc/devnetView.ts';
import { sequencerOperation } from '../../../rpc/operation/sequencerOperation.ts';
import { serve } from '../../../rpc/server/nodeServer.ts';
import { fastOptions, markTicks, newDirectory, openDevnet, Person, raw, startDevnet, stopDevnets, USD } from '../../node/devnet/world.ts';
import { metricsOf, readiness, valueOf } from './exposition.ts';

const test = suite('operation of a sequencer');
test.after(stopDevnets);

const codesOf = ({ doubts }: ReturnType<typeof sequencerOperation>): string[] => doubts().map(({ code }) => code);

/** A devnet whose timers nobody starts: time passes, and only what a test asks for happens. */
async function stillDevnet(): Promise<{ devnet: Devnet; clock: VirtualClock }> {
  const clock = new VirtualClock(Date.now());
  const devnet = await openDevnet({ ...fastOptions(newDirectory()), clock, batchSeconds: 30 });
  return { devnet, clock };
}

test('an L1 that is not read is a reason, until it is', async () => {
  const { devnet, clock } = await stillDevnet();
  const operation = sequencerOperation(devnet);
  assert.equal(codesOf(operation), []);
  await clock.advance(61_000);
  assert.equal(operation.doubts(), [{ code: 'L1_SILENT', detail: 'L1 was not read for 61 seconds' }]);
  await devnet.watcher.poll();
  assert.equal(codesOf(operation), []);
  await clock.advance(60_000);
  assert.equal(codesOf(operation), []);
  await clock.advance(1_000);
  assert.equal(codesOf(operation), ['L1_SILENT']);
});

test('blocks that L1 does not take are a reason; each batch that it takes gives time', async () => {
  const { devnet, clock } = await stillDevnet();
  const { heads, watcher } = devnet;
  const operation = sequencerOperation(devnet);
  const pass = async (seconds: number): Promise<void> => {
    await clock.advance(seconds * 1_000);
    await watcher.poll();
  };
  await pass(1_000);
  assert.equal(codesOf(operation), []);
  heads.set('soft', { height: 5, sequence: 50 });
  await pass(100);
  heads.set('soft', { height: 7, sequence: 70 });
  await pass(50);
  assert.equal(codesOf(operation), []);
  await pass(1);
  assert.equal(operation.doubts(), [
    { code: 'NOT_POSTED', detail: 'L1 took no batch for 151 seconds, 7 blocks wait' },
  ]);
  heads.set('posted', { height: 5, sequence: 50 });
  assert.equal(codesOf(operation), []);
  await clock.advance(151_000);
  assert.ok(codesOf(operation).includes('NOT_POSTED'));
  heads.set('posted', { height: 7, sequence: 70 });
  assert.not(codesOf(operation).includes('NOT_POSTED'));
});

test('an order, its acknowledgement, and the batch that has it', async () => {
  const devnet = await startDevnet(fastOptions(newDirectory()));
  const { node, batcher, heads, watcher } = devnet;
  const door = await serve(viewOf(devnet), { host: '127.0.0.1', port: 0 });
  assert.is((await readiness(door.port)).status, 200);
  const alice = new Person(devnet, 5);
  await alice.deposit(10_000n * USD);
  const before = await metricsOf(door.port);
  assert.is(valueOf(before, 'tidepool_order_acknowledgement_seconds_count'), 0);
  await node.sequencer.placeOrder(alice.order(true, 1n, markTicks(devnet) / 2n));
  await node.sequencer.placeOrder(alice.order(true, 1n, markTicks(devnet) / 2n));
  node.keeper.stop();
  await devnet.flush();
  const families = await metricsOf(door.port);
  const value = (series: string): number | undefined => valueOf(families, series);
  assert.is(value('tidepool_order_acknowledgement_seconds_count'), 2);
  assert.is(value('tidepool_open_orders'), 2);
  assert.is(value('tidepool_receipts_total'), node.sequencer.receipts);
  assert.is(value('tidepool_l1_block_number'), Number(await raw(devnet, 'eth_blockNumber')));
  assert.is(value('tidepool_batches_total'), batcher.figures.batches);
  assert.ok(batcher.figures.batches > 0);
  assert.is(value('tidepool_batch_bytes_total'), batcher.figures.bytes);
  assert.is(value('tidepool_batch_gas_total'), Number(batcher.figures.gas));
  assert.is(value('tidepool_batches_in_flight'), 0);
  assert.is(value('tidepool_head_height{safety="posted"}'), heads.posted.height);
  assert.is(value('tidepool_head_height{safety="posted"}'), Number(watcher.batches.at(-1)!.header.lastHeight));
  assert.is(value('tidepool_posting_lag_seconds'), 0);
  assert.is(value('tidepool_intake_queue_depth{lane="normal"}'), 0);
  assert.is(families.get('tidepool_liquidation_queue_depth')!.samples.size, 6);
  await door.close();
});

test.run();
