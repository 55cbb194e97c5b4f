/** The records of block 0: a network's terms, bound to its L1 by the Rollup's address. */
import { toHex } from '../state/codec/bytes.ts';
import { encode } from '../state/codec/layout.ts';
import { domainSeparatorOf } from '../state/codec/typedData.ts';
import { MAX_EXPOSURES } from '../state/constants.ts';
import { ASSET } from '../state/records/asset.ts';
import { NO_MARKET } from '../state/records/auction.ts';
import { CHAIN } from '../state/records/chain.ts';
import { INSTRUMENT } from '../state/records/instrument.ts';
import type { Kind, RecordId } from '../state/records/kind.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
  type Parameters,
  type Publishers,
} from '../state/records/parameters.ts';
import { CLAIM_FACTOR_START } from '../state/constants.ts';
import { MACRO } from '../state/records/macro.ts';
import { POOL } from '../state/records/pool.ts';
import { REGIME } from '../state/records/regime.ts';
import { UNDERLYING, UNDERLYING_ROLE, type Underlying, type UnderlyingRole } from '../state/records/underlying.ts';
import { newMacro, newRegime } from '../state/regime/prior.ts';
import { State, type RawRecord } from '../state/state.ts';
import { newAsset, type ListAsset } from '../state/transactions/listAsset.ts';
import { listingFault, newInstrument, type ListInstrument } from '../state/transactions/listInstrument.ts';
import { parameterOutOfBounds } from '../state/transactions/parameterBounds.ts';
import { underlyingFault } from '../state/transactions/setUnderlying.ts';
import { parameterHashOf } from '../state/transactions/setParameters.ts';
import { WAD, type Address, type Digest, type Price, type Seconds, type Wad } from '../state/units.ts';

/** Risk terms of an underlying; prices come from the oracle. */
export type UnderlyingTerms = Readonly<{
  id: number;
  symbol: string;
  /** A macro series is posted like the others, and tilts their regimes. */
  role: UnderlyingRole;
  group: number;
  leader: number;
  peg: Price;
  priceScanRange: Wad;
  volatilityScanUp: Wad;
  volatilityScanDown: Wad;
  scanFloor: Wad;
  scanCeiling: Wad;
  averageDailyVolume: bigint;
  strikeStep: Price;
  optionTickSize: Price;
  optionLotSize: bigint;
  optionOpenInterestCap: bigint;
  optionMaxOrderLots: bigint;
}>;

/** Everything both sides agree on before block 1, but the L1 addresses. */
export type Network = Readonly<{
  name: string;
  time: Seconds;
  parameters: Parameters;
  publishers: Publishers;
  underlyings: readonly UnderlyingTerms[];
  /** The underlying whose returns are compared with those of the equity index. */
  macroReference: number;
  /** Symbols are for people; the chain knows ids. */
  assets: readonly (ListAsset & Readonly<{ symbol: string }>)[];
  instruments: readonly (ListInstrument & Readonly<{ symbol: string }>)[];
}>;

/** The L1 a chain is bound to. */
export type L1Binding = Readonly<{
  chainId: number;
  rollup: Address;
  sequencer: Address;
  /** L1 tokens by asset id. */
  tokens: Readonly<Record<number, Address>>;
}>;

export class GenesisError extends Error {
  override readonly name = 'GenesisError';
}

const raw = <T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, value: T): RawRecord => ({
  type: kind.type,
  id: kind.idBytes(id),
  value: encode(kind.layout, value),
});

const ZERO_HASH: Digest = `0x${'00'.repeat(32)}`;
const PROTOCOL_VERSION = 1;

export const parameterHashOfNetwork = (network: Network): Digest =>
  parameterHashOf(network.parameters, network.publishers);

