/**
 * Accounts as columns of doubles: what a screen of all of them reads, in the order in which it reads it.
 * Kept up to date by the steps of the chain; made on first use, for not every node screens.
 */
import type { RecordSource } from '../../state/access.ts';
import { ACCOUNT, MARGIN_MODE, ownerOf, type Account } from '../../state/records/account.ts';
import { OWNER, type Owner } from '../../state/records/owner.ts';
import type { State } from '../../state/state.ts';
import type { AccountId, Address } from '../../state/units.ts';
import type { Executed, StepListener } from '../chain/executor.ts';
import type { MarketColumns } from './marketColumns.ts';

const WAD = 1e18;
const PICO_PER_MICRO = 1e6;
const SLOTS_START = 1_024;
const ENTRIES_START = 8_192;

/** The chain as far as a screen sees it: its records, and what changes them. */
export type ChainSource = Readonly<{
  state: RecordSource & Pick<State, 'idsOf'>;
  onStep: (listener: StepListener) => void;
}>;

/** A copy with room for twice as much. */
function grown<T extends Float64Array | Int32Array | Uint8Array>(column: T): T {
  const wider = new (column.constructor as new (length: number) => T)(column.length * 2);
  wider.set(column as never);
  return wider;
}

export class AccountColumns {
  readonly #chain: ChainSource;
  readonly #markets: MarketColumns;
  readonly ids: AccountId[] = [];
  readonly #slots = new Map<AccountId, number>();
  /** Slots of an owner; most have one account. */
  readonly #ofOwner = new Map<Address, number | number[]>();
  /** Accounts that were there before, as far as they have not been read; null once all have. */
  #unread: Iterator<AccountId> | null;
  #dirtyAccounts = new Set<AccountId>();
  #dirtyOwners = new Set<Address>();

  // By slot. Cash [1e-6 USD], what interest it is settled for, and what positions have cost and been funded for.
  cash = new Float64Array(SLOTS_START);
  interestSettled = new Float64Array(SLOTS_START);
  quotes = new Float64Array(SLOTS_START);
  fundingSettled = new Float64Array(SLOTS_START);
  /** 1 where positions offset each other: portfolio mode. */
  offsets = new Uint8Array(SLOTS_START);
  // Where the entries of a slot are: positions first, then pledges.
  start = new Int32Array(SLOTS_START);
  positions = new Uint8Array(SLOTS_START);
  pledges = new Uint8Array(SLOTS_START);
  #capacity = new Uint8Array(SLOTS_START);

  // By entry. Row of the instrument or asset; lots or token units; root of what the owner holds of the underlying in all [1e-8 units].
  row = new Int32Array(ENTRIES_START);
  amount = new Float64Array(ENTRIES_START);
  exposureRoot = new Float64Array(ENTRIES_START);
  #end = 0;
  /** Blocks that accounts have left, by their length. */
  readonly #free = new Map<number, number[]>();

  constructor(chain: ChainSource, markets: MarketColumns) {
    this.#chain = chain;
    this.#markets = markets;
    this.#unread = chain.state.idsOf(ACCOUNT);
    chain.onStep((step) => this.#stepped(step));
  }

  get size(): number {
    return this.ids.length;
  }

  get isLoaded(): boolean {
    return this.#unread === null;
  }

  /** Reads up to `count` of the accounts that were there before, ~5 us each. How many have been added. */
  load(count: number): number {
    const before = this.size;
    for (let read = 0; read < count && this.#unread !== null; read++) {
      const { done, value } = this.#unread.next();
      if (done === true) this.#unread = null;
      else this.#write(value);
    }
    return this.size - before;
  }

  /** Takes in what has changed since. Cost: ~5 us for each account that has. */
  refresh(): void {
    for (const owner of this.#dirtyOwners) {
      const slots = this.#ofOwner.get(owner) ?? [];
      for (const slot of typeof slots === 'number' ? [slots] : slots) this.#dirtyAccounts.add(this.ids[slot]!);
    }
    for (const id of this.#dirtyAccounts) this.#write(id);
    // Not cleared: a set that lives long keeps what was in it (see `TurnoverMap`).
    this.#dirtyOwners = new Set();
    this.#dirtyAccounts = new Set();
  }

  /** Slots in [from, to) with a position in the instrument: long ones, or short ones. */
  holders(instrument: number, isLong: boolean, from: number, to: number): number[] {
    const row = this.#markets.rowOf(instrument);
    const found: number[] = [];
    for (let slot = from; slot < to; slot++) {
      const first = this.start[slot]!;
      const end = first + this.positions[slot]!;
      for (let i = first; i < end; i++) {
        if (this.row[i] === row && this.amount[i]! > 0 === isLong) found.push(slot);
      }
    }
    return found;
  }

  #stepped({ changes }: Executed): void {
    for (const { kind, id } of changes) {
      if (kind.type === ACCOUNT.type) this.#dirtyAccounts.add(id as AccountId);
      else if (kind.type === OWNER.type) this.#dirtyOwners.add(id as Address);
    }
  }

  #write(id: AccountId): void {
    const { state } = this.#chain;
    const account = state.read(ACCOUNT, id);
    const slot = this.#slots.get(id) ?? this.#newSlot(id);
    this.positions[slot] = account?.positions.length ?? 0;
    this.pledges[slot] = account?.collaterals.length ?? 0;
    this.cash[slot] = Number(account?.cash ?? 0n);
    if (account === undefined) return;
    this.interestSettled[slot] = Number(account.cash * account.interestIndex) / WAD;
    this.offsets[slot] = account.mode === MARGIN_MODE.portfolio ? 1 : 0;
    this.#reserve(slot, account.positions.length + account.collaterals.length);
    this.#writeEntries(slot, account, state.read(OWNER, ownerOf(id)));
  }

