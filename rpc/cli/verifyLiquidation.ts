/** `tidepool verify-liquidation`: checks what liquidation_explain said, from its witness alone and offline. */
import { readFileSync } from 'node:fs';
import { transactionHash } from '../../node/chain/block.ts';
import { recover } from '../../node/crypto/recover.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { explainLiquidation, namesFrom } from '../methods/explainLiquidation.ts';
import { explained } from '../schema/liquidationExplain.ts';
import { CliError, EXIT } from './exit.ts';

export type VerifyFlags = Readonly<{ root?: string; rootBefore?: string }>;
type Check = Readonly<{ check: string; ok: boolean; detail: string }>;

/** Prints what matched and what did not. Returns the exit code. */
export function runVerifyLiquidation(file: string, flags: VerifyFlags): number {
  const checks = verifyLiquidation(readExplanation(file), flags);
  for (const { check, ok, detail } of checks) console.log(`${ok ? 'ok      ' : 'MISMATCH'}  ${check}: ${detail}`);
  const wrong = checks.filter(({ ok }) => !ok).length;
  const isAnchored = flags.root !== undefined || flags.rootBefore !== undefined;
  if (!isAnchored) console.log('The roots are those the file states: compare with --root, from chain_getBlock of a node you trust, or an audit.');
  console.log(wrong === 0 ? 'The explanation holds.' : `${wrong} of ${checks.length} checks failed.`);
  return wrong === 0 ? EXIT.ok : EXIT.divergence;
}

/** The result of liquidation_explain, or a whole JSON-RPC reply with it. @throws CliError */
export function readExplanation(file: string): unknown {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as { result?: unknown };
    return value.result ?? value;
  } catch (error) {
    throw new CliError(`${file}: expected the JSON that liquidation_explain printed: ${(error as Error).message}`, EXIT.usage);
  }
}

/** Every check of an explanation. @throws CliError where it has not the form of one */
export function verifyLiquidation(explanation: unknown, { root, rootBefore }: VerifyFlags): Check[] {
  const parsed = explained.safeParse(explanation);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CliError(`not an explanation: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, EXIT.usage);
  }
  const { evidence, names, facts, hash } = parsed.data;
  const bytes = fromHex(evidence.transaction as `0x${string}`);
  const checks: Check[] = [same('transaction hash', hash, transactionHash(bytes))];
  if (rootBefore !== undefined) checks.push(same('root before, as given', evidence.rootBefore, rootBefore.toLowerCase()));
  if (root !== undefined) checks.push(same('root after, as given', evidence.root, root.toLowerCase()));
  let again: ReturnType<typeof explainLiquidation>;
  try {
    const step = {
      bytes,
      rootBefore: fromHex(evidence.rootBefore as `0x${string}`),
      witness: fromHex(evidence.witness as `0x${string}`),
    };
    again = explainLiquidation(step, namesFrom(names), { recover });
  } catch (error) {
    return [...checks, { check: 'execution from the witness', ok: false, detail: (error as Error).message }];
  }
  checks.push({ check: 'execution from the witness', ok: true, detail: `accepted, from root ${evidence.rootBefore}` });
  checks.push(same('root after', evidence.root, toHex(again.root)));
  // As JSON, where what is checksummed on one side is so on the other.
  const computed = explained.shape.facts.parse(JSON.parse(JSON.stringify(again.facts)));
  for (const [section, value] of Object.entries(computed)) {
    checks.push(compare(`facts.${section}`, (facts as Record<string, unknown>)[section], value));
  }
  return checks;
}

const same = (check: string, stated: string, computed: string): Check => ({
  check,
  ok: stated === computed,
  detail: stated === computed ? stated : `stated ${stated}, computed ${computed}`,
});

/** The first values that differ, and how many were compared. */
function compare(check: string, stated: unknown, computed: unknown): Check {
  const differences: string[] = [];
  const count = walk(stated, computed, '', differences);
  const ok = differences.length === 0;
  const shown = differences.slice(0, 3).join('; ');
  return { check, ok, detail: ok ? `${count} values` : `${differences.length} of ${count} values differ: ${shown}` };
}

/** Compares leaf by leaf; both are JSON. */
function walk(stated: unknown, computed: unknown, path: string, differences: string[]): number {
  if (isTree(stated) && isTree(computed)) {
    const keys = new Set([...Object.keys(stated), ...Object.keys(computed)]);
    return [...keys].reduce((sum, key) => sum + walk(stated[key], computed[key], `${path}.${key}`, differences), 0);
  }
  if (stated !== computed) differences.push(`${path.slice(1)} stated ${JSON.stringify(stated)}, computed ${JSON.stringify(computed)}`);
  return 1;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
