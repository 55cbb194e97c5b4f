import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blockAt, closeAll, meet, openNode, type TestNode } from './rig.ts';

const gossip = suite('gossip of blocks');
const nodes: TestNode[] = [];

gossip.before(async () => {
  // A line: each knows the one before it.
  for (let i = 0; i < 4; i++) nodes.push(await openNode({ bootstrap: i === 0 ? [] : [nodes[i - 1]!.address] }));
  for (let i = 1; i < 4; i++) await meet(nodes[i - 1]!, nodes[i]!);
});
gossip.after(closeAll);

gossip('a block reaches every node of a line', async () => {
  const block = blockAt(1);
  nodes[0]!.peers.publish(block);
  for (const node of nodes.slice(1)) {
    const [received] = await node.blocks.until((blocks) => blocks.length === 1);
    assert.is(received!.hash, block.hash);
  }
  assert.is(nodes[0]!.blocks.value.length, 0);
});

gossip.run();