  #writeEntries(slot: number, { positions, collaterals }: Account, owner: Owner | undefined): void {
    const [markets, held] = [this.#markets, unitsOf(owner)];
    let [quotes, funded, at] = [0n, 0n, this.start[slot]!];
    for (const { instrument, size, quote, fundingIndex } of positions) {
      quotes += quote;
      funded += size * fundingIndex;
      const row = markets.rowOf(instrument);
      this.#entry(at++, row, Number(size), held(markets.underlyingOf[row]!));
    }
    for (const { asset, balance } of collaterals) {
      this.#entry(at++, asset, Number(balance), held(markets.underlyingOfAsset(asset)));
    }
    this.quotes[slot] = Number(quotes);
    this.fundingSettled[slot] = Number(funded) / PICO_PER_MICRO;
  }

  #entry(at: number, row: number, amount: number, exposure: number): void {
    this.row[at] = row;
    this.amount[at] = amount;
    this.exposureRoot[at] = Math.sqrt(exposure);
  }

  #newSlot(id: AccountId): number {
    const slot = this.ids.length;
    this.ids.push(id);
    this.#slots.set(id, slot);
    const owner = ownerOf(id);
    const others = this.#ofOwner.get(owner);
    const isFirst = others === undefined;
    this.#ofOwner.set(owner, isFirst ? slot : [...(typeof others === 'number' ? [others] : others), slot]);
    if (slot === this.cash.length) this.#growSlots();
    return slot;
  }

  #growSlots(): void {
    this.cash = grown(this.cash);
    this.interestSettled = grown(this.interestSettled);
    this.quotes = grown(this.quotes);
    this.fundingSettled = grown(this.fundingSettled);
    this.offsets = grown(this.offsets);
    this.start = grown(this.start);
    this.positions = grown(this.positions);
    this.pledges = grown(this.pledges);
    this.#capacity = grown(this.#capacity);
  }

  /** A block of at least `entries` for the slot, a power of two: who leaves a block leaves one that others can use. */
  #reserve(slot: number, entries: number): void {
    const had = this.#capacity[slot]!;
    if (entries <= had) return;
    let capacity = 1;
    while (capacity < entries) capacity *= 2;
    if (had > 0) this.#freeOf(had).push(this.start[slot]!);
    this.#capacity[slot] = capacity;
    this.start[slot] = this.#freeOf(capacity).pop() ?? this.#append(capacity);
  }

  #freeOf(capacity: number): number[] {
    let free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, (free = []));
    return free;
  }

  #append(entries: number): number {
    const at = this.#end;
    this.#end += entries;
    while (this.#end > this.row.length) {
      this.row = grown(this.row);
      this.amount = grown(this.amount);
      this.exposureRoot = grown(this.exposureRoot);
    }
    return at;
  }
}

/** What an owner holds of an underlying in all his accounts [1e-8 units]. */
function unitsOf(owner: Owner | undefined): (underlying: number) => number {
  const exposures = owner?.exposures ?? [];
  return (underlying) => Number(exposures.find((one) => one.underlying === underlying)?.units ?? 0n);
}
