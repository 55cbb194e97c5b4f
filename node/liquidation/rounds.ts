/**
 * Rounds of deleveraging, driven to their end: holders of the other side are found among all accounts in
 * chunks, are weighed in steps and then close in steps. Nobody trades the market meanwhile, nor is it sold from
 * an account in auction, so who held it when the round began is who holds it.
 */
import { MAX_DELEVERAGED_PER_STEP } from '../../state/constants.ts';
import { positionIn } from '../../state/ledger/positions.ts';
import { isRoundOver, isWeighed } from '../../state/liquidation/round.ts';
import { PART, partIdOf } from '../../state/records/part.ts';
import { ROUND, type Round } from '../../state/records/round.ts';
import { REFUSAL } from '../../state/refusals.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { deleverage } from '../../state/transactions/deleverage.ts';
import type { AccountId } from '../../state/units.ts';
import type { Executed } from '../chain/executor.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';

export type Run = (bytes: Uint8Array) => Executed;

/** The other side of a round, as far as it has been found. */
type Search = {
  readonly round: bigint;
  /** Slot where it goes on; null once all accounts have been looked at. */
  next: number | null;
  readonly holders: AccountId[];
  /** Place of the next one to be named. */
  at: number;
  /** Most holders of a step. */
  size: number;
};

export class Rounds {
  readonly #sequencer: Sequencer;
  readonly #run: Run;
  /** Told of the account of a round that ended: it may need another one. */
  readonly #onEnd: (account: AccountId) => void;
  /** By instrument; the round that waits longest is first. */
  readonly #searches = new Map<number, Search | null>();

  constructor(sequencer: Sequencer, run: Run, onEnd: (account: AccountId) => void) {
    this.#sequencer = sequencer;
    this.#run = run;
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#searches.size;
  }

  /** Takes up every round that is on: also after a restart, and where a step was refused. */
  refresh(): void {
    for (const instrument of this.#sequencer.executor.state.idsOf(ROUND)) {
      if (!this.#searches.has(instrument)) this.#searches.set(instrument, null);
    }
  }

  /** Begins a round, without holders: its first step touches all that the account has. */
  begin(account: AccountId, instrument: number): void {
    const { outcome } = this.#run(encodeTransaction(deleverage, { account, instrument, holders: [] }));
    if (outcome.ok) this.#searches.set(instrument, null);
  }

  /** Each round in its turn, until `steps` are taken; of all accounts `slots` are looked at. Returns the steps. */
  advance(steps: number, slots: number): number {
    let [taken, left] = [0, slots];
    for (const [instrument, known] of [...this.#searches]) {
      if (taken === steps) break;
      this.#searches.delete(instrument);
      const round = this.#sequencer.executor.state.read(ROUND, instrument);
      if (round === undefined) continue;
      // Over without a step of anybody's: the next one only ends it (specification 8.22).
      if (isRoundOver(this.#sequencer.executor.state, round, instrument)) {
        taken += 1;
        this.#close(instrument, round, []);
        continue;
      }
      const isKnown = known !== null && known.round === round.number;
      const search = isKnown ? known : { round: round.number, next: 0, holders: [], at: 0, size: MAX_DELEVERAGED_PER_STEP };
      if (search.next !== null) left -= this.#look(instrument, round, search, left);
      if (search.next === null) taken += this.#step(instrument, round, search);
      else this.#searches.set(instrument, search);
    }
    return taken;
  }

  /** Looks at up to `slots` accounts more; returns how many. While accounts are still being read nobody is found. */
  #look(instrument: number, { account }: Round, search: Search, slots: number): number {
    const { screen } = this.#sequencer;
    if (!screen.isLoaded || search.next === null) return 0;
    screen.refresh();
    const from = search.next;
    const to = Math.min(from + slots, screen.size);
    const isLong = this.#lots(account, instrument) < 0n;
    for (const slot of screen.holders(instrument, isLong, from, to)) search.holders.push(screen.idAt(slot));
    search.next = to === screen.size ? null : to;
    if (search.next === null) search.holders.sort();
    return to - from;
  }

  #step(instrument: number, round: Round, search: Search): number {
    const [holders, from]: [AccountId[], number] = [[], search.at];
    while (holders.length < search.size && search.at < search.holders.length) {
      const holder = search.holders[search.at++]!;
      if (this.#isDue(instrument, round, holder)) holders.push(holder);
    }
    // Nobody is left and the position is there: whoever holds the rest is looked for when prices have moved.
    if (holders.length === 0) return 0;
    const code = this.#close(instrument, round, holders);
    if (code === REFUSAL.too_many_records && holders.length > 1) {
      search.at = from;
      search.size = Math.ceil(holders.length / 2);
    } else if (code !== null) return 1;
    else if (!isWeighed(round) && this.#isWeighed(instrument)) {
      // All are weighed: now they close, from the first again, and fewer records a holder.
      search.at = 0;
      search.size = MAX_DELEVERAGED_PER_STEP;
    }
    this.#searches.set(instrument, search);
    return 1;
  }

  #isWeighed(instrument: number): boolean {
    const round = this.#sequencer.executor.state.read(ROUND, instrument);
    return round !== undefined && isWeighed(round);
  }

  /** Holds the other side, and is to be weighed still or, where all are, to close. */
  #isDue(instrument: number, round: Round, holder: AccountId): boolean {
    const isOpposite = this.#lots(holder, instrument) * this.#lots(round.account, instrument) < 0n;
    const part = this.#sequencer.executor.state.read(PART, partIdOf(instrument, holder));
    return isOpposite && (part?.round === round.number) === isWeighed(round);
  }

  /** Runs a step. Returns the code of its refusal, or null. */
  #close(instrument: number, { account }: Round, holders: readonly AccountId[]): number | null {
    const { outcome } = this.#run(encodeTransaction(deleverage, { account, instrument, holders: [...holders] }));
    if (outcome.ok && this.#sequencer.executor.state.read(ROUND, instrument) === undefined) this.#onEnd(account);
    return outcome.ok ? null : outcome.code;
  }

  #lots(id: AccountId, instrument: number): bigint {
    return positionIn(this.#sequencer.executor.state, id, instrument)?.size ?? 0n;
  }
}
