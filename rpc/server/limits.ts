/** What one client may take from the server, each limit with its reason. */
import { DEFAULT_DISPATCH_LIMITS, type DispatchLimits } from './dispatcher.ts';

export interface ServerLimits extends DispatchLimits {
  /** An HTTP body or a WebSocket message. */
  readonly requestBytesMax: number;
  /** WebSocket connections in all, and from one address. */
  readonly connectionsMax: number;
  readonly connectionsPerIpMax: number;
  /** Requests of one WebSocket that wait for an answer; beyond it we stop reading. */
  readonly inFlightMax: number;
  /** Unsent bytes of a WebSocket from which it counts as slow: no events, no further requests. */
  readonly bufferedBytesSlow: number;
  /** Unsent bytes of a WebSocket at which it is cut off. */
  readonly bufferedBytesMax: number;
  /** How long a WebSocket may stay slow before it is cut off. */
  readonly slowMsMax: number;
  /** Between two pings; a peer silent from one to the next is gone. */
  readonly keepaliveMs: number;
  /** Until an HTTP request must have arrived in full. */
  readonly requestMsMax: number;
}

const MEBIBYTE = 1024 * 1024;

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  ...DEFAULT_DISPATCH_LIMITS,
  // A thousand signed orders of some 600 bytes fit into one batch.
  requestBytesMax: MEBIBYTE,
  connectionsMax: 2_000,
  connectionsPerIpMax: 200,
  inFlightMax: 2_000,
  bufferedBytesSlow: MEBIBYTE,
  // Room for the largest batch reply on top of what makes a client slow.
  bufferedBytesMax: 64 * MEBIBYTE,
  slowMsMax: 30_000,
  keepaliveMs: 20_000,
  requestMsMax: 30_000,
};

/** The limits with `changes`; throws where they contradict each other. */
export function resolveLimits(changes: Partial<ServerLimits> = {}): ServerLimits {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...changes };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value <= 0) {
      throw new RangeError(`limit ${name} must be a whole number above 0, is ${value}`);
    }
  }
  if (limits.bufferedBytesMax < limits.bufferedBytesSlow + limits.batchReplyCharactersMax) {
    throw new RangeError('bufferedBytesMax must hold the largest batch reply of a slow client');
  }
  return limits;
}
