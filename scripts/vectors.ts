/** Rewrites every file of vectors under test/; the difference is the review. `npm run vectors`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const WRITERS = ['test/state/vectors/write.ts'];

for (const writer of WRITERS) {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', writer], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  console.log(`wrote the vectors of ${writer}`);
}
