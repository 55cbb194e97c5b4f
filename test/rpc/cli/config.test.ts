/** Settings: flag before environment before file before default; anything else is refused by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, loadConfig, SETTINGS } from '../../../rpc/cli/config.ts';

const test = suite('settings');
const directory = mkdtempSync(join(tmpdir(), 'tidepool-config-'));
const file = join(directory, 'config.json');
test.after(() => rmSync(directory, { recursive: true }));

test('one precedence', () => {
  writeFileSync(file, JSON.stringify({ port: 1, l1Port: 2, batchSeconds: 3, maker: false }));
  const environment = { TIDEPOOL_PORT: '11', TIDEPOOL_L1_PORT: '12' };
  const config = loadConfig({ port: '21' }, environment, file);
  assert.equal([config.port, config.l1Port, config.batchSeconds, config.maker], [21, 12, 3, false]);
  assert.is(config.blockMillis, 250);
});

test('an unknown or impossible setting says where it came from', () => {
  const fault = (flags: Record<string, unknown>, environment: Record<string, string>, text = '{}'): string => {
    writeFileSync(file, text);
    try {
      loadConfig(flags, environment, file);
    } catch (error) {
      assert.instance(error, ConfigError);
      return (error as Error).message;
    }
    return 'taken';
  };
  assert.match(fault({ port: '70000' }, {}), /^flag: port/);
  assert.match(fault({}, { TIDEPOOL_BLOCK_MILLIS: 'soon' }), /^environment: blockMillis/);
  assert.match(fault({}, { TIDEPOOL_PROT: '1' }), /TIDEPOOL_PROT is not a setting/);
  assert.match(fault({}, {}, '{"maxFeeGwei":0}'), /config\.json: maxFeeGwei/);
  assert.match(fault({}, {}, '{"colour":"red"}'), /colour/);
  assert.match(fault({}, {}, '{"port":'), /config\.json: expected a JSON object/);
  assert.match(fault({ peers: '/ip4/127.0.0.1/tcp/1' }, {}), /^flag: peers: expected multiaddrs/);
  assert.match(fault({ unlimited: 'localhost' }, {}), /^flag: unlimited: expected IP addresses/);
  assert.match(fault({ join: 'magic' }, {}), /^flag: join/);
});

test('lists are separated by commas', () => {
  const peers = ['/ip4/10.0.0.1/tcp/9645/p2p/12D3KooWJWjM7b', '/dns4/node.example/tcp/9645/p2p/12D3KooWCPVJ2n'];
  const config = loadConfig({ peers: peers.join(', '), unlimited: '10.0.0.1,::1' }, {}, undefined);
  assert.equal(config.peers, peers);
  assert.equal(config.unlimited, ['10.0.0.1', '::1']);
  assert.equal(loadConfig({}, {}, undefined).peers, []);
});

test('a file of any JSON is read or refused by name', () => {
  const key = fc.oneof(fc.constantFrom(...SETTINGS), fc.string());
  const json = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue(), { maxKeys: 4 }));
  const property = fc.property(json, (value) => {
    writeFileSync(file, JSON.stringify(value));
    try {
      loadConfig({}, {}, file);
    } catch (error) {
      assert.instance(error, ConfigError);
    }
  });
  fc.assert(property, { seed: 5, numRuns: 1_000 });
});

test.run();
