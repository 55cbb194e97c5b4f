/** The set of methods one server answers, checked once; adds `rpc.discover` by itself. */
import { z } from 'zod';
import {
  defineMethod,
  implement,
  type ChannelDefinition,
  type Method,
  type MethodDefinition,
} from './core.ts';
import { openRpcDocument, type ServiceInfo } from './openrpc.ts';

export interface Registry {
  get(name: string): Method | undefined;
  /** In the order they were given. */
  readonly methods: readonly Method[];
  /** What to say to a client that asked for `name`, which does not exist. */
  suggest(name: string): string;
}

const METHOD_NAME = /^[a-z][a-z0-9]*_[a-zA-Z][a-zA-Z0-9]*$/;
const NAMES_WITHOUT_NAMESPACE: ReadonlySet<string> = new Set(['subscribe', 'unsubscribe']);
const SUGGESTED_NAMES_MAX = 24;

export const discoverDefinition = defineMethod({
  name: 'rpc.discover',
  summary: 'The OpenRPC document of this node, made from the schemas that check the requests.',
  params: z.strictObject({}),
  result: z.looseObject({ openrpc: z.string() }),
  errors: [],
  kind: 'read',
  cost: 20,
  example: { params: {}, result: { openrpc: '1.3.2' } },
});

function requireSound(definition: MethodDefinition, taken: ReadonlyMap<string, Method>): void {
  const { name } = definition;
  if (!METHOD_NAME.test(name) && !NAMES_WITHOUT_NAMESPACE.has(name)) {
    throw new Error(`method name ${name} is not namespace_camelCase`);
  }
  if (taken.has(name)) throw new Error(`method ${name} is defined twice`);
  if (definition.params.def.catchall?._zod.def.type !== 'never' && name !== 'subscribe') {
    throw new Error(`params of ${name} must be a z.strictObject`);
  }
}

/** Gathers `methods`; throws on two of one name, odd names, and params that are not strict. */
export function createRegistry(
  methods: readonly Method[],
  info: ServiceInfo,
  channels: readonly ChannelDefinition[] = [],
): Registry {
  const byName = new Map<string, Method>();
  for (const method of methods) {
    requireSound(method.definition, byName);
    byName.set(method.definition.name, method);
  }
  let document: ReturnType<typeof openRpcDocument> | undefined;
  const discover = implement(discoverDefinition, () => {
    const definitions = [...byName.values()].map((method) => method.definition);
    // Some hundred schemas take a while to write out: once, and only if anybody asks.
    document ??= openRpcDocument(info, definitions, channels);
    return document as { openrpc: string };
  });
  byName.set(discoverDefinition.name, discover);
  return {
    get: (name) => byName.get(name),
    methods: [...byName.values()],
    suggest: (name) => suggestNames([...byName.keys()], name),
  };
}

function suggestNames(names: readonly string[], wanted: string): string {
  const sameLetters = names.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (sameLetters !== undefined) return sameLetters;
  const namespace = wanted.split('_', 1)[0] ?? '';
  const siblings = names.filter((name) => name.startsWith(`${namespace}_`));
  if (siblings.length > 0) return `one of ${siblings.slice(0, SUGGESTED_NAMES_MAX).join(', ')}`;
  const namespaces = new Set(names.filter((name) => name.includes('_')).map(namespaceOf));
  return `a method of ${[...namespaces].slice(0, SUGGESTED_NAMES_MAX).join(', ')}`;
}

const namespaceOf = (name: string): string => `${name.split('_', 1)[0]}_`;

/**
 * The faults of the examples in `definitions`: an example that its own schema refuses misleads
 * every reader of the documentation. Empty when all is well.
 */
export function exampleFaults(
  definitions: readonly MethodDefinition[],
  channels: readonly ChannelDefinition[] = [],
): string[] {
  const faults: string[] = [];
  const check = (what: string, schema: z.ZodType, value: unknown): void => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) faults.push(`${what}: ${z.prettifyError(parsed.error)}`);
  };
  for (const { name, params, result, example } of definitions) {
    check(`${name} params`, params, example.params);
    check(`${name} result`, result, example.result);
  }
  for (const { name, params, event, example } of channels) {
    check(`${name} params`, params, example.params);
    check(`${name} event`, event, example.event);
  }
  return faults;
}
