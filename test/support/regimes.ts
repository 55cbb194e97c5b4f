/** Underlyings and their regimes without a chain around them, and prices to feed them with. */
import { Draft, type Touched } from '../../state/access.ts';
import type { Kind, RecordId } from '../../state/records/kind.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import { REGIME, type Regime } from '../../state/records/regime.ts';
import { UNDERLYING, UNDERLYING_ROLE, type Underlying } from '../../state/records/underlying.ts';
import { newRegime } from '../../state/regime/prior.ts';
import { advanceRegime, barClosed, type BarTerms } from '../../state/regime/regime.ts';
import { WAD } from '../../state/units.ts';
import { unpriced, type Network, type UnderlyingTerms } from '../../genesis/genesis.ts';
import { GENESIS_TIME, networkAt } from './world.ts';

export const Q96 = 1n << 96n;
export const asNumber = (x96: bigint): number => Number(x96) / 2 ** 96;
export const PARAMETERS: Parameters = networkAt(0).parameters;
export const BTC_TERMS = networkAt(0).underlyings.find(({ symbol }) => symbol === 'BTC') as UnderlyingTerms;

/** Bounds so wide that the model shows. */
export const OPEN_TERMS: BarTerms = {
  underlying: { scanFloor: 0n, scanCeiling: 10n * WAD, feeMultiplier: WAD, priceScanRange: 10n * WAD },
  isLeader: true,
  leader: undefined,
  scanMultiplier: (28n * WAD) / 10n,
  implied: 0n,
  tilt: () => 0n,
};

/** A regime whose variances are all `variance` an hour, that has forgotten genesis. */
export const regimeAt = (variance: bigint, change: Partial<Regime> = {}): Regime => ({
  ...newRegime(unpriced(BTC_TERMS), PARAMETERS),
  observedHours: 10_000,
  variance12: variance,
  variance72: variance,
  variance720: variance,
  variance8760: variance,
  longTermSum: variance * 8_760n,
  dayVariance: variance,
  ...change,
});

/** The regime after bars of an hour each, from the first that it has. */
export function afterHours(regime: Regime, prices: readonly bigint[], terms = OPEN_TERMS): Regime {
  let next = regime;
  for (const price of prices) next = barClosed(next, { hour: (next.hour || 480_000) + 1, price }, terms);
  return next;
}

/** Records by name and id; posts go through the hook alone. */
export class Feed {
  readonly records = new Map<string, unknown>();
  /** What the last post touched. */
  touched: readonly Touched[] = [];

  constructor(underlyings: readonly UnderlyingTerms[] = [BTC_TERMS]) {
    for (const terms of underlyings) {
      this.records.set(`${UNDERLYING.name} ${terms.id}`, unpriced(terms));
      this.records.set(`${REGIME.name} ${terms.id}`, newRegime(unpriced(terms), PARAMETERS));
    }
  }

  read = <T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined =>
    this.records.get(`${kind.name} ${id}`) as T | undefined;
  underlying = (id = BTC_TERMS.id): Underlying => this.read(UNDERLYING, id)!;
  regime = (id = BTC_TERMS.id): Regime => this.read(REGIME, id)!;

  post(time: number, price: bigint, id = BTC_TERMS.id, change: Partial<Underlying> = {}): void {
    const draft = new Draft({ read: this.read });
    const old = draft.read(UNDERLYING, id)!;
    const elapsed = old.indexPrice === 0n ? 0n : BigInt(time - old.oracleTime);
    const priceSeconds = old.priceSeconds + old.indexPrice * elapsed;
    const posted = { ...old, indexPrice: price, oracleTime: time, priceSeconds, ...change };
    draft.put(UNDERLYING, id, advanceRegime(draft, id, old, posted, PARAMETERS));
    this.touched = draft.touched;
    for (const { kind, id: of, after } of draft.touched) this.records.set(`${kind.name} ${of}`, after);
  }
}

/** Ids of the macro series of `macroNetwork`. */
export const SERIES = { equity: 10, volatility: 11, dollar: 12 } as const;

/** The devnet with the three macro series. */
export function macroNetwork(): Network {
  const network = networkAt(GENESIS_TIME);
  const series = ([id, role]: readonly [number, Underlying['role']]) => ({ ...network.underlyings[0]!, id, role, peg: 0n });
  return {
    ...network,
    underlyings: [
      ...network.underlyings,
      ...([
        [SERIES.equity, UNDERLYING_ROLE.equityIndex],
        [SERIES.volatility, UNDERLYING_ROLE.volatilityIndex],
        [SERIES.dollar, UNDERLYING_ROLE.dollarIndex],
      ] as const).map(series),
    ],
  };
}
