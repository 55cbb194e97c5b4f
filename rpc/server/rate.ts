/**
 * Token buckets for each connection and each address, one lane each for reads, actions and
 * cancels (and what else is urgent): a client that has used up its orders can still cancel them and look at its risk.
 */
import type { Lane, MethodDefinition } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import type { CallContext } from './context.ts';

export interface LaneLimit {
  readonly perSecond: number;
  readonly burst: number;
}
export type LaneLimits = Readonly<Record<Lane, LaneLimit>>;

export interface RateLimits {
  readonly connection: LaneLimits;
  readonly ip: LaneLimits;
}

/** Decides the lane and the cost of a call. `params` are as the client sent them, unchecked. */
export type Pricing = (
  definition: MethodDefinition | undefined,
  params: unknown,
) => { readonly lane: Lane; readonly cost: number };

export interface RateOptions {
  readonly limits: RateLimits;
  readonly pricing?: Pricing;
  /** Callers without limits, such as the operator's own programs. */
  readonly exempt?: (context: CallContext) => boolean;
  /** A clock that never goes back. */
  readonly nowMs?: () => number;
  /** How many addresses are remembered at once. */
  readonly addressesMax?: number;
}

export const DEFAULT_RATE_LIMITS: RateLimits = {
  connection: {
    read: { perSecond: 2_000, burst: 10_000 },
    action: { perSecond: 2_000, burst: 10_000 },
    cancel: { perSecond: 2_000, burst: 10_000 },
  },
  // Several connections of one address together get a little more than one alone.
  ip: {
    read: { perSecond: 5_000, burst: 20_000 },
    action: { perSecond: 5_000, burst: 20_000 },
    cancel: { perSecond: 5_000, burst: 20_000 },
  },
};

const ADDRESSES_MAX = 10_000;
/** Tokens are fractions: who waits as long as told must not lack the last billionth. */
const ROUNDING_SLACK = 1e-6;

const defaultPricing: Pricing = (definition, params) => ({
  lane: definition?.kind === 'action' ? 'action' : 'read',
  cost: definition?.costOf?.(params) ?? definition?.cost ?? 1,
});

class Bucket {
  readonly limit: LaneLimit;
  private tokens: number;
  private updatedMs: number;

  constructor(limit: LaneLimit, nowMs: number) {
    this.limit = limit;
    this.tokens = limit.burst;
    this.updatedMs = nowMs;
  }

  refill(nowMs: number): void {
    const earned = ((nowMs - this.updatedMs) * this.limit.perSecond) / 1000;
    this.tokens = Math.min(this.limit.burst, this.tokens + earned);
    this.updatedMs = nowMs;
  }

  /** Milliseconds until `cost` is there, 0 when it is; a cost above the burst needs all of it. */
  waitMs(cost: number): number {
    const missing = Math.min(cost, this.limit.burst) - this.tokens - ROUNDING_SLACK;
    return missing <= 0 ? 0 : Math.max(1, Math.ceil((missing * 1000) / this.limit.perSecond));
  }

  take(cost: number): void {
    this.tokens -= Math.min(cost, this.limit.burst);
  }

  get remaining(): number {
    return Math.max(0, Math.floor(this.tokens));
  }
}

/** The buckets of one connection or address. */
type Purse = Readonly<Record<Lane, Bucket>>;

const openPurse = (limits: LaneLimits, nowMs: number): Purse => ({
  read: new Bucket(limits.read, nowMs),
  action: new Bucket(limits.action, nowMs),
  cancel: new Bucket(limits.cancel, nowMs),
});

/** One home has a whole /64 of IPv6: its addresses count as one. */
export function addressGroup(ip: string): string {
  if (ip.startsWith('::ffff:') && ip.includes('.')) return ip.slice('::ffff:'.length);
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::', 2);
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - start.length - end.length);
  const groups = [...start, ...Array<string>(zeros).fill('0'), ...end];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Charges calls; never disconnects anybody. */
export class RateLimiter {
  private readonly options: RateOptions;
  private readonly pricing: Pricing;
  private readonly nowMs: () => number;
  private readonly addressesMax: number;
  private readonly connections = new WeakMap<CallContext, Purse>();
  private readonly addresses = new Map<string, Purse>();

  constructor(options: RateOptions) {
    this.options = options;
    this.pricing = options.pricing ?? defaultPricing;
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.addressesMax = options.addressesMax ?? ADDRESSES_MAX;
  }

  /** Takes the price of a call, or says when to come again and takes nothing. */
  charge(
    context: CallContext,
    definition: MethodDefinition | undefined,
    params: unknown,
  ): RpcError | undefined {
    if (this.options.exempt?.(context) === true) return undefined;
    const { lane, cost } = this.pricing(definition, params);
    const nowMs = this.nowMs();
    const own = this.purseOf(context, nowMs)[lane];
    const shared = this.addressPurse(context.ip, nowMs)[lane];
    own.refill(nowMs);
    shared.refill(nowMs);
    const ownWaitMs = own.waitMs(cost);
    const sharedWaitMs = shared.waitMs(cost);
    if (ownWaitMs === 0 && sharedWaitMs === 0) {
      own.take(cost);
      shared.take(cost);
      return undefined;
    }
    const scope = ownWaitMs >= sharedWaitMs ? 'connection' : 'ip';
    const bucket = scope === 'connection' ? own : shared;
    return new RpcError('RATE_LIMITED', {
      limit: bucket.limit.perSecond,
      burst: bucket.limit.burst,
      remaining: bucket.remaining,
      retryAfterMs: Math.max(ownWaitMs, sharedWaitMs),
      scope,
      lane,
    });
  }

  private purseOf(context: CallContext, nowMs: number): Purse {
    let purse = this.connections.get(context);
    if (purse === undefined) {
      purse = openPurse(this.options.limits.connection, nowMs);
      this.connections.set(context, purse);
    }
    return purse;
  }

  private addressPurse(ip: string, nowMs: number): Purse {
    let purse = this.addresses.get(ip);
    if (purse !== undefined) return purse;
    const group = addressGroup(ip);
    purse = this.addresses.get(group);
    if (purse === undefined) {
      purse = openPurse(this.options.limits.ip, nowMs);
      this.forgetOldest();
      this.addresses.set(group, purse);
    }
    return purse;
  }

  private forgetOldest(): void {
    if (this.addresses.size < this.addressesMax) return;
    const oldest = this.addresses.keys().next();
    if (oldest.done !== true) this.addresses.delete(oldest.value);
  }
}
