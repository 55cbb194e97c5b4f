/**
 * The deployment of a rollup on L1, planned to the byte before anything is sent: contracts know
 * each other's addresses, and the genesis root depends on the Rollup's.
 */
import { encodeDeployData, getContractAddress } from 'viem/utils';
import type { Address, Digest } from '../../state/units.ts';
import {
  auctionSteps,
  bidSteps,
  actionSteps,
  chainSteps,
  fraudProof,
  governance,
  inbox,
  markSteps,
  oracleSteps,
  rollup,
  roundSteps,
  testToken,
  tradeSteps,
  vault,
  vaultSteps,
  waterfallSteps,
} from './abi.ts';
import { genesisHash } from './batch.ts';

type Hex = `0x${string}`;

/** Settings of the contracts; `README.md` has the table. Durations in seconds, amounts in wei. */
export interface L1Parameters {
  readonly bondAmount: bigint;
  readonly challengeWindow: bigint;
  readonly forcedInclusionDelay: bigint;
  readonly sequencerTimeout: bigint;
  readonly unbondDelay: bigint;
  readonly maxClockDrift: bigint;
  readonly maxBatchAge: bigint;
  readonly governanceDelay: bigint;
  readonly forcedFee: bigint;
  readonly forcedItemsPerBlock: number;
}

/** Asset ids are positions in the list. */
export type TokenPlan =
  | Readonly<{ kind: 'test'; name: string; symbol: string; decimals: number }>
  | Readonly<{ kind: 'existing'; address: Address }>;

export interface DeploymentConfig {
  readonly parameters: L1Parameters;
  readonly tokens: readonly TokenPlan[];
  readonly sequencer: Address;
  readonly guardian: Address;
  /** May schedule and cancel governance calls. */
  readonly proposers: readonly Address[];
  /** May execute what has waited; the zero address for anyone. */
  readonly executors: readonly Address[];
}

export interface DeploymentRequest {
  readonly chainId: number;
  readonly deployer: Address;
  /**
   * The deployer's next nonce. Every transaction of the plan must be its own, in order, from here.
   */
  readonly nonce: bigint;
  readonly config: DeploymentConfig;
  readonly genesisOf: (rollupAddress: Address) => { genesisRoot: Digest; parameterHash: Digest };
}

export interface CreationTransaction {
  readonly name: string;
  readonly nonce: bigint;
  readonly data: Hex;
  /** Where the contract will be: check it against the receipt. */
  readonly address: Address;
}

/** The contracts of every rollup, in the order they are created. */
export const CONTRACTS = [
  'chainSteps',
  'actionSteps',
  'tradeSteps',
  'oracleSteps',
  'markSteps',
  'auctionSteps',
  'bidSteps',
  'waterfallSteps',
  'vaultSteps',
  'roundSteps',
  'inbox',
  'rollup',
  'fraudProof',
  'governance',
  'vault',
] as const;

export type ContractAddresses = Readonly<Record<(typeof CONTRACTS)[number], Address>>;

export interface DeploymentPlan {
  readonly addresses: ContractAddresses &
    Readonly<{
      /** By asset id. */
      tokens: readonly Address[];
    }>;
  readonly genesisRoot: Digest;
  readonly parameterHash: Digest;
  /** What batch 0 names as its parent. */
  readonly genesisHash: Digest;
  /**
   * To send in order, without waiting; the Vault, last, refuses to exist unless the others point where
   * they should.
   */
  readonly transactions: readonly CreationTransaction[];
}

export const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000';

/**
 * For a local network: everything within a minute or two, and a node that slept for a year can
 * still post.
 */
export const DEVNET_L1_PARAMETERS: L1Parameters = {
  bondAmount: 10n ** 16n,
  challengeWindow: 60n,
  forcedInclusionDelay: 30n,
  sequencerTimeout: 30n,
  unbondDelay: 120n,
  maxClockDrift: 60n,
  maxBatchAge: 31_536_000n,
  governanceDelay: 180n,
  forcedFee: 0n,
  forcedItemsPerBlock: 32,
};

/** For a network that holds value. */
export const MAINNET_L1_PARAMETERS: L1Parameters = {
  bondAmount: 32n * 10n ** 18n,
  challengeWindow: 7n * 86_400n,
  forcedInclusionDelay: 8n * 3_600n,
  sequencerTimeout: 4n * 3_600n,
  unbondDelay: 14n * 86_400n,
  maxClockDrift: 60n,
  maxBatchAge: 86_400n,
  governanceDelay: 15n * 86_400n,
  forcedFee: 10n ** 14n,
  forcedItemsPerBlock: 32,
};

