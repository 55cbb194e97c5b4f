/** The specification says what the code does: every table of `state/README.md` against its source. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Field } from '../../state/codec/layout.ts';
import * as constants from '../../state/constants.ts';
import * as q96 from '../../state/math/q96.ts';
import * as black76 from '../../state/pricing/black76.ts';
import { KINDS } from '../../state/records/all.ts';
import { PARAMETERS, PUBLISHERS, PUBLISHERS_PAGE } from '../../state/records/parameters.ts';
import { REFUSAL, type RefusalName } from '../../state/refusals.ts';
import * as model from '../../state/regime/model.ts';
import { dampingOf, linearMoves, moveOf, volatilityOf } from '../../state/risk/scenarios.ts';
import { ACTIONS } from '../../state/transactions/actions.ts';
import { TRANSACTIONS } from '../../state/transactions/all.ts';
import { GOVERNANCE_ACTIONS } from '../../state/transactions/governance.ts';
import { INBOX_KIND } from '../../state/transactions/inbox.ts';
import { orderLayout, orderTyped } from '../../state/transactions/order.ts';
import { PARAMETER_BOUNDS } from '../../state/transactions/parameterBounds.ts';
import { reportTyped } from '../../state/transactions/postPrices.ts';
import { DOMAIN_NAME, DOMAIN_VERSION, typedStruct, type TypedStruct } from '../../state/codec/typedData.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { WAD } from '../../state/units.ts';

const text = readFileSync(new URL('../../state/README.md', import.meta.url), 'utf8');
const lines = text.split('\n');

type Row = readonly string[];
const cellsOf = (line: string): string[] => line.slice(1, -1).split('|').map((cell) => cell.trim());

/** Body rows of the first table after `line`, before the next heading. */
function tableAfter(line: number): Row[] {
  let at = line + 1;
  while (at < lines.length && !lines[at]!.startsWith('|')) {
    if (lines[at]!.startsWith('#')) return [];
    at++;
  }
  const rows: string[][] = [];
  for (at += 2; lines[at]?.startsWith('|'); at++) rows.push(cellsOf(lines[at]!));
  return rows;
}

/** The one line that matches. */
function lineOf(pattern: RegExp): number {
  const found = lines.flatMap((line, i) => (pattern.test(line) ? [i] : []));
  assert.is(found.length, 1, `${pattern} is in ${found.length} lines`);
  return found[0]!;
}

