/** Reference numbers that lie beside the repository, as rows of a table; a loud word where they do not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, '../../../shared/vectors');

export type Row = Readonly<Record<string, string>>;

/** Rows of a file of comma-separated values by column name; or null, after saying what is not tested. */
export function referenceRows(file: string): Row[] | null {
  const path = join(DIRECTORY, file);
  if (!existsSync(path)) {
    process.stdout.write(`\nSKIPPED: reference numbers are absent: ${path}\n`);
    return null;
  }
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
  });
}
