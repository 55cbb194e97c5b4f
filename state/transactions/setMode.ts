/** Chooses the margin rules of a subaccount: portfolio, cross or isolated. */
import { existing } from '../access.ts';
import { u8 } from '../codec/layout.ts';
import { require } from '../errors.ts';
import { ACCOUNT, MARGIN_MODE, type MarginMode } from '../records/account.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import { defineAction } from './action.ts';
import { requireInitialMargin } from './marginRule.ts';

export const setMode = defineAction({
  type: 7,
  name: 'SetMode',
  parts: { mode: [u8, 'uint8'] },
  refusals: ['mode_invalid', 'isolated_needs_one_instrument', 'marks_stale', 'initial_margin_too_low'],
  apply: (state, { id, account }, body) => {
    require(body.mode <= MARGIN_MODE.isolated, REFUSAL.mode_invalid, () => `mode ${body.mode}`);
    const mode = body.mode as MarginMode;
    require(
      mode !== MARGIN_MODE.isolated || account.positions.length <= 1,
      REFUSAL.isolated_needs_one_instrument,
    );
    state.put(ACCOUNT, id, { ...account, mode });
    requireInitialMargin(computeMargin(state, id, existing(state, ACCOUNT, id)));
  },
});
