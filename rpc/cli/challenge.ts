/** Who disproves: a key, where its proof under way is kept, and what it may cost. Of `audit --prove` and `follow --prove`. */
import { join } from 'node:path';
import { parseEther, parseGwei } from 'viem';
import { Challenger } from '../../node/challenger/challenger.ts';
import type { Deployment } from '../../node/l1/deployment.ts';
import type { L1Provider } from '../../node/l1/provider.ts';
import type { Config } from './config.ts';
import { keyOf } from './doors.ts';

export type ProveFlags = Readonly<{ prove: boolean; account: string }>;

/** Null where nothing is to be proved. @throws CliError for a key that is none */
export function challengerOf(
  { prove, account }: ProveFlags,
  config: Config,
  environment: NodeJS.ProcessEnv,
  provider: L1Provider,
  deployment: Deployment,
): Challenger | null {
  if (!prove) return null;
  return new Challenger({
    provider,
    deployment,
    privateKey: keyOf(account, environment).privateKey,
    directory: join(config.dataDir, 'challenges'),
    maxFeePerGas: parseGwei(String(config.maxFeeGwei)),
    maxCost: parseEther(config.maxProofEther),
  });
}
