/**
 * Channels, their topics, and the events on them. An event is written out once, whoever listens;
 * each topic keeps its last events so that a client that was away can go on where it stopped.
 *
 * Sequence numbers belong to the chain, not to a connection: within a topic they only grow. A
 * client has missed something if and only if `prevSeq` is above the last `seq` it has seen.
 */
import type { z } from 'zod';
import type { ChannelDefinition } from '../schema/core.ts';
import type { At } from '../schema/scalars.ts';

const RETAINED_EVENTS_DEFAULT = 256;
const TOPICS_MAX = 100_000;
const SUBSCRIPTIONS_MAX = 256;
const FORGET_LOOKS_MAX = 64;

export type NoticeKind = 'snapshot' | 'event' | 'gap';

/** The `params` of a notification of method `subscription`. */
export interface Notice {
  readonly subscription: string;
  readonly channel: string;
  readonly kind: NoticeKind;
  readonly seq: number;
  /** `null` with a snapshot, which stands on its own. */
  readonly prevSeq: number | null;
  readonly at: At | null;
  readonly data: unknown;
}

/** Written out, ready for any number of sockets. */
export const encodeNotice = (notice: Notice): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: notice }));

export interface ChannelEvent<E = unknown> {
  /** Absent: the next number of the hub. */
  readonly seq?: number;
  readonly at: At | null;
  /** Not to be changed afterwards: it is written out when somebody first needs it. */
  readonly data: E;
}

export interface StoredEvent<E = unknown> extends ChannelEvent<E> {
  readonly seq: number;
}

export interface Snapshot<S = unknown> {
  /** The last event the snapshot includes; absent: the last event published. */
  readonly seq?: number;
  readonly at: At | null;
  readonly data: S;
}

export interface ChannelHooks<P, E, S> {
  /** Checks what a schema cannot, such as whether the market exists; throws an `RpcError`. */
  check?(params: P): void;
  /** The state to start from; synchronous, so that no event falls between it and the next. */
  snapshot?(params: P): Snapshot<S>;
  /**
   * Events above `fromSeq` that memory no longer has, oldest first and without holes, as many as
   * is convenient; `[]` when there are none, `undefined` when they cannot be had. May be read from
   * disk: what happens meanwhile is caught up afterwards.
   */
  replay?(
    params: P,
    fromSeq: number,
  ): readonly StoredEvent<E>[] | undefined | Promise<readonly StoredEvent<E>[] | undefined>;
}

/** A definition with its hooks. */
export interface Channel {
  readonly definition: ChannelDefinition;
  readonly hooks: ChannelHooks<never, unknown, unknown>;
}

/** Ties hooks to a definition; a channel without hooks sends live events only. */
export const implementChannel = <
  P extends z.ZodObject,
  E extends z.ZodType,
  S extends z.ZodType,
>(
  definition: ChannelDefinition<P, E, S>,
  hooks: ChannelHooks<z.output<P>, z.input<E>, z.input<S>> = {},
): Channel => ({
  definition: definition as unknown as ChannelDefinition,
  hooks: hooks as Channel['hooks'],
});

/** The name of a topic, which is also the id of every subscription to it: `book:ETH-PERP`. */
export function topicId(definition: ChannelDefinition, params: object): string {
  let id = definition.name;
  for (const key of Object.keys(definition.params.shape)) {
    const value = (params as Record<string, unknown>)[key];
    id += `:${value === undefined ? '' : encodeURIComponent(String(value))}`;
  }
  return id;
}

/** An event as a topic keeps it. */
export class TopicEvent {
  readonly seq: number;
  private readonly prevSeq: number;
  private readonly event: ChannelEvent;
  private frame: Buffer | undefined;

  constructor(seq: number, prevSeq: number, event: ChannelEvent) {
    this.seq = seq;
    this.prevSeq = prevSeq;
    this.event = event;
  }

  encode(topic: Topic): Buffer {
    this.frame ??= encodeNotice({
      subscription: topic.id,
      channel: topic.channel.definition.name,
      kind: 'event',
      seq: this.seq,
      prevSeq: this.prevSeq,
      at: this.event.at,
      data: this.event.data,
    });
    return this.frame;
  }
}

/** One that wants the events of a topic as they come. */
export interface Listener {
  hear(event: TopicEvent): void;
}

/** The stream of one channel with one set of params. */
export class Topic {
  readonly id: string;
  readonly channel: Channel;
  readonly params: object;
  readonly listeners = new Set<Listener>();
  /** Everything above this number that was ever published is in `events`. */
  floorSeq: number;
  lastSeq: number;
  published = false;
  private readonly retained: number;
  private events: TopicEvent[] = [];

  constructor(id: string, channel: Channel, params: object, floorSeq: number) {
    this.id = id;
    this.channel = channel;
    this.params = params;
    this.floorSeq = floorSeq;
    this.lastSeq = floorSeq;
    this.retained = channel.definition.retained ?? RETAINED_EVENTS_DEFAULT;
  }

