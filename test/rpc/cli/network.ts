/** Processes of a network on loopback, for tests: what they say, links that can be cut, when they reach a block. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Notice } from '../../../rpc/subscriptions/channel.ts';
import { TidepoolClient } from '../../../rpc/client/client.ts';

const CLI = join(import.meta.dirname, '../../../rpc/cli/tidepool.mjs');
type Line = Readonly<{ msg?: string } & Record<string, unknown>>;
const running = new Set<ChildProcess>();

/** A command in a process of its own. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly lines: Line[] = [];
  readonly #waiting: ((line: Line) => void)[] = [];
  output = '';

  constructor(...flags: string[]) {
    this.child = spawn(process.execPath, [CLI, ...flags], { cwd: tmpdir() });
    running.add(this.child);
    const hear = (text: string): void => {
      this.output += `${text}\n`;
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as Line;
      this.lines.push(line);
      for (const listener of this.#waiting) listener(line);
    };
    for (const stream of [this.child.stdout!, this.child.stderr!]) createInterface({ input: stream }).on('line', hear);
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    void this.ended.then(() => running.delete(this.child));
  }

  /** The first line with this message. @throws where the process ends before */
  says(message: RegExp): Promise<Line> {
    const isIt = ({ msg }: Line): boolean => msg !== undefined && message.test(msg);
    const found = this.lines.find(isIt);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      this.#waiting.push((line) => isIt(line) && resolve(line));
      void this.ended.then((code) => reject(new Error(`ended with ${code} before it said ${String(message)}: ${this.output}`)));
    });
  }

  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Where a node answers, by what it says. */
export const urlOf = async (node: Running): Promise<string> => String((await node.says(/^JSON-RPC answers$/))['url']);
export const peersOf = async (node: Running): Promise<string> => ((await node.says(/^peers answer$/))['peers'] as string[]).join(',');

/** Resolves once the node has the block of this height. */
export async function reaches(url: string, height: number): Promise<void> {
  const client = await TidepoolClient.connect(url.replace('http', 'ws'));
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = ({ kind, data }: Notice): void => {
        const { soft, height: sealed } = data as { soft?: { height: number }; height?: number };
        if ((kind === 'snapshot' ? soft!.height : (sealed ?? 0)) >= height) resolve();
      };
      client.subscribe('heads', { snapshot: true }, listen).catch(reject);
    });
  } finally {
    await client.close();
  }
}

export async function ask<T>(url: string, method: string, params: unknown = {}): Promise<T> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const { result, error } = (await response.json()) as { result?: T; error?: unknown };
  if (result === undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return result;
}

/** A way to a port that can be cut. */
export class Link {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(to: number) {
    this.#server = createServer((near) => {
      if (this.#isCut) return void near.destroy();
      const far = connect(to, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
  }

  static async to(port: number): Promise<Link> {
    const link = new Link(port);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
