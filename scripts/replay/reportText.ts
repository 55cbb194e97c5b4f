// How a report says numbers and times.

/** A title and its rows, each a name and a value in words. */
export type ReportSection = Readonly<{
  title: string;
  rows: readonly (readonly [string, string])[];
}>;

export const number = (value: number, decimals = 0): string =>
  value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });

export function duration(seconds: number): string {
  if (seconds < 60) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3_600), 'h'],
    [Math.floor((whole % 3_600) / 60), 'min'],
    [whole % 60, 's'],
  ];
  const shown = parts.filter(([value]) => value > 0);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}
