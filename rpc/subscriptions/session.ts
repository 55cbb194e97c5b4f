/**
 * The subscriptions of one connection. Each one is either live, or behind: just subscribed, or
 * left out because the client reads too slowly. One routine catches up whoever is behind, from
 * memory, from the store, or with an explicit gap and a new snapshot.
 */
import { RpcError } from '../schema/errors.ts';
import { encodeNotice, type Hub, type Listener, type Topic, type TopicEvent } from './channel.ts';
import type { Channel, Notice, NoticeKind, StoredEvent } from './channel.ts';

/** The connection, as far as subscriptions need it. */
export interface Sink {
  /** Whether more may be sent now; when it is false, `Session.drained` is called later. */
  isReady(): boolean;
  send(frame: Buffer): void;
  /** A hook of a channel has thrown: the connection goes on without this notice. */
  report(error: unknown, subscription: string): void;
}

export interface SubscribeOptions {
  /** Go on after this event instead of starting with a snapshot. */
  readonly fromSeq?: number | undefined;
  /** `false`: no snapshot, live events only. */
  readonly snapshot?: boolean | undefined;
}

export interface Subscribed {
  readonly subscription: string;
  readonly channel: string;
  /** Everything up to here needs no event: the snapshot has it, or the client. */
  readonly seq: number;
}

type NoticeFacts = Pick<Notice, 'seq' | 'prevSeq' | 'at' | 'data'>;
type GapReason = 'too_old' | 'slow_consumer';

class Subscription implements Listener {
  readonly topic: Topic;
  /** The last event the client has, or needs not. */
  seenSeq: number;
  isLive = false;
  /** The store is being read for it. */
  isReading = false;
  /** Why it would be behind by more than memory holds. */
  gapReason: GapReason = 'too_old';
  private readonly session: SubscriberSession;

  constructor(session: SubscriberSession, topic: Topic, seenSeq: number) {
    this.session = session;
    this.topic = topic;
    this.seenSeq = seenSeq;
  }

  hear(event: TopicEvent): void {
    if (!this.isLive || event.seq <= this.seenSeq) return;
    if (this.session.sink.isReady()) {
      this.seenSeq = event.seq;
      this.session.sink.send(event.encode(this.topic));
    } else {
      this.isLive = false;
      this.gapReason = 'slow_consumer';
      this.session.fellBehind(this);
    }
  }

  notice(kind: NoticeKind, facts: NoticeFacts): Buffer {
    const { seq, prevSeq, at, data } = facts;
    const channel = this.topic.channel.definition.name;
    return encodeNotice({ subscription: this.topic.id, channel, kind, seq, prevSeq, at, data });
  }
}

/** What one connection listens to. */
export class SubscriberSession {
  readonly sink: Sink;
  private readonly hub: Hub;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly behind = new Set<Subscription>();

  constructor(hub: Hub, sink: Sink) {
    this.hub = hub;
    this.sink = sink;
  }

  get size(): number {
    return this.subscriptions.size;
  }

  /**
   * Opens a subscription. Nothing is sent before `start` runs, which the caller arranges to
   * happen after its reply; what is published in between is caught up then.
   */
  subscribe(
    channel: Channel,
    params: object,
    options: SubscribeOptions,
  ): { reply: Subscribed; start: () => void } {
    const { hooks, definition } = channel;
    hooks.check?.(params as never);
    if (this.size >= this.hub.subscriptionsMax) {
      throw new RpcError('TOO_MANY_SUBSCRIPTIONS', { limit: this.hub.subscriptionsMax });
    }
    const topic = this.hub.topic(channel, params);
    if (this.subscriptions.has(topic.id)) {
      throw new RpcError('ALREADY_SUBSCRIBED', { subscription: topic.id });
    }
    const { fromSeq } = options;
    const newestSeq = Math.max(this.hub.lastSeq, topic.lastSeq);
    if (fromSeq !== undefined && fromSeq > newestSeq) {
      const facts = { param: 'fromSeq', expected: `at most ${newestSeq}`, received: fromSeq };
      throw new RpcError('SEQ_IN_FUTURE', facts);
    }
    const wantsSnapshot = fromSeq === undefined && options.snapshot !== false;
    const snapshot = wantsSnapshot ? hooks.snapshot?.(params as never) : undefined;
    const seq = fromSeq ?? snapshot?.seq ?? topic.lastSeq;
    const subscription = new Subscription(this, topic, seq);
    const first =
      snapshot === undefined
        ? undefined
        : subscription.notice('snapshot', { ...snapshot, seq, prevSeq: null });
    this.subscriptions.set(topic.id, subscription);
    topic.listeners.add(subscription);
    const start = (): void => {
      if (this.subscriptions.get(topic.id) !== subscription) return;
      if (first !== undefined) this.sink.send(first);
      this.catchUp(subscription);
    };
    return { reply: { subscription: topic.id, channel: definition.name, seq }, start };
  }

