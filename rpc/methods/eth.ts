/** Answers what wallets ask of any chain. */
import { implement, type Method } from '../schema/core.ts';
import {
  blockNumberDefinition,
  chainIdDefinition,
  clientVersionDefinition,
  netVersionDefinition,
} from '../schema/eth.ts';
import type { Service } from './service.ts';
import { VERSION } from './system.ts';

export function ethMethods({ node }: Service): Method[] {
  const { chainId } = node.binding;
  return [
    implement(chainIdDefinition, () => `0x${chainId.toString(16)}`),
    implement(blockNumberDefinition, () => `0x${node.executor.height.toString(16)}`),
    implement(netVersionDefinition, () => String(chainId)),
    implement(clientVersionDefinition, () => `tidepool/${VERSION}`),
  ];
}
