/** Days of the proleptic Gregorian calendar, counted from 1970-01-01 (a Thursday). */
const DAYS_PER_ERA = 146_097;
/** 1970-01-01 counted from 0000-03-01, where the algorithm's years begin. */
const EPOCH_SHIFT = 719_468;
const FRIDAY = 5;

/** 0 Sunday to 6 Saturday. */
export const weekdayOf = (day: number): number => (day + 4) % 7;
export const isFriday = (day: number): boolean => weekdayOf(day) === FRIDAY;

/** Month of a day, 1 to 12 (H. Hinnant, "chrono-compatible low-level date algorithms"). */
export function monthOf(day: number): number {
  const ofEra = (day + EPOCH_SHIFT) % DAYS_PER_ERA;
  const years = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * years + Math.floor(years / 4) - Math.floor(years / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  return fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
}

/** Is it a Friday after which its month has no other? */
export const isLastFriday = (day: number): boolean => isFriday(day) && monthOf(day) !== monthOf(day + 7);
