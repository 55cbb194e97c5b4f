/** Every method of a node. */
import type { Method } from '../schema/core.ts';
import { accountMethods } from './account.ts';
import { chainMethods } from './chain.ts';
import { marketMethods } from './market.ts';
import type { Service } from './service.ts';
import { systemMethods } from './system.ts';
import { txMethods } from './tx.ts';

export const allMethods = (service: Service): Method[] => [
  ...systemMethods(service),
  ...chainMethods(service),
  ...marketMethods(service),
  ...accountMethods(service),
  ...txMethods(service),
];
