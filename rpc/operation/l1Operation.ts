/** What any node that follows L1 can doubt and count of it. */
import type { Watcher } from '../../node/l1/watcher.ts';
import type { Clock } from '../../node/ports/clock.ts';
import type { Doubt, Meter } from '../../node/ports/operation.ts';
import type { Seconds } from '../../state/units.ts';

/** The watcher leaves out up to 32 polls after failures. */
const L1_SILENT_SECONDS_MAX = 60;

export function l1Operation(watcher: Watcher, clock: Clock): { doubts: () => Doubt[]; meters: Meter[] } {
  const began = clock.nowSeconds();
  const age = (): Seconds => clock.nowSeconds() - (watcher.lastLook ?? began);
  const doubts = (): Doubt[] =>
    age() > L1_SILENT_SECONDS_MAX ? [{ code: 'L1_SILENT', detail: `L1 was not read for ${age()} seconds` }] : [];
  const meters: Meter[] = [
    {
      name: 'tidepool_l1_block_number',
      help: 'Newest block of L1 that was read.',
      type: 'gauge',
      read: () => watcher.scanned?.number ?? 0,
    },
    {
      name: 'tidepool_l1_answer_age_seconds',
      help: 'Time since L1 was last read to its end.',
      type: 'gauge',
      read: age,
    },
  ];
  return { doubts, meters };
}
