// The model as a chain runs it, without the rest of a chain: posts in, records of regimes out.
import { Draft, type RecordSource } from '../../state/access.ts';
import type { Kind, RecordId } from '../../state/records/kind.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import { MACRO, type Macro } from '../../state/records/macro.ts';
import { REGIME, type Regime } from '../../state/records/regime.ts';
import { UNDERLYING, UNDERLYING_ROLE, type Underlying } from '../../state/records/underlying.ts';
import { tiltOf } from '../../state/regime/macro.ts';
import { HOURS_PER_DAY } from '../../state/regime/model.ts';
import { newMacro, newRegime } from '../../state/regime/prior.ts';
import { advanceRegime, barClosed, published } from '../../state/regime/regime.ts';
import { unpriced, type Network, type UnderlyingTerms } from '../../genesis/genesis.ts';

/** Symbols and ids of the macro series a back-test may be given. */
export const MACRO_SERIES = { SPX: 1_001, VIX: 1_002, DXY: 1_003 } as const;
const MACRO_ROLE = {
  SPX: UNDERLYING_ROLE.equityIndex,
  VIX: UNDERLYING_ROLE.volatilityIndex,
  DXY: UNDERLYING_ROLE.dollarIndex,
} as const;

export class ModelChain {
  readonly parameters: Parameters;
  readonly #records = new Map<string, unknown>();
  readonly #source: RecordSource = {
    read: <T, Id extends RecordId>(kind: Kind<T, Id>, id: Id) =>
      this.#records.get(`${kind.name} ${id}`) as T | undefined,
  };

  /** The underlyings of `network` as of genesis, and the macro series. */
  constructor(network: Network, parameters: Parameters = network.parameters) {
    this.parameters = parameters;
    for (const terms of network.underlyings) this.#list(terms);
    for (const [symbol, id] of Object.entries(MACRO_SERIES)) {
      const role = MACRO_ROLE[symbol as keyof typeof MACRO_ROLE];
      this.#list({ ...(network.underlyings[0] as UnderlyingTerms), id, symbol, role });
    }
    this.#records.set(`${MACRO.name} 0`, newMacro(network.macroReference));
  }

  #list(terms: UnderlyingTerms): void {
    const underlying = unpriced(terms);
    this.#records.set(`${UNDERLYING.name} ${terms.id}`, underlying);
    this.#records.set(`${REGIME.name} ${terms.id}`, newRegime(underlying, this.parameters));
  }

  underlying(id: number): Underlying {
    return this.#records.get(`${UNDERLYING.name} ${id}`) as Underlying;
  }
  get macro(): Macro {
    return this.#records.get(`${MACRO.name} 0`) as Macro;
  }
  regime(id: number): Regime {
    return this.#records.get(`${REGIME.name} ${id}`) as Regime;
  }

  /** A post of the index: what the step does with it, but for the checks at its door. */
  post(id: number, time: number, price: bigint): void {
    const draft = new Draft(this.#source);
    const old = this.underlying(id);
    const elapsed = old.indexPrice === 0n ? 0n : BigInt(time - old.oracleTime);
    const posted = {
      ...old,
      indexPrice: price,
      oracleTime: time,
      priceSeconds: old.priceSeconds + old.indexPrice * elapsed,
    };
    draft.put(UNDERLYING, id, advanceRegime(draft, id, old, posted, this.parameters));
    for (const { kind, id: of, after } of draft.touched) this.#records.set(`${kind.name} ${of}`, after);
  }

  /** The last index once more, if there is one and it is older. */
  repeat(id: number, time: number): void {
    const { indexPrice, oracleTime } = this.underlying(id);
    if (indexPrice > 0n && oracleTime < time) this.post(id, time, indexPrice);
  }

  /** A bar from elsewhere, for series with fewer prices than hours. Takes force at once. */
  close(id: number, hour: number, price: bigint): void {
    const old = this.underlying(id);
    const isLeader = old.leader === id;
    const next = barClosed(this.regime(id), { hour, price }, {
      underlying: old,
      isLeader,
      leader: isLeader ? undefined : this.regime(old.leader),
      scanMultiplier: this.parameters.scanMultiplier,
      implied: 0n,
      tilt: () => tiltOf(this.macro, Math.floor(hour / HOURS_PER_DAY)),
    });
    this.#records.set(`${REGIME.name} ${id}`, next);
    this.#records.set(`${UNDERLYING.name} ${id}`, { ...old, ...published(next) });
  }

  /** The next price follows nothing: variances stay, no return leads there. */
  interrupt(id: number): void {
    this.#records.set(`${UNDERLYING.name} ${id}`, { ...this.underlying(id), indexPrice: 0n });
    this.#records.set(`${REGIME.name} ${id}`, { ...this.regime(id), hour: 0, dayReturn: 0n });
  }
}
