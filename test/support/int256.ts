/**
 * Loads modules of `state/` with every result of an arithmetic operator on big integers checked to
 * fit a signed 256-bit integer: what never leaves it in TypeScript never wraps in Solidity.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SyntaxKind, type Node, type SourceFile } from 'typescript/unstable/ast';
import {
  isBinaryExpression,
  isLiteralTypeNode,
  isPostfixUnaryExpression,
  isPrefixUnaryExpression,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

const ROOT = join(import.meta.dirname, '../..');
const ARITHMETIC: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.PlusToken,
  SyntaxKind.MinusToken,
  SyntaxKind.AsteriskToken,
  SyntaxKind.AsteriskAsteriskToken,
  SyntaxKind.SlashToken,
  SyntaxKind.PercentToken,
  SyntaxKind.LessThanLessThanToken,
  SyntaxKind.GreaterThanGreaterThanToken,
  SyntaxKind.PlusEqualsToken,
  SyntaxKind.MinusEqualsToken,
  SyntaxKind.AsteriskEqualsToken,
  SyntaxKind.AsteriskAsteriskEqualsToken,
  SyntaxKind.SlashEqualsToken,
  SyntaxKind.PercentEqualsToken,
  SyntaxKind.LessThanLessThanEqualsToken,
  SyntaxKind.GreaterThanGreaterThanEqualsToken,
]);
const MIN = -(1n << 255n);
const MAX = (1n << 255n) - 1n;

/** The largest and smallest result of a checked operator so far. */
export const seen = { largest: 0n, smallest: 0n };

/** What a checked module wraps its operators in. Results that are not big integers pass. */
export function int256<T>(result: T): T {
  if (typeof result !== 'bigint') return result;
  if (result < MIN || result > MAX) throw new RangeError(`leaves int256: ${result}`);
  if (result > seen.largest) seen.largest = result;
  if (result < seen.smallest) seen.smallest = result;
  return result;
}

/** `++` yields what no call can be put around: only numbers may count with it. */
export function count(operand: unknown): void {
  if (typeof operand === 'bigint') throw new Error('a big integer is counted, not added to');
}

/** The exports of the modules at `paths` (from the root of the project), checked through and through. */
export async function loadChecked(...paths: readonly string[]): Promise<Record<string, any>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'int256-')));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const copies = closureOf(paths).map((path) => copyTo(folder, path));
    rewrite(copies);
    const modules = await Promise.all(paths.map((path) => import(pathToFileURL(join(folder, path)).href)));
    return Object.assign({}, ...modules) as Record<string, any>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `paths` and every module that they need when they run. */
function closureOf(paths: readonly string[]): string[] {
  const found = new Set<string>(paths);
  for (const path of found) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const [, target] of text.matchAll(/^(?:import|export) (?!type)[^;]*?from '(\.[^']+)'/gm)) {
      found.add(relative(ROOT, join(ROOT, path, '..', target!)));
    }
  }
  return [...found];
}

function copyTo(folder: string, path: string): string {
  const copy = join(folder, path);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, readFileSync(join(ROOT, path)));
  return copy;
}

function rewrite(files: readonly string[]): void {
  const api = new API({ cwd: ROOT });
  try {
    const snapshot = api.updateSnapshot({ openFiles: [...files] });
    for (const file of files) {
      const source = snapshot.getDefaultProjectForFile(file)?.program.getSourceFile(file);
      if (source === undefined) throw new Error(`${file} was not parsed`);
      writeFileSync(file, checkedText(source));
    }
  } finally {
    api.close();
  }
}

function checkedText(source: SourceFile): string {
  const insertions: { at: number; text: string }[] = [];
  const visit = (node: Node): void => {
    const opening = openingOf(node, source);
    if (opening !== undefined) {
      insertions.push({ at: node.getStart(source), text: opening }, { at: node.end, text: ')' });
    }
    node.forEachChild(visit);
  };
  visit(source);
  // A stable sort: where expressions start together the outer one opens first.
  insertions.sort((a, b) => a.at - b.at);
  let text = `import { int256, count } from '${import.meta.url}';\n`;
  let from = 0;
  for (const { at, text: inserted } of insertions) {
    text += source.text.slice(from, at) + inserted;
    from = at;
  }
  return text + source.text.slice(from);
}

/** What is written before a checked expression; a parenthesis follows it. */
function openingOf(node: Node, source: SourceFile): string | undefined {
  if (isBinaryExpression(node)) return ARITHMETIC.has(node.operatorToken.kind) ? 'int256(' : undefined;
  if (isPostfixUnaryExpression(node)) return `(count(${node.operand.getText(source)}), `;
  if (!isPrefixUnaryExpression(node) || isLiteralTypeNode(node.parent)) return undefined;
  if (node.operator === SyntaxKind.MinusToken) return 'int256(';
  const isStep = node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken;
  return isStep ? `(count(${node.operand.getText(source)}), ` : undefined;
}
