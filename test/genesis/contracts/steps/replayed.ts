/** Steps of a chain that was kept on disk by a market replay, as its L1 has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePayload } from '../../../../genesis/contracts/batch.ts';
import { genesisRecords } from '../../../../genesis/genesis.ts';
import { payloadsOf } from '../../../../node/auditor/batches.ts';
import { ChainView } from '../../../../node/auditor/chainView.ts';
import { recover } from '../../../../node/crypto/recover.ts';
import { devnetOf } from '../../../../node/devnet.ts';
import { bindingOf, parseDeployment } from '../../../../node/l1/deployment.ts';
import { EmbeddedL1 } from '../../../../node/l1/embedded/embeddedL1.ts';
import { openL1Provider } from '../../../../node/l1/provider.ts';
import { State } from '../../../../state/state.ts';
import { applyStateless, applyTransaction } from '../../../../state/transition.ts';
import { equalBytes } from '../../../../state/codec/bytes.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';

const context = { recover };

/**
 * Every `every`-th step, each replayed with the whole state and from its witness alone.
 * @param directory where `replay --keep` left chain and L1
 */
export async function* replayedSteps(directory: string, every: number): AsyncGenerator<LoggedStep> {
  const deployment = parseDeployment(readFileSync(join(directory, 'deployment.json'), 'utf8'));
  const { chainId } = deployment;
  const l1 = await EmbeddedL1.open({ directory: join(directory, 'l1'), chainId, mining: { kind: 'manual' } });
  try {
    const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId });
    const view = new ChainView(provider, deployment);
    await view.refresh();
    const state = State.from(genesisRecords(devnetOf(deployment.genesisTime), bindingOf(deployment)));
    let count = 0;
    for await (const [, payload] of payloadsOf(provider, view.batches, async () => undefined)) {
      for (const { body, rootAfter } of decodePayload(payload)) {
        const isTaken = count++ % every === 0;
        const before = state.root.slice();
        const { outcome, root, witness } = applyTransaction(state, body, context, { witness: isTaken });
        if (!equalBytes(root, rootAfter)) throw new Error(`step ${count} leads to another root than L1 has`);
        if (!isTaken) continue;
        const stateless = applyStateless(before, body, witness!, context);
        if (!equalBytes(stateless.root, root)) throw new Error(`step ${count} differs without the state`);
        const refusal = outcome.ok ? 0 : outcome.code;
        yield { before, bytes: body.slice(), witness: witness!, root: root.slice(), refusal };
      }
    }
  } finally {
    await l1.close();
  }
}
