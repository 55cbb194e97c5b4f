#!/usr/bin/env -S node --max-semi-space-size=64 --initial-old-space-size=1024
// Entry of the command line: makes JavaScript of the program where that was not done since it last changed, and loads it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = ['state', 'genesis', 'node', 'rpc'];
const CACHE = join(ROOT, 'node_modules/.cache/tidepool-program');
const ENTRY = 'rpc/cli/main.ts';
/** Older ones may still be running, and load parts of themselves when those are needed. */
const KEPT = 4;

/** Changes with every byte of the program and of what it was installed with. */
function versionOf() {
  const hash = createHash('sha256').update(process.version);
  const files = ROOMS.flatMap((room) => readdirSync(join(ROOT, room), { recursive: true }).map((file) => join(room, file)));
  for (const file of [...files.filter((name) => /\.(ts|mjs)$/.test(name)).sort(), 'package-lock.json']) {
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 32);
}

/** The program as it is now, or null where there is no place for it. */
async function program() {
  const directory = join(CACHE, versionOf());
  const file = join(directory, ENTRY.replace(/\.ts$/, '.js'));
  if (existsSync(file)) return file;
  let unfinished;
  try {
    mkdirSync(CACHE, { recursive: true });
    unfinished = mkdtempSync(join(CACHE, 'new-'));
  } catch {
    return null; // A disk that can not be written: it is loaded file by file.
  }
  const { bundle } = await import('./bundle.mjs');
  await bundle([ENTRY], unfinished, { home: directory });
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    // Another process was faster.
    if (!existsSync(file)) throw error;
  }
  const age = (name) => statSync(join(CACHE, name)).mtimeMs;
  for (const old of readdirSync(CACHE).sort((a, b) => age(b) - age(a)).slice(KEPT)) rmSync(join(CACHE, old), { recursive: true, force: true });
  return file;
}

// Traces name the sources.
process.setSourceMapsEnabled(true);
const file = await program();
if (file === null) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else await import(pathToFileURL(file).href);
