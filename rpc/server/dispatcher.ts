/**
 * JSON-RPC 2.0 apart from any transport: text in, text out. Never throws, and waits only for
 * handlers that wait: a synchronous handler is answered in the same tick.
 */
import { randomBytes } from 'node:crypto';
import type { Method, MethodDefinition } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import type { Registry } from '../schema/registry.ts';
import { describeValue, paramsError } from '../schema/validation.ts';
import type { CallContext, CallObserver, Logger } from './context.ts';
import {
  envelopeFault,
  errorReply,
  idOfInvalid,
  namedParams,
  resultReply,
  type Request,
  type RequestId,
} from './envelope.ts';

/** `undefined`: nothing is to be sent, as for a notification. */
export type Reply = string | undefined;
export type Dispatch = (input: string | object, context: CallContext) => Reply | Promise<Reply>;

export interface DispatchLimits {
  /** Entries of a batch. */
  readonly batchEntriesMax: number;
  /** Replies of a batch, in characters; beyond it reads are not answered, actions always are. */
  readonly batchReplyCharactersMax: number;
  /** Objects and arrays inside one another in params. */
  readonly depthMax: number;
}

export const DEFAULT_DISPATCH_LIMITS: DispatchLimits = {
  batchEntriesMax: 1_000,
  batchReplyCharactersMax: 16 * 1024 * 1024,
  depthMax: 32,
};

export interface DispatcherOptions {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly limits?: Partial<DispatchLimits>;
  /** Takes the price of a call; an error means that the caller has to wait. */
  readonly charge?: (
    context: CallContext,
    definition: MethodDefinition | undefined,
    params: unknown,
  ) => RpcError | undefined;
  /** Checks every result against its schema: for tests, where a wrong shape must be noticed. */
  readonly checkResults?: boolean;
  readonly observe?: CallObserver;
  readonly newIncidentId?: () => string;
}

/** Under which calls are observed that name no method: of what strangers make up there is no end. */
export const NO_METHOD = 'none';

/** What a call knows between its request and its reply. */
interface Call {
  readonly definition: MethodDefinition;
  readonly id: RequestId | undefined;
  readonly startedMs: number;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { then?: unknown }).then === 'function';

const reply = (id: RequestId | undefined, error: RpcError): Reply =>
  id === undefined ? undefined : errorReply(id, error);

/** Makes the function that answers requests. */
export function createDispatcher(options: DispatcherOptions): Dispatch {
  const dispatcher = new Dispatcher(options);
  return (input, context) => dispatcher.dispatch(input, context);
}

