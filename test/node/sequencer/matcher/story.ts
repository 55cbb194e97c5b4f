/** Tells what a matcher did in a few words a line, so that a test reads as the story it tells. */
import * as assert from 'uvu/assert';
import type { MatchEvent } from '../../../../node/sequencer/matcher/events.ts';
import { Matcher } from '../../../../node/sequencer/matcher/matcher.ts';
import type { OrderInput } from '../../../../node/sequencer/matcher/order.ts';
import { NOW, order, World, type Script } from './world.ts';

function tell(event: MatchEvent): string {
  if (event.type === 'filled') {
    return `filled ${event.maker} ${event.taker} ${event.lots}@${event.priceTicks}`;
  }
  const { type, id } = event;
  if (event.type === 'accepted') {
    return event.replaces === null ? `${type} ${id}` : `${type} ${id} for ${event.replaces}`;
  }
  if (event.type === 'rested') return `${type} ${id} ${event.lots}@${event.priceTicks}`;
  if (event.type === 'rejected') return `${type} ${id} ${event.code}`;
  if (event.type === 'cancelled') {
    return `${type} ${id} ${event.lots} ${event.reason} ${event.detail}`.trim();
  }
  return `${type} ${id} ${event.lots}`;
}
export const told = (events: readonly MatchEvent[]): string[] => events.map(tell);

/** A resting sell order, in what matters to the story. */
export type Given = { account: string; lots: number; priceTicks: number } & Partial<OrderInput>;
/** A matcher with sell orders m1, m2, ... resting. */
export function withSells(script: Script, ...sells: Given[]): { matcher: Matcher; world: World } {
  const world = new World(script);
  const matcher = new Matcher(world);
  sells.forEach((sell, i) => {
    const events = matcher.place(order(`m${i + 1}`, { side: 'sell', ...sell }), NOW);
    assert.is(events.at(-1)?.type, 'rested');
  });
  return { matcher, world };
}