/** Same request, same plan. Nothing is sent. */
export function planDeployment(request: DeploymentRequest): DeploymentPlan {
  const { chainId, deployer, nonce, config, genesisOf } = request;
  const testTokens = config.tokens.filter((token) => token.kind === 'test').length;
  const addressAt = (place: number): Address =>
    getContractAddress({ from: deployer, nonce: nonce + BigInt(place) }).toLowerCase() as Address;

  let placed = 0;
  const tokens = config.tokens.map((token) =>
    token.kind === 'test' ? addressAt(placed++) : token.address,
  );
  const contracts = Object.fromEntries(
    CONTRACTS.map((name, place) => [name, addressAt(testTokens + place)]),
  ) as ContractAddresses;
  const addresses = { tokens, ...contracts };
  const { genesisRoot, parameterHash } = genesisOf(addresses.rollup);

  const data: Readonly<Record<keyof ContractAddresses, Hex>> = {
    chainSteps: encodeDeployData(chainSteps),
    actionSteps: encodeDeployData(actionSteps),
    tradeSteps: encodeDeployData(tradeSteps),
    oracleSteps: encodeDeployData(oracleSteps),
    markSteps: encodeDeployData(markSteps),
    auctionSteps: encodeDeployData(auctionSteps),
    bidSteps: encodeDeployData(bidSteps),
    waterfallSteps: encodeDeployData(waterfallSteps),
    vaultSteps: encodeDeployData(vaultSteps),
    roundSteps: encodeDeployData(roundSteps),
    inbox: inboxData(addresses, config.parameters),
    rollup: rollupData(addresses, config, genesisRoot, parameterHash),
    fraudProof: fraudProofData(addresses),
    governance: governanceData(addresses, config),
    vault: encodeDeployData({
      ...vault,
      args: [addresses.inbox, addresses.rollup, addresses.governance, tokens],
    }),
  };
  const creations: [name: string, address: Address, data: Hex][] = [
    ...tokenCreations(config.tokens, tokens),
    ...CONTRACTS.map((name): [string, Address, Hex] => [name, addresses[name], data[name]]),
  ];
  return {
    addresses,
    genesisRoot,
    parameterHash,
    genesisHash: genesisHash(chainId, genesisRoot, parameterHash),
    transactions: creations.map(([name, address, data], place) => ({
      name,
      nonce: nonce + BigInt(place),
      data,
      address,
    })),
  };
}

type Addresses = DeploymentPlan['addresses'];

function tokenCreations(
  plans: readonly TokenPlan[],
  addresses: readonly Address[],
): [name: string, address: Address, data: Hex][] {
  return plans.flatMap((plan, asset) =>
    plan.kind === 'test'
      ? [
          [
            `TestToken ${plan.symbol}`,
            addresses[asset]!,
            encodeDeployData({ ...testToken, args: [plan.name, plan.symbol, plan.decimals] }),
          ] as [string, Address, Hex],
        ]
      : [],
  );
}

function inboxData(addresses: Addresses, parameters: L1Parameters): Hex {
  const { forcedFee, forcedItemsPerBlock } = parameters;
  return encodeDeployData({
    ...inbox,
    args: [addresses.vault, addresses.governance, forcedFee, forcedItemsPerBlock],
  });
}

function rollupData(
  addresses: Addresses,
  { parameters, sequencer }: DeploymentConfig,
  genesisRoot: Digest,
  parameterHash: Digest,
): Hex {
  return encodeDeployData({
    ...rollup,
    args: [
      {
        inbox: addresses.inbox,
        genesisRoot,
        parameterHash,
        sequencer,
        fraudProof: addresses.fraudProof,
        bondAmount: parameters.bondAmount,
        challengeWindow: parameters.challengeWindow,
        forcedInclusionDelay: parameters.forcedInclusionDelay,
        sequencerTimeout: parameters.sequencerTimeout,
        unbondDelay: parameters.unbondDelay,
        maxClockDrift: parameters.maxClockDrift,
        maxBatchAge: parameters.maxBatchAge,
      },
    ],
  });
}

function fraudProofData(addresses: Addresses): Hex {
  const { rollup: at, chainSteps, actionSteps, tradeSteps, oracleSteps, markSteps } = addresses;
  const { auctionSteps, bidSteps, waterfallSteps, vaultSteps, roundSteps } = addresses;
  const ofAccounts = [chainSteps, actionSteps, tradeSteps, oracleSteps, markSteps] as const;
  const ofLiquidations = [auctionSteps, bidSteps, waterfallSteps, vaultSteps, roundSteps] as const;
  return encodeDeployData({
    ...fraudProof,
    args: [at, ...ofAccounts, ...ofLiquidations],
  });
}

function governanceData(addresses: Addresses, config: DeploymentConfig): Hex {
  const { parameters, proposers, executors, guardian } = config;
  return encodeDeployData({
    ...governance,
    args: [
      addresses.inbox,
      addresses.rollup,
      addresses.vault,
      parameters.governanceDelay,
      [...proposers],
      [...executors],
      guardian,
    ],
  });
}
