// TypeScript as JavaScript in few files. Loading a node file by file, with the loader for TypeScript, takes 2.6 s of a
// core; from a bundle it takes a tenth of that. Plain JavaScript: this is what loads the rest.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Threads, by the entry that loads TypeScript before them. */
const THREADS = {
  './recoveryWorker.mjs': 'node/sequencer/recoveryThread.ts',
  './peersWorker.mjs': 'node/peers/peersThread.ts',
};
/** Packages with binaries, threads or compilers of their own stay where they are. */
const EXTERNAL = ['secp256k1', 'level', 'msgpackr', '@chainsafe/*', 'hash-wasm', 'pino', 'ws', 'solc', 'esbuild', 'tsx', 'uvu'];
/** What packages of the older kind find their parts with. */
const REQUIRE = `import { createRequire as createRequire_ } from 'node:module';
globalThis.require ??= createRequire_(${JSON.stringify(pathToFileURL(join(ROOT, 'package.json')).href)});`;

/** What a file says of itself, where it is, stays what it says of its source; threads are those of the bundle. */
const fromSource = (outdir, threads) => ({
  name: 'from source',
  setup({ onLoad }) {
    const emitted = (source) => pathToFileURL(join(outdir, source.replace(/\.ts$/, '.js'))).href;
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const itself = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
      const contents = readFileSync(path, 'utf8')
        .replace(/new URL\('(\.\/\w+\.mjs)', import\.meta\.url\)/g, (whole, entry) =>
          entry in threads ? `new URL(${JSON.stringify(emitted(threads[entry]))})` : whole,
        )
        .replace(/\bimport\.meta\.(url|filename|dirname)\b/g, (_, name) => JSON.stringify(itself[name]));
      return { contents, loader: 'ts' };
    });
  },
});

/**
 * Writes `entryPoints`, relative to the repository, and the threads under `outdir`, each at its own path; they will run
 * from `home`. `threads`: those that the entry points have beside the program's, by the name of their loader.
 */
export const bundle = (entryPoints, outdir, { home = outdir, threads = {} } = {}) =>
  build({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints, ...Object.values({ ...THREADS, ...threads })],
    outbase: ROOT,
    outdir,
    bundle: true,
    splitting: true,
    external: EXTERNAL,
    banner: { js: REQUIRE },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
    plugins: [fromSource(home, { ...THREADS, ...threads })],
  });
