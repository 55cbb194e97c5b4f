// The network of a replay: the devnet, and in May 2022 the dollar coin and the coin behind it that died then.
import type { Network, UnderlyingTerms } from '../../genesis/genesis.ts';
import { UNDERLYING_ID } from '../../genesis/networks/devnet.ts';
import { devnetOf } from '../../node/devnet.ts';
import { UNDERLYING_IDS } from '../../node/oracle/source.ts';
import { WAD, type Seconds } from '../../state/units.ts';

export const TERRA_ID = { UST: 4, LUNA: 5 } as const;
/** Names that a recorded file may feed. */
export const SYMBOLS: Readonly<Record<string, number>> = { ...UNDERLYING_IDS, ...TERRA_ID };

export const isTerra = (underlying: number): boolean => Object.values<number>(TERRA_ID).includes(underlying);

/** The network that prices all of these underlyings. */
export const networkFor = (underlyings: readonly number[]): ((genesisTime: Seconds) => Network) =>
  underlyings.some(isTerra) ? terraOf : devnetOf;

const percent = (x: bigint): bigint => (x * WAD) / 100n;
const millionUsd = (x: bigint): bigint => x * 10n ** 12n;
const NO_OPTIONS = {
  ...{ strikeStep: 0n, optionTickSize: 0n, optionLotSize: 0n },
  ...{ optionOpenInterestCap: 0n, optionMaxOrderLots: 0n },
};

/**
 * The devnet with UST and LUNA as collateral, on the terms that a careful listing of April 2022 would have
 * had: volumes of that month, haircuts above those of the majors, caps that are a fraction of a day's volume.
 */
function terraOf(genesisTime: Seconds): Network {
  const network = devnetOf(genesisTime);
  const termsOf = (id: number): UnderlyingTerms => network.underlyings.find((one) => one.id === id)!;
  const [usdc, sol] = [termsOf(UNDERLYING_ID.USDC), termsOf(UNDERLYING_ID.SOL)];
  const asset = network.assets.find(({ symbol }) => symbol === 'WETH')!;
  const tokens = (whole: bigint): bigint => whole * 10n ** 6n;
  return {
    ...network,
    name: 'devnet with UST and LUNA',
    underlyings: [
      ...network.underlyings,
      { ...usdc, id: TERRA_ID.UST, symbol: 'UST', leader: TERRA_ID.UST, averageDailyVolume: millionUsd(300n) },
      {
        ...{ ...sol, ...NO_OPTIONS, id: TERRA_ID.LUNA, symbol: 'LUNA' },
        averageDailyVolume: millionUsd(1_000n),
      },
    ],
    assets: [
      ...network.assets,
      {
        ...{ ...asset, asset: 4, symbol: 'UST', underlying: TERRA_ID.UST, decimals: 6 },
        ...{ baseHaircut: percent(10n), averageDailyVolume: millionUsd(300n) },
        ...{ cap: tokens(20_000_000n), accountCap: tokens(2_000_000n) },
      },
      {
        ...{ ...asset, asset: 5, symbol: 'LUNA', underlying: TERRA_ID.LUNA, decimals: 6 },
        ...{ baseHaircut: percent(35n), averageDailyVolume: millionUsd(1_000n) },
        ...{ cap: tokens(500_000n), accountCap: tokens(25_000n) },
      },
    ],
  };
}
