/** `tidepool audit`: replays the chain from L1 alone, compares every root, and disproves what is wrong. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Auditor, divergenceJson, plainJson, type AuditProgress, type Divergence } from '../../node/auditor/auditor.ts';
import type { Challenger, ChallengeReport } from '../../node/challenger/challenger.ts';
import { Watch } from '../../node/challenger/watch.ts';
import { devnetOf } from '../../node/devnet.ts';
import { openL1Provider } from '../../node/l1/provider.ts';
import { SystemClock } from '../../node/ports/clock.ts';
import { SignatureRecovery } from '../../node/sequencer/recovery.ts';
import { challengerOf } from './challenge.ts';
import type { Config } from './config.ts';
import { readDeployment } from './doors.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';

export type AuditFlags = Readonly<{ l1: string; deployment: string; prove: boolean; watch: boolean; account: string }>;

/** Returns the exit code. */
export async function runAudit(flags: AuditFlags, config: Config, environment: NodeJS.ProcessEnv): Promise<number> {
  const deployment = readDeployment(flags.deployment);
  const provider = openL1Provider({ kind: 'rpc', url: flags.l1 }, { chainId: deployment.chainId });
  const challenger = challengerOf(flags, config, environment, provider, deployment);
  const recovery = new SignatureRecovery(availableParallelism());
  try {
    const auditor = await Auditor.open(provider, deployment, devnetOf(deployment.genesisTime), recovery);
    return flags.watch ? await watch(auditor, challenger, config) : await once(auditor, challenger);
  } finally {
    await recovery.close();
  }
}

function progressLine(): AuditProgress {
  const progress = new Progress('audit');
  return (done, total, transactions) => progress.update(done, total, { transactions });
}

async function once(auditor: Auditor, challenger: Challenger | null): Promise<number> {
  const started = performance.now();
  const earlier = (await challenger?.settle()) ?? null;
  await auditor.advance(progressLine());
  const seconds = Math.round((performance.now() - started) / 10) / 100;
  const { divergence, ...facts } = auditor.report();
  const challenge = divergence === null ? earlier : await prove(auditor, challenger);
  console.log(plainJson({ ...facts, seconds, ...(challenger === null ? {} : { challenge }) }, 2));
  if (divergence === null) return EXIT.ok;
  tell(divergence);
  if (challenger !== null) console.error(sayChallenge(challenge));
  return EXIT.divergence;
}

type Failed = Readonly<{ outcome: 'failed'; detail: string }>;

/** A proof that can not be sent does not hide the divergence. */
async function prove(auditor: Auditor, challenger: Challenger | null): Promise<ChallengeReport | Failed | null> {
  if (challenger === null) return null;
  try {
    return await challenger.challenge(auditor.evidence!);
  } catch (error) {
    return { outcome: 'failed', detail: (error as Error).message };
  }
}

function tell(divergence: Divergence): void {
  const file = join(process.cwd(), 'divergence.json');
  writeFileSync(file, divergenceJson(divergence));
  const at = divergence.transaction === null ? 'header' : `transaction ${divergence.transaction} (${divergence.kind})`;
  console.error(`DIVERGENCE in batch ${divergence.batch}, ${at}: ${divergence.rule}`);
  console.error(`  posted   ${divergence.posted}\n  expected ${divergence.expected}\n  the state difference is in ${file}`);
}

function sayChallenge(challenge: ChallengeReport | Failed | null): string {
  if (challenge?.outcome === 'proved') return `PROVED on L1 by ${challenge.transactionHash}: the batch is gone`;
  return `NOT PROVED: ${challenge?.outcome ?? ''} ${challenge?.detail ?? ''}`;
}

/** Until a signal; a proof under way is gone on with by the next run. */
async function watch(auditor: Auditor, challenger: Challenger | null, config: Config): Promise<never> {
  const watching = new Watch({
    auditor,
    challenger,
    clock: new SystemClock(),
    pollMillis: config.watchSeconds * 1_000,
    onEvent: (event) => console.log(plainJson(event)),
    onProgress: progressLine(),
  });
  const signal = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  watching.start();
  await signal;
  watching.stop();
  // What it still waits for, if anything, is L1, which has all the time there is.
  process.exit(watching.hasDiverged ? EXIT.divergence : EXIT.ok);
}
