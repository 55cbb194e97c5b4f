/**
 * Posts sealed blocks to L1, every one exactly once. What is to be posted is decided by what L1 has
 * (compare-and-swap on the last batch), so a crash or a re-org only ever leads to posting it again.
 */
import { pack, unpack } from 'msgpackr';
import { privateKeyToAccount } from 'viem/accounts';
import {
  batchHash,
  decodePayload,
  encodePayload,
  encodePostBatch,
  MAX_PAYLOAD_BYTES,
  payloadHash,
  payloadSize,
  type BatchHeader,
} from '../../genesis/contracts/batch.ts';
import { rollup as rollupContract } from '../../genesis/contracts/abi.ts';
import { equalBytes, fromHex, toHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import type { SealedBlock } from '../chain/block.ts';
import { readBlock } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import { batchKey } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';
import type { Deployment } from './deployment.ts';
import type { L1Provider } from './provider.ts';

export type BatcherOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  store: Store;
  clock: Clock;
  privateKey: Digest;
  /** A batch is posted when its oldest block is this old, or the payload is full. */
  batchSeconds: number;
  pollMillis: number;
  onTrouble: (what: string, error: unknown) => void;
}>;

/** Written before it is broadcast: what, under which nonce, and every signed form of it. */
export type Intent = Readonly<{
  index: number;
  hash: Digest;
  header: BatchHeader;
  nonce: number;
  sent: readonly Digest[];
  signed: readonly Digest[];
}>;
export type BatchFigures = { batches: number; bytes: number; gas: bigint; transactions: number };

/** Fee of a replacement over the one before: L1 nodes want at least 10 % more. */
const BUMP_PERCENT = 25n;
/** Polls without a receipt before the fee is raised. */
const PATIENCE_POLLS = 20;
/** Blocks read for one batch at most. */
const BLOCKS_MAX = 4_000;

type Tip = Readonly<{ count: number; hash: Digest; root: Digest; lastHeight: number }>;

export class Batcher {
  readonly #o: BatcherOptions;
  readonly #account: ReturnType<typeof privateKeyToAccount>;
  readonly figures: BatchFigures = { batches: 0, bytes: 0, gas: 0n, transactions: 0 };
  #cancel: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #sealedHeight: number;
  #oldestUnposted: number | null = null;

  constructor(options: BatcherOptions, sealedHeight: number) {
    this.#o = options;
    this.#account = privateKeyToAccount(options.privateKey);
    this.#sealedHeight = sealedHeight;
  }

