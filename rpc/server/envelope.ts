/** What makes a JSON value a JSON-RPC 2.0 request, and how its params reach a method. */
import { RpcError } from '../schema/errors.ts';
import { describeValue } from '../schema/validation.ts';

export type RequestId = string | number | null;

export interface Request {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: unknown;
  /** Absent for a notification. */
  readonly id?: RequestId;
}

const METHOD_CHARACTERS_MAX = 128;

/** An id we can echo exactly: a string, a whole number JavaScript holds exactly, or null. */
export const isRequestId = (id: unknown): id is RequestId =>
  typeof id === 'string' || id === null || Number.isSafeInteger(id);

const fault = (param: string, expected: string, value: unknown): RpcError =>
  new RpcError('INVALID_REQUEST', { param, expected, received: describeValue(value) });

/** Why `value` is no request; `undefined` when it is one. */
export function envelopeFault(value: unknown, depthMax: number): RpcError | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('request', 'an object with jsonrpc, method and id', value);
  }
  const { jsonrpc, method, params, id } = value as Record<string, unknown>;
  if (jsonrpc !== '2.0') return fault('jsonrpc', '"2.0"', jsonrpc);
  if (id !== undefined && !isRequestId(id)) {
    return fault('id', 'a string, a whole number up to 2^53 - 1, or null', id);
  }
  if (typeof method !== 'string') return fault('method', 'a string', method);
  if (method.length > METHOD_CHARACTERS_MAX) {
    return fault('method', `at most ${METHOD_CHARACTERS_MAX} characters`, method);
  }
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return fault('params', 'an object, or an array with one object', params);
  }
  for (const key in value) {
    if (key === '__proto__') return fault(key, 'no such member', 'object');
  }
  return params === undefined ? undefined : structureFault(params, depthMax);
}

/**
 * Deep nesting would exhaust the stack of whoever walks it next, and an own `__proto__` would
 * change what a copy inherits; neither has a use in any request.
 */
function structureFault(value: object, depthLeft: number): RpcError | undefined {
  if (depthLeft === 0) return new RpcError('TOO_DEEP');
  for (const key in value) {
    if (key === '__proto__') return fault('params', 'no member __proto__', value);
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner !== 'object' || inner === null) continue;
    const found = structureFault(inner, depthLeft - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The id to answer an invalid request with: its own where it can be told, else null. */
export function idOfInvalid(value: unknown): RequestId {
  if (typeof value !== 'object' || value === null) return null;
  const { id } = value as { id?: unknown };
  return isRequestId(id) ? id : null;
}

const NO_PARAMS: object = Object.freeze({});

/** Params by name; also nothing, `[]`, and `[{...}]`, which wallet providers send. */
export function namedParams(params: unknown): unknown {
  if (params === undefined) return NO_PARAMS;
  if (!Array.isArray(params)) return params;
  if (params.length === 0) return NO_PARAMS;
  if (params.length === 1 && typeof params[0] === 'object') return params[0];
  throw new RpcError('INVALID_PARAMS', {
    param: 'params',
    expected: 'an object, or an array with one object',
    received: describeValue(params),
  });
}

const encodeId = (id: RequestId): string =>
  typeof id === 'number' ? String(id) : JSON.stringify(id);

/** A reply with a result that is already JSON. */
export const resultReply = (id: RequestId, resultJson: string): string =>
  `{"jsonrpc":"2.0","id":${encodeId(id)},"result":${resultJson}}`;

export const errorReply = (id: RequestId, error: RpcError): string =>
  `{"jsonrpc":"2.0","id":${encodeId(id)},"error":${JSON.stringify(error.toObject())}}`;
