/** HTTP: the transport's own faults are HTTP statuses, everything else is JSON-RPC with 200. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ListenError } from '../../../rpc/server/listen.ts';
import { isLocalProgram } from '../../../rpc/server/origin.ts';
import { ioTests, type Converse } from '../io.ts';
import { Client, call, createDemo, startDemo, type Message } from './fixture.ts';

const test = suite('rpc/server/http');

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** One request with full control of headers; fetch forbids some. */
async function ask(port: number, options: RequestOptions, body = ''): Promise<Answer> {
  const sent = httpRequest({ host: '127.0.0.1', port, agent: false, ...options });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const post = (port: number, body: string, headers: Record<string, string> = {}) =>
  ask(port, { method: 'POST', headers: { ...JSON_HEADERS, ...headers } }, body);
const json = (answer: Answer): Message => JSON.parse(answer.text) as Message;

const demo = createDemo();
const server = await startDemo(demo, { limits: { requestBytesMax: 2_000 } });
test.after(() => server.close());

const overHttp: Converse = async (text) => {
  // The conversations are those of a stranger, who comes through a proxy.
  const answer = await post(server.port, text, { via: '1.1 proxy' });
  assert.is(answer.status, answer.text === '' ? 204 : 200);
  return answer.text === '' ? undefined : answer.text;
};
ioTests(test, fileURLToPath(new URL('./io/', import.meta.url)), overHttp);

test('a call, with charset and with the other JSON type', async () => {
  const body = call(1, 'demo_echo', { market: 'A' });
  const types = ['application/json', 'Application/JSON; charset=utf-8', 'application/json-rpc'];
  for (const type of types) {
    const answer = await post(server.port, body, { 'content-type': type });
    assert.is(answer.status, 200);
    assert.is(answer.headers['content-type'], 'application/json');
    assert.is(answer.headers['content-length'], String(Buffer.byteLength(answer.text)));
    assert.equal(json(answer).result, { market: 'A' });
  }
});

test('fetch, as any web client does it', async () => {
  const body = call('ü', 'demo_echo', { market: 'Zürich' });
  const response = await fetch(server.url, { method: 'POST', headers: JSON_HEADERS, body });
  assert.equal(await response.json(), { jsonrpc: '2.0', id: 'ü', result: { market: 'Zürich' } });
});

test('notifications have no body', async () => {
  const notification = '{"jsonrpc":"2.0","method":"demo_act"}';
  for (const body of [notification, `[${notification},${notification}]`]) {
    const answer = await post(server.port, body);
    assert.is(answer.status, 204);
    assert.is(answer.text, '');
  }
});

test('nothing can be pushed over HTTP', async () => {
  const params = { channel: 'trades', market: 'A' };
  for (const method of ['subscribe', 'unsubscribe']) {
    const wanted = method === 'subscribe' ? params : { subscription: 'trades:A' };
    const { error } = json(await post(server.port, call(1, method, wanted)));
    assert.is(error.code, 36010);
    assert.equal(error.data, {
      name: 'NEEDS_WEBSOCKET',
      expected: 'websocket',
      received: 'http',
      retryable: false,
    });
  }
});

test('the faults of the transport', async () => {
  const body = call(1, 'demo_nothing');
  const status = async (options: RequestOptions, text = body) =>
    (await ask(server.port, options, text)).status;
  assert.is(await status({ method: 'POST', headers: { 'content-type': 'text/plain' } }), 415);
  assert.is(await status({ method: 'POST' }), 415);
  const gzip = { ...JSON_HEADERS, 'content-encoding': 'gzip' };
  assert.is(await status({ method: 'POST', headers: gzip }), 415);
  assert.is(await status({ method: 'POST', path: '/elsewhere', headers: JSON_HEADERS }), 404);
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const answer = await ask(server.port, { method, headers: JSON_HEADERS }, body);
    assert.is(answer.status, 405);
    assert.match(answer.headers.allow ?? '', 'POST');
  }
});

test('a body at the limit is read, one byte more is 413, with and without its length', async () => {
  const base = call(1, 'demo_echo', { market: 'A' });
  const full = base + ' '.repeat(2_000 - base.length);
  assert.equal(json(await post(server.port, full)).result, { market: 'A' });
  assert.is((await post(server.port, `${full} `)).status, 413);
  const chunked = { 'transfer-encoding': 'chunked' };
  assert.is((await post(server.port, `${full} `, chunked)).status, 413);
  assert.equal(json(await post(server.port, full, chunked)).result, { market: 'A' });
});

test('an endless body is cut off after its answer', async () => {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(
    'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n' +
      'content-length: 1000000000\r\n\r\n',
  );
  socket.write(' '.repeat(20_000));
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, 'HTTP/1.1 413');
});

test('bytes that are not UTF-8 are a parse error', async () => {
  const sent = httpRequest({ port: server.port, method: 'POST', headers: JSON_HEADERS });
  sent.end(Buffer.from([0x7b, 0xff, 0x7d]));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  assert.is((JSON.parse(text) as Message).error.code, -32700);
});

test('a client that leaves in the middle of its request harms nobody', async () => {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
      'content-length: 50\r\n\r\n{',
  );
  socket.destroy();
  assert.is((await post(server.port, call(1, 'demo_nothing'))).status, 200);
});

