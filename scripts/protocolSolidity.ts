/**
 * Writes what the Solidity twin shares with `state/` as data: offsets and widths of every record
 * and transaction, numbers of refusals, limits, hashes of typed messages, bounds of parameters.
 * The twin shares no code with `state/`, and none of these numbers is written twice.
 */
import { toHex } from '../state/codec/bytes.ts';
import { encode, type Field } from '../state/codec/layout.ts';
import type { TypedStruct } from '../state/codec/typedData.ts';
import * as constants from '../state/constants.ts';
import * as q96 from '../state/math/q96.ts';
import { KINDS, kindOf, type AnyKind } from '../state/records/all.ts';
import { ACCOUNT } from '../state/records/account.ts';
import { CHAIN } from '../state/records/chain.ts';
import type { RecordId } from '../state/records/kind.ts';
import { PARAMETERS, PARAMETERS_PAGE, PUBLISHERS, PUBLISHERS_PAGE } from '../state/records/parameters.ts';
import { MACRO } from '../state/records/macro.ts';
import { POOL } from '../state/records/pool.ts';
import { REFUSAL } from '../state/refusals.ts';
import * as model from '../state/regime/model.ts';
import { ACTIONS } from '../state/transactions/actions.ts';
import * as black76 from '../state/pricing/black76.ts';
import {
  CHAIN_DAYS,
  FIRST_OPTION_ID,
  OPTION_DAY_ZERO,
  OPTION_DAYS,
  OPTION_STRIKES,
  OPTION_UNDERLYINGS,
  STRIKE_REACH,
} from '../state/pricing/chain.ts';
import { GREEK_BOUND, HIGHEST_PRICED, LEAST_PRICED } from '../state/pricing/option.ts';
import { HIGHEST_VARIANCE, LOWEST_VARIANCE, RHO_BOUND, VARIANCE_JUMP, WING } from '../state/pricing/surface.ts';
import { LONG_POWER, SHOCK_SECONDS, SHORT_POWER } from '../state/risk/scenarios.ts';
import { MAX_LIFE_SECONDS } from '../state/transactions/listInstrument.ts';
import { TRANSACTIONS } from '../state/transactions/all.ts';
import { NEW_ACCOUNT } from '../state/transactions/deposit.ts';
import { GOVERNANCE_ACTIONS } from '../state/transactions/governance.ts';
import { orderLayout, orderTyped } from '../state/transactions/order.ts';
import { PARAMETER_BOUNDS } from '../state/transactions/parameterBounds.ts';
import { reportTyped } from '../state/transactions/postPrices.ts';
import { QUANTITY } from '../state/transactions/terms.ts';
import { recordKey } from '../state/tree/node.ts';

type Fields = Readonly<Record<string, Field<any>>>;
const fieldsOf = (layout: Field<any>): Fields | undefined => (layout as { fields?: Fields }).fields;
const itemOf = (layout: Field<any>): Field<any> | undefined => (layout as { item?: Field<any> }).item;

const constant = (type: string, name: string, value: string | number | bigint): string =>
  `    ${type} internal constant ${name} = ${value};`;
const library = (name: string, doc: string, lines: readonly string[]): string =>
  `/// @dev ${doc}\nlibrary ${name} {\n${lines.join('\n')}\n}\n`;
const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);
const screaming = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/**
 * Constants of a layout, and libraries of the items of its lists. A field of up to 32 bytes is
 * `offset << 8 | width`, for `Fields.get`; of a wider one or a list it is the offset alone. Fields
 * behind the first of variable length have no fixed place and no constant.
 */
function layoutLibraries(
  name: string,
  suffix: string,
  doc: string,
  layout: Field<any>,
  first: number,
  extra: readonly string[],
): string[] {
  const lines = [...extra];
  const items: string[] = [];
  let offset: number | null = first;
  for (const [field, of] of Object.entries(fieldsOf(layout) ?? {})) {
    if (offset !== null) {
      const isNumber = of.width !== null && of.width <= 32;
      const value = isNumber ? offset * 256 + of.width! : offset;
      lines.push(constant('uint256', screaming(field), isNumber ? `0x${value.toString(16)}` : value));
    }
    const item = itemOf(of);
    if (item !== undefined && fieldsOf(item) !== undefined) {
      const singular = name + capital(field).replace(/s$/, '');
      items.push(...layoutLibraries(singular, '', `An item of \`${field}\`.`, item, 0, []));
    }
    offset = offset === null || of.width === null ? null : offset + of.width;
  }
  if (layout.width !== null) lines.push(constant('uint256', 'WIDTH', layout.width + first));
  return [library(name + suffix, doc, lines), ...items];
}

