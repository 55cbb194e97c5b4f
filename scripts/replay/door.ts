// The JSON-RPC door of a node without a socket: the dispatcher that the server uses, text in, text out.
import { allMethods } from '../../rpc/methods/all.ts';
import { Service } from '../../rpc/methods/service.ts';
import type { NodeView } from '../../rpc/methods/view.ts';
import type { ErrorObject } from '../../rpc/schema/errors.ts';
import { createRegistry } from '../../rpc/schema/registry.ts';
import type { Envelope } from '../../rpc/schema/tx.ts';
import { ConnectionContext } from '../../rpc/server/context.ts';
import { createDispatcher, type Dispatch } from '../../rpc/server/dispatcher.ts';

/** What became of one action of a batch. */
export type Outcome = Readonly<
  { ok: true; result: Readonly<Record<string, unknown>> } | { ok: false; error: ErrorObject }
>;

const INFO = { title: 'Tidepool', version: '0.1.0', description: 'The door of a replay.' };
/** An incident inside a handler ends the replay: nothing that it goes on to say could be trusted. */
const raise = (facts: object, message: string): never => {
  throw new Error(`${message}: ${JSON.stringify(facts, Object.getOwnPropertyNames(facts))}`);
};

export class Door {
  readonly #dispatch: Dispatch;
  readonly #context = new ConnectionContext({
    ...{ id: 'replay', ip: '127.0.0.1', transport: 'process', admin: false },
  });
  #ids = 0;

  constructor(node: NodeView) {
    const registry = createRegistry(allMethods(new Service(node)), INFO, []);
    this.#dispatch = createDispatcher({ registry, logger: { error: raise, warn: raise } });
  }

  /** The result of a method. @throws where the answer is an error */
  async call(method: string, params: unknown): Promise<unknown> {
    const request = JSON.stringify({ jsonrpc: '2.0', id: ++this.#ids, method, params });
    const text = await this.#dispatch(request, this.#context);
    const reply = JSON.parse(text as string) as { result?: unknown; error?: ErrorObject };
    if (reply.error !== undefined) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.result;
  }

  /** Submits signed actions in one call; each succeeds or fails by itself. */
  async submit(actions: readonly Envelope[]): Promise<readonly Outcome[]> {
    const { results } = (await this.call('tx_submitBatch', { actions })) as { results: Outcome[] };
    return results;
  }
}
