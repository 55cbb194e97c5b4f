/** Rates: each lane and scope by itself, cancels always possible, nobody disconnected. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConnectionContext } from '../../../rpc/server/context.ts';
import { resolveLimits } from '../../../rpc/server/limits.ts';
import { RateLimiter, addressGroup, type RateOptions } from '../../../rpc/server/rate.ts';
import { Client, call, createDemo, startDemo } from './fixture.ts';

const test = suite('rpc/server/rate');

const lane = (perSecond: number, burst: number) => ({ perSecond, burst });
const lanes = (read: number, action: number, cancel: number) => ({
  read: lane(read, read),
  action: lane(action, action),
  cancel: lane(cancel, cancel),
});

const pricing: NonNullable<RateOptions['pricing']> = (definition) => ({
  lane:
    definition?.name === 'demo_cancel'
      ? 'cancel'
      : definition?.kind === 'action'
        ? 'action'
        : 'read',
  cost: definition?.cost ?? 1,
});

const contextAt = (ip: string): ConnectionContext =>
  new ConnectionContext({ id: ip, ip, transport: 'websocket', admin: false });

function open(options: Partial<RateOptions> = {}) {
  const clock = { nowMs: 1_000 };
  const limiter = new RateLimiter({
    limits: { connection: lanes(10, 4, 2), ip: lanes(15, 6, 3) },
    pricing,
    nowMs: () => clock.nowMs,
    ...options,
  });
  const { registry } = createDemo();
  const charge = (context: ConnectionContext, name: string) =>
    limiter.charge(context, registry.get(name)?.definition, undefined);
  return { clock, charge };
}

test('a burst, then a wait that is long enough and no longer', () => {
  const { clock, charge } = open();
  const context = contextAt('1.1.1.1');
  for (let count = 0; count < 10; count += 1) assert.is(charge(context, 'demo_nothing'), undefined);
  const refused = charge(context, 'demo_nothing');
  assert.equal(refused?.data, {
    name: 'RATE_LIMITED',
    limit: 10,
    burst: 10,
    remaining: 0,
    retryAfterMs: 100,
    scope: 'connection',
    lane: 'read',
    retryable: true,
  });
  clock.nowMs += 99;
  assert.is(charge(context, 'demo_nothing')?.data.retryAfterMs, 1);
  clock.nowMs += 1;
  assert.is(charge(context, 'demo_nothing'), undefined);
});

test('lanes do not touch one another: orders used up, cancels and reads go on', () => {
  const { charge } = open();
  const context = contextAt('1.1.1.1');
  for (let count = 0; count < 4; count += 1) assert.is(charge(context, 'demo_act'), undefined);
  assert.is(charge(context, 'demo_act')?.data['lane'], 'action');
  assert.is(charge(context, 'demo_cancel'), undefined);
  assert.is(charge(context, 'demo_nothing'), undefined);
});

test('connections of one address share its budget; other addresses have their own', () => {
  const { charge } = open();
  const [first, second] = [contextAt('1.1.1.1'), contextAt('1.1.1.1')];
  for (let count = 0; count < 4; count += 1) assert.is(charge(first, 'demo_act'), undefined);
  for (let count = 0; count < 2; count += 1) assert.is(charge(second, 'demo_act'), undefined);
  const refused = charge(second, 'demo_act');
  assert.is(refused?.data['scope'], 'ip');
  assert.is(refused?.data['remaining'], 0);
  assert.is(charge(contextAt('2.2.2.2'), 'demo_act'), undefined);
});

test('a refused call costs nothing, and unknown methods cost a read', () => {
  const { clock, charge } = open();
  const context = contextAt('1.1.1.1');
  for (let count = 0; count < 10; count += 1) assert.is(charge(context, 'nonsense'), undefined);
  for (let count = 0; count < 1_000; count += 1) assert.ok(charge(context, 'nonsense'));
  clock.nowMs += 100;
  assert.is(charge(context, 'demo_nothing'), undefined);
});

test('a cost above the burst takes a full bucket instead of never', () => {
  const { clock, charge } = open({ pricing: () => ({ lane: 'read', cost: 1_000 }) });
  const context = contextAt('1.1.1.1');
  assert.is(charge(context, 'demo_nothing'), undefined);
  assert.is(charge(context, 'demo_nothing')?.data.retryAfterMs, 1_000);
  clock.nowMs += 1_000;
  assert.is(charge(context, 'demo_nothing'), undefined);
});

test('the exempt pay nothing', () => {
  const { charge } = open({ exempt: ({ ip }) => ip === '127.0.0.1' });
  const context = contextAt('127.0.0.1');
  for (let count = 0; count < 100; count += 1) assert.is(charge(context, 'demo_act'), undefined);
});

test('memory of addresses is bounded', () => {
  const { charge } = open({ addressesMax: 2 });
  for (let count = 0; count < 6; count += 1) charge(contextAt('1.1.1.1'), 'demo_act');
  assert.ok(charge(contextAt('1.1.1.1'), 'demo_act'));
  charge(contextAt('2.2.2.2'), 'demo_act');
  charge(contextAt('3.3.3.3'), 'demo_act');
  assert.is(charge(contextAt('1.1.1.1'), 'demo_act'), undefined, 'forgotten, and so forgiven');
});

test('an IPv6 home is one address', () => {
  assert.is(addressGroup('2001:db8:1:2:3:4:5:6'), addressGroup('2001:db8:1:2:ffff::1'));
  assert.is.not(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:3::1'));
  assert.is(addressGroup('2001:db8::1'), '2001:db8:0:0::/64');
  assert.is(addressGroup('::1'), '0:0:0:0::/64');
  assert.is(addressGroup('::ffff:10.0.0.1'), '10.0.0.1');
  assert.is(addressGroup('10.0.0.1'), '10.0.0.1');
});

test('over a socket: told when to come again, never disconnected, in batches too', async () => {
  const clock = { nowMs: 0 };
  const demo = createDemo();
  const server = await startDemo(demo, {
    rate: {
      limits: { connection: lanes(3, 2, 2), ip: lanes(100, 100, 100) },
      pricing,
      nowMs: () => clock.nowMs,
    },
  });
  const client = await Client.open(server.port);
  const entries = [1, 2, 3].map((id) => call(id, 'demo_act'));
  client.send(`[${[...entries, call(4, 'demo_cancel')]}]`);
  const replies = await client.next();
  assert.equal(
    replies.map((reply: { error?: { code: number } }) => reply.error?.code),
    [undefined, undefined, 35001, undefined],
  );
  assert.is(replies[2].error.data.nonceConsumed, false);
  client.send('{');
  client.send('1');
  client.send(call(1, 'nonsense'));
  for (const code of [-32700, -32600, -32601]) assert.is((await client.next()).error.code, code);
  client.send('{');
  assert.is((await client.next()).error.code, 35001, 'nonsense has its price');
  for (let count = 0; count < 500; count += 1) {
    assert.is((await client.call('demo_nothing')).error.code, 35001);
  }
  clock.nowMs += 1_000;
  assert.is((await client.call('demo_nothing')).result, null);
  await client.close();
  await server.close();
});

test('limits that contradict each other are refused', () => {
  assert.throws(() => resolveLimits({ inFlightMax: 0 }), /inFlightMax/);
  assert.throws(() => resolveLimits({ requestBytesMax: 1.5 }), /requestBytesMax/);
  assert.throws(() => resolveLimits({ bufferedBytesMax: 1_000 }), /bufferedBytesMax/);
  assert.is(resolveLimits({ depthMax: 5 }).depthMax, 5);
});

test.run();
