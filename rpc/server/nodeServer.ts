/** Serves a node: its methods and channels on one port, with rates that leave room for cancels. */
import { pino } from 'pino';
import { allMethods } from '../methods/all.ts';
import { Service } from '../methods/service.ts';
import { VERSION } from '../methods/system.ts';
import type { NodeView } from '../methods/view.ts';
import { Operation } from '../operation/operation.ts';
import type { Lane } from '../schema/core.ts';
import { createRegistry } from '../schema/registry.ts';
import { Feeds } from '../subscriptions/feeds.ts';
import { subscriptionMethods } from '../subscriptions/subscribe.ts';
import type { Logger } from './context.ts';
import { DEFAULT_RATE_LIMITS, type Pricing, type RateOptions } from './rate.ts';
import { createRpcServer, type RpcServerOptions, type RunningServer } from './server.ts';

export type ServeOptions = Readonly<{
  host: string;
  /** 0 takes any that is free. */
  port: number;
  logger?: Logger;
  /** Of a node that was to be watched before it opened its door. */
  operation?: Operation;
  /** `null`: no limits, for replays and benches on this machine. */
  rate?: RateOptions | null;
  /** Addresses without limits: of followers, who pass on the actions of many and limit those themselves. */
  unlimited?: readonly string[];
}> &
  Pick<RpcServerOptions, 'corsOrigins' | 'limits' | 'checkResults'>;

const INFO = {
  title: 'Tidepool',
  version: VERSION,
  description: 'Derivatives with one shared collateral pool. Read system_info first.',
};
/** What lowers risk or takes it from others: a client that has used up its orders can still do it. */
const URGENT: ReadonlySet<unknown> = new Set(['cancel', 'cancelAll', 'invalidateNonces', 'transfer', 'bid', 'vaultDeposit']);

/** Whether raw params, by name or as a positional array of one object, are of an urgent action. */
function isUrgent(params: unknown): boolean {
  const named: unknown = Array.isArray(params) ? params[0] : params;
  const action = (named as { action?: { type?: unknown; reduceOnly?: unknown } } | null | undefined)?.action;
  return URGENT.has(action?.type) || (action?.type === 'order' && action.reduceOnly === true);
}

const price: Pricing = (definition, params) => {
  if (definition?.kind !== 'action') return { lane: 'read', cost: definition?.cost ?? 1 };
  if (definition.name === 'tx_submitBatch') {
    const named = (Array.isArray(params) ? params[0] : params) as { actions?: unknown } | undefined;
    const actions: unknown = named?.actions;
    return { lane: 'action', cost: Array.isArray(actions) ? Math.max(1, actions.length) : 1 };
  }
  const lane: Lane = isUrgent(params) ? 'cancel' : 'action';
  return { lane, cost: definition.cost ?? 1 };
};

/** Opens the door of a node. @throws ListenError */
export async function serve(node: NodeView, options: ServeOptions): Promise<RunningServer> {
  const { host, port, rate, unlimited = [], logger = pino({ name: 'rpc', level: 'warn' }), operation: given, ...rest } = options;
  const operation = given ?? new Operation({ role: 'sequencer', logger });
  const service = new Service(node);
  const { hub } = new Feeds(service);
  const methods = [...allMethods(service), ...subscriptionMethods(hub)];
  const server = createRpcServer({
    ...rest,
    registry: createRegistry(methods, INFO, hub.definitions),
    info: INFO,
    logger,
    hub,
    rate: rate === undefined ? { limits: DEFAULT_RATE_LIMITS, pricing: price, exempt: ({ ip }) => unlimited.includes(ip) } : rate,
    observe: operation.calls.observe,
    handleOther: operation.answer,
  });
  const running = await server.start({ host, port });
  operation.serves(node, [
    {
      name: 'tidepool_websocket_connections',
      help: 'Open WebSockets.',
      type: 'gauge',
      read: () => server.connections,
    },
    {
      name: 'tidepool_subscriptions',
      help: 'Subscriptions of all connections.',
      type: 'gauge',
      read: () => hub.subscriptions,
    },
  ]);
  return running;
}
