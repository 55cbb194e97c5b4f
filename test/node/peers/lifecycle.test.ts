import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PeersError } from '../../../node/peers/peers.ts';
import { blockAt, closeAll, meet, openNode, sourceOf } from './rig.ts';

const lifecycle = suite('life of the peers');
lifecycle.after(closeAll);

const failure = async (work: Promise<unknown>): Promise<[string, string]> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, PeersError);
  const { code, message } = error as PeersError;
  return [code, message];
};

lifecycle('a node is the same after a restart, its peers find it again, and its key is its own', async () => {
  const first = await openNode();
  const other = await openNode({ bootstrap: [first.address] });
  await meet(first, other);
  assert.is(statSync(join(first.directory, 'peer.key')).mode & 0o777, 0o600);
  await first.close();
  await other.known.until((facts) => facts.length === 0);
  assert.equal(other.peers.heads(), []);
  assert.is((await failure(other.peers.blocks(1, 1)))[0], 'NO_PEERS');
  const listen = [first.address.replace(/\/p2p\/.*$/, '')];
  const again = await openNode({ directory: first.directory, listen });
  assert.equal([again.peers.id, again.address], [first.peers.id, first.address]);
  await meet(again, other);
  again.peers.publish(blockAt(1));
  await other.blocks.until((blocks) => blocks.length === 1);
  await again.known.until(([peer]) => peer?.head === null);
});

lifecycle('heads that peers say they have are known, as what they say', async () => {
  const block = blockAt(41);
  const head = { height: 41, hash: block.hash };
  const knowing = await openNode({ source: sourceOf([], { head: () => head }) });
  const asking = await openNode({ bootstrap: [knowing.address] });
  await asking.known.until(([peer]) => peer?.head?.height === 41);
  assert.equal(asking.peers.heads(), [{ peer: knowing.peers.id, head }]);
  await Promise.all([knowing.close(), asking.close()]);
});

lifecycle('a key that is none, and an address that is taken, are refused with what to do', async () => {
  const node = await openNode();
  const path = join(node.directory, 'peer.key');
  const taken = node.address.replace(/\/p2p\/.*$/, '');
  assert.is((await failure(openNode({ listen: [taken] })))[0], 'LISTEN_FAILED');
  await node.close();
  const key = readFileSync(path);
  writeFileSync(path, key.subarray(0, 20));
  const [code, message] = await failure(openNode({ directory: node.directory }));
  assert.is(code, 'IDENTITY_DAMAGED');
  assert.match(message, /peer\.key is not a key .*restore or remove it/);
});

lifecycle('a thread that dies is started again, where its peers look for it', async () => {
  const threads: Worker[] = [];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<Worker['postMessage']>) {
    threads.push(this);
    return postMessage.apply(this, message);
  } as Worker['postMessage'];
  const node = await openNode();
  const other = await openNode({ bootstrap: [node.address] });
  await meet(node, other);
  node.peers.publish(blockAt(1));
  Worker.prototype.postMessage = postMessage;
  await other.blocks.until((blocks) => blocks.length === 1);
  const asked = failure(node.peers.chunk(`0x${'00'.repeat(32)}`, 1));
  const gone = other.known.until((facts) => facts.length === 0);
  const [thread] = threads.splice(-1);
  void thread!.terminate();
  assert.is((await asked)[0], 'STOPPED');
  await gone;
  await meet(node, other);
  assert.is(node.address, node.peers.addresses[0]);
  node.peers.publish(blockAt(2));
  await other.blocks.until((blocks) => blocks.length === 2);
});

lifecycle.run();
