// Where recorded market data lies beside the repository, and a loud word when it does not.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
export const DATA_DIRECTORY = resolve(root, '../shared/data');

/** The paths of the files; or null, after saying on standard output what is not tested for it. */
export function recorded(...files: readonly string[]): string[] | null {
  const paths = files.map((file) => join(DATA_DIRECTORY, file));
  const absent = paths.filter((path) => !existsSync(path));
  if (absent.length === 0) return paths;
  process.stdout.write(`\nSKIPPED: recorded market data is absent: ${absent.join(', ')}\n`);
  return null;
}
