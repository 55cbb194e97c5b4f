/** The closed list of refusals, and the limits of the protocol: unique, used, and in proportion. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as limits from '../../state/constants.ts';
import { KIND_BOUND, KINDS } from '../../state/records/all.ts';
import { ASSET } from '../../state/records/asset.ts';
import { REFUSAL, refusalName, type RefusalName } from '../../state/refusals.ts';
import { TRANSACTIONS } from '../../state/transactions/all.ts';
import { deposit } from '../../state/transactions/deposit.ts';
import { GOVERNANCE_ACTIONS } from '../../state/transactions/governance.ts';
import { orderLayout } from '../../state/transactions/order.ts';
import { SECONDS_PER_DAY } from '../../state/units.ts';

const refusals = suite('refusals');
const entries = Object.entries(REFUSAL) as [RefusalName, number][];

refusals('numbers are unique, ascending and fit a byte; names lead back', () => {
  const numbers = entries.map(([, number]) => number);
  assert.equal(numbers, [...new Set(numbers)].sort((a, b) => a - b));
  for (const [name, number] of entries) {
    assert.ok(number > 0 && number < 256, name);
    assert.is(refusalName(number), name);
  }
  assert.is(refusalName(0), undefined);
});

refusals('each belongs to a transaction, but those of any and those not given yet', () => {
  const ofAny: RefusalName[] = ['malformed', 'too_many_records', 'unknown_transaction_type'];
  /** Numbers kept for rules that no step checks; given up only together with the number. */
  const reserved: RefusalName[] = ['only_from_inbox'];
  const given = new Set(TRANSACTIONS.flatMap((t) => t.refusals));
  for (const action of GOVERNANCE_ACTIONS) for (const name of action.refusals) given.add(name);
  const unused = entries.map(([name]) => name).filter((name) => !given.has(name));
  assert.equal(unused, [...ofAny.filter((name) => !given.has(name)), ...reserved]);
});

refusals('no transaction lists a refusal twice', () => {
  for (const { name, refusals: list } of [...TRANSACTIONS, ...GOVERNANCE_ACTIONS]) {
    assert.is(new Set(list).size, list.length, name);
  }
});

refusals('type bytes, names and record types are unique', () => {
  for (const values of [
    TRANSACTIONS.map((t): unknown => t.type),
    TRANSACTIONS.map((t) => t.name),
    GOVERNANCE_ACTIONS.map((a) => a.action),
    KINDS.map((k) => k.type),
    KINDS.map((k) => k.name),
  ]) {
    assert.is(new Set(values).size, values.length);
  }
  assert.is(Math.max(...KINDS.map((k) => k.type)) + 1, KIND_BOUND);
});

refusals.run();

const constants = suite('constants');

constants('the largest steps fit the bound on records', () => {
  const max = limits.MAX_RECORDS_PER_STEP;
  // Chain, two parameter pages, pool; two accounts with their orders and sessions; their instruments.
  const trade = 4 + 2 * 3 + 2 * limits.MAX_POSITIONS;
  assert.ok(trade <= max, 'a trade between two full accounts');
  assert.ok(3 + limits.MAX_MARKS_PER_STEP <= max, 'a full mark step');
  assert.ok(4 + limits.MAX_SETTLEMENTS_PER_STEP <= max, 'a full settle step');
  assert.ok(1 + limits.MAX_PRUNES_PER_STEP <= max, 'a full prune step');
  assert.ok(3 + limits.MAX_PRICE_POINTS <= max, 'a full price step');
  const withdrawal = 6 + 2 * limits.MAX_POSITIONS + 2 * limits.MAX_COLLATERALS;
  assert.ok(withdrawal <= max, 'a withdrawal from a full account');
});

constants('the largest transactions fit the bound on bytes', () => {
  const fill = orderLayout.width! + 6;
  assert.ok(5 + orderLayout.width! + 1 + limits.MAX_FILLS_PER_TRADE * fill <= limits.MAX_TRANSACTION_BYTES);
  assert.ok(3 + limits.MAX_PRUNES_PER_STEP * 41 <= limits.MAX_TRANSACTION_BYTES);
  assert.is(limits.MAX_TRANSACTION_BYTES, 1 + 20 + limits.MAX_INBOX_PAYLOAD_BYTES, 'a full forced item');
  assert.ok(1 + deposit.layout.width! <= limits.MAX_TRANSACTION_BYTES);
});

constants('widths of products hold', () => {
  const price = 2n ** 63n;
  assert.ok((price * limits.LOT_SIZE_BOUND) / 10n ** 10n < 2n ** 63n, 'a settled lot fits i64');
  const cost = limits.ORDER_FIELD_BOUND * limits.MARK_PER_LOT_BOUND * 2n; // Within 50 % of the mark.
  assert.ok(cost * 2n ** 20n < 2n ** 127n, 'a million fills fit a quote');
  assert.ok(limits.DEPOSITED_BOUND <= 2n ** 127n, 'books fit i128');
  assert.ok(Number(limits.MARK_PER_LOT_BOUND) * 4 <= 2 ** 52, 'risk arrays are exact doubles');
  assert.ok(ASSET.layout.width! < 65_535, 'a record fits its length in a witness');
});

constants('times relate', () => {
  assert.ok(limits.SETTLEMENT_WINDOW_SECONDS < limits.EXPIRY_SECOND_OF_DAY);
  assert.ok(limits.EXPIRY_SECOND_OF_DAY < SECONDS_PER_DAY);
  assert.ok(limits.TIME_BOUND * 2 ** 4 <= Number.MAX_SAFE_INTEGER);
});

constants.run();
