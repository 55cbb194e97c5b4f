/** What an operator asks of a node by HTTP: whether it lives, whether it is ready and why not, and its figures. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { Distribution, type Doubt, type Meter } from '../../../node/ports/operation.ts';
import { Operation } from '../../../rpc/operation/operation.ts';
import { healthDefinition, infoDefinition, timeDefinition } from '../../../rpc/schema/system.ts';
import { poolDefinition } from '../../../rpc/schema/pool.ts';
import { serve } from '../../../rpc/server/nodeServer.ts';
import { person } from '../../support/world.ts';
import { orderOf, price, serveNode } from '../methods/support.ts';
import { ask, metricsOf, parseExposition, readiness, valueOf } from './exposition.ts';

const test = suite('operation');
const JSON_HEADERS = { 'content-type': 'application/json' };
const silent = { warn: () => undefined, error: () => undefined };

test('a node is not ready while there is a reason, and says each by its code', async () => {
  const clock = new VirtualClock(Date.now());
  const own: Doubt[] = [];
  const served = await serveNode({ clock, doubts: () => own });
  const { port, http } = served;
  assert.equal(await readiness(port), { status: 200, body: { ready: true }, codes: [] });

  own.push({ code: 'SYNCING', detail: '12 blocks behind' });
  assert.equal((await readiness(port)).body, { ready: false, reasons: own });
  own.length = 0;
  await clock.advance(61_000);
  assert.equal((await readiness(port)).body, {
    ready: false,
    reasons: [{ code: 'NO_BLOCK', detail: 'no block for 61 seconds' }],
  });
  await clock.advance(60_000);
  const both = await readiness(port);
  assert.is(both.status, 503);
  assert.equal(both.codes, ['NO_FRESH_PRICE', 'NO_BLOCK']);
  const health = await http.call(healthDefinition, {});
  const { reasons } = both.body as { reasons: Doubt[] };
  assert.equal(health.problems, reasons.map(({ detail }) => detail));
  assert.is(health.ok, false);
  assert.is((await ask(port, '/healthz')).text, (await ask(port, '/readyz')).text);
  assert.is((await ask(port, '/livez')).status, 200);
  const doubtful = await metricsOf(port);
  assert.is(valueOf(doubtful, 'tidepool_ready'), 0);
  assert.is(valueOf(doubtful, 'tidepool_doubt{code="NO_BLOCK"}'), 1);

  price(served.node);
  assert.is((await readiness(port)).status, 200);
  assert.is(valueOf(await metricsOf(port), 'tidepool_ready'), 1);
  await served.close();
});

test('figures are those that JSON-RPC gives', async () => {
  const clock = new VirtualClock(Date.now());
  const { port, http, node, close } = await serveNode({ clock });
  await clock.advance(7_000);
  const [info, time, health, pool] = await Promise.all([
    http.call(infoDefinition, {}),
    http.call(timeDefinition, {}),
    http.call(healthDefinition, {}),
    http.call(poolDefinition, {}),
  ]);
  const families = await metricsOf(port);
  const value = (series: string): number | undefined => valueOf(families, series);
  assert.is(value(`tidepool_build_info{version="${info.version}",network="${info.network}",role="sequencer"}`), 1);
  assert.is(value('tidepool_head_height{safety="soft"}'), time.at.height);
  assert.is(value('tidepool_head_height{safety="final"}'), 0);
  assert.is(value('tidepool_head_age_seconds{safety="soft"}'), time.seconds - time.at.time);
  assert.is(value('tidepool_head_age_seconds{safety="posted"}'), undefined);
  assert.is(value('tidepool_chain_time_lag_seconds'), health.blockAgeSeconds);
  assert.is(value('tidepool_blocks_not_posted'), health.blocksNotPosted);
  assert.is(value('tidepool_transactions_total'), time.at.seq);
  assert.is(value('tidepool_insurance_fund_usd'), Number(pool.insurance));
  assert.is(value('tidepool_deficit_usd'), Number(pool.deficit));
  assert.is(value('tidepool_auctions_running'), 0);
  for (const { underlying, ageSeconds } of health.prices) {
    assert.is(value(`tidepool_oracle_age_seconds{underlying="${underlying}"}`), ageSeconds ?? undefined);
  }
  assert.is(value('tidepool_block_seal_seconds_count'), node.executor.sealSeconds.count);
  assert.is(value('tidepool_store_write_seconds_count'), node.store.writeSeconds.count);
  assert.ok(node.executor.sealSeconds.count > 0 && node.store.writeSeconds.count > 0);
  assert.ok(value('nodejs_eventloop_lag_p99_seconds')! > 0);
  assert.is(families.get('nodejs_heap_size_used_bytes')?.type, 'gauge');
  assert.is(families.get('tidepool_transactions_total')?.type, 'counter');
  await close();
});

test('the age of a head that was posted is that of its block', async () => {
  const clock = new VirtualClock(Date.now());
  const heads = { soft: { height: 9, sequence: 9 }, posted: { height: 1, sequence: 1 }, safe: { height: 0, sequence: 0 } };
  const served = await serveNode({ clock, heads: { ...heads, final: heads.safe } });
  await clock.advance(3_000);
  const value = valueOf(await metricsOf(served.port), 'tidepool_head_age_seconds{safety="posted"}');
  // The first block of this chain was opened ten seconds ago.
  assert.is(value, 13);
  await served.close();
});

test('calls are counted by method and code, and nobody can make labels', async () => {
  const served = await serveNode();
  const { port, http, socket } = served;
  const before = await metricsOf(port);
  for (let n = 0; n < 3; n++) await http.call(timeDefinition, {});
  const who = person('alice');
  const refused = await socket.submit(orderOf(who, 'buy', '0.1', '4000'), who.key).then(
    () => false,
    () => true,
  );
  assert.ok(refused);
  for (let n = 0; n < 200; n++) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: `no_${n}"}\n` });
    await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: JSON_HEADERS, body });
  }
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: JSON_HEADERS, body: 'nonsense' });
  const after = await metricsOf(port);
  const grown = (series: string): number => (valueOf(after, series) ?? 0) - (valueOf(before, series) ?? 0);
  assert.is(grown('tidepool_rpc_requests_total{method="system_time",code="0"}'), 3);
  assert.is(grown('tidepool_rpc_request_seconds_count{method="system_time"}'), 3);
  assert.is(grown('tidepool_rpc_requests_total{method="none",code="-32601"}'), 200);
  assert.is(grown('tidepool_rpc_requests_total{method="none",code="-32700"}'), 1);
  const submits = [...after.get('tidepool_rpc_requests_total')!.samples].filter(([series]) => series.includes('"tx_submit"'));
  assert.is(submits.length, 1);
  assert.not.match(submits[0]![0], /code="0"/);
  assert.is(grown('tidepool_rpc_request_seconds_count{method="tx_submit"}'), 1);
  for (const series of after.get('tidepool_rpc_request_seconds')!.samples.keys()) assert.not.match(series, /none|no_/);
  await served.close();
});

test('connections and subscriptions are counted while they last', async () => {
  const { port, socket, close } = await serveNode();
  const figures = async (): Promise<(number | undefined)[]> => {
    const families = await metricsOf(port);
    return [valueOf(families, 'tidepool_websocket_connections'), valueOf(families, 'tidepool_subscriptions')];
  };
  assert.equal(await figures(), [1, 0]);
  const leave = await socket.subscribe('trades', { market: 'ETH-PERP' }, () => undefined);
  assert.equal(await figures(), [1, 1]);
  await leave();
  assert.equal(await figures(), [1, 0]);
  await close();
});

test('two nodes of one process know nothing of each other', async () => {
  const [one, two] = [await serveNode(), await serveNode()];
  const before = valueOf(await metricsOf(two.port), 'tidepool_rpc_requests_total{method="system_time",code="0"}');
  await one.http.call(timeDefinition, {});
  const [first, second] = [await metricsOf(one.port), await metricsOf(two.port)];
  assert.is(valueOf(first, 'tidepool_rpc_requests_total{method="system_time",code="0"}'), 1);
  assert.is(valueOf(second, 'tidepool_rpc_requests_total{method="system_time",code="0"}'), before);
  await one.close();
  assert.is((await readiness(two.port)).status, 200);
  await two.close();
});

test('a node adds its own figures; one that can not be read takes no other with it', async () => {
  const waits = new Distribution([1, 2]);
  for (const value of [0.5, 1, 1.5, 7]) waits.observe(value);
  const meters: Meter[] = [
    { name: 'tidepool_peers', help: 'Peers by way.', type: 'gauge', read: () => [[{ way: 'in "quotes"\\' }, 2], [{ way: 'out' }, 3]] },
    { name: 'tidepool_broken', help: 'Never there.', type: 'gauge', read: () => { throw new Error('no'); } },
    { name: 'tidepool_gossip_seconds', help: 'Waits.', type: 'histogram', read: () => [[{ topic: 'blocks' }, waits]] },
  ];
  const served = await serveNode({ meters });
  const families = await metricsOf(served.port);
  assert.equal([...families.get('tidepool_peers')!.samples], [
    ['tidepool_peers{way="in \\"quotes\\"\\\\"}', 2],
    ['tidepool_peers{way="out"}', 3],
  ]);
  assert.is(families.get('tidepool_broken')!.samples.size, 0);
  assert.equal([...families.get('tidepool_gossip_seconds')!.samples], [
    ['tidepool_gossip_seconds_bucket{topic="blocks",le="1"}', 2],
    ['tidepool_gossip_seconds_bucket{topic="blocks",le="2"}', 3],
    ['tidepool_gossip_seconds_bucket{topic="blocks",le="+Inf"}', 4],
    ['tidepool_gossip_seconds_sum{topic="blocks"}', 10],
    ['tidepool_gossip_seconds_count{topic="blocks"}', 4],
  ]);
  await served.close();
});

test('a port of its own is there before the node, and outlives its door', async () => {
  const served = await serveNode();
  const operation = new Operation({ role: 'follower', logger: silent });
  const own = await operation.listen({ host: '127.0.0.1', port: 0 });
  assert.equal((await readiness(own.port)).codes, ['STARTING']);
  operation.starting('derived from L1 to block 7');
  assert.match((await ask(own.port, '/readyz')).text, 'derived from L1 to block 7');
  assert.is(valueOf(await metricsOf(own.port), 'tidepool_build_info{version="0.1.0",network="",role="follower"}'), 1);
  const door = await serve(served.node, { host: '127.0.0.1', port: 0, operation });
  for (const port of [own.port, door.port]) assert.is((await readiness(port)).status, 200);
  assert.is(valueOf(await metricsOf(own.port), 'tidepool_build_info{version="0.1.0",network="devnet",role="follower"}'), 1);
  operation.stops();
  assert.equal((await readiness(door.port)).codes, ['STOPPING']);
  await door.close();
  assert.equal((await readiness(own.port)).codes, ['STOPPING']);
  await own.close();
  await served.close();
});

test('paths are exact, for GET and HEAD alone; figures are not for strangers', async () => {
  const served = await serveNode();
  const operation = new Operation({ role: 'sequencer', logger: silent });
  const own = await operation.listen({ host: '127.0.0.1', port: 0 });
  const { port } = served;
  for (const path of ['/livez', '/readyz', '/healthz', '/metrics']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      for (const to of [port, own.port]) {
        const { status, headers } = await ask(to, path, method);
        assert.equal([status, headers.allow], [405, 'GET, HEAD'], `${method} ${path}`);
      }
    }
    const head = await ask(port, path, 'HEAD');
    assert.equal([head.status, head.text], [200, '']);
    assert.is((await ask(port, `${path}?verbose=1`)).status, 200);
  }
  const strange = ['/livez/', '//livez', '/LIVEZ', '/%6divez', '/metrics/x', '/a/../metrics', '/constructor', '/__proto__', '/metrics%00'];
  for (const path of strange) {
    assert.is((await ask(port, path)).status, 404, path);
    assert.is((await ask(own.port, path)).status, 404, path);
  }
  for (const headers of [{ via: '1.1 proxy' }, { 'x-forwarded-for': '1.2.3.4' }, { origin: 'http://a.example' }, { host: 'a.example' }]) {
    const refused = await ask(port, '/metrics', 'GET', headers);
    assert.is(refused.status, 403);
    assert.not.match(refused.text, /tidepool_/);
    assert.is((await ask(port, '/readyz', 'GET', headers)).status, 200);
    assert.is((await ask(own.port, '/metrics', 'GET', headers)).status, 200);
  }
  assert.is((await ask(own.port, '/')).status, 404);
  await own.close();
  await served.close();
});

test('a reason that can not be found out is an answer too, and nonsense ends its connection alone', async () => {
  const served = await serveNode({
    doubts: () => {
      throw new Error('secret path /etc');
    },
  });
  const failed = await ask(served.port, '/readyz');
  assert.equal([failed.status, failed.text], [500, 'see the log\n']);
  const socket = connect(served.port, '127.0.0.1');
  socket.end('GET /metrics\r\nhost: \u0000\r\n\r\n');
  await once(socket.resume(), 'close');
  assert.is((await ask(served.port, '/livez')).status, 200);
  await served.close();
});

test('the reader of these tests takes no text that is not well-formed', () => {
  const head = '# HELP a b\n# TYPE a counter\n';
  const histogram = '# HELP a b\n# TYPE a histogram\n';
  const faults = [
    `${head}a 1`,
    'a 1\n',
    `${head}a 1\na 2\n`,
    `${head}b 1\n`,
    `${head}a{x="1} 1\n`,
    `${head}a one\n`,
    `${head}${head}`,
    `${histogram}a_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n`,
    `${histogram}a_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n`,
  ];
  for (const text of faults) assert.throws(() => parseExposition(text), undefined, text);
  assert.is(parseExposition(`${head}a{x="1\\""} 1e-7\n`).get('a')!.samples.get('a{x="1\\""}'), 1e-7);
});

test.run();
