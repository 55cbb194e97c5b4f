/** One error type for everything a client is told: a catalogue name and the facts that cure it. */
import { refusalName, type RefusalCode } from '../../state/refusals.ts';
import { CATALOGUE, refusalErrorName, type ErrorName } from './catalogue.ts';

export type { ErrorName } from './catalogue.ts';

/** What a refusal knows besides its name. Further fields are sent as they are. */
export interface ErrorFacts {
  /** The path of the parameter at fault, such as `orders[2].price`. */
  readonly param?: string;
  /** What would have been right, in plain words or as a value. */
  readonly expected?: unknown;
  /** What came instead; short, never the whole request. */
  readonly received?: unknown;
  /** Whether a signed action has used up its nonce although it failed. */
  readonly nonceConsumed?: boolean;
  readonly retryAfterMs?: number;
  /** Overrides the catalogue where the case knows better. */
  readonly retryable?: boolean;
  readonly [fact: string]: unknown;
}

export type ErrorData = ErrorFacts & { readonly name: ErrorName; readonly retryable: boolean };

/** The error object of JSON-RPC 2.0, with `data` always present. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data: ErrorData;
}

/** Thrown by handlers, turned into an error reply by the dispatcher. */
export class RpcError extends Error {
  readonly errorName: ErrorName;
  readonly code: number;
  readonly data: ErrorData;

  constructor(name: ErrorName, facts: ErrorFacts = {}) {
    const { code, retryable, sentence } = CATALOGUE[name];
    super(sentence);
    this.name = 'RpcError';
    this.errorName = name;
    this.code = code;
    this.data = { name, ...facts, retryable: facts.retryable ?? retryable };
  }

  toObject(): ErrorObject {
    return { code: this.code, message: this.message, data: this.data };
  }
}

/** The error of a refusal of the protocol, the same whether the node foresaw it or a block says it. */
export function refusalError(code: RefusalCode, facts: ErrorFacts = {}): RpcError {
  const refusal = refusalName(code);
  if (refusal === undefined) throw new Error(`there is no refusal number ${code}`);
  return new RpcError(refusalErrorName(refusal), facts);
}