test('GET tells what this is', async () => {
  const answer = await ask(server.port, { method: 'GET' });
  assert.is(answer.status, 200);
  assert.match(answer.text, 'Demo 1.2.3');
  assert.is((await ask(server.port, { method: 'HEAD' })).text, '');
});

test('further paths can be added', async () => {
  const other = await startDemo(createDemo(), {
    handleOther: (request, response) => {
      if (request.url !== '/metrics') return false;
      response.end('up 1\n');
      return true;
    },
  });
  assert.is((await ask(other.port, { path: '/metrics' })).text, 'up 1\n');
  assert.match((await ask(other.port, { path: '/' })).text, 'JSON-RPC');
  await other.close();
});

test('pages of other origins need leave', async () => {
  const origin = 'https://app.example';
  const body = call(1, 'demo_nothing');
  const closed = await post(server.port, body, { origin });
  assert.is(closed.status, 403);
  assert.is(closed.headers['access-control-allow-origin'], undefined);
  const own = `http://127.0.0.1:${server.port}`;
  assert.is((await post(server.port, body, { origin: own })).status, 200, 'our own page');

  const open = await startDemo(createDemo(), { corsOrigins: [origin] });
  const preflight = await ask(open.port, { method: 'OPTIONS', headers: { origin } });
  assert.is(preflight.status, 204);
  assert.is(preflight.headers['access-control-allow-origin'], origin);
  assert.is(preflight.headers['access-control-allow-headers'], 'content-type');
  const answer = await post(open.port, body, { origin });
  assert.is(answer.status, 200);
  assert.is(answer.headers['access-control-allow-origin'], origin);
  assert.is((await post(open.port, body, { origin: 'https://evil.example' })).status, 403);
  await open.close();

  const all = await startDemo(createDemo(), { corsOrigins: '*' });
  const anyone = await post(all.port, body, { origin: 'https://evil.example' });
  assert.is(anyone.headers['access-control-allow-origin'], '*');
  await all.close();
});

test('only a program on this machine administrates', async () => {
  const body = call(1, 'admin_stop');
  const code = async (headers: Record<string, string>) =>
    json(await post(server.port, body, headers)).error?.code as number | undefined;
  assert.is(await code({}), undefined);
  assert.is(await code({ host: 'localhost:1' }), undefined);
  assert.is(await code({ host: '[::1]:1' }), undefined);
  assert.is(await code({ host: 'evil.example' }), 30003, 'a name a stranger points at us');
  assert.is(await code({ 'x-forwarded-for': '1.2.3.4' }), 30003, 'a proxy');
  const own = `127.0.0.1:${server.port}`;
  assert.is(await code({ origin: `http://${own}`, host: own }), 30003, 'a page');
  const remote = { headers: { host: '10.0.0.1' }, socket: { remoteAddress: '10.0.0.2' } };
  assert.not(isLocalProgram(remote as unknown as IncomingMessage), 'another machine');
});

test('one connection may carry the operator and others', async () => {
  const { Agent } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = call(1, 'admin_stop');
  const send = async (headers: Record<string, string>) => {
    const all = { ...JSON_HEADERS, ...headers };
    return json(await ask(server.port, { method: 'POST', headers: all, agent }, body));
  };
  assert.is((await send({})).result, 'stopped');
  assert.is((await send({ via: '1.1 proxy' })).error.code, 30003);
  assert.is((await send({})).result, 'stopped');
  agent.destroy();
});

test('a port that is taken is a typed error that says what to do', async () => {
  const { server: other, close } = await startDemo(createDemo());
  const failed = await other
    .start({ host: '127.0.0.1', port: server.port })
    .catch((error: unknown) => error);
  assert.instance(failed, ListenError);
  const { code, message, address } = failed as ListenError;
  assert.is(code, 'PORT_IN_USE');
  assert.is(address.port, server.port);
  assert.match(message, String(server.port));
  assert.match(message, 'choose another port');
  await close();
});

test('a host this machine does not have is another', async () => {
  const { server: other, close } = await startDemo(createDemo());
  const failed = await other
    .start({ host: '203.0.113.1', port: 0 })
    .catch((error: unknown) => error);
  assert.is((failed as ListenError).code, 'HOST_NOT_AVAILABLE');
  await close();
});

test('close lets a running request finish and refuses new ones', async () => {
  const closing = createDemo();
  const own = await startDemo(closing);
  const client = await Client.open(own.port);
  const answer = post(own.port, call(1, 'demo_wait'));
  client.send(call(2, 'demo_wait'));
  await closing.untilWaiting(2);
  const goodbye = client.closed();
  const done = own.close();
  closing.release();
  assert.is((await client.next()).result, 'done');
  assert.is((await goodbye).code, 1001);
  assert.is(json(await answer).result, 'done');
  await done;
  const refused = await post(own.port, call(1, 'demo_nothing')).catch((error: unknown) => error);
  assert.is((refused as NodeJS.ErrnoException).code, 'ECONNREFUSED');
});

test('close does not wait for ever', async () => {
  const stuck = createDemo();
  const own = await startDemo(stuck);
  const client = await Client.open(own.port);
  const lost = post(own.port, call(1, 'demo_wait')).catch((error: unknown) => error);
  client.send(call(2, 'demo_wait'));
  await stuck.untilWaiting(2);
  const goodbye = client.closed();
  await own.close({ timeoutMs: 50 });
  assert.is((await goodbye).code, 1006);
  assert.is(((await lost) as NodeJS.ErrnoException).code, 'ECONNRESET');
});

test.run();
