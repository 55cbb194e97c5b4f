/** What a trader's command goes through: JSON-RPC, L1, and a key. */
import { readFileSync } from 'node:fs';
import { parseDeployment, type Deployment } from '../../node/l1/deployment.ts';
import { DEV_ACCOUNTS } from '../../node/l1/devAccounts.ts';
import { openL1Provider } from '../../node/l1/provider.ts';
import { addressOfKey } from '../../node/crypto/recover.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import type { Address } from '../../state/units.ts';
import { TidepoolClient } from '../client/client.ts';
import { infoDefinition } from '../schema/system.ts';
import type { Config } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { Trader } from './l1.ts';

export type Doors = Readonly<{
  client: TidepoolClient;
  l1Url: string;
  privateKey: `0x${string}`;
  key: Uint8Array;
  address: Address;
}>;
export type DoorFlags = Readonly<{ url: string; l1: string; account: string }>;

type Keys = Pick<Doors, 'privateKey' | 'key' | 'address'>;

/**
 * A key comes from the environment, or is one of the ten well-known development accounts; never from
 * the command line, where others can read it.
 */
function keysOf(name: string, account: number, environment: NodeJS.ProcessEnv): Keys {
  const given = environment[name];
  const development = DEV_ACCOUNTS[account];
  if (given === undefined && development === undefined) {
    throw new CliError(`account ${account}: expected 0 to ${DEV_ACCOUNTS.length - 1}, or a key in ${name}`, EXIT.usage);
  }
  const privateKey = (given ?? development!.privateKey) as `0x${string}`;
  try {
    const key = fromHex(privateKey);
    return { privateKey, key, address: addressOfKey(key) };
  } catch (error) {
    throw new CliError(`${name}: ${(error as Error).message}`, EXIT.usage);
  }
}

/** Of whoever gives a command. */
export const keyOf = (account: string, environment: NodeJS.ProcessEnv): Keys =>
  keysOf('TIDEPOOL_KEY', Number(account), environment);
/** Of the operator of a node. */
export const sequencerKeyOf = ({ sequencerAccount }: Config, environment: NodeJS.ProcessEnv): Keys =>
  keysOf('TIDEPOOL_SEQUENCER_KEY', sequencerAccount, environment);

/** A deployment.json. @throws CliError */
export function readDeployment(path: string): Deployment {
  try {
    return parseDeployment(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CliError(`${path}: expected the deployment.json of the network: ${(error as Error).message}`, EXIT.usage);
  }
}

export async function openDoors({ url, l1, account }: DoorFlags, environment: NodeJS.ProcessEnv): Promise<Doors> {
  const keys = keyOf(account, environment);
  return { client: await TidepoolClient.connect(url), l1Url: l1, ...keys };
}

export async function devnetL1({ client, l1Url, privateKey }: Doors): Promise<Trader> {
  const { l1ChainId } = await client.call(infoDefinition, {});
  const provider = openL1Provider({ kind: 'rpc', url: l1Url }, { chainId: l1ChainId, pollingIntervalMs: 250 });
  return new Trader(provider, privateKey);
}