function check(network: Network): void {
  const wrong = parameterOutOfBounds(network.parameters);
  if (wrong !== null) throw new GenesisError(`parameter ${wrong} is out of its bounds`);
  const { threshold, members } = network.publishers;
  if (threshold < 1 || threshold > members.length) throw new GenesisError('publisher threshold');
  // So that an owner may hold all there is.
  if (network.underlyings.length > MAX_EXPOSURES) throw new GenesisError('too many underlyings');
  for (const underlying of network.underlyings) {
    const { id, symbol, priceScanRange, scanFloor, scanCeiling } = underlying;
    if (id === NO_MARKET) throw new GenesisError(`underlying ${symbol}: the id means none`);
    const isWithin = scanFloor <= priceScanRange && priceScanRange <= scanCeiling;
    const fault = underlyingFault(underlying) ?? (isWithin ? null : 'scan range');
    if (fault !== null) throw new GenesisError(`underlying ${symbol}: ${fault}`);
  }
  for (const instrument of network.instruments) {
    const fault = listingFault(instrument, network.time);
    if (fault !== null) throw new GenesisError(`instrument ${instrument.symbol}: ${fault}`);
  }
}

/** An underlying before its first price. */
export const unpriced = ({ id: _, symbol: __, ...terms }: UnderlyingTerms): Underlying => ({
  ...terms,
  indexPrice: 0n,
  oracleTime: 0,
  confidence: 0n,
  stablePrice: 0n,
  priceSequence: 0n,
  correlation: WAD,
  feeMultiplier: WAD,
  stress: 0n,
  priceSeconds: 0n,
  settlementExpiry: 0,
  windowPriceSeconds: 0n,
  lastSettlementExpiry: 0,
  lastSettlementPrice: 0n,
  resumeTime: 0,
  terms: [],
});

/** Every record of block 0. @throws GenesisError if the network breaks its own bounds */
export function genesisRecords(network: Network, l1: L1Binding): RawRecord[] {
  check(network);
  const tokenOf = (asset: number): Address => {
    const token = l1.tokens[asset];
    if (token === undefined) throw new GenesisError(`asset ${asset} has no token on this L1`);
    return token;
  };
  return [
    raw(CHAIN, 0, {
      version: PROTOCOL_VERSION,
      height: 0,
      timestamp: network.time,
      anchorNumber: 0,
      anchorHash: ZERO_HASH,
      inboxCursor: 0,
      inboxAccumulator: ZERO_HASH,
      parameterHash: parameterHashOfNetwork(network),
      withdrawalCount: 0,
      domainSeparator: domainSeparatorOf(l1.chainId, l1.rollup),
      sequencer: l1.sequencer,
      resumeTime: 0,
    }),
    raw(POOL, 0, {
      cashPositive: 0n,
      cashNegative: 0n,
      quoteTotal: 0n,
      clearing: 0n,
      insurance: 0n,
      fees: 0n,
      deficit: 0n,
      deposited: 0n,
      withdrawn: 0n,
      borrowIndex: WAD,
      supplyIndex: WAD,
      interestTime: network.time,
      withdrawalRate: WAD,
      auctioned: 0n,
      flagged: 0n,
      rounds: 0n,
      auctionPause: 0,
      claims: 0n,
      claimFactor: CLAIM_FACTOR_START,
      claimScale: 0,
      claimStart: 0,
      recovery: 0n,
      claimMark: 0n,
    }),
    raw(PARAMETERS, PARAMETERS_PAGE, network.parameters),
    raw(PUBLISHERS, PUBLISHERS_PAGE, network.publishers),
    ...network.underlyings.map((terms) => raw(UNDERLYING, terms.id, unpriced(terms))),
    ...network.underlyings
      .filter(({ role }) => role === UNDERLYING_ROLE.tradable)
      .map((terms) => raw(REGIME, terms.id, newRegime(unpriced(terms), network.parameters))),
    raw(MACRO, 0, newMacro(network.macroReference)),
    ...network.assets.map((asset) =>
      raw(ASSET, asset.asset, newAsset({ ...asset, token: tokenOf(asset.asset) }, network.time)),
    ),
    ...network.instruments.map((i) => raw(INSTRUMENT, i.instrument, newInstrument(i))),
  ];
}

/** Root of block 0: what the Rollup contract is deployed with. */
export const genesisRoot = (network: Network, l1: L1Binding): Digest =>
  toHex(State.from(genesisRecords(network, l1)).root);
