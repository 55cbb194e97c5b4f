/** What the methods need of a node. A running node satisfies it; so does any smaller composition. */
import type { L1Binding, Network } from '../../genesis/genesis.ts';
import type { Executor } from '../../node/chain/executor.ts';
import type { Clock } from '../../node/ports/clock.ts';
import type { Equivocation } from '../../node/follower/equivocations.ts';
import type { AccountScreen } from '../../node/liquidation/screen.ts';
import type { Doubt, Meter } from '../../node/ports/operation.ts';
import type { History } from '../../node/sequencer/history.ts';
import type { OrderBookView } from '../../node/sequencer/orderBookView.ts';
import type { BlockListener, Sequencer } from '../../node/sequencer/sequencer.ts';
import type { Store } from '../../node/store/store.ts';
import type { Address, Digest } from '../../state/units.ts';

/** A point of the chain: its last block, and how many transactions that makes. */
export type Head = Readonly<{ height: number; sequence: number }>;
export type Heads = Readonly<{ soft: Head; posted: Head; safe: Head; final: Head }>;

export type Deployment = Readonly<{
  vault: Address;
  inbox: Address;
  rollup: Address;
  fraudProof: Address;
  governance: Address;
  /** L1 tokens by asset id. */
  tokens: readonly Address[];
}>;

/** What the Vault contract wants to see before it pays. */
export type WithdrawalProof = Readonly<{
  batch: number;
  value: `0x${string}`;
  proof: `0x${string}`;
  root: Digest;
  final: boolean;
}>;

/** A batch as it was posted. */
export type BatchFacts = Readonly<{
  index: number;
  hash: Digest;
  parentHash: Digest;
  preRoot: Digest;
  postRoot: Digest;
  firstHeight: number;
  lastHeight: number;
  transactions: number;
  payloadHash: Digest;
  payloadBytes: number;
  safety: 'posted' | 'safe' | 'final';
  l1Transaction: Digest | null;
}>;

/** Where signed actions take effect. */
export type Intake = Pick<
  Sequencer,
  'arrivals' | 'signerOf' | 'prepareOrder' | 'dropPrepared' | 'placePrepared' | 'cancelOrder' | 'cancelAll' | 'submitAction'
>;

/** The way to where signed actions take effect. */
export interface Forwarder {
  /** What the sequencer answers. @throws RpcError: the one it answers with, or why there is no answer */
  forward(method: string, params: unknown): Promise<unknown>;
}

export interface NodeView {
  readonly network: Network;
  readonly binding: L1Binding;
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly store: Store;
  readonly executor: Executor;
  readonly desk: OrderBookView;
  readonly history: History;
  /** Which accounts may be in danger. Made when first asked for: it reads every account once. */
  screen(): AccountScreen;
  /** Who signs blocks and receipts. */
  readonly sequencerAddress: Address;
  readonly domainSeparator: Digest;
  /** Hears of every sealed block once it is durable. */
  onBlock(listener: BlockListener): void;
  /** Of the sequencer alone. */
  readonly intake?: Intake;
  /** Of a node that follows; without it, it takes no actions. */
  readonly forwarder?: Forwarder;
  readonly heads: Heads;
  /** Absent where no L1 is linked. Throws or gives undefined while no batch covers the index. */
  readonly proofs?: {
    withdrawal(index: number): Promise<WithdrawalProof | undefined>;
  };
  readonly batches?: {
    get(index: number): Promise<BatchFacts | undefined>;
  };
  /** Heights of which the sequencer was seen to sign two blocks. */
  readonly equivocations?: () => readonly Equivocation[];
  /** Reasons not to be ready that only this kind of node has; those of any chain are added. */
  readonly doubts?: () => readonly Doubt[];
  /** Figures that only this kind of node has; those of any chain are added. */
  readonly meters?: readonly Meter[];
}
