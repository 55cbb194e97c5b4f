/** Voids every order signed with a nonce below the new floor: "cancel all I signed before". */
import { u64 } from '../codec/layout.ts';
import { require } from '../errors.ts';
import { ACCOUNT } from '../records/account.ts';
import { REFUSAL } from '../refusals.ts';
import { defineAction } from './action.ts';

export const invalidateNonces = defineAction({
  type: 10,
  name: 'InvalidateNonces',
  parts: { floor: [u64, 'uint64'] },
  refusals: ['nonce_floor_must_rise'],
  apply: (state, { id, account }, body) => {
    require(body.floor > account.orderNonceFloor, REFUSAL.nonce_floor_must_rise, () =>
      `floor ${body.floor} must be above ${account.orderNonceFloor}`);
    state.put(ACCOUNT, id, { ...account, orderNonceFloor: body.floor });
  },
});
