/** Every method of a node. */
import type { Method } from '../schema/core.ts';
import { accountMethods } from './account.ts';
import { chainMethods } from './chain.ts';
import { ethMethods } from './eth.ts';
import { liquidationMethods } from './liquidation.ts';
import { marketMethods } from './market.ts';
import { poolMethods } from './pool.ts';
import { proofMethods } from './proof.ts';
import { riskMethods } from './risk.ts';
import type { Service } from './service.ts';
import { simulateMethods } from './simulate.ts';
import { systemMethods } from './system.ts';
import { txMethods } from './tx.ts';

export const allMethods = (service: Service): Method[] => [
  ...systemMethods(service),
  ...chainMethods(service),
  ...marketMethods(service),
  ...poolMethods(service),
  ...riskMethods(service),
  ...simulateMethods(service),
  ...accountMethods(service),
  ...liquidationMethods(service),
  ...txMethods(service),
  ...proofMethods(service),
  ...ethMethods(service),
];