  append(seq: number, event: ChannelEvent): TopicEvent {
    const added = new TopicEvent(seq, this.lastSeq, event);
    this.lastSeq = seq;
    this.events.push(added);
    // Cut by halves: an event is moved once at most, and never fewer than `retained` are kept.
    if (this.events.length > 2 * this.retained) {
      const dropped = this.events.splice(0, this.events.length - this.retained);
      this.floorSeq = (dropped.at(-1) as TopicEvent).seq;
    }
    this.published = true;
    return added;
  }

  /** The events above `fromSeq`; `undefined` when some of them are gone. */
  since(fromSeq: number): readonly TopicEvent[] | undefined {
    if (fromSeq < this.floorSeq) return undefined;
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle] as TopicEvent).seq > fromSeq) high = middle;
      else low = middle + 1;
    }
    return this.events.slice(low);
  }
}

export interface HubOptions {
  readonly channels: readonly Channel[];
  /** The last sequence number of the chain when the hub starts: what came before is not here. */
  readonly startSeq?: number;
  readonly topicsMax?: number;
  readonly subscriptionsMax?: number;
}

/** All channels of a node. The node publishes; sessions listen. */
export class Hub {
  readonly subscriptionsMax: number;
  private readonly channels = new Map<string, Channel>();
  private readonly topics = new Map<string, Topic>();
  /** By channel: what was published up to here may have been forgotten with its topic. */
  private readonly forgottenSeqs = new Map<string, number>();
  private readonly startSeq: number;
  private readonly topicsMax: number;
  private newestSeq: number;

  constructor(options: HubOptions) {
    for (const channel of options.channels) {
      const { name } = channel.definition;
      if (this.channels.has(name)) throw new Error(`channel ${name} is defined twice`);
      this.channels.set(name, channel);
    }
    this.startSeq = options.startSeq ?? 0;
    this.newestSeq = this.startSeq;
    this.topicsMax = options.topicsMax ?? TOPICS_MAX;
    this.subscriptionsMax = options.subscriptionsMax ?? SUBSCRIPTIONS_MAX;
  }

  /** The highest sequence number published. */
  get lastSeq(): number {
    return this.newestSeq;
  }

  /** Subscriptions of all sessions. */
  get subscriptions(): number {
    let count = 0;
    for (const { listeners } of this.topics.values()) count += listeners.size;
    return count;
  }

  get channelNames(): string[] {
    return [...this.channels.keys()];
  }

  get definitions(): ChannelDefinition[] {
    return [...this.channels.values()].map((channel) => channel.definition);
  }

  channel(name: string): Channel | undefined {
    return this.channels.get(name);
  }

  /** Sends an event to everyone who listens. `params` as the schema of the channel returns them. */
  publish<P extends z.ZodObject, E extends z.ZodType, S extends z.ZodType>(
    definition: ChannelDefinition<P, E, S>,
    params: z.output<P>,
    event: ChannelEvent<z.input<E>>,
  ): void {
    const channel = this.channels.get(definition.name);
    if (channel === undefined) throw new Error(`channel ${definition.name} is not in this hub`);
    const topic = this.topic(channel, params);
    const seq = event.seq ?? this.newestSeq + 1;
    if (seq < topic.lastSeq || (seq === topic.lastSeq && topic.published)) {
      throw new Error(`${topic.id}: seq ${seq} after ${topic.lastSeq}`);
    }
    if (seq > this.newestSeq) this.newestSeq = seq;
    const added = topic.append(seq, event);
    for (const listener of topic.listeners) listener.hear(added);
  }

  /** Whether anybody listens: lets a publisher skip work that only an audience needs. */
  hasListeners(definition: ChannelDefinition, params: object): boolean {
    const topic = this.topics.get(topicId(definition, params));
    return topic !== undefined && topic.listeners.size > 0;
  }

  /** The topic of `channel` with `params`, opened on first use. */
  topic(channel: Channel, params: object): Topic {
    const id = topicId(channel.definition, params);
    let topic = this.topics.get(id);
    if (topic === undefined) {
      const forgotten = this.forgottenSeqs.get(channel.definition.name);
      topic = new Topic(id, channel, params, forgotten ?? this.startSeq);
      if (this.topics.size >= this.topicsMax) this.forgetTopic();
      this.topics.set(id, topic);
    }
    return topic;
  }

  /** To be called when a listener has left: a topic that never had an event leaves with it. */
  release(topic: Topic): void {
    if (topic.listeners.size === 0 && !topic.published) this.topics.delete(topic.id);
  }

  /**
   * Drops the oldest topic nobody listens to; those in use go to the back of the row. Looks at a
   * few only: when all of them are in use the limit gives way rather than a subscriber.
   */
  private forgetTopic(): void {
    let looks = FORGET_LOOKS_MAX;
    for (const topic of this.topics.values()) {
      if (looks-- === 0) return;
      this.topics.delete(topic.id);
      if (topic.listeners.size === 0) {
        const { name } = topic.channel.definition;
        const forgotten = this.forgottenSeqs.get(name) ?? this.startSeq;
        this.forgottenSeqs.set(name, Math.max(forgotten, topic.lastSeq));
        return;
      }
      this.topics.set(topic.id, topic);
    }
  }
}
