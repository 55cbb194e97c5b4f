/** Writes the OpenRPC 1.3 document from the definitions that also validate the requests. */
import { z } from 'zod';
import { CATALOGUE, type ErrorName } from './catalogue.ts';
import type { ChannelDefinition, MethodDefinition } from './core.ts';

export interface ServiceInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Errors every method may answer with. */
const COMMON_ERRORS: readonly ErrorName[] = [
  'INVALID_REQUEST',
  'INVALID_PARAMS',
  'INTERNAL_ERROR',
  'RATE_LIMITED',
];

const DEFINITION_REF = '#/definitions/';
const COMPONENT_REF = '#/components/schemas/';

/** Points the references of a schema at the components of the document. */
function withComponentRefs(value: Json): Json {
  if (Array.isArray(value)) return value.map(withComponentRefs);
  if (typeof value !== 'object' || value === null) return value;
  const copy: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    copy[key] =
      key === '$ref' && typeof inner === 'string' && inner.startsWith(DEFINITION_REF)
        ? COMPONENT_REF + inner.slice(DEFINITION_REF.length)
        : withComponentRefs(inner);
  }
  return copy;
}

/** The JSON Schema of `schema`; shared schemas move into `components`. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', components: JsonObject): JsonObject {
  const raw = z.toJSONSchema(schema, { io, target: 'draft-7', unrepresentable: 'any' });
  const { $schema: _dialect, definitions, ...own } = JSON.parse(JSON.stringify(raw)) as JsonObject;
  for (const [id, definition] of Object.entries((definitions ?? {}) as JsonObject)) {
    components[id] = withComponentRefs(definition);
  }
  return withComponentRefs(own) as JsonObject;
}

const objectParts = (schema: JsonObject) => ({
  properties: Object.entries((schema['properties'] ?? {}) as JsonObject),
  required: new Set((schema['required'] ?? []) as string[]),
});

function describeMethod(method: MethodDefinition, components: JsonObject): JsonObject {
  const params = toSchema(method.params, 'input', components);
  const { properties, required } = objectParts(params);
  const errors = [...new Set([...method.errors, ...COMMON_ERRORS])];
  const example = method.example as { params: JsonObject; result: Json };
  return {
    name: method.name,
    summary: method.summary,
    ...(method.description === undefined ? {} : { description: method.description }),
    tags: [{ name: method.name.split(/[_.]/, 1)[0] ?? method.name }],
    paramStructure: 'by-name',
    params: properties.map(([name, schema]) => ({ name, required: required.has(name), schema })),
    result: { name: 'result', schema: toSchema(method.result, 'output', components) },
    errors: errors.map((name) => ({ $ref: `#/components/errors/${name}` })),
    examples: [
      {
        name: 'example',
        params: Object.entries(example.params).map(([name, value]) => ({ name, value })),
        result: { name: 'result', value: example.result },
      },
    ],
    'x-kind': method.kind,
    'x-cost': method.cost ?? 1,
  };
}

function describeChannel(channel: ChannelDefinition, components: JsonObject): JsonObject {
  return {
    name: channel.name,
    summary: channel.summary,
    params: toSchema(channel.params, 'input', components),
    event: toSchema(channel.event, 'output', components),
    ...(channel.snapshot === undefined
      ? {}
      : { snapshot: toSchema(channel.snapshot, 'output', components) }),
    example: channel.example as unknown as JsonObject,
  };
}

const describeErrors = (): JsonObject =>
  Object.fromEntries(
    Object.entries(CATALOGUE).map(([name, { code, sentence, retryable }]) => [
      name,
      { code, message: sentence, data: { name, retryable } },
    ]),
  );

/** The document `rpc.discover` answers with. Channels stand in `x-channels`. */
export function openRpcDocument(
  info: ServiceInfo,
  methods: readonly MethodDefinition[],
  channels: readonly ChannelDefinition[],
): JsonObject {
  const schemas: JsonObject = {};
  return {
    openrpc: '1.3.2',
    info: { ...info },
    methods: methods.map((method) => describeMethod(method, schemas)),
    components: { schemas, errors: describeErrors() },
    'x-channels': channels.map((channel) => describeChannel(channel, schemas)),
  };
}
