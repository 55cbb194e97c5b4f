/** What a handler may know of the caller, and the ports by which the server meets the world. */
import type { SubscriberSession } from '../subscriptions/session.ts';

export interface CallContext {
  /** Unique among the connections of this process. */
  readonly id: string;
  readonly ip: string;
  readonly transport: 'http' | 'websocket' | 'process';
  /** Whether administration is accepted from here. */
  readonly admin: boolean;
  /** Where this connection's subscriptions live; `undefined` where nothing can be pushed. */
  readonly subscriptions: SubscriberSession | undefined;
  /**
   * Runs `effect` once the reply of the present call is on its way. To be called before a handler
   * first waits; what is pushed to the client then cannot overtake the reply.
   */
  afterReply(effect: () => void): void;
}

/** The server's side of a context: it takes the effects out and runs them. */
export class ConnectionContext implements CallContext {
  readonly id: string;
  readonly ip: string;
  readonly transport: CallContext['transport'];
  readonly admin: boolean;
  subscriptions: SubscriberSession | undefined = undefined;
  private effects: (() => void)[] = [];

  constructor(facts: Pick<CallContext, 'id' | 'ip' | 'transport' | 'admin'>) {
    this.id = facts.id;
    this.ip = facts.ip;
    this.transport = facts.transport;
    this.admin = facts.admin;
  }

  afterReply(effect: () => void): void {
    this.effects.push(effect);
  }

  /** To be called as soon as `dispatch` returns: what is there belongs to that dispatch. */
  takeEffects(): readonly (() => void)[] {
    if (this.effects.length === 0) return NO_EFFECTS;
    const taken = this.effects;
    this.effects = [];
    return taken;
  }
}

const NO_EFFECTS: readonly (() => void)[] = [];

/** Where the server reports what its clients must not see. Fits pino. */
export interface Logger {
  error(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Told of every answered call; `code` is 0 for a result, `method` one that is registered or `NO_METHOD`. */
export type CallObserver = (method: string, code: number, milliseconds: number) => void;
