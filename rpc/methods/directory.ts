/** The names people use for markets and assets, and the terms behind them. */
import type { Network } from '../../genesis/genesis.ts';
import { optionTermsOf } from '../../state/pricing/chain.ts';
import type { Underlying } from '../../state/records/underlying.ts';
import { RpcError } from '../schema/errors.ts';
import { optionIdOfName, optionName, underlyingOfName, type OptionChain } from './optionNames.ts';
import type { Steps } from './units.ts';

export type Market = Steps & Readonly<{ instrument: number; symbol: string }>;
export type AssetName = Readonly<{ asset: number; symbol: string; decimals: number }>;
/** The terms an instrument was listed with; undefined where that is not known here. */
export type Listing = (instrument: number) => (Steps & Readonly<{ strike: bigint }>) | undefined;

/** Terms of options as they stand; those of the network where that is not known here. */
export type ChainTerms = (underlying: number) => Pick<Underlying, 'strikeStep' | 'optionTickSize' | 'optionLotSize'> | undefined;

const unknownHere = () => undefined;

/**
 * Both ends hold one: the node of its network, a client of what it was told. Options are listed after either
 * was made, so they are in no list: their ids say their terms.
 */
export class Directory {
  readonly markets: readonly Market[];
  readonly assets: readonly AssetName[];
  readonly #chains: readonly OptionChain[];
  readonly #listed: Listing;
  readonly #bySymbol: ReadonlyMap<string, Market>;
  readonly #byInstrument: ReadonlyMap<number, Market>;
  readonly #chainBySymbol: ReadonlyMap<string, OptionChain>;
  readonly #chainById: ReadonlyMap<number, OptionChain>;
  readonly #assetBySymbol: ReadonlyMap<string, AssetName>;
  readonly #assetById: ReadonlyMap<number, AssetName>;

  constructor(
    markets: readonly Market[],
    assets: readonly AssetName[],
    chains: readonly OptionChain[] = [],
    listed: Listing = unknownHere,
  ) {
    this.markets = markets;
    this.assets = assets;
    this.#chains = chains;
    this.#listed = listed;
    this.#bySymbol = new Map(markets.map((m) => [m.symbol, m]));
    this.#byInstrument = new Map(markets.map((m) => [m.instrument, m]));
    this.#chainBySymbol = new Map(chains.map((c) => [c.symbol, c]));
    this.#chainById = new Map(chains.map((c) => [c.underlying, c]));
    this.#assetBySymbol = new Map(assets.map((a) => [a.symbol, a]));
    this.#assetById = new Map(assets.map((a) => [a.asset, a]));
  }

  static of({ instruments, assets, underlyings }: Network, listed?: Listing, chainTerms: ChainTerms = unknownHere): Directory {
    const chains = underlyings.map((underlying) => {
      const terms = () => chainTerms(underlying.id) ?? underlying;
      return {
        underlying: underlying.id,
        symbol: underlying.symbol,
        get strikeStep() {
          return terms().strikeStep;
        },
        get tickSize() {
          return terms().optionTickSize;
        },
        get lotSize() {
          return terms().optionLotSize;
        },
      };
    });
    return new Directory(instruments, assets, chains, listed);
  }

  /** Underlyings that have options: governance may begin with them on a running chain. */
  get chains(): OptionChain[] {
    return this.#chains.filter(({ strikeStep }) => strikeStep > 0n);
  }

  /** A market, or an option that may be listed. @throws RpcError for a symbol that can name nothing */
  market(symbol: string, param = 'market'): Market {
    const market = this.#bySymbol.get(symbol) ?? this.#option(symbol);
    if (market !== undefined) return market;
    const [chain] = this.chains;
    const example = chain === undefined ? '' : `, or an option such as ${chain.symbol}-27MAR26-100000-C`;
    const expected = `one of ${this.markets.map((m) => m.symbol).join(', ')}${example}`;
    throw new RpcError('MARKET_NOT_FOUND', { param, expected, received: symbol.slice(0, 64) });
  }

  #option(symbol: string): Market | undefined {
    const chain = this.#chainBySymbol.get(underlyingOfName(symbol) ?? '');
    const instrument = chain === undefined ? undefined : optionIdOfName(chain, symbol);
    if (chain === undefined || instrument === undefined) return undefined;
    // Governance may have changed the strike step since the option was listed: then the id means another strike.
    const option = this.#optionMarket(chain, instrument);
    return option.symbol === symbol ? option : undefined;
  }

  #optionMarket(chain: OptionChain, instrument: number): Market {
    const listed = this.#listed(instrument);
    const { tickSize, lotSize } = listed ?? chain;
    return { instrument, symbol: optionName(chain, instrument, listed?.strike), tickSize, lotSize };
  }

  asset(symbol: string, param = 'asset'): AssetName {
    const asset = this.#assetBySymbol.get(symbol);
    if (asset !== undefined) return asset;
    const expected = `one of ${this.assets.map((a) => a.symbol).join(', ')}`;
    throw new RpcError('ASSET_UNKNOWN', { param, expected, received: symbol.slice(0, 64) });
  }

  /** One that governance listed after this node was configured has a number for a name. */
  marketOf(instrument: number): Market {
    const known = this.#byInstrument.get(instrument);
    if (known !== undefined) return known;
    const chain = this.#chainById.get(optionTermsOf(instrument)?.underlying ?? -1);
    if (chain !== undefined && chain.strikeStep > 0n) return this.#optionMarket(chain, instrument);
    const { tickSize, lotSize } = this.#listed(instrument) ?? { tickSize: 1n, lotSize: 1n };
    return { instrument, symbol: `#${instrument}`, tickSize, lotSize };
  }

  assetOf(asset: number): AssetName {
    return this.#assetById.get(asset) ?? { asset, symbol: `#${asset}`, decimals: 0 };
  }
}
