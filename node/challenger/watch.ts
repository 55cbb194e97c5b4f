/**
 * Audits without end: follows L1, forth and back, and disproves what is wrong as soon as it is there.
 */
import {
  plainJson,
  type Auditor,
  type AuditProgress,
  type AuditReport,
  type Divergence,
  type Evidence,
} from '../auditor/auditor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Challenger, ChallengeOutcome, ChallengeReport } from './challenger.ts';

export type WatchEvent =
  | (Readonly<{ event: 'replayed'; undone: number; replayed: number }> & Omit<AuditReport, 'divergence'>)
  | (Readonly<{ event: 'divergence' }> & Divergence)
  | (Readonly<{ event: 'challenge' }> & ChallengeReport)
  | Readonly<{ event: 'trouble'; message: string }>;

export type WatchOptions = Readonly<{
  auditor: Auditor;
  /** Null only watches. */
  challenger: Challenger | null;
  clock: Clock;
  pollMillis: number;
  onEvent: (event: WatchEvent) => void;
  onProgress?: AuditProgress;
}>;

/** What asking again would not change. */
const HOPELESS: ReadonlySet<ChallengeOutcome> = new Set(['final', 'disagreement', 'no_statement', 'refused']);

export class Watch {
  readonly #o: WatchOptions;
  /** Batches that can not be disproved, by hash. */
  readonly #hopeless = new Set<string>();
  /** The last thing told of each kind: no event comes twice in a row. */
  readonly #told = new Map<WatchEvent['event'], string>();
  #mustSettle = true;
  #hasDiverged = false;
  #cancel: (() => void) | null = null;
  #polling: Promise<void> | null = null;

  constructor(options: WatchOptions) {
    this.#o = options;
  }

  /** Whether a wrong batch was ever seen, proved or not. */
  get hasDiverged(): boolean {
    return this.#hasDiverged;
  }

  start(): void {
    void this.poll();
    this.#cancel = this.#o.clock.interval(this.#o.pollMillis, () => this.poll());
  }

  /** A proof that is under way stays so: the next run goes on with it. */
  stop(): void {
    this.#cancel?.();
  }

  /** One look at L1, and what follows from it. Never throws: trouble is told, and tried again. */
  poll(): Promise<void> {
    return (this.#polling ??= this.#look()
      .then(
        () => void this.#told.delete('trouble'),
        (error: unknown) => this.#tell({ event: 'trouble', message: (error as Error).message }),
      )
      .finally(() => {
        this.#polling = null;
      }));
  }

  async #look(): Promise<void> {
    const { auditor, challenger } = this.#o;
    if (this.#mustSettle && challenger !== null) {
      const earlier = await challenger.settle();
      if (earlier !== null) this.#tell({ event: 'challenge', ...earlier });
    }
    this.#mustSettle = false;
    const { undone, replayed } = await auditor.advance(this.#o.onProgress);
    const { divergence, ...facts } = auditor.report();
    if (undone + replayed > 0) this.#tell({ event: 'replayed', undone, replayed, ...facts });
    if (divergence === null) {
      this.#told.delete('divergence');
      return;
    }
    this.#hasDiverged = true;
    this.#tell({ event: 'divergence', ...divergence });
    if (challenger !== null) await this.#challenge(challenger, auditor.evidence!);
  }

  async #challenge(challenger: Challenger, evidence: Evidence): Promise<void> {
    const { hash } = evidence.batch;
    if (this.#hopeless.has(hash)) return;
    const report = await challenger.challenge(evidence);
    if (HOPELESS.has(report.outcome)) this.#hopeless.add(hash);
    this.#tell({ event: 'challenge', ...report });
  }

  #tell(event: WatchEvent): void {
    const text = plainJson(event);
    if (this.#told.get(event.event) === text) return;
    this.#told.set(event.event, text);
    this.#o.onEvent(event);
  }
}
