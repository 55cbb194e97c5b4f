/** The one proof that is under way, written down before L1 hears of it. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../state/units.ts';
import type { Fees } from '../l1/fees.ts';
import type { Variant } from '../l1/variants.ts';
import type { StatementKind } from './statement.ts';

/** What is proved: enough to tell of it after a restart, when the batch may be gone. */
export type Case = Readonly<{
  batch: number;
  batchHash: Digest;
  statement: StatementKind | null;
  transaction: number | null;
  expected: string;
  posted: string;
}>;
export type Intent = Readonly<{
  case: Case;
  nonce: number;
  gas: bigint;
  /** Offered under this nonce for another batch: to be exceeded. */
  floor: Fees | null;
  variants: readonly Variant[];
}>;

const FILE = 'challenge.json';

/** Keeps an intent in a directory, or for as long as the process lives. */
export class IntentFile {
  readonly #path: string | null;
  #intent: Intent | null = null;

  constructor(directory: string | null) {
    if (directory !== null) mkdirSync(directory, { recursive: true });
    this.#path = directory === null ? null : join(directory, FILE);
  }

  /** @throws where the file is there and can not be read */
  read(): Intent | null {
    if (this.#path === null) return this.#intent;
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
    ) as Intent;
  }

  /** Durable when it returns. */
  write(intent: Intent): void {
    this.#intent = intent;
    if (this.#path === null) return;
    const text = JSON.stringify(intent, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    writeFileSync(`${this.#path}.new`, text, { flush: true });
    renameSync(`${this.#path}.new`, this.#path);
  }

  clear(): void {
    this.#intent = null;
    if (this.#path !== null) rmSync(this.#path, { force: true });
  }
}
