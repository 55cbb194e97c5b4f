/**
 * Methods and channels as data: one definition validates, types and documents. A definition knows
 * nothing of the node, so clients may import it; `implement` ties it to a handler.
 */
import type { z } from 'zod';
import type { CallContext } from '../server/context.ts';
import type { ErrorName } from './errors.ts';

/**
 * `read` changes nothing; `action` may change the chain, and its gateway refusals tell the client
 * that no nonce was used; `admin` is for the operator on this machine.
 */
export type MethodKind = 'read' | 'action' | 'admin';

/** The budget a call draws from; cancels keep their own, so that risk can always be reduced. */
export type Lane = 'read' | 'action' | 'cancel';

export interface MethodDefinition<
  P extends z.ZodObject = z.ZodObject,
  R extends z.ZodType = z.ZodType,
> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly description?: string;
  /** Always a `z.strictObject`: a misspelt parameter must never be ignored. */
  readonly params: P;
  readonly result: R;
  /** The errors of the method itself; those that every method may give need no mention. */
  readonly errors: readonly ErrorName[];
  readonly kind: MethodKind;
  /** What one call takes from its budget; 1 unless said otherwise. */
  readonly cost?: number;
  /** What a call takes where that depends on it; of params as the client sent them, unchecked. */
  readonly costOf?: (params: unknown) => number;
  readonly example: { readonly params: z.input<P>; readonly result: z.input<R> };
}

export type ParamsOf<D> = D extends MethodDefinition<infer P, z.ZodType> ? z.output<P> : never;
/** What a client may send. */
export type RequestOf<D> = D extends MethodDefinition<infer P, z.ZodType> ? z.input<P> : never;
export type ResultOf<D> = D extends MethodDefinition<z.ZodObject, infer R> ? z.output<R> : never;

/** Keeps the exact types of a definition. */
export const defineMethod = <P extends z.ZodObject, R extends z.ZodType>(
  definition: MethodDefinition<P, R>,
): MethodDefinition<P, R> => definition;

/** A definition with the handler that answers it. */
export interface Method {
  readonly definition: MethodDefinition;
  readonly handle: (params: never, context: CallContext) => unknown;
}

/** Ties a handler to a definition. A handler that does not wait should not be `async`. */
export const implement = <P extends z.ZodObject, R extends z.ZodType>(
  definition: MethodDefinition<P, R>,
  handle: (params: z.output<P>, context: CallContext) => z.input<R> | Promise<z.input<R>>,
): Method => ({ definition: definition as unknown as MethodDefinition, handle });

export interface ChannelDefinition<
  P extends z.ZodObject = z.ZodObject,
  E extends z.ZodType = z.ZodType,
  S extends z.ZodType = z.ZodType,
> {
  readonly name: string;
  readonly summary: string;
  /** A `z.strictObject` of scalars; together they name the topic. */
  readonly params: P;
  /** `data` of each event. */
  readonly event: E;
  /** `data` of the snapshot that comes first; absent when the channel has only events. */
  readonly snapshot?: S;
  /** How many events of each topic are kept for clients that resume. */
  readonly retained?: number;
  readonly example: { readonly params: z.input<P>; readonly event: z.input<E> };
}

/** Keeps the exact types of a definition. */
export const defineChannel = <
  P extends z.ZodObject,
  E extends z.ZodType,
  S extends z.ZodType = z.ZodNever,
>(
  definition: ChannelDefinition<P, E, S>,
): ChannelDefinition<P, E, S> => definition;
