// Draws lines over time as an SVG that needs nothing else: two scales, legend, round axis labels.
import type { Point } from './statistics.ts';

export type ChartLine = Readonly<{
  name: string;
  points: readonly Point[];
  /** Which scale it is read on; left when not given. */
  axis?: 'left' | 'right';
}>;

export type ChartOptions = Readonly<{
  title: string;
  lines: readonly ChartLine[];
  width?: number;
  height?: number;
  /** What the scales mean, as `USD`. */
  leftLabel?: string;
  rightLabel?: string;
}>;

const MARGIN = { top: 52, right: 84, bottom: 40, left: 84 };
/** Told apart also by people who do not see red and green as different. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd}' +
  '.line{fill:none;stroke-width:1.4;stroke-linejoin:round}';

type Scale = Readonly<{ low: number; high: number; ticks: readonly number[] }>;
type Axis = NonNullable<ChartLine['axis']>;
type Frame = Readonly<{ width: number; height: number; time: Scale }>;

/** A chart whose x is Unix seconds. Lines without points are named in the legend all the same. */
export function lineChart(options: ChartOptions): string {
  const [width, height] = [options.width ?? 960, options.height ?? 420];
  const times = options.lines.flatMap((line) => extent(line.points.map((point) => point.x)));
  const [low, high] = times.length === 0 ? [0, 1] : [least(times), most(times)];
  // One instant alone still needs a width to be drawn in.
  const time = timeScale(low, high > low ? high : low + 1);
  const frame = { width, height, time };
  const scaleOf = (axis: Axis): Scale | null => {
    const own = options.lines.filter((line) => (line.axis ?? 'left') === axis);
    const values = own.flatMap((line) => extent(line.points.map((point) => point.y)));
    return values.length === 0 ? null : valueScale(least(values), most(values));
  };
  const scales = { left: scaleOf('left'), right: scaleOf('right') };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `width="${width}" height="${height}" role="img" aria-label="${escape(options.title)}">`,
    `<style>${STYLE}</style><rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="20" font-weight="600">${escape(options.title)}</text>`,
    ...timeAxis(frame),
    ...valueAxis(frame, scales.left, 'left', options.leftLabel ?? ''),
    ...valueAxis(frame, scales.right, 'right', options.rightLabel ?? ''),
    ...options.lines.map((line, i) => path(frame, scales[line.axis ?? 'left'], line, colour(i))),
    ...legend(options.lines),
    '</svg>',
    '',
  ].join('\n');
}

const colour = (index: number): string => COLOURS[index % COLOURS.length] as string;
const extent = (values: readonly number[]): number[] =>
  values.length === 0 ? [] : [least(values), most(values)];
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
const short = (value: number): string => String(Math.round(value * 10) / 10);
const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const xOf = ({ width, time }: Frame, seconds: number): number =>
  MARGIN.left +
  ((seconds - time.low) / (time.high - time.low)) * (width - MARGIN.left - MARGIN.right);
const yOf = ({ height }: Frame, scale: Scale, value: number): number =>
  height -
  MARGIN.bottom -
  ((value - scale.low) / (scale.high - scale.low)) * (height - MARGIN.top - MARGIN.bottom);

/** Ticks at 1, 2 or 5 times a power of ten, from below the least to above the most. */
function valueScale(low: number, high: number): Scale {
  const range = high > low ? high - low : Math.max(Math.abs(high) * 0.02, 1e-9);
  const rough = range / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { low: first * step, high: last * step, ticks };
}

const TIME_STEPS_SECONDS = [
  ...[1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200],
  ...[86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 91 * 86_400, 365 * 86_400],
];

function timeScale(low: number, high: number): Scale {
  const rough = (high - low) / 8;
  const step = TIME_STEPS_SECONDS.find((seconds) => seconds >= rough) ?? 5 * 365 * 86_400;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick);
  return { low, high, ticks };
}

/** Days by date, hours by time, whichever tells the ticks apart. */
function timeLabel(seconds: number, scale: Scale): string {
  const text = new Date(seconds * 1000).toISOString();
  const step = (scale.ticks[1] ?? scale.high) - (scale.ticks[0] ?? scale.low);
  if (step >= 86_400) return text.slice(0, 10);
  return step >= 60 ? text.slice(5, 16).replace('T', ' ') : text.slice(11, 19);
}

function valueLabel(value: number, scale: Scale): string {
  const step = (scale.ticks[1] as number) - (scale.ticks[0] as number);
  const decimals = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

function timeAxis(frame: Frame): string[] {
  const bottom = frame.height - MARGIN.bottom;
  return frame.time.ticks.flatMap((tick) => {
    const x = short(xOf(frame, tick));
    const text = timeLabel(tick, frame.time);
    return [
      `<line class="grid" x1="${x}" x2="${x}" y1="${MARGIN.top}" y2="${bottom}"/>`,
      `<text x="${x}" y="${bottom + 18}" text-anchor="middle">${text}</text>`,
    ];
  });
}

function valueAxis(frame: Frame, scale: Scale | null, axis: Axis, label: string): string[] {
  if (scale === null) return [];
  const isLeft = axis === 'left';
  const edge = isLeft ? MARGIN.left : frame.width - MARGIN.right;
  const anchor = isLeft ? 'end' : 'start';
  const x = isLeft ? edge - 6 : edge + 6;
  const lines = scale.ticks.flatMap((tick) => {
    const y = yOf(frame, scale, tick);
    const words = valueLabel(tick, scale);
    const text = `<text x="${x}" y="${short(y + 4)}" text-anchor="${anchor}">${words}</text>`;
    if (!isLeft) return [text];
    const right = frame.width - MARGIN.right;
    const height = short(y);
    return [`<line class="grid" x1="${edge}" x2="${right}" y1="${height}" y2="${height}"/>`, text];
  });
  return [
    ...lines,
    `<text x="${x}" y="${MARGIN.top - 12}" text-anchor="${anchor}">${escape(label)}</text>`,
  ];
}

function path(frame: Frame, scale: Scale | null, line: ChartLine, stroke: string): string {
  if (scale === null || line.points.length === 0) return '';
  const steps = line.points.map(
    ({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${short(xOf(frame, x))} ${short(yOf(frame, scale, y))}`,
  );
  return `<path class="line" stroke="${stroke}" d="${steps.join('')}"/>`;
}

/** Wide enough for a name of twenty characters. */
const LEGEND_WIDTH = 170;

function legend(lines: readonly ChartLine[]): string[] {
  return lines.flatMap((line, i) => {
    const x = MARGIN.left + i * LEGEND_WIDTH;
    return [
      `<line x1="${x}" x2="${x + 18}" y1="34" y2="34" stroke="${colour(i)}" stroke-width="3"/>`,
      `<text x="${x + 24}" y="38">${escape(line.name)}</text>`,
    ];
  });
}
