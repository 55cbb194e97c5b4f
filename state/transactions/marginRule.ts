/** The rule for anything that takes value out: fresh marks, and initial margin met afterwards. */
import { require } from '../errors.ts';
import { REFUSAL } from '../refusals.ts';
import { meetsInitial, type Margin } from '../risk/margin.ts';

export function requireInitialMargin(after: Margin): void {
  require(after.fresh, REFUSAL.marks_stale, 'prices or marks of this account are too old');
  require(meetsInitial(after), REFUSAL.initial_margin_too_low, () =>
    `equity ${after.initialEquity} below initial margin ${after.initial}`);
}
