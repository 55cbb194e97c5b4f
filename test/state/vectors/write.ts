/** Writes the vectors beside this file. The difference is the review. */
import { writeFileSync } from 'node:fs';
import { stateVectors } from './generate.ts';

for (const [transaction, vectors] of stateVectors()) {
  const path = new URL(`./${transaction}.json`, import.meta.url);
  writeFileSync(path, `${JSON.stringify(vectors, null, 1)}\n`);
}
