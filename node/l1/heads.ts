/**
 * How far the chain has come, by how sure one can be: soft (executed and signed here), posted (in a
 * batch on L1), safe (too deep to re-org), final (challenge window passed). Heads may move back.
 */
export type Head = Readonly<{ height: number; sequence: number }>;
export type Safety = 'soft' | 'posted' | 'safe' | 'final';
export type HeadChange = Readonly<{ safety: Safety; from: Head; to: Head }>;

const GENESIS: Head = { height: 0, sequence: 0 };

export class Heads {
  #heads: Record<Safety, Head> = { soft: GENESIS, posted: GENESIS, safe: GENESIS, final: GENESIS };
  readonly #listeners: ((change: HeadChange) => void)[] = [];

  get soft(): Head {
    return this.#heads.soft;
  }
  get posted(): Head {
    return this.#heads.posted;
  }
  get safe(): Head {
    return this.#heads.safe;
  }
  get final(): Head {
    return this.#heads.final;
  }

  onChange(listener: (change: HeadChange) => void): void {
    this.#listeners.push(listener);
  }

  set(safety: Safety, to: Head): void {
    const from = this.#heads[safety];
    if (from.height === to.height && from.sequence === to.sequence) return;
    this.#heads[safety] = to;
    for (const listener of this.#listeners) listener({ safety, from, to });
  }

  /** The strongest claim that can be made for a block. */
  safetyOf(height: number): Safety {
    if (height <= this.final.height) return 'final';
    if (height <= this.safe.height) return 'safe';
    return height <= this.posted.height ? 'posted' : 'soft';
  }
}