/** What both parties of a trade sign. */
const signedOrder = (): string[] => layoutLibraries('SignedOrder', '', 'An order in a trade.', orderLayout, 0, []);

function records(): string[] {
  return [...KINDS, PUBLISHERS].flatMap((kind) =>
    layoutLibraries(capital(kind.name), 'Layout', `Record \`${kind.name}\`.`, kind.layout, 0, [
      constant('uint8', 'TYPE', kind.type),
    ]),
  );
}

const UNKNOWN_TYPE = 0xff;
/** Bytes of an id by record type, in one word: a constant of bytes would be copied at every use. */
function idLengths(): string {
  const lengths = Array.from({ length: 32 }, (_, type) => kindOf(type)?.idLength ?? UNKNOWN_TYPE);
  const word = lengths.map((length) => length.toString(16).padStart(2, '0')).join('');
  return library('RecordId', 'Bytes of an id by record type, one byte a type.', [
    constant('bytes32', 'LENGTHS', `0x${word}`),
    constant('uint256', 'UNKNOWN_TYPE', UNKNOWN_TYPE),
  ]);
}

/** Keys of the records of which there is one. */
function recordKeys(): string {
  const key = (name: string, kind: AnyKind, id: RecordId): string =>
    constant('bytes32', name, toHex(recordKey(kind.type, kind.idBytes(id))));
  return library('RecordKey', 'Keys of the records of which there is one.', [
    key('CHAIN', CHAIN, 0),
    key('POOL', POOL, 0),
    key('MACRO', MACRO, 0),
    key('PARAMETERS', PARAMETERS, PARAMETERS_PAGE),
    key('PUBLISHERS', PUBLISHERS, PUBLISHERS_PAGE),
  ]);
}

/** Offsets count from the type byte: the transaction as it is posted. */
const transactions = (): string[] =>
  TRANSACTIONS.filter(({ layout }) => fieldsOf(layout) !== undefined).flatMap((type) =>
    layoutLibraries(capital(type.name), 'Body', `Transaction \`${type.name}\`, its type byte at 0.`, type.layout, 1, [
      constant('uint8', 'TYPE', type.type),
    ]),
  );

/** Offsets count from the action byte. */
const governanceActions = (): string[] =>
  GOVERNANCE_ACTIONS.flatMap((action) =>
    layoutLibraries(capital(action.name), 'Action', `Governance \`${action.name}\`, its byte at 0.`, action.layout, 1, [
      constant('uint8', 'ACTION', action.action),
    ]),
  );

function limits(): string {
  const numbers = Object.entries(constants).map(([name, value]) => constant('uint256', name, BigInt(value)));
  return library('Limit', 'Limits of the protocol.', numbers);
}

const refusals = (): string =>
  library(
    'Refusal',
    'Numbers of refusals; 0 is no refusal.',
    Object.entries(REFUSAL).map(([name, code]) => constant('uint256', screaming(name), code)),
  );

function typeHashes(): string {
  const structs: TypedStruct[] = [...ACTIONS.map(({ typed }) => typed), orderTyped, reportTyped];
  return library(
    'TypeHash',
    'EIP-712 type hashes.',
    structs.map(({ name, typeHash }) => constant('bytes32', screaming(name).slice(1), toHex(typeHash))),
  );
}

function parameterBounds(): string {
  const words = (side: 0 | 1): string =>
    Object.values(PARAMETER_BOUNDS)
      .map((bounds) => bounds[side].toString(16).padStart(16, '0'))
      .join('');
  const line = (name: string, side: 0 | 1): string => `    bytes internal constant ${name} = hex"${words(side)}";`;
  return library('ParameterBound', 'Inclusive bounds of the parameters, in their order, 8 bytes each.', [
    line('LOW', 0),
    line('HIGH', 1),
  ]);
}

