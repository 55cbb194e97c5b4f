/** The rules of the house that no compiler checks: rooms, purity, names of dependencies, length. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = join(import.meta.dirname, '..');
/** Imports point to a room of the same or a lower number. */
const RANK: Readonly<Record<string, number>> = { state: 0, genesis: 1, node: 2, rpc: 3, test: 4, scripts: 4 };
const IMPURE =
  /\b(Date|Intl|async|await|Promise|process|console|fetch|setTimeout|Math\.(random|round|sqrt|exp|log|pow))\b|\d\.\d/;
/** Number division is whole only where it is floored. */
const NUMBER_DIVISION = /^(?!.*Math\.(floor|trunc)\().* \/ (\d+\b(?!n)|\d+ \*\*)/m;
/** The only files of `state/` that await: compiling a hash function, once, at import. */
const MAY_AWAIT = ['state/crypto/keccak256.ts'];
const LINES_MAX = 400;

const sources = Object.keys(RANK).flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${room}/${file}`),
);
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '');
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);

const tidy = suite('tidy');

tidy('imports point one way: rpc -> node -> genesis -> state, nothing -> test, scripts', () => {
  const faults: string[] = [];
  for (const path of sources) {
    const room = path.split('/')[0]!;
    for (const target of importsOf(textOf(path))) {
      if (!target.startsWith('.')) continue;
      const to = join(path, '..', target).split('/')[0]!;
      const allowed = RANK[to]! <= RANK[room]! && (to !== 'test' || room === 'test');
      const fromScripts = room === 'test' && to === 'scripts';
      if (!allowed && !fromScripts) faults.push(`${path} imports ${target}`);
    }
  }
  assert.equal(faults, []);
});

tidy('state/ is pure', () => {
  const faults: string[] = [];
  for (const path of sources.filter((p) => p.startsWith('state/'))) {
    const code = codeOf(textOf(path));
    const impure = IMPURE.exec(code) ?? NUMBER_DIVISION.exec(code);
    const allowed = MAY_AWAIT.includes(path) || path.endsWith('.d.ts');
    if (impure !== null && !allowed) faults.push(`${path}: ${impure[0]}`);
    for (const target of importsOf(textOf(path))) {
      const outside = !target.startsWith('.') && !path.startsWith('state/crypto/');
      if (outside) faults.push(`${path}: imports ${target}`);
    }
  }
  assert.equal(faults, []);
});

tidy('dependencies are pinned exactly', () => {
  const manifest = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;
  for (const section of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(manifest[section] ?? {})) {
      assert.match(version, /^\d+\.\d+\.\d+$/, `${section}: ${name} ${version}`);
    }
  }
});

tidy('files begin with what they promise', () => {
  const silent = sources.filter((path) => !/^(#!.*\n)?\s*\/[/*]/.test(textOf(path)));
  assert.equal(silent, []);
});

tidy('files have one reason to be opened (report of the long ones)', () => {
  const long = sources
    .map((path) => ({ path, lines: textOf(path).split('\n').length }))
    .filter(({ path, lines }) => lines > LINES_MAX && path !== 'genesis/contracts/abi.ts');
  for (const { path, lines } of long) console.log(`${lines} lines: ${path}`);
  assert.ok(long.length <= 3, `${long.length} files are longer than ${LINES_MAX} lines`);
});

tidy.run();
