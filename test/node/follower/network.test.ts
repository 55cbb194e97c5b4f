/** A sequencer and followers that meet over real peers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Devnet } from '../../../node/devnet.ts';
import { FollowerNode, type FollowerOptions } from '../../../node/follower/followerNode.ts';
import type { Join } from '../../../node/follower/join.ts';
import type { Disagreement } from '../../../node/follower/disagreement.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { fastOptions, newDirectory, startDevnet, stopDevnets } from '../devnet/world.ts';
import { freshDirectory, trading, until } from './support.ts';

const test = suite('followers and peers');
const LOOPBACK = { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], mdns: false };
const running = new Set<FollowerNode>();
test.after(async () => {
  for (const node of running) await node.close();
  await stopDevnets();
});

const fail = (error: unknown): never => {
  throw error;
};
const never = (wrong: Disagreement): never => fail(new Error(`${wrong.rule}: ${wrong.received}`));

async function follow(devnet: Devnet, join: Join, more: Partial<FollowerOptions> = {}): Promise<FollowerNode> {
  const { node, deployment, provider } = devnet;
  const follower = await FollowerNode.open({
    ...{ directory: freshDirectory(), clock: node.clock, network: node.network, deployment, provider, join },
    ...{ peers: { ...LOOPBACK, bootstrap: devnet.peers!.addresses }, snapshotSeconds: 0, confirmations: 0, pollMillis: 50 },
    ...{ recoveryWorkers: 0, sync: false, onTrouble: (what: string, error: unknown) => console.error(what, String(error)) },
    ...more,
  });
  running.add(follower);
  return follower;
}
async function stop(node: FollowerNode): Promise<void> {
  running.delete(node);
  await node.close();
}

test('followers that begin block by block, with a snapshot and from L1 end at one root', async () => {
  const devnet = await startDevnet({ ...fastOptions(newDirectory()), peers: LOOPBACK });
  const trade = await trading(devnet);
  await trade(4);
  const first = await follow(devnet, 'blocks', { snapshotSeconds: 3_600 });
  await first.start(never, fail);
  await until(first.follower, devnet.node.executor.sealedHeight);
  await devnet.flush();
  assert.ok(await first.snapshots.make());
  await devnet.flush();
  const late = await follow(devnet, 'snapshot', { peers: { ...LOOPBACK, bootstrap: first.peers!.addresses } });
  await late.start(never, fail);
  const alone = await follow(devnet, 'l1', { peers: null });
  await alone.start(never, fail);
  await trade(4);
  devnet.node.keeper.stop();
  await devnet.flush();
  const { sealedHeight, state } = devnet.node.executor;
  for (const node of [first, late, alone]) {
    await until(node.follower, sealedHeight);
    assert.is(toHex(node.follower.executor.state.root), toHex(state.root));
    assert.is(node.follower.executor.sequence, devnet.node.executor.sequence);
    await stop(node);
  }
});

test.run();
