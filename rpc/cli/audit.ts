/** `tidepool audit`: replays the chain from L1 alone and compares every root. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { audit, divergenceJson, type AuditProgress, type AuditReport } from '../../node/auditor/auditor.ts';
import { devnetOf } from '../../node/devnet.ts';
import { parseDeployment, type Deployment } from '../../node/l1/deployment.ts';
import { openL1Provider } from '../../node/l1/provider.ts';
import { SignatureRecovery } from '../../node/sequencer/recovery.ts';
import { CliError, EXIT } from './exit.ts';
import { Progress } from './progress.ts';

export type AuditFlags = Readonly<{ l1: string; deployment: string }>;

/** Returns the exit code. */
export async function runAudit({ l1, deployment: path }: AuditFlags): Promise<number> {
  const deployment = readDeployment(path);
  const provider = openL1Provider({ kind: 'rpc', url: l1 }, { chainId: deployment.chainId });
  const progress = new Progress('audit');
  const started = performance.now();
  const onProgress: AuditProgress = (done, total, transactions) => progress.update(done, total, { transactions });
  const recovery = new SignatureRecovery(availableParallelism());
  let report: AuditReport;
  try {
    report = await audit(provider, deployment, devnetOf(deployment.genesisTime), onProgress, recovery);
  } finally {
    await recovery.close();
  }
  const seconds = (performance.now() - started) / 1_000;
  const { divergence, ...facts } = report;
  console.log(JSON.stringify({ ...facts, seconds: Math.round(seconds * 100) / 100 }, null, 2));
  if (divergence === null) return EXIT.ok;
  const file = join(process.cwd(), 'divergence.json');
  writeFileSync(file, divergenceJson(divergence));
  const at = divergence.transaction === null ? 'header' : `transaction ${divergence.transaction} (${divergence.kind})`;
  console.error(`DIVERGENCE in batch ${divergence.batch}, ${at}: ${divergence.rule}`);
  console.error(`  posted   ${divergence.posted}\n  expected ${divergence.expected}\n  the state difference is in ${file}`);
  return EXIT.divergence;
}

function readDeployment(path: string): Deployment {
  try {
    return parseDeployment(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CliError(`${path}: ${(error as Error).message}`, EXIT.usage);
  }
}
