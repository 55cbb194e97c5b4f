/** `tidepool bond`: what a sequencer has at stake, made whole. */
import { formatEther } from 'viem';
import { openL1Provider } from '../../node/l1/provider.ts';
import { Seat } from '../../node/l1/seat.ts';
import type { Config } from './config.ts';
import { readDeployment, sequencerKeyOf } from './doors.ts';

export async function runBond(l1: string, path: string, config: Config, environment: NodeJS.ProcessEnv): Promise<void> {
  const deployment = readDeployment(path);
  const provider = openL1Provider({ kind: 'rpc', url: l1 }, { chainId: deployment.chainId, pollingIntervalMs: 250 });
  const seat = new Seat(provider, deployment, sequencerKeyOf(config, environment).privateKey);
  const paid = await seat.bond();
  const { bond, holder, opensAt } = await seat.facts();
  const facts = { sequencer: seat.address, paidEther: formatEther(paid), bondEther: formatEther(bond) };
  console.log(JSON.stringify({ ...facts, seat: holder, seatOpensAt: opensAt }, null, 2));
}
