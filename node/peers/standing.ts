/** How peers behaved: points for offences, forgotten by half every few minutes; too many and the peer is banned. */
import { STANDINGS_MAX } from './limits.ts';

export type Offence = 'invalid' | 'lied' | 'useless' | 'flood' | 'foreign';

/** Banned for five messages that can not have been valid, two lies, five answers that did not come, ninety requests too many. */
const POINTS: Readonly<Record<Offence, number>> = { invalid: 20, lied: 50, useless: 20, flood: 1, foreign: 100 };
export const BANNED_AT_POINTS = 90;
/** What a ban says as a score. */
const BANNED_SCORE = -100;
const HALF_LIFE_MILLIS = 300_000;

type Entry = { points: number; atMillis: number; bannedUntilMillis: number };

export class Standings {
  readonly #peers = new Map<string, Entry>();
  readonly #banMillis: number;
  readonly #onBan: (peer: string, offence: Offence) => void;
  /** Bans since the start. */
  bans = 0;

  constructor(banMillis: number, onBan: (peer: string, offence: Offence) => void) {
    this.#banMillis = banMillis;
    this.#onBan = onBan;
  }

  offend(peer: string, offence: Offence, nowMillis = Date.now()): void {
    if (this.isBanned(peer, nowMillis)) return;
    const points = -this.scoreOf(peer, nowMillis) + POINTS[offence];
    this.#peers.delete(peer);
    this.#peers.set(peer, { points, atMillis: nowMillis, bannedUntilMillis: 0 });
    // The one that offended longest ago goes first: a Map iterates in insertion order.
    if (this.#peers.size > STANDINGS_MAX) this.#peers.delete(this.#peers.keys().next().value!);
    if (points < BANNED_AT_POINTS) return;
    // It comes back with half of what would ban it again.
    this.#peers.set(peer, {
      points: BANNED_AT_POINTS / 2,
      atMillis: nowMillis + this.#banMillis,
      bannedUntilMillis: nowMillis + this.#banMillis,
    });
    this.bans++;
    this.#onBan(peer, offence);
  }

  /** 0 for a peer that never offended, -100 for one that is banned. */
  scoreOf(peer: string, nowMillis = Date.now()): number {
    const found = this.#peers.get(peer);
    if (found === undefined) return 0;
    if (found.bannedUntilMillis > nowMillis) return BANNED_SCORE;
    return -found.points * 2 ** (-Math.max(0, nowMillis - found.atMillis) / HALF_LIFE_MILLIS);
  }

  isBanned(peer: string, nowMillis = Date.now()): boolean {
    return (this.#peers.get(peer)?.bannedUntilMillis ?? 0) > nowMillis;
  }
}
