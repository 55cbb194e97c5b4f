/** A typed client of a node over HTTP or WebSocket, which can sign with raw keys. */
import type { z } from 'zod';
import type { Digest } from '../../state/units.ts';
import { Directory } from '../methods/directory.ts';
import { fromDecimal } from '../methods/units.ts';
import type { MethodDefinition, RequestOf, ResultOf } from '../schema/core.ts';
import { listDefinition } from '../schema/market.ts';
import { PAGE_ITEMS_MAX } from '../schema/scalars.ts';
import { infoDefinition } from '../schema/system.ts';
import {
  submitBatchDefinition,
  submitDefinition,
  type ActionInput,
  type Envelope,
  type SubmitOutcome,
} from '../schema/tx.ts';
import { subscribeDefinition, unsubscribeDefinition } from '../subscriptions/subscribe.ts';
import type { Notice } from '../subscriptions/channel.ts';
import { signAction, type SigningContext } from './signer.ts';
import { HttpTransport, TransportError, WebSocketTransport, type Transport } from './transport.ts';

export class TidepoolClient {
  readonly #transport: Transport;
  readonly #listeners = new Map<string, (notice: Notice) => void>();
  #subscribing = 0;
  /** Notices that came before the reply to their subscribe was handled. */
  #early: Notice[] = [];
  #context: Promise<SigningContext> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onNotice?.((notice) => this.#hear(notice));
  }

  /** http(s):// or ws(s)://. @throws TransportError where nobody listens, for a WebSocket */
  static async connect(url: string): Promise<TidepoolClient> {
    const isSocket = url.startsWith('ws:') || url.startsWith('wss:');
    return new TidepoolClient(isSocket ? await WebSocketTransport.open(url) : new HttpTransport(url));
  }

  /** Calls a method by its definition: params and result have its types. @throws RemoteError */
  call<P extends z.ZodObject, R extends z.ZodType>(
    definition: MethodDefinition<P, R>,
    params: RequestOf<MethodDefinition<P, R>>,
  ): Promise<ResultOf<MethodDefinition<P, R>>> {
    return this.#transport.call(definition.name, params) as Promise<ResultOf<MethodDefinition<P, R>>>;
  }

  /** Calls a method by name. */
  request(method: string, params: unknown = {}): Promise<unknown> {
    return this.#transport.call(method, params);
  }

  /** The domain and the names of the chain, asked for once. */
  signingContext(): Promise<SigningContext> {
    return (this.#context ??= this.#readContext());
  }

  async #readContext(): Promise<SigningContext> {
    const [info, perpetuals, futures] = await Promise.all([
      this.call(infoDefinition, {}),
      this.#marketsOf('perpetual'),
      this.#marketsOf('future'),
    ]);
    const stepsOf = (terms: { tickSize: string; stepSize: string }) => ({
      tickSize: fromDecimal(terms.tickSize, 8)!,
      lotSize: fromDecimal(terms.stepSize, 8)!,
    });
    const directory = new Directory(
      [...perpetuals, ...futures].map((m) => ({ symbol: m.market, instrument: m.instrument, ...stepsOf(m) })),
      info.tokens.map(({ asset, symbol, decimals }) => ({ asset, symbol, decimals })),
      info.options.map((chain) => ({
        underlying: chain.id,
        symbol: chain.underlying,
        strikeStep: fromDecimal(chain.strikeStep, 8)!,
        ...stepsOf(chain),
      })),
    );
    return { domainSeparator: info.domainSeparator as Digest, directory };
  }

  /** All markets of a kind; options have names that say all there is to know. */
  async #marketsOf(kind: 'perpetual' | 'future'): Promise<ResultOf<typeof listDefinition>['markets']> {
    const markets: ResultOf<typeof listDefinition>['markets'] = [];
    let next: { cursor?: string | undefined } = {};
    do {
      const { markets: some, cursor } = await this.call(listDefinition, { kind, limit: PAGE_ITEMS_MAX, ...next });
      markets.push(...some);
      next = cursor === undefined ? {} : { cursor };
    } while (next.cursor !== undefined);
    return markets;
  }

  /** Signs an action of this chain. */
  async sign(action: ActionInput, key: Uint8Array): Promise<Envelope> {
    return signAction(await this.signingContext(), action, key);
  }

  /** Signs and submits. */
  async submit(action: ActionInput, key: Uint8Array): Promise<SubmitOutcome> {
    return this.call(submitDefinition, await this.sign(action, key));
  }

  /** Submits envelopes in one call, in order. */
  async submitAll(actions: readonly Envelope[]): Promise<ResultOf<typeof submitBatchDefinition>['results']> {
    return (await this.call(submitBatchDefinition, { actions: [...actions] })).results;
  }

  /** Listens to a channel; the first notice is its snapshot where it has one. Returns the way out. */
  async subscribe(
    channel: string,
    params: Readonly<Record<string, unknown>>,
    listener: (notice: Notice) => void,
  ): Promise<() => Promise<void>> {
    if (this.#transport.onNotice === undefined) throw new TransportError('subscriptions need ws://');
    this.#subscribing += 1;
    try {
      const { subscription } = await this.call(subscribeDefinition, { channel, ...params });
      this.#listeners.set(subscription, listener);
      const early = this.#early.filter((notice) => notice.subscription === subscription);
      this.#early = this.#early.filter((notice) => notice.subscription !== subscription);
      for (const notice of early) listener(notice);
      return () => this.#unsubscribe(subscription);
    } finally {
      this.#subscribing -= 1;
      if (this.#subscribing === 0) this.#early = [];
    }
  }

  async #unsubscribe(subscription: string): Promise<void> {
    this.#listeners.delete(subscription);
    await this.call(unsubscribeDefinition, { subscription });
  }

  #hear(notice: Notice): void {
    const listener = this.#listeners.get(notice.subscription);
    if (listener !== undefined) listener(notice);
    else if (this.#subscribing > 0) this.#early.push(notice);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
