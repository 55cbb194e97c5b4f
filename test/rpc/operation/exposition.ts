/** Reads the text format of Prometheus, and takes nothing that its definition does not allow. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';

export type Family = Readonly<{ type: string; help: string; samples: Map<string, number> }>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
/** Numbers as Go reads them: NaN in any case. */
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? ([+-]?Inf|[Nn][Aa][Nn]|[+-]?[0-9.]+(?:e[+-]?[0-9]+)?)$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

/** Families by name; samples by name and labels as written. @throws where the text is not well-formed */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  let [name, help, family]: [string, string, Family | null] = ['', '', null];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, of, rest] = comment as unknown as [string, string, string, string];
      if (kind === 'HELP') {
        if (families.has(of)) throw new Error(`${of} comes twice`);
        [name, help, family] = [of, rest, null];
      } else {
        if (of !== name || family !== null || SUFFIXES[rest] === undefined) throw new Error(line);
        family = { type: rest, help, samples: new Map() };
        families.set(of, family);
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null || family === null) throw new Error(`no sample of a family: ${line}`);
    const [, of, labels = '', value] = sample as unknown as [string, string, string | undefined, string];
    if (!SUFFIXES[family.type]!.some((suffix) => of === name + suffix)) throw new Error(`not of ${name}: ${line}`);
    if (family.samples.has(of + labels)) throw new Error(`twice: ${line}`);
    family.samples.set(of + labels, Number(value.replace('Inf', 'Infinity')));
  }
  for (const [of, { type, samples }] of families) if (type === 'histogram') checkBuckets(of, samples);
  return families;
}

/** Each bucket counts what those below it do, and the last of them everything. */
function checkBuckets(name: string, samples: ReadonlyMap<string, number>): void {
  let [last, end] = [0, -Infinity];
  for (const [series, value] of samples) {
    const bucket = /_bucket\{(.*?),?le="([^"]+)"\}$/.exec(series);
    if (bucket === null) continue;
    const le = Number(bucket[2]!.replace('Inf', 'Infinity'));
    if (le <= end || value < last) throw new Error(`buckets out of order: ${series}`);
    [last, end] = [value, le];
    if (le !== Infinity) continue;
    const labels = bucket[1] === '' ? '' : `{${bucket[1]}}`;
    const sum = samples.get(`${name}_sum${labels}`);
    if (samples.get(`${name}_count${labels}`) !== value || sum === undefined) throw new Error(`not all counted: ${series}`);
    [last, end] = [0, -Infinity];
  }
}

export type Answer = Readonly<{ status: number; headers: IncomingMessage['headers']; text: string }>;

/** One request by a connection of its own, its path as it is. */
export async function ask(port: number, path: string, method = 'GET', headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode!, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

export async function metricsOf(port: number): Promise<Map<string, Family>> {
  const { status, headers, text } = await ask(port, '/metrics');
  if (status !== 200) throw new Error(`${status}: ${text}`);
  if (!headers['content-type']!.startsWith('text/plain; version=0.0.4')) throw new Error(headers['content-type']);
  return parseExposition(text);
}

/** The value of a series, its family named as it or as what it is of. */
export function valueOf(families: ReadonlyMap<string, Family>, series: string): number | undefined {
  const name = series.split('{', 1)[0]!.replace(/_(bucket|sum|count)$/, '');
  return (families.get(series.split('{', 1)[0]!) ?? families.get(name))?.samples.get(series);
}

export async function readiness(port: number): Promise<Readonly<{ status: number; body: unknown; codes: string[] }>> {
  const { status, text } = await ask(port, '/readyz');
  const body = JSON.parse(text) as { reasons?: { code: string }[] };
  return { status, body, codes: (body.reasons ?? []).map(({ code }) => code) };
}
