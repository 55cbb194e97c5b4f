/** Definitions, errors and their document agree with one another. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { REFUSAL } from '../../../state/refusals.ts';
import { CATALOGUE, CATALOGUE_ENTRIES_TOTAL } from '../../../rpc/schema/catalogue.ts';
import { defineMethod, implement } from '../../../rpc/schema/core.ts';
import { RpcError, refusalError } from '../../../rpc/schema/errors.ts';
import { createRegistry, exampleFaults } from '../../../rpc/schema/registry.ts';
import * as scalars from '../../../rpc/schema/scalars.ts';
import { describeValue, paramsError } from '../../../rpc/schema/validation.ts';
import { createDispatcher } from '../../../rpc/server/dispatcher.ts';
import { INFO, call, createDemo, processContext } from './fixture.ts';

const test = suite('rpc/schema');

test('error numbers and names are unique and in their families', () => {
  const entries = Object.entries(CATALOGUE);
  assert.is(entries.length, CATALOGUE_ENTRIES_TOTAL, 'a refusal has the name of another error');
  assert.is(new Set(entries.map(([, { code }]) => code)).size, entries.length);
  for (const [name, { code, sentence }] of entries) {
    assert.ok((code >= 30_000 && code < 39_000) || (code <= -32_600 && code >= -32_700), name);
    assert.match(name, /^[A-Z][A-Z0-9_]*$/);
    assert.match(sentence, /^[A-Za-z].*\.$/);
  }
});

test('every refusal of the protocol has its error', () => {
  for (const [name, code] of Object.entries(REFUSAL)) {
    const error = refusalError(code, { nonceConsumed: true });
    assert.is(error.code, 38_000 + code);
    assert.is(error.data.name, name.toUpperCase());
    assert.is(error.data.nonceConsumed, true);
  }
  assert.throws(() => refusalError(99_999 as never), /no refusal/);
});

test('an error says whether to try again, unless the case knows better', () => {
  assert.is(new RpcError('RATE_LIMITED').data.retryable, true);
  assert.is(new RpcError('RATE_LIMITED', { retryable: false }).data.retryable, false);
  assert.is(refusalError(REFUSAL.marks_stale).data.retryable, true);
});

const accepts = (schema: z.ZodType, values: unknown[]): void => {
  for (const value of values) assert.ok(schema.safeParse(value).success, describeValue(value));
};
const refuses = (schema: z.ZodType, values: unknown[]): void => {
  for (const value of values) assert.not(schema.safeParse(value).success, describeValue(value));
};

test('decimals are exact, plain and bounded', () => {
  accepts(scalars.decimal, ['0', '-1', '0.10', '-0.5', '1'.repeat(80)]);
  refuses(scalars.decimal, [1, '', '+1', '01', '1.', '.5', '1e5', ' 1', '1\n', '-0', '-0.0']);
  refuses(scalars.decimal, ['NaN', '1'.repeat(81), '1,5', '0x10', '١']);
  accepts(scalars.decimalUnsigned, ['0', '0.0', '12.5']);
  refuses(scalars.decimalUnsigned, ['-1', '-0']);
  accepts(scalars.decimalPositive, ['0.001', '10']);
  refuses(scalars.decimalPositive, ['0', '0.000', '-1']);
});

test('addresses and hashes come in any case and go on in one', () => {
  const checksummed = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
  const upper = `0x${checksummed.slice(2).toUpperCase()}`;
  for (const text of [checksummed, checksummed.toLowerCase(), upper]) {
    assert.is(scalars.address.parse(text), checksummed);
  }
  refuses(scalars.address, ['0X' + '1'.repeat(40), '1'.repeat(40), `0x${'1'.repeat(39)}`, 1]);
  assert.is(scalars.bytes32.parse(`0x${'AB'.repeat(32)}`), `0x${'ab'.repeat(32)}`);
  refuses(scalars.bytes32, [`0x${'ab'.repeat(31)}`]);
  accepts(scalars.bytesHex(2), ['0x', '0xAAbb']);
  refuses(scalars.bytesHex(2), ['0xa', '0xaabbcc', 'aabb']);
});

test('whole numbers are safe and pages bounded', () => {
  accepts(scalars.uint, [0, Number.MAX_SAFE_INTEGER]);
  refuses(scalars.uint, [-1, 1.5, 2 ** 53, '1', NaN, Infinity, 1n]);
  const params = z.strictObject({ ...scalars.page });
  assert.equal(params.parse({}), { limit: 100 });
  refuses(params, [{ limit: 0 }, { limit: 1001 }, { cursor: '' }]);
});

test('what is told of a value is short, and so is the list of issues', () => {
  assert.ok(describeValue('x'.repeat(1_000_000)).length < 120);
  const keys = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, 1]));
  const { data } = paramsError(z.strictObject({ ['a']: z.string() }), keys);
  assert.is((data['issues'] as unknown[]).length, 8);
  assert.ok(JSON.stringify(data).length < 2_000);
});

test('a union speaks of the branch the client meant', () => {
  const schema = z.strictObject({
    target: z.union([
      z.strictObject({ height: scalars.uint }),
      z.strictObject({ hash: scalars.bytes32, deep: z.strictObject({ n: scalars.uint }) }),
    ]),
  });
  const target = { hash: `0x${'00'.repeat(32)}`, deep: { n: -1 } };
  const { data } = paramsError(schema, { target });
  assert.is(data.param, 'target.deep.n');
  assert.is(data.received, '-1');
});

const nothing = defineMethod({
  name: 'demo_nothing',
  summary: 'Nothing.',
  params: z.strictObject({}),
  result: z.null(),
  errors: [],
  kind: 'read',
  example: { params: {}, result: null },
});

test('a registry refuses what would confuse clients', () => {
  const handler = implement(nothing, () => null);
  const named = (name: string) => implement({ ...nothing, name }, () => null);
  assert.throws(() => createRegistry([handler, handler], INFO), /defined twice/);
  assert.throws(() => createRegistry([named('rpc.mine')], INFO), /namespace_camelCase/);
  assert.throws(() => createRegistry([named('Demo')], INFO), /namespace_camelCase/);
  const loose = implement({ ...nothing, params: z.object({}) }, () => null);
  assert.throws(() => createRegistry([loose], INFO), /strictObject/);
});

test('examples must fit their own schemas', () => {
  const { registry, hub } = createDemo();
  const definitions = registry.methods.map((method) => method.definition);
  assert.equal(exampleFaults(definitions, hub.definitions), []);
  const wrong = { ...nothing, example: { params: { x: 1 }, result: 5 } };
  assert.is(exampleFaults([wrong as never]).length, 2);
});

test('rpc.discover gives an OpenRPC document in which every reference leads somewhere', () => {
  const { registry, logger } = createDemo();
  const dispatch = createDispatcher({ registry, logger, checkResults: true });
  const reply = dispatch(call(1, 'rpc.discover'), processContext()) as string;
  const document = JSON.parse(reply).result;
  assert.match(document.openrpc, /^1\.3\./);
  assert.equal(document.info, INFO);
  const names = document.methods.map((method: { name: string }) => method.name);
  assert.equal(names, registry.methods.map((method) => method.definition.name));
  const echo = document.methods.find((method: { name: string }) => method.name === 'demo_echo');
  assert.equal(echo.params[0].name, 'market');
  assert.is(echo.params[0].required, true);
  assert.is(echo.params[1].required, false);
  assert.is(echo['x-kind'], 'read');
  assert.ok(echo.errors.some((one: { $ref: string }) => one.$ref.endsWith('/MARKET_NOT_FOUND')));
  assert.is(document.components.errors.MARKET_NOT_FOUND.code, 31002);
  assert.is(document['x-channels'].length, 2);
  const references = [...reply.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] as string);
  assert.ok(references.length > 10);
  for (const reference of new Set(references)) {
    assert.ok(reference.startsWith('#/'), reference);
    let target = document;
    for (const step of reference.slice(2).split('/')) target = target?.[step];
    assert.ok(target, reference);
  }
});

test.run();
