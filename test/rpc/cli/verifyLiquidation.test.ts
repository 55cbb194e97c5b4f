/** `tidepool verify-liquidation`: 0 for what a node said of a liquidation, 70 once any of it is another. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyLiquidation } from '../../../rpc/cli/verifyLiquidation.ts';
import { alice, carol } from '../../support/world.ts';
import { fallenNode } from '../methods/fallen.ts';
import { head } from '../methods/support.ts';

const test = suite('verify-liquidation');
const CLI = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');
const directory = mkdtempSync(join(tmpdir(), 'tidepool-verify-'));
test.after(() => rmSync(directory, { recursive: true }));

type Json = Record<string, any>;
/** The start and the bid of a liquidation, as a node explains them. */
const explanations: Json = {};
test.before(async () => {
  const fallen = await fallenNode();
  await fallen.fall(100_000, 89_000);
  const bid = { type: 'bid', fromOwner: alice.address, share: '0.1', maxPrice: '1000000', ...head(carol) } as const;
  await fallen.http.submit(bid, carol.key);
  await fallen.node.sequencer.seal();
  const { entries } = (await fallen.http.request('liquidation_history', {})) as Json;
  for (const { type, seq } of entries) explanations[type] = await fallen.http.request('liquidation_explain', { seq });
  await fallen.close();
});

const failed = (explanation: unknown, flags: { root?: string; rootBefore?: string } = {}): string[] =>
  verifyLiquidation(explanation, flags).filter(({ ok }) => !ok).map(({ check }) => check);
/** A copy with one place changed. */
function changed(explanation: Json, path: readonly string[], value: (old: any) => unknown): Json {
  const copy = structuredClone(explanation);
  const parent = path.slice(0, -1).reduce<Json>((at, key) => at[key], copy);
  parent[path.at(-1)!] = value(parent[path.at(-1)!]);
  return copy;
}
const flip = (hex: string, at: number): string =>
  hex.slice(0, at) + (hex[at] === '0' ? '1' : '0') + hex.slice(at + 1);

test('what the node said holds, start and bid, against the roots of the chain', () => {
  assert.equal(Object.keys(explanations).sort(), ['bid', 'start']);
  for (const explanation of Object.values(explanations)) {
    const { root, rootBefore } = explanation.evidence;
    assert.equal(failed(explanation), []);
    assert.equal(failed(explanation, { root: root.toUpperCase().replace('0X', '0x'), rootBefore }), []);
    assert.equal(failed(explanation, { root: rootBefore }), ['root after, as given']);
  }
});

test('a number that is another is found, wherever it is', () => {
  const { start, bid } = explanations;
  const wrong: [Json, string[], string][] = [
    [start, ['facts', 'before', 'equity'], 'facts.before'],
    [start, ['facts', 'started', 'reward'], 'facts.started'],
    [start, ['facts', 'rules', 'auctionHole'], 'facts.rules'],
    [bid, ['facts', 'offer', 'price'], 'facts.offer'],
    [bid, ['facts', 'taken', 'compensation'], 'facts.taken'],
    [bid, ['facts', 'bidder', 'after', 'maintenanceMargin'], 'facts.bidder'],
    [bid, ['facts', 'prices', '0', 'indexPrice'], 'facts.prices'],
    [bid, ['facts', 'auctionAfter', 'sold'], 'facts.auctionAfter'],
    [bid, ['facts', 'before', 'underlyings', '0', 'pnl', '3'], 'facts.before'],
  ];
  for (const [explanation, path, check] of wrong) {
    assert.equal(failed(changed(explanation, path, () => '7')), [check], path.join('.'));
  }
});

test('evidence that was touched proves nothing', () => {
  const { bid } = explanations;
  const { witness, transaction } = bid.evidence;
  for (const at of [6, 100, Math.floor(witness.length / 2), witness.length - 1]) {
    const checks = failed(changed(bid, ['evidence', 'witness'], (hex) => flip(hex, at)));
    assert.ok(checks.includes('execution from the witness'), `byte ${at}: ${checks.join(', ')}`);
  }
  // Another price limit is another message, which nobody has signed.
  const lower = changed(bid, ['evidence', 'transaction'], (hex) => flip(hex, 2 + 2 * 70));
  assert.equal(failed(lower), ['transaction hash', 'execution from the witness']);
  assert.equal(transaction.slice(0, 4), '0x12');
  assert.equal(failed(changed(bid, ['evidence', 'root'], (hex) => flip(hex, 9))), ['root after']);
  assert.equal(failed(changed(bid, ['evidence', 'rootBefore'], (hex) => flip(hex, 9))), ['execution from the witness']);
});

/** Runs the command on a file with this content. */
function run(content: string, ...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const file = join(directory, 'explanation.json');
  writeFileSync(file, content);
  const child = spawn(process.execPath, [CLI, 'verify-liquidation', file, ...flags]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

test('the command: 0, 70, and 1 for a file that is no explanation', async () => {
  const { bid } = explanations;
  const reply = JSON.stringify({ jsonrpc: '2.0', id: 1, result: bid });
  const sound = await run(reply, '--root', bid.evidence.root);
  assert.is(sound.code, 0, sound.stderr + sound.stdout);
  assert.match(sound.stdout, /ok {8}root after, as given/);
  assert.match(sound.stdout, /The explanation holds/);
  const lie = await run(JSON.stringify(changed(bid, ['facts', 'taken', 'price'], () => '1')));
  assert.is(lie.code, 70);
  assert.match(lie.stdout, /MISMATCH {2}facts\.taken: 1 of \d+ values differ: price stated "1", computed/);
  const none = await run('{"result": {"hash": 1}}');
  assert.is(none.code, 1, none.stdout);
});

test.run();
