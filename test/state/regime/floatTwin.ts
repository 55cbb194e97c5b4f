/** The volatility model once more, in doubles and from its description: what the integers are held to. */

const WEIGHT = [0.5, 0.2, 0.15] as const;
const HALF_LIFE = [12, 72, 720, 8_760] as const;
const STATES = [0.45, 0.95, 1.9] as const;

export type Float = {
  short: number[];
  slow: number;
  sum: number;
  hours: number;
  belief: [number, number, number];
  dayReturn: number;
  dayHours: number;
  dayVariance: number;
  last: number;
  range: number;
  volatility: number;
};

export const floatAt = (variance: number, belief: [number, number, number], price: number): Float => ({
  short: [variance, variance, variance],
  slow: variance,
  sum: variance * 8_760,
  hours: 8_760,
  belief,
  dayReturn: 0,
  dayHours: 0,
  dayVariance: variance,
  last: price,
  range: Number.POSITIVE_INFINITY,
  volatility: 0,
});

const har = (f: Float): number =>
  WEIGHT.reduce((sum, w, i) => sum + w * (f.short[i] as number), 0.15 * (f.sum / f.hours));

/** A bar of `hours`; `midnights` days end with it. */
export function floatBar(f: Float, price: number, hours: number, midnights: number, k: number, tilt = 0): void {
  const most = 6 * Math.sqrt(har(f) * hours);
  const r = Math.min(most, Math.max(-most, Math.log(price / f.last)));
  f.last = price;
  const towards = (mean: number, halfLife: number): number =>
    mean + (1 - 2 ** (-hours / halfLife)) * ((r * r) / hours - mean);
  f.short = f.short.map((mean, i) => towards(mean, HALF_LIFE[i] as number));
  f.slow = towards(f.slow, 8_760);
  const over = Math.max(0, f.hours + hours - 87_600);
  f.sum = f.sum * (1 - over / f.hours) + r * r;
  f.hours += hours - over;
  f.dayReturn += r;
  f.dayHours += hours;
  if (midnights > 0) floatDay(f, midnights, tilt);
  const filtered = 24 * f.slow * f.belief.reduce((sum, p, i) => sum + p * (STATES[i] as number) ** 2, 0);
  f.volatility = Math.sqrt((24 * har(f) + filtered) / 2);
  const longTerm = Math.sqrt((24 * f.sum) / f.hours);
  const base = k * f.volatility;
  const stressed = 1.35 * k * Math.max(longTerm, Math.sqrt(24 * f.slow));
  const low = Math.max(0.75 * base + 0.25 * Math.max(base, stressed), 0.6 * k * longTerm);
  f.range = Math.min(1.25 * low, Math.max(low, f.range));
}

function floatDay(f: Float, days: number, tilt: number): void {
  const z2 = Math.min(256, f.dayReturn ** 2 / (f.dayHours * f.dayVariance));
  const seen = f.belief.map((p, i) => (p * Math.exp(-z2 / (2 * (STATES[i] as number) ** 2))) / (STATES[i] as number));
  const total = seen.reduce((a, b) => a + b);
  let p = seen.map((x) => x / total) as [number, number, number];
  const [c0, c1, c2] = [0, 0.055 * (1 + tilt), 0.005 * (1 + 4 * tilt)];
  const n2 = 0.02 * (1 + 4 * tilt);
  const rows = [
    [1 - c0 - c1 - c2, c1, c2],
    [0.05, 1 - 0.05 - n2, n2],
    [0.005, 0.095, 0.9],
  ] as const;
  for (let i = 0; i < Math.min(days, 32); i++) {
    p = [0, 1, 2].map((to) => p.reduce((sum, from, s) => sum + from * (rows[s]![to] as number), 0)) as typeof p;
  }
  f.belief = p;
  f.dayReturn = 0;
  f.dayHours = 0;
  f.dayVariance = f.slow;
}
