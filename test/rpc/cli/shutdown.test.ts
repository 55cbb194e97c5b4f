/** How a node ends: not ready at once, no intake, what was begun is answered, in bounds; the second signal ends it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { join } from 'node:path';
import { fromHex } from '../../../state/codec/bytes.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { TidepoolClient } from '../../../rpc/client/client.ts';
import { newDirectory } from '../../node/devnet/world.ts';
import { ask, metricsOf, readiness, valueOf } from '../operation/exposition.ts';

const test = suite('shutdown');
const CLI = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');
const children = new Set<ChildProcess>();
test.after(() => children.forEach((child) => child.kill('SIGKILL')));

type Line = Readonly<{ msg: string; level: number; name: string; url?: string; signal?: string; seconds?: number }>;
type Node = Readonly<{
  child: ChildProcess;
  door: number;
  metrics: number;
  lines: readonly Line[];
  /** The first line with this message, as soon as it is there. */
  says: (msg: string) => Promise<Line>;
  ended: Promise<number | null>;
}>;

async function start(...more: string[]): Promise<Node> {
  const flags = ['--data-dir', newDirectory(), '--port', '0', '--l1-port', '0', '--metrics-port', '0', '--maker', 'false'];
  const child = spawn(process.execPath, [CLI, 'start', ...flags, ...more]);
  children.add(child);
  const lines: Line[] = [];
  const waiting = new Map<string, (line: Line) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    waiting.get(line.msg)?.(line);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = (msg: string): Promise<Line> =>
    new Promise((resolve, reject) => {
      const known = lines.find((line) => line.msg === msg);
      if (known !== undefined) return resolve(known);
      waiting.set(msg, resolve);
      return ended.then(() => reject(new Error(`ended without saying: ${msg}`)));
    });
  const portOf = async (msg: string): Promise<number> => Number(new URL((await says(msg)).url!).port);
  const metrics = await portOf('metrics answer');
  return { child, door: await portOf('JSON-RPC answers'), metrics, lines, says, ended };
}

/** A request that the node has begun to read; the rest of it comes when the test says so. */
async function begin(port: number, body: string): Promise<{ socket: Socket; finish: () => Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  // Answers come in the order of the requests: when the first is there, the second has been begun.
  socket.write(`GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n${head}${body.slice(0, 10)}`);
  await once(socket, 'data');
  const finish = async (): Promise<string> => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed = once(socket, 'close');
    socket.write(body.slice(10));
    await closed;
    return text;
  };
  return { socket, finish };
}

test('not ready first, then no intake; what was begun is answered; then it ends well', async () => {
  const node = await start();
  const client = await TidepoolClient.connect(`http://127.0.0.1:${node.door}`);
  const { privateKey, address } = DEV_ACCOUNTS[5]!;
  const expiry = Math.floor(Date.now() / 1_000) + 600;
  const action = { type: 'cancelAll', owner: address, nonce: '1', expiry } as const;
  const params = await client.sign(action, fromHex(privateKey));
  const bodyOf = (method: string, of: object): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: of });
  const [read, write] = [await begin(node.door, bodyOf('system_time', {})), await begin(node.door, bodyOf('tx_submit', params))];
  assert.is((await readiness(node.metrics)).status, 200);

  node.child.kill('SIGTERM');
  const { signal, seconds } = await node.says('stopping');
  assert.equal([signal, seconds], ['SIGTERM', 10]);
  assert.equal((await readiness(node.metrics)).codes, ['STOPPING']);
  assert.is((await ask(node.metrics, '/livez')).status, 200);
  assert.is(valueOf(await metricsOf(node.metrics), 'tidepool_doubt{code="STOPPING"}'), 1);
  assert.match(await write.finish(), /"name":"SHUTTING_DOWN"/);
  assert.match(await read.finish(), /"result":\{"seconds"/);
  assert.is(await node.ended, 0);
  assert.is(node.lines.at(-1)!.msg, 'stopped');
  for (const { level, name } of node.lines) assert.ok(level <= 30 && name === 'tidepool');
});

test('a shutdown that takes too long ends all the same', async () => {
  const node = await start('--shutdown-seconds', '1');
  const { socket } = await begin(node.door, '{"jsonrpc":"2.0"}');
  node.child.kill('SIGINT');
  assert.is(await node.ended, 2);
  assert.match(node.lines.at(-1)!.msg, 'not stopped in time');
  socket.destroy();
});

test('told again, it ends at once', async () => {
  const node = await start('--shutdown-seconds', '600');
  const { socket } = await begin(node.door, '{"jsonrpc":"2.0"}');
  node.child.kill('SIGTERM');
  await node.says('stopping');
  node.child.kill('SIGINT');
  assert.is(await node.ended, 2);
  assert.match(node.lines.at(-1)!.msg, 'told again to stop');
  socket.destroy();
});

test.run();
