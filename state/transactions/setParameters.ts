/** Governance: replaces the parameters and the oracle's publishers, within their bounds. */
import { existing, type StateAccess } from '../access.ts';
import { concat, toHex } from '../codec/bytes.ts';
import { encode, struct, type Decoded } from '../codec/layout.ts';
import { sha256 } from '../crypto/sha256.ts';
import { require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
  type Parameters,
  type Publishers,
} from '../records/parameters.ts';
import { REFUSAL } from '../refusals.ts';
import type { Digest } from '../units.ts';
import type { GovernanceAction } from './governance.ts';
import { parameterOutOfBounds } from './parameterBounds.ts';

const layout = struct({ parameters: PARAMETERS.layout, publishers: PUBLISHERS.layout });
export type SetParameters = Decoded<typeof layout>;

/** sha256 of both pages: batches carry it, so that L1 and auditors know the rules in force. */
export const parameterHashOf = (parameters: Parameters, publishers: Publishers): Digest =>
  toHex(sha256(concat(encode(PARAMETERS.layout, parameters), encode(PUBLISHERS.layout, publishers))));

export const setParameters: GovernanceAction<SetParameters> = {
  action: 1,
  name: 'setParameters',
  layout,
  refusals: ['parameter_out_of_bounds'],
  apply: (state: StateAccess, { parameters, publishers }) => {
    const wrong = parameterOutOfBounds(parameters);
    require(wrong === null, REFUSAL.parameter_out_of_bounds, String(wrong));
    const { threshold, members } = publishers;
    const sane = threshold >= 1 && threshold <= members.length && new Set(members).size === members.length;
    require(sane, REFUSAL.parameter_out_of_bounds, 'publishers');
    state.put(PARAMETERS, PARAMETERS_PAGE, parameters);
    state.put(PUBLISHERS, PUBLISHERS_PAGE, publishers);
    const chain = existing(state, CHAIN, 0);
    state.put(CHAIN, 0, { ...chain, parameterHash: parameterHashOf(parameters, publishers) });
  },
};
