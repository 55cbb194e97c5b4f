/** Nodes that go, come back, lose their thread or their key. */
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PeersError } from '../../../node/peers/peers.ts';
import { SIGNER, blockAt, closeAll, meet, openNode, sourceOf, type TestNode } from './rig.ts';

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
const listenedAt = ({ address }: TestNode): string => address.replace(/\/p2p\/.*$/, '');

let node: TestNode;
let other: TestNode;

lifecycle('a node is the same after a restart, its peers find it again, and its key is its own', async () => {
  const head = { height: 41, hash: blockAt(41).hash };
  node = await openNode({ source: sourceOf([], { head: () => head }) });
  other = await openNode({ bootstrap: [node.address] });
  await meet(node, other);
  await other.known.until(([peer]) => peer?.head?.height === 41);
  assert.equal(other.peers.heads(), [{ peer: node.peers.id, head }]);
  assert.is(statSync(join(node.directory, 'peer.key')).mode & 0o777, 0o600);

  await node.close();
  await other.known.until((facts) => facts.length === 0);
  assert.equal(other.peers.heads(), []);
  assert.is((await failure(other.peers.blocks(1, 1)))[0], 'NO_PEERS');

  const again = await openNode({ directory: node.directory, listen: [listenedAt(node)] });
  assert.equal([again.peers.id, again.address], [node.peers.id, node.address]);
  await meet(again, other);
  again.peers.publish(blockAt(1));
  await other.blocks.until((blocks) => blocks.length === 1);
  node = again;
});

lifecycle('a key that is none, and an address that is taken, are refused with what to do', async () => {
  assert.is((await failure(openNode({ listen: [listenedAt(node)] })))[0], 'LISTEN_FAILED');
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-peers-'));
  writeFileSync(join(directory, 'peer.key'), Uint8Array.of(1, 2, 3));
  const [code, message] = await failure(openNode({ directory }));
  assert.is(code, 'IDENTITY_DAMAGED');
  assert.match(message, /peer\.key is not a key .*restore or remove it/);
});

/** The thread of a node, learned from what is said to it. */
function threadOf({ peers }: TestNode): Worker {
  const { postMessage } = Worker.prototype;
  let thread: Worker | null = null;
  Worker.prototype.postMessage = function (this: Worker, ...said: Parameters<Worker['postMessage']>) {
    thread = this;
    return postMessage.apply(this, said);
  } as Worker['postMessage'];
  peers.setSigners([SIGNER]);
  Worker.prototype.postMessage = postMessage;
  return thread!;
}

lifecycle('a thread that dies is started again where its peers look for it; one that dies twice stays down', async () => {
  const gone = other.known.until((facts) => facts.length === 0);
  const asked = failure(node.peers.chunk(`0x${'00'.repeat(32)}`, 1));
  void threadOf(node).terminate();
  assert.is((await asked)[0], 'STOPPED');
  await gone;
  await meet(node, other);
  assert.is(node.peers.addresses[0], node.address);
  node.peers.publish(blockAt(2));
  await other.blocks.until((blocks) => blocks.length === 2);

  const down = other.known.until((facts) => facts.length === 0);
  const askedAgain = failure(node.peers.chunk(`0x${'00'.repeat(32)}`, 1));
  void threadOf(node).terminate();
  assert.is((await askedAgain)[0], 'STOPPED');
  await down;
  assert.equal(node.troubles, ['the thread of the peers: it ended twice; this node has no peers']);
  assert.is((await failure(node.peers.manifests()))[0], 'STOPPED');
});

lifecycle.run();