/** The text from a heading to the next of its rank or above. */
function sectionOf(pattern: RegExp): string {
  const from = lineOf(pattern);
  const rank = lines[from]!.indexOf(' ');
  const length = lines.slice(from + 1).findIndex((l) => /^#+ /.test(l) && l.indexOf(' ') <= rank);
  return lines.slice(from, length < 0 ? undefined : from + 1 + length).join('\n');
}

/** Tables that others refer to by name: each **`item`**, and the two parameter pages. */
const nested = new Map<string, Row[]>();
lines.forEach((line, i) => {
  const name = /^Each \*\*`(\w+)`\*\*/.exec(line)?.[1];
  if (name !== undefined) nested.set(name, tableAfter(i));
});
nested.set('parameters', tableAfter(lineOf(/^### .*Record `parameters`/)));
nested.set('publishers', tableAfter(lineOf(/^### .*Record `publishers`/)));

/** A type as the code names it: item names replaced by what their own tables say. */
function typeOf(written: string): string {
  const whole = nested.get(written);
  const spelled = (rows: readonly Row[]): string =>
    rows.map(([, field, type]) => `${field} ${typeOf(type!)}`).join(' | ');
  if (whole !== undefined) return spelled(whole);
  return written.replace(/\((\w+)\)/g, (all, name: string) => {
    const rows = nested.get(name);
    return rows === undefined ? all : `(${spelled(rows)})`;
  });
}

type Struct = Field<unknown> & { fields: Record<string, Field<unknown>> };
const isStruct = (layout: Field<any>): layout is Struct => 'fields' in layout;

/** Offset, name and type of every field, in order. */
function rowsOf(layout: Field<any>): string[] {
  if (!isStruct(layout)) return [];
  let offset: number | null = 0;
  return Object.entries(layout.fields).map(([name, { name: type, width }]) => {
    const row = `${offset ?? '-'} ${name} ${type}`;
    offset = offset === null || width === null ? null : offset + width;
    return row;
  });
}

const written = (rows: readonly Row[]): string[] =>
  rows.map(([offset, field, type]) => `${offset} ${field} ${typeOf(type!)}`);

const test = suite('specification');

for (const kind of [...KINDS, PUBLISHERS]) {
  test(`record ${kind.name}: type, fields, offsets, types`, () => {
    const heading = lineOf(new RegExp(`^(#+ .*)?Record \`${kind.name}\` \\(type ${kind.type}, id `));
    const rows = tableAfter(heading);
    assert.equal(written(rows), rowsOf(kind.layout));
    for (const row of rows) assert.ok(row.length === 5 && row.every((cell) => cell !== ''), row.join('|'));
  });
}

test('every record heading is of a record, every id as wide as the code makes it', () => {
  const widths: Record<string, number> = { empty: 0, u8: 1, u16: 2, u32: 4, u64: 8 };
  const heading = /Record `(\w+)` \(type \d+, id ([^)]*)\)/;
  const headings = lines.flatMap((line) => heading.exec(line)?.slice(1) ?? []);
  assert.is(headings.length / 2, KINDS.length + 1);
  for (let i = 0; i < headings.length; i += 2) {
    const kind = [...KINDS, PUBLISHERS].find(({ name }) => name === headings[i])!;
    const id = headings[i + 1]!.replace(/:.*/, '');
    const width = id
      .split(' || ')
      .map((part) => widths[part.split(' ').at(-1)!] ?? Number(/(\d+) B$/.exec(part)?.[1]))
      .reduce((sum, bytes) => sum + bytes, 0);
    // An id of that length is read, of another length it is refused.
    assert.not.throws(() => kind.idOf(new Uint8Array(width)), `${kind.name} has ids of ${width} bytes`);
    assert.throws(() => kind.idOf(new Uint8Array(width + 1)));
  }
  assert.is(kindPage('publishers'), PUBLISHERS_PAGE);
  assert.is(PARAMETERS.type, PUBLISHERS.type);
});

const kindPage = (name: string): number =>
  Number(/page (\d)/.exec(lines[lineOf(new RegExp(`^### .*Record \`${name}\``))]!)![1]);

for (const type of TRANSACTIONS) {
  const heading = new RegExp(`^### .*Transaction \`${type.name}\` \\(type ${type.type}\\)`);
  test(`transaction ${type.name}: type byte, body, refusals`, () => {
    if (isStruct(type.layout)) assert.equal(written(tableAfter(lineOf(heading))), rowsOf(type.layout));
    else assert.is(type.layout.name, 'rest');
    const shared = ACTIONS.includes(type as never) ? sectionOf(/^### 7\.3 /) : '';
    const governed = type.name === 'governance' ? GOVERNANCE_ACTIONS.flatMap((a) => a.refusals) : [];
    const named = [...(shared + sectionOf(heading)).matchAll(/`(\w+)` \(\d+\)/g)].map((m) => m[1]!);
    const given = new Set(named.filter((name) => name !== 'malformed' && name in REFUSAL));
    assert.equal([...given].sort(), [...new Set([...type.refusals, ...governed])].sort());
  });
}

for (const action of GOVERNANCE_ACTIONS) {
  test(`governance ${action.name}: action byte and layout`, () => {
    const heading = lineOf(new RegExp(`^Governance \`${action.name}\` \\(action ${action.action}\\)`));
    assert.equal(written(tableAfter(heading)), rowsOf(action.layout));
  });
}

test('signed orders have the length that is written', () => {
  assert.equal(written(nested.get('signedOrder')!), rowsOf(orderLayout));
  assert.match(text, `Each **\`signedOrder\`**, ${orderLayout.width} bytes`);
});

test('a refusal is always named with its number', () => {
  const named = [...text.matchAll(/`(\w+)` \((\d+)\)/g)];
  assert.ok(named.length > 100);
  for (const [, name, number] of named) {
    if (name! in REFUSAL) assert.is(Number(number), REFUSAL[name as RefusalName], name!);
  }
});

test('the list of refusals is whole, in the order of the numbers', () => {
  const rows = tableAfter(lineOf(/^## 15\. Refusals/));
  assert.equal(
    rows.map(([number, name]) => [name!.replaceAll('`', ''), Number(number)]),
    Object.entries(REFUSAL),
  );
  const numbers = Object.values(REFUSAL);
  assert.is(new Set(numbers).size, numbers.length);
  assert.equal(numbers, [...numbers].sort((a, b) => a - b));
  for (const row of rows) assert.ok(row[2]!.endsWith('.'), `${row[1]} has a sentence`);
});

/** A decimal of the page as an integer: shares are of 10^18, all else is whole units. */
function valueOf(decimal: string, unit: string): bigint {
  if (['s', '1e-6 USD', '1e-6 USD day'].includes(unit)) return BigInt(decimal);
  assert.is(unit, 'WAD');
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole!) * WAD + BigInt(fraction.padEnd(18, '0'));
}

test('parameters and their bounds', () => {
  const rows = tableAfter(lineOf(/^## 12\. Parameters/));
  assert.equal(
    rows.map(([name, unit, low, high]) => [name, [valueOf(low!, unit!), valueOf(high!, unit!)]]),
    Object.entries(PARAMETER_BOUNDS),
  );
  assert.equal(rows.map(([name]) => name), Object.keys((PARAMETERS.layout as Struct).fields));
});

test('limits are those of the constants, each with a reason', () => {
  const rows = tableAfter(lineOf(/^## 14\. Limits/));
  const value = (written: string): bigint => {
    const power = /^2\^(\d+)$/.exec(written);
    return power === null ? BigInt(written) : 2n ** BigInt(power[1]!);
  };
  assert.equal(
    Object.fromEntries(rows.map(([name, number]) => [name, value(number!)])),
    Object.fromEntries(Object.entries(constants).map(([name, number]) => [name, BigInt(number)])),
  );
  for (const row of rows) assert.ok(row[2]!.length > 10, row[0]!);
});

test('numbers of the kernels, all of them', () => {
  const rows = tableAfter(lineOf(/^### 5\.1 /));
  const written = rows.map(([name, value]) => [name!.replaceAll('`', ''), value!.split(', ')]);
  const numbers = Object.entries({ ...q96, ...black76 }).flatMap(([name, value]) => {
    if (typeof value === 'function') return [];
    return [[name, [value].flat().map(String)]];
  });
  assert.equal(Object.fromEntries(written), Object.fromEntries(numbers));
});

test('numbers of the volatility model, all of them', () => {
  /** What follows from the others, and what section 10.5 says in words. */
  const elsewhere = /^(HOURS_PER_DAY|INVERSE_|DEVIATION_SQUARE|MACRO_|VOLATILITY_INDEX|DOLLAR_INDEX|EQUITY_)/;
  const rows = new Map(tableAfter(lineOf(/^### 10\.4 /)).map(([name, value]) => [name!.replaceAll('`', ''), value!]));
  const names = Object.entries(model).flatMap(([name, value]) => {
    if (typeof value === 'function' || elsewhere.test(name)) return [];
    const values = typeof value === 'object' ? Object.values(value) : [value];
    const decimals = rows.get(name)?.split(', ') ?? [];
    assert.is(decimals.length, values.length, name);
    decimals.forEach((decimal, i) => {
      const wad = valueOf(decimal, 'WAD');
      const meant = [wad / WAD, wad, (wad << 96n) / WAD].map(String);
      assert.ok(meant.includes(String(values[i])), `${name}: ${decimal}`);
    });
    return [name];
  });
  assert.equal([...rows.keys()].sort(), names.sort());
});

test('limits hold together', () => {
  const c = constants;
  const chainParametersPool = 3;
  const accountsOrdersOwnersSessions = 8;
  const underlyings = 21;
  const trade = 2 * c.MAX_POSITIONS + accountsOrdersOwnersSessions + chainParametersPool + underlyings;
  assert.ok(trade <= c.MAX_RECORDS_PER_STEP, 'two full accounts trade');
  assert.ok(c.MAX_MARKS_PER_STEP + 3 <= c.MAX_RECORDS_PER_STEP, 'a mark step fits');
  assert.ok(c.MAX_PRUNES_PER_STEP + 1 <= c.MAX_RECORDS_PER_STEP, 'a prune step fits');
  assert.ok(2 * c.MAX_SETTLEMENTS_PER_STEP + 4 <= c.MAX_RECORDS_PER_STEP, 'a settle step fits, accounts and owners');
  // Type byte and L1 sender come before what the Inbox took: whatever it took can be consumed.
  assert.is(c.MAX_TRANSACTION_BYTES, 1 + 20 + c.MAX_INBOX_PAYLOAD_BYTES);
  assert.is(c.SCENARIOS, 9 * 3 + 8);
});

const typeText = ({ name, fields }: TypedStruct): string =>
  `${name}(${fields.map((f) => `${f.type} ${f.name}`).join(',')})`;

test('EIP-712 types, exactly', () => {
  const listed = sectionOf(/^## 6\. Signatures/)
    .split('\n')
    .filter((line) => /^ {4}\w+\(.*\)$/.test(line))
    .map((line) => line.trim());
  const [domain, ...types] = listed;
  assert.is(domain, 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)');
  const structs = [...ACTIONS.map((a) => a.typed), orderTyped, reportTyped];
  assert.equal(types, structs.map(typeText));
  for (const struct of structs) {
    assert.equal(toHex(typedStruct(struct.name, struct.fields).typeHash), toHex(struct.typeHash));
  }
  assert.match(text, `name "${DOMAIN_NAME}", version "${DOMAIN_VERSION}"`);
});

test('kinds of inbox items', () => {
  const rows = tableAfter(lineOf(/^### 8\.1 /));
  assert.equal(Object.fromEntries(rows.map(([kind, item]) => [item, Number(kind)])), INBOX_KIND);
  for (const [, item, , by] of rows) {
    const type = TRANSACTIONS.find(({ name }) => name === item)!;
    assert.is(by, `type ${type.type}`);
  }
});

test('scenarios: moves, volatilities, damping', () => {
  const range = (WAD * 15n) / 100n;
  const volatilities = ['up', 'same', 'down'];
  const seen: number[] = [];
  for (const [scenarios, move, volatility] of tableAfter(lineOf(/^### 9\.1 /))) {
    const quarters = /^(-?\d) R \/ 4$/.exec(move!)?.[1];
    const percent = /^(-?\d+) %$/.exec(move!)?.[1];
    scenarios!.split(', ').forEach((s, i) => {
      const scenario = Number(s);
      seen.push(scenario);
      assert.is(volatilities[volatilityOf(scenario)], volatility!.split(', ')[i]);
      const expected =
        quarters === undefined ? (BigInt(percent!) * WAD) / 100n : (range * BigInt(quarters)) / 4n;
      assert.is(moveOf(scenario, range), expected);
      const size = BigInt(percent?.replace('-', '') ?? 0);
      const share = size === 0n || (77n * range) / size > WAD ? WAD : (77n * range) / size;
      assert.is(dampingOf(scenario, range), share);
      assert.is(linearMoves(range)[scenario], (expected * share) / WAD);
    });
  }
  assert.equal(seen, Array.from({ length: constants.SCENARIOS }, (_, i) => i));
});

test('every file that the page links to is there', () => {
  const links = [...text.matchAll(/\]\(([\w./]+)\)/g)].map((m) => m[1]!);
  assert.ok(links.length > 0);
  for (const link of links) readFileSync(new URL(`../../state/${link}`, import.meta.url));
});

test.run();
