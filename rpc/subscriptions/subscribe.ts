/** The two methods through which a client chooses what it wants to be told. */
import { z } from 'zod';
import { defineMethod, implement, type Method } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import { uint } from '../schema/scalars.ts';
import { describeValue, paramsError } from '../schema/validation.ts';
import type { CallContext } from '../server/context.ts';
import type { Hub } from './channel.ts';
import type { SubscriberSession } from './session.ts';

const channelName = z.string().max(64);
const subscriptionId = z.string().min(1).max(512);

export const subscribeDefinition = defineMethod({
  name: 'subscribe',
  summary: 'Sends the events of a channel to this WebSocket until unsubscribe.',
  description:
    'The other members are the parameters of the channel, see x-channels. Notifications have ' +
    'method "subscription" and params {subscription, channel, kind, seq, prevSeq, at, data}. ' +
    'Nothing was missed as long as prevSeq is not above the last seq seen. To go on after a ' +
    'reconnect send that seq as fromSeq; if it is too old, kind "gap" says so and a snapshot ' +
    'follows where the channel has one.',
  params: z.looseObject({
    channel: channelName,
    fromSeq: uint.optional(),
    snapshot: z.boolean().optional(),
  }),
  result: z.strictObject({ subscription: subscriptionId, channel: channelName, seq: uint }),
  errors: [
    'NEEDS_WEBSOCKET',
    'CHANNEL_NOT_FOUND',
    'ALREADY_SUBSCRIBED',
    'TOO_MANY_SUBSCRIPTIONS',
    'SEQ_IN_FUTURE',
  ],
  kind: 'read',
  cost: 5,
  example: {
    params: { channel: 'trades', market: 'ETH-PERP' },
    result: { subscription: 'trades:ETH-PERP', channel: 'trades', seq: 1042 },
  },
});

export const unsubscribeDefinition = defineMethod({
  name: 'unsubscribe',
  summary: 'Ends a subscription of this connection.',
  params: z.strictObject({ subscription: subscriptionId }),
  result: z.strictObject({ subscription: subscriptionId }),
  errors: ['NEEDS_WEBSOCKET', 'SUBSCRIPTION_NOT_FOUND'],
  kind: 'read',
  example: {
    params: { subscription: 'trades:ETH-PERP' },
    result: { subscription: 'trades:ETH-PERP' },
  },
});

function sessionOf(context: CallContext): SubscriberSession {
  if (context.subscriptions === undefined) {
    throw new RpcError('NEEDS_WEBSOCKET', { received: context.transport, expected: 'websocket' });
  }
  return context.subscriptions;
}

/** `subscribe` and `unsubscribe` over the channels of `hub`. */
export function subscriptionMethods(hub: Hub): Method[] {
  const subscribe = implement(subscribeDefinition, (params, context) => {
    const session = sessionOf(context);
    const { channel: name, fromSeq, snapshot, ...rest } = params;
    const channel = hub.channel(name);
    if (channel === undefined) {
      throw new RpcError('CHANNEL_NOT_FOUND', {
        param: 'channel',
        expected: `one of ${hub.channelNames.join(', ')}`,
        received: describeValue(name),
      });
    }
    const parsed = channel.definition.params.safeParse(rest);
    if (!parsed.success) throw paramsError(channel.definition.params, rest);
    const { reply, start } = session.subscribe(channel, parsed.data, { fromSeq, snapshot });
    context.afterReply(start);
    return reply;
  });
  const unsubscribe = implement(unsubscribeDefinition, ({ subscription }, context) => {
    if (!sessionOf(context).unsubscribe(subscription)) {
      throw new RpcError('SUBSCRIPTION_NOT_FOUND', { param: 'subscription' });
    }
    return { subscription };
  });
  return [subscribe, unsubscribe];
}
