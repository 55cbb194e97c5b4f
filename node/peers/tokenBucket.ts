/** A bucket of tokens that fills at a steady rate: bursts are allowed, a flood is not. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMillis: number;

  constructor({ perSecond, burst }: Readonly<{ perSecond: number; burst: number }>, nowMillis: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMillis = nowMillis;
  }

  /** Takes `tokens`, or none and says so. */
  take(tokens: number, nowMillis: number): boolean {
    const filled = this.#tokens + (Math.max(0, nowMillis - this.#atMillis) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#burst, filled);
    this.#atMillis = nowMillis;
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }

  /** Milliseconds until `tokens` are there. */
  waitMillis(tokens: number): number {
    return Math.max(0, Math.ceil(((tokens - this.#tokens) * 1_000) / this.#perSecond));
  }
}
