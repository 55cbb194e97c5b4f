/** Followers of a devnet in this process, with stores of their own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { blockHash, signBlock, transactionsHash, type BlockHeader, type SealedBlock } from '../../../node/chain/block.ts';
import { Executor } from '../../../node/chain/executor.ts';
import type { Devnet } from '../../../node/devnet.ts';
import { FollowedChain } from '../../../node/follower/followedChain.ts';
import { Follower, type FollowerParts } from '../../../node/follower/follower.ts';
import { bindingOf } from '../../../node/l1/deployment.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { Store } from '../../../node/store/store.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { markTicks, newDirectory, Person, SEQUENCER_KEY, USD } from '../devnet/world.ts';

export type Parts = Pick<FollowerParts, 'store' | 'executor' | 'recovery' | 'directory'>;

let base: string | undefined;
let directories = 0;
/** A new directory; all of a process are in one. */
export const freshDirectory = (): string => join((base ??= newDirectory()), String(directories++));

/** A store with the genesis of the devnet, or what is in the directory of it. */
export async function emptyChain(devnet: Devnet, directory = freshDirectory()): Promise<Parts> {
  mkdirSync(directory, { recursive: true });
  const recovery = new SignatureRecovery(0);
  const store = await Store.open(`${directory}/chain`, { sync: false });
  const genesis = () => genesisRecords(devnet.node.network, bindingOf(devnet.deployment));
  const executor = await Executor.open(store, genesis, { recover: recovery.recover }, null);
  return { directory, store, executor, recovery };
}

export const chainOf = ({ executor, store, recovery }: Parts): FollowedChain => new FollowedChain(executor, store, recovery);

export function followerOf(devnet: Devnet, parts: Parts, more: Partial<FollowerParts> = {}): Promise<Follower> {
  const { node, deployment, provider } = devnet;
  return Follower.open({
    ...{ network: node.network, clock: node.clock, deployment, provider, signers: [deployment.sequencer], peers: null },
    ...{ confirmations: 0, pollMillis: 50, onTrouble: () => undefined },
    ...parts,
    ...more,
  });
}

/** Resolves once the follower has the block of this height; at once where it has. */
export const until = (follower: Follower, height: number): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (follower.executor.sealedHeight >= height) resolve();
    };
    follower.chain.onBlock(look);
    look();
  });

/** Two people who trade with each other, a block after each deal. */
export async function trading(devnet: Devnet): Promise<(deals: number) => Promise<void>> {
  const [alice, bob] = [new Person(devnet, 4), new Person(devnet, 5)];
  await alice.deposit(100_000n * USD);
  await bob.deposit(100_000n * USD);
  const { sequencer } = devnet.node;
  return async (deals) => {
    for (let i = 0; i < deals; i++) {
      const ticks = markTicks(devnet);
      const isOdd = i % 2 === 1;
      await sequencer.placeOrder(bob.order(isOdd, 5n, ticks));
      await sequencer.placeOrder(alice.order(!isOdd, 5n, ticks));
      await sequencer.seal();
      await sequencer.settled();
    }
  };
}

type Draft = { header: BlockHeader; transactions: { bytes: Uint8Array; root: Uint8Array; code: number }[] };
/** The block with other transactions or another header, signed by the sequencer all the same. */
export function forged(devnet: Devnet, block: SealedBlock, change: (parts: Draft) => Partial<BlockHeader>): SealedBlock {
  const transactions = block.transactions.map((one) => ({ ...one }));
  const changes = change({ header: block.header, transactions });
  const header: BlockHeader = {
    ...block.header,
    transactionCount: transactions.length,
    transactionsHash: transactionsHash(transactions),
    stateRoot: toHex(transactions.at(-1)!.root),
    ...changes,
  };
  const hash = blockHash(header);
  const domain = fromHex(devnet.node.sequencer.domainSeparator);
  return { header, hash, transactions, signature: signBlock(domain, header.height, hash, SEQUENCER_KEY) };
}

/** With wrong roots from transaction `at` on. */
export const withWrongRoot = (devnet: Devnet, block: SealedBlock, at: number): SealedBlock =>
  forged(devnet, block, ({ transactions }) => {
    for (const one of transactions.slice(at)) one.root = one.root.map((byte) => byte ^ 1);
    return {};
  });
