/** What is asked of the door. Labels are the names of registered methods: a stranger can make no new ones. */
import { Distribution, type Labels, type Meter } from '../../node/ports/operation.ts';
import type { CallObserver } from '../server/context.ts';
import { NO_METHOD } from '../server/dispatcher.ts';

/** Upper ends [s], fewer than elsewhere: there are as many of these as methods. */
const SECONDS = [0.0005, 0.0025, 0.01, 0.05, 0.25, 1, 5];

type Calls = { readonly seconds: Distribution; readonly byCode: Map<number, number> };

export class CallMeters {
  readonly #calls = new Map<string, Calls>();

  readonly observe: CallObserver = (method, code, milliseconds) => {
    let calls = this.#calls.get(method);
    if (calls === undefined) {
      calls = { seconds: new Distribution(SECONDS), byCode: new Map() };
      this.#calls.set(method, calls);
    }
    calls.seconds.observe(milliseconds / 1_000);
    calls.byCode.set(code, (calls.byCode.get(code) ?? 0) + 1);
  };

  readonly meters: readonly Meter[] = [
    {
      name: 'tidepool_rpc_requests_total',
      help: 'Answered JSON-RPC calls by method and error code, 0 for a result; method "none" for calls that name none.',
      type: 'counter',
      read: () => this.#requests(),
    },
    {
      name: 'tidepool_rpc_request_seconds',
      help: 'Time from a JSON-RPC call to its answer, durable where it is an action.',
      type: 'histogram',
      read: () => this.#seconds(),
    },
  ];

  *#requests(): Generator<[Labels, number]> {
    for (const [method, { byCode }] of this.#calls) {
      for (const [code, count] of byCode) yield [{ method, code: String(code) }, count];
    }
  }

  *#seconds(): Generator<[Labels, Distribution]> {
    for (const [method, { seconds }] of this.#calls) if (method !== NO_METHOD) yield [{ method }, seconds];
  }
}
