/** The log: one JSON object for each event from the level on, and no key of an L1 provider. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hiding } from '../../../rpc/operation/hiding.ts';
import { openLog } from '../../../rpc/operation/log.ts';
import { newDirectory } from '../../node/devnet/world.ts';

const test = suite('log');
const KEY = 'a1b2c3d4e5f60718';

function written(logLevel: string, l1: string): { log: ReturnType<typeof openLog>; lines: () => Record<string, unknown>[] } {
  const texts: string[] = [];
  const log = openLog({ logLevel, l1 }, { write: (text: string) => void texts.push(text) });
  return { log, lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>) };
}

test('from its level on', () => {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  for (const [from, level] of [...levels, 'silent'].entries()) {
    const { log, lines } = written(level, 'embedded');
    for (const one of levels) log[one]({ height: 7 }, one);
    assert.equal(lines().map(({ msg }) => msg), levels.slice(from));
    for (const line of lines()) assert.equal([line['name'], line['height']], ['tidepool', 7]);
  }
});

test('keys in the URL of the L1 are hidden wherever they turn up', () => {
  const urls = [`https://l1.example/v3/${KEY}`, `https://l1.example:8545/?key=${KEY}`, `http://user:${KEY}@l1.example/rpc/${KEY}`];
  for (const url of urls) {
    const { log, lines } = written('info', url);
    const { pathname, search, origin } = new URL(url);
    log.warn({ err: new Error(`HTTP request failed. URL: ${url}`), url }, 'L1 can not be read');
    log.warn({ path: `${pathname}${search}` }, `again ${new URL(url).href}`);
    assert.is(lines().length, 2);
    assert.not.match(JSON.stringify(lines()), KEY);
    assert.match(JSON.stringify(lines()[0]), origin);
  }
});

test('a command that fails for its L1 does not print them either', () => {
  const cli = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');
  // The discard port: nobody answers there.
  const flags = ['--l1', `http://127.0.0.1:9/v3/${KEY}`, '--data-dir', newDirectory(), '--port', '0'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'start', ...flags], { encoding: 'utf8' });
  assert.is(status, 2);
  assert.match(stderr, 'http://127.0.0.1:9');
  assert.not.match(stdout + stderr, KEY);
});

test('what holds no secret stays as it is', () => {
  const text = '{"msg":"GET / of http://127.0.0.1:8545 by /rpc"}';
  for (const l1 of ['embedded', 'http://127.0.0.1:8545', 'http://127.0.0.1:8545/']) assert.is(hiding(l1)(text), text);
});

test.run();
