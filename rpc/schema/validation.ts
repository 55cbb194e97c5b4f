/** Turns what zod found wrong into words a person can act on: where, what was wanted, what came. */
import type { z } from 'zod';
import { RpcError } from './errors.ts';

const ISSUES_MAX = 8;
const RECEIVED_CHARACTERS_MAX = 60;
const VALUES_MAX = 16;

interface Issue {
  readonly param: string;
  readonly expected: string;
  readonly received: string;
}

type Path = readonly PropertyKey[];

/** A value in few words; never longer than a line, whatever a client sent. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  if (value.length <= RECEIVED_CHARACTERS_MAX) return JSON.stringify(value);
  const start = value.slice(0, RECEIVED_CHARACTERS_MAX);
  return `${JSON.stringify(start)}... (${value.length} characters)`;
}

/** `orders[2].price` */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

const listed = (values: readonly unknown[]): string => {
  const shown = values.slice(0, VALUES_MAX).map((value) => JSON.stringify(value) ?? 'nothing');
  return values.length === 1
    ? String(shown[0])
    : `one of ${shown.join(', ')}${values.length > VALUES_MAX ? ', ...' : ''}`;
};

/** What the schema wanted, for schemas that do not say it themselves through `error`. */
const expectation: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return listed(issue.values);
    case 'too_small':
      return `at least ${issue.minimum}${sizeUnit(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${sizeUnit(issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return `a string of the form ${issue.format}`;
    case 'unrecognized_keys':
      return 'no such parameter';
    case 'invalid_union': {
      const { options } = issue as { options?: readonly unknown[] };
      return (options?.length ?? 0) === 0 ? 'one of several forms' : listed(options ?? []);
    }
    default:
      return 'a valid value';
  }
};

const sizeUnit = (origin: string): string =>
  origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';

/** Unions nest their issues; the branch that went deepest is the one the client meant. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  let best: z.core.$ZodIssue | undefined;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (first === undefined) continue;
    const candidate = deepest(first);
    if (best === undefined || candidate.path.length > best.path.length) best = candidate;
  }
  if (best === undefined || best.path.length === 0) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

function toIssues(issue: z.core.$ZodIssue, input: unknown): Issue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, ISSUES_MAX + 1).map((key) => ({
      param: formatPath([...issue.path, key.slice(0, RECEIVED_CHARACTERS_MAX)]),
      expected: issue.message,
      received: describeValue(valueAt(input, [...issue.path, key])),
    }));
  }
  const found = deepest(issue);
  return [
    {
      param: formatPath(found.path) || 'params',
      expected: found.message,
      received: describeValue(valueAt(input, found.path)),
    },
  ];
}

/** The error of params that `schema` has refused: the first fault in front, all in `issues`. */
export function paramsError(schema: z.ZodType, input: unknown): RpcError {
  const again = schema.safeParse(input, { error: expectation });
  const found = again.success ? [] : again.error.issues;
  const issues = found.slice(0, ISSUES_MAX + 1).flatMap((issue) => toIssues(issue, input));
  const first = issues[0] ?? { param: 'params', expected: 'valid parameters', received: 'others' };
  return new RpcError('INVALID_PARAMS', {
    ...first,
    ...(issues.length > 1 ? { issues: issues.slice(0, ISSUES_MAX) } : {}),
  });
}
