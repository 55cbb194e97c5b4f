// The rules and block 0 of the embedded L1: Ethereum as of Osaka, funded development accounts,
// nothing else.
import { createBlock, type Block } from '@ethereumjs/block';
import { Common, Hardfork, type ChainConfig, type CustomCrypto } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { MerkleStateManager, type Caches } from '@ethereumjs/statemanager';
import { Account, createAddressFromString, hexToBytes, ValueEncoding } from '@ethereumjs/util';
import type { DB } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';

export type GenesisAccount = {
  readonly address: Address;
  readonly balance: bigint;
  readonly code?: Hex;
};

/** Gas of a block, as on mainnet: three transactions of the largest size (2^24 gas). */
export const BLOCK_GAS_MAX = 60_000_000n;
/** EIP-7825: gas of one transaction. */
export const TRANSACTION_GAS_MAX = 16_777_216n;
/** EIP-1559's first base fee; it falls to 7 wei while blocks stay empty. */
const BASE_FEE_FIRST = 1_000_000_000n;

/** Arachnid's deterministic deployment proxy, which deployment tools expect on every chain. */
const DEPLOYMENT_PROXY: GenesisAccount = {
  address: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  balance: 0n,
  code: '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3',
};

/** Every fork is active from block 0, so no rule ever changes by height. */
const FORKS_BY_BLOCK = [
  Hardfork.Chainstart,
  Hardfork.Homestead,
  Hardfork.TangerineWhistle,
  Hardfork.SpuriousDragon,
  Hardfork.Byzantium,
  Hardfork.Constantinople,
  Hardfork.Petersburg,
  Hardfork.Istanbul,
  Hardfork.Berlin,
  Hardfork.London,
  Hardfork.Paris,
];
const FORKS_BY_TIME = [Hardfork.Shanghai, Hardfork.Cancun, Hardfork.Prague, Hardfork.Osaka];

export function createRules(chainId: number, customCrypto: CustomCrypto): Common {
  const chain: ChainConfig = {
    name: 'embedded',
    chainId,
    consensus: { type: 'pos', algorithm: 'casper', casper: {} },
    genesis: {
      gasLimit: `0x${BLOCK_GAS_MAX.toString(16)}`,
      difficulty: 0,
      nonce: '0x0000000000000000',
      extraData: '0x',
    },
    hardforks: [
      ...FORKS_BY_BLOCK.map((name) => ({ name, block: 0 })),
      ...FORKS_BY_TIME.map((name) => ({ name, block: null, timestamp: 0 })),
    ],
    bootstrapNodes: [],
  };
  return new Common({ chain, hardfork: Hardfork.Osaka, customCrypto });
}

/** Accounts and code under `root`, read through `store`; without `caches` cheap to make. */
export function openState(
  common: Common,
  store: DB<string, Uint8Array>,
  root?: Uint8Array,
  caches?: Caches,
): MerkleStateManager {
  const trie = new MerklePatriciaTrie({
    db: store,
    common,
    useKeyHashing: true,
    valueEncoding: ValueEncoding.Bytes,
    ...(root === undefined ? {} : { root }),
  });
  return new MerkleStateManager({ common, trie, ...(caches === undefined ? {} : { caches }) });
}

/** Writes the first state into `store` and returns block 0. The same inputs give the same hash. */
export async function createGenesis(
  common: Common,
  store: DB<string, Uint8Array>,
  accounts: readonly GenesisAccount[],
  timestamp: bigint,
): Promise<Block> {
  const state = openState(common, store);
  for (const genesisAccount of [DEPLOYMENT_PROXY, ...accounts]) {
    const address = createAddressFromString(genesisAccount.address);
    const nonce = genesisAccount.code === undefined ? 0n : 1n;
    await state.putAccount(address, new Account(nonce, genesisAccount.balance));
    if (genesisAccount.code !== undefined) {
      await state.putCode(address, hexToBytes(genesisAccount.code));
    }
  }
  const stateRoot = await state.getStateRoot();
  const header = {
    number: 0n,
    timestamp,
    gasLimit: BLOCK_GAS_MAX,
    baseFeePerGas: BASE_FEE_FIRST,
    stateRoot,
  };
  return createBlock({ header, withdrawals: [] }, { common });
}
