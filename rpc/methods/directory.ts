/** The names people use for markets and assets, and the terms behind them. */
import type { Network } from '../../genesis/genesis.ts';
import { RpcError } from '../schema/errors.ts';
import type { Steps } from './units.ts';

export type Market = Steps & Readonly<{ instrument: number; symbol: string }>;
export type AssetName = Readonly<{ asset: number; symbol: string; decimals: number }>;

/** Both ends hold one: the node of its network, a client of what it was told. */
export class Directory {
  readonly markets: readonly Market[];
  readonly assets: readonly AssetName[];
  readonly #bySymbol: ReadonlyMap<string, Market>;
  readonly #byInstrument: ReadonlyMap<number, Market>;
  readonly #assetBySymbol: ReadonlyMap<string, AssetName>;
  readonly #assetById: ReadonlyMap<number, AssetName>;

  constructor(markets: readonly Market[], assets: readonly AssetName[]) {
    this.markets = markets;
    this.assets = assets;
    this.#bySymbol = new Map(markets.map((m) => [m.symbol, m]));
    this.#byInstrument = new Map(markets.map((m) => [m.instrument, m]));
    this.#assetBySymbol = new Map(assets.map((a) => [a.symbol, a]));
    this.#assetById = new Map(assets.map((a) => [a.asset, a]));
  }

  static of({ instruments, assets }: Network): Directory {
    return new Directory(instruments, assets);
  }

  /** @throws RpcError for a symbol nobody listed */
  market(symbol: string, param = 'market'): Market {
    const market = this.#bySymbol.get(symbol);
    if (market !== undefined) return market;
    const expected = `one of ${this.markets.map((m) => m.symbol).join(', ')}`;
    throw new RpcError('MARKET_NOT_FOUND', { param, expected, received: symbol.slice(0, 64) });
  }

  asset(symbol: string, param = 'asset'): AssetName {
    const asset = this.#assetBySymbol.get(symbol);
    if (asset !== undefined) return asset;
    const expected = `one of ${this.assets.map((a) => a.symbol).join(', ')}`;
    throw new RpcError('ASSET_UNKNOWN', { param, expected, received: symbol.slice(0, 64) });
  }

  /** One listed after this node was configured has a number for a name, and steps of 1e-8. */
  marketOf(instrument: number): Market {
    return (
      this.#byInstrument.get(instrument) ?? {
        instrument,
        symbol: `#${instrument}`,
        tickSize: 1n,
        lotSize: 1n,
      }
    );
  }

  assetOf(asset: number): AssetName {
    return this.#assetById.get(asset) ?? { asset, symbol: `#${asset}`, decimals: 0 };
  }
}
