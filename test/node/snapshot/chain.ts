/** Chains on a real database for tests of snapshots: with a record of every kind, or with many accounts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Executor } from '../../../node/chain/executor.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { decodeManifest, type Expected, type Manifest } from '../../../node/snapshot/manifest.ts';
import { SnapshotMaker } from '../../../node/snapshot/maker.ts';
import { SnapshotError, type SnapshotFault } from '../../../node/snapshot/snapshotError.ts';
import { Store } from '../../../node/store/store.ts';
import { existing } from '../../../state/access.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { encode } from '../../../state/codec/layout.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { KINDS } from '../../../state/records/all.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import type { RawRecord } from '../../../state/state.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit, NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import type { Digest } from '../../../state/units.ts';
import * as assert from 'uvu/assert';
import { arbitraryOf } from '../../support/layouts.ts';
import { GENESIS_TIME, person, World } from '../../support/world.ts';

export const sequencer = person('sequencer');

const directories: string[] = [];
process.once('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-snapshot-'));
  directories.push(directory);
  return directory;
}

/** A world with prices, and beside it three records of every kind that has ids, of any content. */
export function recordsOfEveryKind(): RawRecord[] {
  const world = new World();
  world.tick();
  const records = [...world.state.all()];
  for (const { type, idLength, layout } of KINDS) {
    const width = Math.min(4, idLength);
    // Singletons and the small numbers of a network are there.
    if (width < 4 && records.some((record) => record.type === type)) continue;
    for (const [i, value] of fc.sample(arbitraryOf(layout), { numRuns: 3, seed: type }).entries()) {
      const id = new Uint8Array(idLength);
      id.set(sha256(Uint8Array.of(type, i)).subarray(0, width), idLength - width);
      records.push({ type, id, value: encode(layout, value) });
    }
  }
  return records;
}

/** A world and `count` accounts of 21 random bytes, some 250 KB a thousand. */
export function recordsOfAccounts(count: number): RawRecord[] {
  const records = [...new World().state.all()];
  for (let n = 0; n < count; n++) {
    const seed = sha256(new TextEncoder().encode(`account ${n}`));
    const positions = Array.from({ length: 1 + (n % 7) }, (_, i) => ({
      instrument: 100 + i,
      size: BigInt(n),
      quote: -BigInt(n) * 7n,
      fundingIndex: BigInt(i),
    }));
    const value = encode(ACCOUNT.layout, { ...NEW_ACCOUNT, cash: BigInt(n) * 1_000_003n, positions });
    records.push({ type: ACCOUNT.type, id: seed.subarray(0, ACCOUNT.idLength), value });
  }
  return records;
}

/** An executor over a store, moved by hand. */
export class Chain {
  readonly store: Store;
  readonly executor: Executor;

  private constructor(store: Store, executor: Executor) {
    this.store = store;
    this.executor = executor;
  }

  static async open(directory: string, genesis: () => readonly RawRecord[]): Promise<Chain> {
    const store = await Store.open(directory, { sync: false });
    return new Chain(store, await Executor.open(store, genesis, { recover }, sequencer.key));
  }

  /** Deposits into the open block. */
  deposit(name: string): void {
    this.executor.ensureOpen(GENESIS_TIME + 10 + this.executor.height);
    this.executor.execute(encodeTransaction(deposit, { asset: 0, account: person(name).account, amount: 10n ** 6n }), true);
  }

  /** A block of a deposit to each of `names`, durable. */
  async block(...names: readonly string[]): Promise<void> {
    for (const name of names) this.deposit(name);
    this.executor.seal();
    await this.store.flush();
  }

  get domainSeparator(): Digest {
    return existing(this.executor.state, CHAIN, 0).domainSeparator;
  }
  get root(): Digest {
    return toHex(this.executor.state.root);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

export const openMaker = (store: Store, directory: string, clock = new VirtualClock()): Promise<SnapshotMaker> =>
  SnapshotMaker.open({
    store,
    directory,
    clock,
    everySeconds: 60,
    onTrouble: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });

export const newestOf = (maker: SnapshotMaker): Manifest => decodeManifest(maker.newest()!);
export const expectedOf = ({ domainSeparator }: Pick<Manifest, 'domainSeparator'>): Expected => ({
  domainSeparator,
  signers: [sequencer.address],
});

/** What `work` is refused with. */
export async function refusal(work: () => unknown): Promise<SnapshotFault> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    assert.match(error.message, /expected .*, got .*; |: .*; |has .* bytes and .*; /, error.message);
    return error.code;
  }
  throw new Error('nothing was refused');
}

/** A byte of `bytes` changed in one bit. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

export const hashOf = (bytes: Uint8Array): Digest => toHex(sha256(bytes));
