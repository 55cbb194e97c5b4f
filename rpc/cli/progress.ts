/** Progress of long work: a bar with rate and time left on a terminal, JSON lines elsewhere. */
export class Progress {
  readonly #what: string;
  readonly #started = performance.now();
  readonly #terminal = process.stderr.isTTY;
  #last = 0;

  constructor(what: string) {
    this.#what = what;
  }

  update(done: number, total: number, extra: Readonly<Record<string, number>> = {}): void {
    const now = performance.now();
    if (done < total && now - this.#last < (this.#terminal ? 100 : 1_000)) return;
    this.#last = now;
    const seconds = Math.max(0.001, (now - this.#started) / 1_000);
    const rate = done / seconds;
    const left = rate > 0 ? (total - done) / rate : 0;
    if (!this.#terminal) {
      const line = { progress: this.#what, done, total, perSecond: round(rate), etaSeconds: round(left), ...extra };
      process.stderr.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const width = 24;
    const filled = total === 0 ? width : Math.round((done / total) * width);
    const bar = '#'.repeat(filled).padEnd(width, '.');
    process.stderr.write(
      `\r${this.#what} [${bar}] ${done}/${total}  ${round(rate)}/s  ${round(left)} s left \x1b[K${done === total ? '\n' : ''}`,
    );
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;