  /** Whether there was such a subscription. */
  unsubscribe(id: string): boolean {
    const subscription = this.subscriptions.get(id);
    if (subscription === undefined) return false;
    this.subscriptions.delete(id);
    this.behind.delete(subscription);
    subscription.isLive = false;
    subscription.topic.listeners.delete(subscription);
    this.hub.release(subscription.topic);
    return true;
  }

  /** To be called when the connection has closed. */
  close(): void {
    for (const id of [...this.subscriptions.keys()]) this.unsubscribe(id);
  }

  /** To be called when the sink is ready again. */
  drained(): void {
    for (const subscription of [...this.behind]) {
      if (!this.sink.isReady()) return;
      if (!subscription.isReading) this.catchUp(subscription);
    }
  }

  fellBehind(subscription: Subscription): void {
    this.behind.add(subscription);
  }

  /** Sends what is missing and goes live; stops half-way, still behind, when the sink is full. */
  private catchUp(subscription: Subscription): void {
    if (this.subscriptions.get(subscription.topic.id) !== subscription) return;
    this.behind.add(subscription);
    try {
      if (!this.sendMissing(subscription)) return;
      subscription.isLive = true;
      this.behind.delete(subscription);
    } catch (error) {
      this.goLiveAfter(error, subscription);
    }
  }

  /** A hook failed: better live with a hole, which `prevSeq` shows the client, than silent. */
  private goLiveAfter(error: unknown, subscription: Subscription): void {
    this.sink.report(error, subscription.topic.id);
    subscription.isLive = true;
    this.behind.delete(subscription);
  }

  /** Whether nothing is missing any more. */
  private sendMissing(subscription: Subscription): boolean {
    const { topic } = subscription;
    for (;;) {
      if (!this.sink.isReady()) return false;
      const recent = topic.since(subscription.seenSeq);
      if (recent !== undefined) return this.sendRecent(subscription, recent);
      const stored = topic.channel.hooks.replay?.(topic.params as never, subscription.seenSeq);
      if (stored instanceof Promise) {
        this.sendLater(subscription, stored);
        return false;
      }
      if (!sendStored(this.sink, subscription, stored)) sendGap(this.sink, subscription);
    }
  }

  private sendRecent(subscription: Subscription, events: readonly TopicEvent[]): boolean {
    for (const event of events) {
      if (!this.sink.isReady()) return false;
      this.sink.send(event.encode(subscription.topic));
      subscription.seenSeq = event.seq;
    }
    return true;
  }

  private sendLater(subscription: Subscription, reading: Promise<Stored>): void {
    subscription.isReading = true;
    const resume = (stored: Stored): void => {
      subscription.isReading = false;
      // It may have been closed, and even opened anew, while the store was read.
      if (this.subscriptions.get(subscription.topic.id) !== subscription) return;
      try {
        if (!sendStored(this.sink, subscription, stored)) sendGap(this.sink, subscription);
      } catch (error) {
        this.goLiveAfter(error, subscription);
        return;
      }
      this.catchUp(subscription);
    };
    reading.then(resume, (error: unknown) => {
      this.sink.report(error, subscription.topic.id);
      resume(undefined);
    });
  }
}

type Stored = readonly StoredEvent[] | undefined;

/** One helping from the store; whether the store could give what is missing. */
function sendStored(sink: Sink, subscription: Subscription, stored: Stored): boolean {
  if (stored === undefined) return false;
  const { floorSeq } = subscription.topic;
  for (const { seq, at, data } of stored) {
    // What memory has comes from memory, as all other subscribers got it.
    if (seq > floorSeq) break;
    const prevSeq = subscription.seenSeq;
    if (seq <= prevSeq) throw new Error(`${subscription.topic.id}: the store repeats ${seq}`);
    sink.send(subscription.notice('event', { seq, prevSeq, at, data }));
    subscription.seenSeq = seq;
  }
  const newest = stored.at(-1);
  if (newest === undefined || newest.seq > floorSeq) {
    subscription.seenSeq = Math.max(subscription.seenSeq, floorSeq);
  }
  return true;
}

/** Says what is lost, and starts again from a snapshot where the channel has one. */
function sendGap(sink: Sink, subscription: Subscription): void {
  const { topic, gapReason, seenSeq } = subscription;
  const snapshot = topic.channel.hooks.snapshot?.(topic.params as never);
  const seq = Math.max(snapshot?.seq ?? topic.lastSeq, topic.floorSeq);
  const data = { reason: gapReason, fromSeq: seenSeq, toSeq: seq };
  sink.send(subscription.notice('gap', { seq, prevSeq: seenSeq, at: snapshot?.at ?? null, data }));
  if (snapshot !== undefined) {
    sink.send(subscription.notice('snapshot', { ...snapshot, seq, prevSeq: null }));
  }
  subscription.seenSeq = seq;
}