  start(): void {
    this.#cancel = this.#o.clock.interval(this.#o.pollMillis, () => this.#tick());
  }
  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#running;
  }

  /** A block was sealed and is durable. */
  sealed({ header }: SealedBlock): void {
    this.#sealedHeight = header.height;
    this.#oldestUnposted ??= this.#o.clock.nowSeconds();
  }

  async #tick(): Promise<void> {
    const { clock, batchSeconds, onTrouble } = this.#o;
    if (this.#oldestUnposted === null || clock.nowSeconds() - this.#oldestUnposted < batchSeconds) return;
    try {
      await this.flush();
    } catch (error) {
      onTrouble('a batch was not posted; it is tried again', error);
    }
  }

  /** Posts everything sealed so far. @throws where L1 does not take it */
  flush(): Promise<void> {
    return (this.#running ??= this.#postAll().finally(() => {
      this.#running = null;
    }));
  }

  async #postAll(): Promise<void> {
    for (;;) {
      const tip = await this.#tip();
      if (tip.lastHeight >= this.#sealedHeight) break;
      await this.#post(tip, await this.#blocksAfter(tip.lastHeight));
    }
    this.#oldestUnposted = null;
  }

  /** The last batch on L1: what the next one must build on. */
  async #tip(): Promise<Tip> {
    const contract = { address: this.#o.deployment.rollup, abi: rollupContract.abi } as const;
    const { publicClient } = this.#o.provider;
    const [tip, count] = await Promise.all([
      publicClient.readContract({ ...contract, functionName: 'tip' }),
      publicClient.readContract({ ...contract, functionName: 'batchCount' }),
    ]);
    return { count: Number(count), hash: tip[0], root: tip[1], lastHeight: Number(tip[2]) };
  }

  /** As many whole blocks as one payload holds. */
  async #blocksAfter(height: number): Promise<SealedBlock[]> {
    const blocks: SealedBlock[] = [];
    const bodies: Uint8Array[] = [];
    for (let next = height + 1; next <= this.#sealedHeight && blocks.length < BLOCKS_MAX; next++) {
      const block = await readBlock(this.#o.store, next);
      if (block === undefined) break;
      for (const { bytes } of block.transactions) bodies.push(bytes);
      if (blocks.length > 0 && payloadSize(bodies) > MAX_PAYLOAD_BYTES) break;
      blocks.push(block);
    }
    if (blocks.length === 0) throw new Error(`block ${height + 1} is sealed but not stored`);
    return blocks;
  }

  async #post(tip: Tip, blocks: readonly SealedBlock[]): Promise<void> {
    const { payload, header } = assemble(tip, blocks);
    checkOwnPayload(payload, blocks);
    const calldata = toHex(encodePostBatch(header, payload));
    await this.#send(header, calldata);
    this.figures.batches += 1;
    this.figures.bytes += payload.length;
    this.figures.transactions += header.txCount;
  }

  /** Signs, writes the intent, broadcasts, waits; raises the fee where L1 is slow. */
  async #send(header: BatchHeader, data: Digest): Promise<void> {
    const { provider, deployment, store, clock, pollMillis } = this.#o;
    const { publicClient } = provider;
    const wallet = provider.walletClient(this.#account);
    const index = Number(header.index);
    const nonce = await this.#nonceFor(header);
    const gas = await publicClient.estimateGas({ account: this.#account.address, to: deployment.rollup, data });
    let fees = await publicClient.estimateFeesPerGas();
    let intent: Intent = { index, hash: batchHash(header), header, nonce, sent: [], signed: [] };
    for (;;) {
      const signed = await wallet.signTransaction({
        to: deployment.rollup,
        data,
        nonce,
        gas: (gas * 11n) / 10n,
        maxFeePerGas: fees.maxFeePerGas,
        maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
        type: 'eip1559',
      });
      intent = { ...intent, signed: [...intent.signed, signed] };
      store.put(batchKey(index), pack(intent));
      await store.flush();
      const hash = await publicClient.sendRawTransaction({ serializedTransaction: signed });
      intent = { ...intent, sent: [...intent.sent, hash] };
      for (let polls = 0; polls < PATIENCE_POLLS; polls++) {
        const receipt = await this.#receiptOf(intent.sent);
        if (receipt !== null) {
          if (receipt.status !== 'success') throw new Error(`batch ${index} was mined and reverted`);
          this.figures.gas += receipt.gasUsed;
          return;
        }
        await clock.sleep(pollMillis);
      }
      const raised = (fee: bigint): bigint => (fee * (100n + BUMP_PERCENT)) / 100n + 1n;
      fees = {
        maxFeePerGas: raised(fees.maxFeePerGas),
        maxPriorityFeePerGas: raised(fees.maxPriorityFeePerGas),
      };
    }
  }

  async #receiptOf(hashes: readonly Digest[]): Promise<{ status: string; gasUsed: bigint } | null> {
    for (const hash of hashes) {
      try {
        return await this.#o.provider.publicClient.getTransactionReceipt({ hash });
      } catch (error) {
        if ((error as Error).name !== 'TransactionReceiptNotFoundError') throw error;
      }
    }
    return null;
  }

  /** A batch that was announced keeps its nonce until that nonce is used: never two in flight. */
  async #nonceFor(header: BatchHeader): Promise<number> {
    const { publicClient } = this.#o.provider;
    const mined = await publicClient.getTransactionCount({ address: this.#account.address, blockTag: 'latest' });
    const stored = await this.#o.store.get(batchKey(Number(header.index)));
    if (stored === undefined) return mined;
    const { nonce, hash } = unpack(stored) as Intent;
    return hash === batchHash(header) && nonce >= mined ? nonce : mined;
  }
}

/** Header and payload of a batch of whole blocks on top of `tip`. */
export function assemble(
  tip: Tip,
  blocks: readonly SealedBlock[],
): { payload: Uint8Array; header: BatchHeader } {
  const first = blocks[0]!.header;
  const last = blocks.at(-1)!.header;
  const steps = blocks.flatMap(({ transactions }) =>
    transactions.map(({ bytes, root }) => ({ body: bytes, rootAfter: root })),
  );
  const payload = encodePayload(steps);
  const header: BatchHeader = {
    index: BigInt(tip.count),
    parentHash: tip.hash,
    preRoot: tip.root,
    postRoot: last.stateRoot,
    firstHeight: BigInt(first.height),
    lastHeight: BigInt(last.height),
    txCount: steps.length,
    firstTimestamp: BigInt(first.timestamp),
    lastTimestamp: BigInt(last.timestamp),
    anchorNumber: BigInt(last.anchorNumber),
    anchorHash: last.anchorHash,
    inboxCursor: BigInt(last.inboxCursor),
    inboxAccumulator: last.inboxAccumulator,
    parameterHash: last.parameterHash,
    payloadHash: payloadHash(payload),
    payloadBytes: payload.length,
  };
  return { payload, header };
}

/** Decodes what is about to be posted with the auditor's decoder, and compares. */
function checkOwnPayload(payload: Uint8Array, blocks: readonly SealedBlock[]): void {
  const transactions = blocks.flatMap((block) => block.transactions);
  const decoded = decodePayload(payload);
  const same =
    decoded.length === transactions.length &&
    decoded.every(({ body, rootAfter }, i) => {
      const { bytes, root } = transactions[i]!;
      return equalBytes(body, bytes) && equalBytes(rootAfter, root);
    });
  const { stateRoot } = blocks.at(-1)!.header;
  if (!same || !equalBytes(decoded.at(-1)!.rootAfter, fromHex(stateRoot))) {
    throw new Error('the batch does not decode to its own blocks; nothing was posted');
  }
}