class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly limits: DispatchLimits;
  private readonly newIncidentId: () => string;

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.limits = { ...DEFAULT_DISPATCH_LIMITS, ...options.limits };
    this.newIncidentId = options.newIncidentId ?? (() => randomBytes(6).toString('hex'));
  }

  dispatch(input: string | object, context: CallContext): Reply | Promise<Reply> {
    let value: unknown = input;
    if (typeof input === 'string') {
      try {
        value = JSON.parse(input);
      } catch (error) {
        return this.refuseText(error, context);
      }
    }
    return Array.isArray(value) ? this.batch(value, context) : this.single(value, context);
  }

  private refuseText(error: unknown, context: CallContext): string {
    const received = error instanceof Error ? error.message.slice(0, 120) : 'unreadable text';
    return this.refuseUnread(null, new RpcError('PARSE_ERROR', { received }), context);
  }

  /** What names no method has its price too, or nonsense would be free. */
  private refuseUnread(id: RequestId, fault: RpcError, context: CallContext): string {
    try {
      return errorReply(id, this.unnamed(this.options.charge?.(context, undefined, undefined) ?? fault));
    } catch (error) {
      return errorReply(id, this.incident('', error));
    }
  }

  /** Hooks of the node run here too; whatever they throw, the client gets an answer. */
  private single(value: unknown, context: CallContext): Reply | Promise<Reply> {
    try {
      return this.answer(value, context);
    } catch (error) {
      const { id, method } = value as Request;
      return reply(id, this.incident(method, error));
    }
  }

  private answer(value: unknown, context: CallContext): Reply | Promise<Reply> {
    const fault = envelopeFault(value, this.limits.depthMax);
    if (fault !== undefined) return this.refuseUnread(idOfInvalid(value), fault, context);
    const request = value as Request;
    const method = this.options.registry.get(request.method);
    const overRate = this.options.charge?.(context, method?.definition, request.params);
    if (method === undefined) {
      return reply(request.id, this.unnamed(overRate ?? this.unknownMethod(request.method)));
    }
    const { definition } = method;
    const startedMs = this.options.observe === undefined ? 0 : performance.now();
    const call: Call = { definition, id: request.id, startedMs };
    if (overRate !== undefined) return this.refused(call, overRate);
    if (definition.kind === 'admin' && !context.admin) {
      return this.refused(call, new RpcError('ADMIN_ONLY_LOCAL'));
    }
    return this.run(method, call, request.params, context);
  }

  private run(
    method: Method,
    call: Call,
    rawParams: unknown,
    context: CallContext,
  ): Reply | Promise<Reply> {
    let params: unknown;
    try {
      const named = namedParams(rawParams);
      const parsed = call.definition.params.safeParse(named);
      if (!parsed.success) return this.refused(call, paramsError(call.definition.params, named));
      params = parsed.data;
    } catch (error) {
      return error instanceof RpcError ? this.refused(call, error) : this.failed(call, error);
    }
    try {
      const result = method.handle(params as never, context);
      if (!isPromise(result)) return this.answered(call, result);
      return result.then(
        (value) => this.answered(call, value),
        (error: unknown) => this.failed(call, error),
      );
    } catch (error) {
      return this.failed(call, error);
    }
  }

  private answered(call: Call, result: unknown): Reply {
    try {
      if (this.options.checkResults === true) this.requireShape(call.definition, result);
      const text = call.id === undefined ? '' : (JSON.stringify(result) ?? 'null');
      this.observed(call, 0);
      return call.id === undefined ? undefined : resultReply(call.id, text);
    } catch (error) {
      return this.failed(call, error);
    }
  }

  private requireShape(definition: MethodDefinition, result: unknown): void {
    const parsed = definition.result.safeParse(result);
    if (parsed.success) return;
    throw new Error(`result of ${definition.name} has not its documented shape: ${parsed.error}`);
  }

  /** A refusal before the handler ran: whatever was signed is still unused. */
  private refused(call: Call, error: RpcError): Reply {
    const unused = call.definition.kind === 'action' && error.data.nonceConsumed === undefined;
    return this.failed(
      call,
      unused ? new RpcError(error.errorName, { ...error.data, nonceConsumed: false }) : error,
    );
  }

  private failed(call: Call, error: unknown): Reply {
    const told = error instanceof RpcError ? error : this.incident(call.definition.name, error);
    this.observed(call, told.code);
    try {
      return reply(call.id, told);
    } catch (fault) {
      // The facts of the error cannot be written as JSON, a bigint perhaps.
      return reply(call.id, this.incident(call.definition.name, fault));
    }
  }

  private incident(method: string, error: unknown): RpcError {
    const incident = this.newIncidentId();
    this.options.logger.error({ incident, method, err: error }, 'a request failed unexpectedly');
    return new RpcError('INTERNAL_ERROR', { incident });
  }

  private observed(call: Call, code: number): void {
    const { observe } = this.options;
    if (observe === undefined) return;
    observe(call.definition.name, code, performance.now() - call.startedMs);
  }

  private unnamed(error: RpcError): RpcError {
    this.options.observe?.(NO_METHOD, error.code, 0);
    return error;
  }

  private unknownMethod(name: string): RpcError {
    const { suggest } = this.options.registry;
    return new RpcError('METHOD_NOT_FOUND', {
      param: 'method',
      expected: suggest(name),
      received: describeValue(name),
    });
  }

  private batch(entries: readonly unknown[], context: CallContext): Reply | Promise<Reply> {
    const { batchEntriesMax } = this.limits;
    if (entries.length === 0) {
      const facts = { param: 'request', expected: 'at least one entry', received: 'an array of 0' };
      return errorReply(null, new RpcError('INVALID_REQUEST', facts));
    }
    if (entries.length > batchEntriesMax) {
      const facts = { limit: batchEntriesMax, received: entries.length };
      return errorReply(null, new RpcError('BATCH_TOO_LONG', facts));
    }
    // Started in order, so that an order and its cancel keep their order; awaited together.
    const replies: (Reply | Promise<Reply>)[] = [];
    let waiting = false;
    let characters = 0;
    for (const entry of entries) {
      const full = characters > this.limits.batchReplyCharactersMax;
      const one = full && !this.isAction(entry) ? tooLarge(entry) : this.single(entry, context);
      if (isPromise(one)) waiting = true;
      else characters += one?.length ?? 0;
      replies.push(one);
    }
    if (!waiting) return this.joined(entries, replies as Reply[]);
    return Promise.all(replies).then((all) => this.joined(entries, all));
  }

  /** Whether an entry may change the chain: then its outcome must reach the client. */
  private isAction(entry: unknown): boolean {
    const name = (entry as Partial<Request> | null)?.method;
    const method = typeof name === 'string' ? this.options.registry.get(name) : undefined;
    return method?.definition.kind === 'action';
  }

  private joined(entries: readonly unknown[], replies: readonly Reply[]): Reply {
    let text = '';
    for (const [index, one] of replies.entries()) {
      if (one === undefined) continue;
      const entry = entries[index];
      const fits =
        text.length + one.length <= this.limits.batchReplyCharactersMax || this.isAction(entry);
      text += `${text === '' ? '[' : ','}${fits ? one : tooLarge(entry)}`;
    }
    return text === '' ? undefined : `${text}]`;
  }
}

/** What stands for a reply that the batch has no room for. */
function tooLarge(entry: unknown): Reply {
  const isNotification =
    typeof entry === 'object' && entry !== null && (entry as Partial<Request>).id === undefined;
  if (isNotification) return undefined;
  return errorReply(idOfInvalid(entry), new RpcError('BATCH_RESPONSE_TOO_LARGE'));
}
