/** The rules for what lowers equity or changes what margin is: fresh marks, and initial margin met afterwards. */
import { require } from '../errors.ts';
import { REFUSAL } from '../refusals.ts';
import { meetsInitial, type Margin } from '../risk/margin.ts';

export function requireInitialMargin(after: Margin): void {
  require(after.fresh, REFUSAL.marks_stale, 'prices or marks of this account are too old');
  require(meetsInitial(after), REFUSAL.initial_margin_too_low, () =>
    `equity ${after.initialEquity} below initial margin ${after.initial}`);
}

/** For what takes value out: initial margin is met without the profit that is not yet realised, beyond its share. */
export function requireFreeEquity(after: Margin): void {
  requireInitialMargin(after);
  require(after.freeEquity >= after.initial, REFUSAL.unrealised_profit, () =>
    `equity ${after.freeEquity} without unrealised profit, below initial margin ${after.initial}`);
}
