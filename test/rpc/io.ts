/**
 * Runs `.io` files: recorded conversations that anybody can read, and repeat against a node.
 *
 * A line starting with `//` is a comment, `>> ` a request, `<< ` the reply that must come; `<<`
 * alone means that nothing may come. In a reply `"<any>"`, `"<string>"`, `"<number>"` and `"<hex>"`
 * stand for values that differ from run to run, and the member `"<rest>"` for any further members.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

export interface Exchange {
  readonly line: number;
  readonly request: string;
  /** `undefined`: no reply. */
  readonly reply: string | undefined;
}

/** Sends one request and gives the reply, `undefined` when there is none. */
export type Converse = (request: string) => Promise<string | undefined> | string | undefined;

export function parseIo(text: string, name = 'io'): Exchange[] {
  const exchanges: Exchange[] = [];
  let request: { line: number; text: string } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${name}:${index + 1}`;
    if (line.trim() === '' || line.startsWith('//')) continue;
    if (line.startsWith('>>')) {
      if (request !== undefined) throw new Error(`${where}: the request before has no reply`);
      request = { line: index + 1, text: line.slice(2).trim() };
    } else if (line.startsWith('<<')) {
      if (request === undefined) throw new Error(`${where}: a reply without a request`);
      const reply = line.slice(2).trim();
      exchanges.push({
        line: request.line,
        request: request.text,
        reply: reply === '' ? undefined : reply,
      });
      request = undefined;
    } else {
      throw new Error(`${where}: neither //, >> nor <<`);
    }
  }
  if (request !== undefined) throw new Error(`${name}:${request.line}: no reply`);
  return exchanges;
}

const PLACEHOLDERS: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map([
  ['<any>', () => true],
  ['<string>', (value: unknown) => typeof value === 'string'],
  ['<number>', (value: unknown) => typeof value === 'number'],
  ['<hex>', (value: unknown) => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value)],
]);
const REST = '<rest>';

/** Where `actual` differs from `expected`, as a path and both values; `undefined` when nowhere. */
export function difference(expected: unknown, actual: unknown, path = '$'): string | undefined {
  if (PLACEHOLDERS.get(expected)?.(actual) === true) return undefined;
  const bothObjects =
    typeof expected === 'object' && typeof actual === 'object' && expected && actual;
  if (!bothObjects || Array.isArray(expected) !== Array.isArray(actual)) {
    const same = Object.is(expected, actual);
    return same ? undefined : `${path}: ${JSON.stringify(expected)} != ${JSON.stringify(actual)}`;
  }
  const wanted = expected as Record<string, unknown>;
  const got = actual as Record<string, unknown>;
  for (const key of Object.keys(wanted)) {
    if (key === REST) continue;
    if (!Object.hasOwn(got, key)) return `${path}.${key}: missing`;
    const found = difference(wanted[key], got[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  if (Object.hasOwn(wanted, REST)) return undefined;
  const surplus = Object.keys(got).find((key) => !Object.hasOwn(wanted, key));
  return surplus === undefined
    ? undefined
    : `${path}.${surplus}: unexpected ${JSON.stringify(got[surplus])}`;
}

/** Fails on the first exchange of `file` that does not go as written; says how many went. */
export async function runIoFile(file: string, converse: Converse): Promise<number> {
  const exchanges = parseIo(readFileSync(file, 'utf8'), file);
  for (const { line, request, reply } of exchanges) {
    const actual = await converse(request);
    const where = `${file}:${line}`;
    if (reply === undefined || actual === undefined) {
      assert.is(actual, reply, `${where}: ${request}`);
      continue;
    }
    const found = difference(JSON.parse(reply), JSON.parse(actual));
    assert.is(found, undefined, `${where}: ${found}\n  reply: ${actual}`);
  }
  return exchanges.length;
}

/** Registers one test for each `.io` file of `directory`. */
export function ioTests(
  test: (name: string, run: () => Promise<void>) => unknown,
  directory: string,
  converse: Converse,
): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.io'));
  assert.ok(files.length > 0, `no .io files in ${directory}`);
  for (const name of files.sort()) {
    test(`io: ${name}`, async () => {
      const count = await runIoFile(join(directory, name), converse);
      assert.ok(count > 0, `${name} has no exchange`);
    });
  }
}
