/** What a trader's command goes through: JSON-RPC, L1, and a key. */
import { DEV_ACCOUNTS } from '../../node/l1/devAccounts.ts';
import { openL1Provider } from '../../node/l1/provider.ts';
import { addressOfKey } from '../../node/crypto/recover.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import type { Address } from '../../state/units.ts';
import { TidepoolClient } from '../client/client.ts';
import { infoDefinition } from '../schema/system.ts';
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

/**
 * The key comes from TIDEPOOL_KEY, or is one of the ten well-known development accounts; never from
 * the command line, where others can read it.
 */
export async function openDoors({ url, l1, account }: DoorFlags, environment: NodeJS.ProcessEnv): Promise<Doors> {
  const given = environment['TIDEPOOL_KEY'];
  const development = DEV_ACCOUNTS[Number(account)];
  if (given === undefined && development === undefined) {
    throw new CliError(`account ${account}: expected 0 to ${DEV_ACCOUNTS.length - 1}, or a key in TIDEPOOL_KEY`, EXIT.usage);
  }
  const privateKey = (given ?? development!.privateKey) as `0x${string}`;
  try {
    const key = fromHex(privateKey);
    return { client: await TidepoolClient.connect(url), l1Url: l1, privateKey, key, address: addressOfKey(key) };
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(`TIDEPOOL_KEY: ${error.message}`, EXIT.usage);
    throw error;
  }
}

export async function devnetL1({ client, l1Url, privateKey }: Doors): Promise<Trader> {
  const { l1ChainId } = await client.call(infoDefinition, {});
  const provider = openL1Provider({ kind: 'rpc', url: l1Url }, { chainId: l1ChainId, pollingIntervalMs: 250 });
  return new Trader(provider, privateKey);
}
