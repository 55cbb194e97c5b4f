/** Seeds of the differential test that once failed, kept for ever, each with its story. */
export const REGRESSIONS: readonly { seed: number; story: string }[] = [
  { seed: 20_260_318, story: 'a fill-or-kill of one fill, asked to split, was cancelled twice' },
];
