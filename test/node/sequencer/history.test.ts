/** Histories that steps leave behind: funding by the hour. */
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
import { mark } from '../../../state/transactions/mark.ts';
import { BTC_PERP, World } from '../../support/world.ts';

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

test.run();
