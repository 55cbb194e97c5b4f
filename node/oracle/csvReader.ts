// Reads a file's lines, gzip or not, without holding it in memory, and says what is wrong where.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** What is wrong with a file, at which line and column, and what would have been right. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly file: string;
  /** From 1, the header included; 0 when the fault is not in a line. */
  readonly line: number;
  readonly column: string | null;
  readonly expected: string;

  constructor(
    file: string,
    line: number,
    column: string | null,
    expected: string,
    received?: string,
  ) {
    const where = line === 0 ? file : `${file}:${line}`;
    const what = column === null ? '' : `column ${column}: `;
    const found = received === undefined ? '' : `, received ${JSON.stringify(shorten(received))}`;
    super(`${where}: ${what}expected ${expected}${found}`);
    this.file = file;
    this.line = line;
    this.column = column;
    this.expected = expected;
  }
}

const shorten = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 77)}...`);

/** Longer lines mean that the file is no CSV; the limit keeps memory bounded. */
const LINE_LENGTH_MAX = 16_384;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Each line without its end. An empty last line is no line. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const isGzip = await startsWithGzipMagic(file);
  const source = createReadStream(file, { highWaterMark: 1 << 16 });
  const bytes = isGzip ? source.pipe(createGunzip()) : source;
  if (bytes !== source) source.on('error', (error) => bytes.destroy(error));
  bytes.setEncoding('utf8');
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<string>) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() as string;
      for (const part of parts) {
        line++;
        yield part.endsWith('\r') ? part.slice(0, -1) : part;
      }
      if (rest.length > LINE_LENGTH_MAX) {
        throw new CsvError(file, line + 1, null, `a line of at most ${LINE_LENGTH_MAX} characters`);
      }
    }
  } catch (error) {
    throw asCsvError(error, file, line);
  } finally {
    source.destroy();
  }
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
}

async function startsWithGzipMagic(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const head = Buffer.alloc(2);
      await handle.read(head, 0, 2, 0);
      return head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1];
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asCsvError(error, file, 0);
  }
}

function asCsvError(error: unknown, file: string, line: number): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return error;
  if (code.startsWith('Z_')) {
    return new CsvError(file, line, null, `a whole gzip file; damaged after this line (${code})`);
  }
  return new CsvError(file, line, null, `a readable file (${code})`);
}

/** 1e-8 USD is counted exactly as a double up to here; above it, as a bigint. */
const FAST_WHOLE_MAX = 50_000_000;
/** 10^10 USD: far above any price, and its 1e-8 USD still fit 63 bits. */
const PRICE_MAX = 10n ** 18n;
const DECIMAL = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * A decimal text as whole 1e-8, exactly, the ninth decimal rounded half up; null when it is not a
 * plain decimal or too large. No float takes part, so 0.1 is 10,000,000 and nothing else.
 */
export function parsePrice(text: string): bigint | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const whole = match[1] as string;
  const fraction = match[2] ?? '';
  if (match[3] === undefined && fraction.length <= 8 && Number(whole) <= FAST_WHOLE_MAX) {
    return BigInt(Number(whole) * 1e8 + Number(fraction.padEnd(8, '0')));
  }
  // value = digits x 10^scale, in units of 1e-8.
  const scale = Number(match[3] ?? '0') - fraction.length + 8;
  if (whole.length + fraction.length > 64) return null;
  const digits = BigInt(whole + fraction);
  const divisor = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  const value = scale >= 0 ? digits * 10n ** BigInt(scale) : (digits + divisor / 2n) / divisor;
  return value <= PRICE_MAX ? value : null;
}
