/** How a file of the repository is run in a process of its own. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** Where `test/emit.ts` writes the repository as JavaScript. */
export const EMITTED = join(ROOT, 'dist/emitted');
/** Who loads TypeScript that he has just written needs the loader for it. */
const WRITES_TYPESCRIPT = /\bloadChecked\b/;

/** Arguments of `node` that run `file`: as it was emitted where this process is run so, else with the loader. */
export function programOf(file: string, isEmitted = process.argv[1]!.endsWith('.js')): string[] {
  if (!isEmitted || WRITES_TYPESCRIPT.test(readFileSync(file, 'utf8'))) return ['--import', 'tsx', file];
  return ['--enable-source-maps', join(EMITTED, relative(ROOT, file).replace(/\.ts$/, '.js'))];
}
