// Entry of the benches: they run as the program runs, from a bundle. Under the loader for TypeScript, which names every
// function anew each time it is made, a node takes a tenth more of a core.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle, ROOT } from '../rpc/cli/bundle.mjs';

const OUT = join(ROOT, 'dist/bench');
await bundle(['scripts/bench.ts'], OUT, { threads: { './stormBidder.mjs': 'scripts/bench/stormBidder.ts' } });
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(OUT, 'scripts/bench.js')).href);