const quantities = (): string =>
  library(
    'Quantity',
    'What a point of a price post is of.',
    Object.entries(QUANTITY).map(([name, value]) => constant('uint256', screaming(name), value)),
  );

/** Numbers of the pricing kernels; coefficients of a polynomial as `NAME_0`, `NAME_1`, ... */
function kernel(): string {
  const named = (numbers: Readonly<Record<string, unknown>>): string[] =>
    Object.entries(numbers).flatMap(([name, value]) => {
      if (typeof value === 'bigint' || typeof value === 'number') return [constant('int256', name, value)];
      if (!Array.isArray(value)) return [];
      return value.map((coefficient: bigint, i) => constant('int256', `${name}_${i}`, coefficient));
    });
  return library('Kernel', 'Numbers of the pricing kernels, multiples of 2^-96 unless they are WAD.', [
    ...named(q96),
    ...named(black76),
  ]);
}

/** Numbers of the volatility model: counts and times are natural, all else is signed. */
function volatilityModel(): string {
  const all = Object.entries(model).flatMap(([name, value]): [string, bigint | number][] => {
    if (typeof value === 'function') return [];
    if (typeof value !== 'object') return [[name, value]];
    return Object.entries(value).map(([key, of]) => [`${name}_${screaming(key)}`, of]);
  });
  const lines = all.map(([name, value]) =>
    constant(typeof value === 'number' ? 'uint256' : 'int256', name, value));
  return library('Model', 'Numbers of the volatility model.', lines);
}

const surfaceBounds = (): string =>
  library('SurfaceBound', 'Bounds of a slice of a volatility surface.', [
    constant('uint256', 'RHO', RHO_BOUND),
    constant('uint256', 'LOWEST_VARIANCE', LOWEST_VARIANCE),
    constant('uint256', 'HIGHEST_VARIANCE', HIGHEST_VARIANCE),
    constant('uint256', 'VARIANCE_JUMP', VARIANCE_JUMP),
  ]);

const optionChain = (): string =>
  library('OptionChain', 'Which options are listed by rule, and what is priced.', [
    constant('uint256', 'FIRST_ID', FIRST_OPTION_ID),
    constant('uint256', 'UNDERLYINGS', OPTION_UNDERLYINGS),
    constant('uint256', 'DAY_ZERO', OPTION_DAY_ZERO),
    constant('uint256', 'DAYS', OPTION_DAYS),
    constant('uint256', 'STRIKES', OPTION_STRIKES),
    constant('uint256', 'STRIKE_REACH', STRIKE_REACH),
    ...Object.entries(CHAIN_DAYS).map(([name, days]) => constant('uint256', screaming(name), days)),
    constant('uint256', 'MAX_LIFE_SECONDS', MAX_LIFE_SECONDS),
    constant('uint256', 'LEAST_PRICED', LEAST_PRICED),
    constant('uint256', 'HIGHEST_PRICED', HIGHEST_PRICED),
    constant('int256', 'GREEK_BOUND', GREEK_BOUND),
    constant('int256', 'SHORT_POWER', SHORT_POWER),
    constant('int256', 'LONG_POWER', LONG_POWER),
    constant('uint256', 'SHOCK_SECONDS', SHOCK_SECONDS),
    constant('int256', 'WING', WING),
  ]);

const newAccount = (): string =>
  library('NewAccount', 'An account that has just been created.', [
    `    bytes internal constant VALUE = hex"${toHex(encode(ACCOUNT.layout, NEW_ACCOUNT)).slice(2)}";`,
  ]);

/** The text of `Protocol.sol`. */
export function protocolSolidity(): string {
  const parts = [
    refusals(),
    limits(),
    typeHashes(),
    parameterBounds(),
    newAccount(),
    quantities(),
    surfaceBounds(),
    volatilityModel(),
    optionChain(),
    kernel(),
    idLengths(),
    recordKeys(),
    ...records(),
    ...signedOrder(),
    ...transactions(),
    ...governanceActions(),
  ];
  return (
    '// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.37;\n\n' +
    `// Generated from state/ by \`npm run contracts\`.\n\n${parts.join('\n')}`
  );
}
