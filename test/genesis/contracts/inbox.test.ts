/**
 * The Inbox keeps every item in order, under one accumulator, and lets nobody in by another's door.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inbox as inboxContract } from '../../../genesis/contracts/abi.ts';
import {
  decodeInboxItem,
  EMPTY_ACCUMULATOR,
  encodeInboxItem,
  MAX_INBOX_PAYLOAD_BYTES,
  nextAccumulator,
  type InboxItem,
} from '../../../genesis/contracts/inboxItem.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { account, reverts, TestChain, type Deployed, type Receipt } from './evm.ts';
import { alice, bob, deployer } from './world.ts';
import type { Hex } from 'viem';

const test = suite('Inbox');
const vault = account(20);
const governance = account(21);
const LIMIT = 3;

async function newInbox(fee = 0n): Promise<{ chain: TestChain; inbox: Deployed }> {
  const chain = await TestChain.create();
  return { chain, inbox: await chain.create(inboxContract, [vault, governance, fee, LIMIT], deployer) };
}

test('items and accumulators are the same bytes in Solidity and in TypeScript', async () => {
  const { chain, inbox } = await newInbox();
  const largest = new Uint8Array(MAX_INBOX_PAYLOAD_BYTES).fill(7);
  const items: InboxItem[] = [
    {
      kind: 'deposit',
      asset: 513,
      owner: fromHex(alice),
      subaccount: 255,
      amount: 2n ** 128n - 1n,
    },
    { kind: 'forced', sender: fromHex(bob), transaction: Uint8Array.of(0) },
    { kind: 'forced', sender: fromHex(alice), transaction: largest },
    { kind: 'governance', payload: Uint8Array.of(1, 2, 3) },
    { kind: 'governance', payload: largest },
    { kind: 'deposit', asset: 0, owner: fromHex(bob), subaccount: 0, amount: 0n },
  ];
  const enqueue = (item: InboxItem): Promise<Receipt> => {
    if (item.kind === 'deposit') {
      const { asset, owner, subaccount, amount } = item;
      return chain.call(inbox, 'enqueueDeposit', [asset, toHex(owner), subaccount, amount], { from: vault });
    }
    return item.kind === 'forced'
      ? chain.call(inbox, 'enqueueForced', [toHex(item.transaction)], { from: toHex(item.sender) })
      : chain.call(inbox, 'enqueueGovernance', [toHex(item.payload)], { from: governance });
  };

  let accumulator = EMPTY_ACCUMULATOR;
  assert.is(await chain.read(inbox, 'accumulatorAt', [0n]), toHex(accumulator));
  for (const [index, item] of items.entries()) {
    chain.mine();
    const { events } = await enqueue(item);
    const bytes = encodeInboxItem(item);
    accumulator = nextAccumulator(accumulator, bytes);
    assert.equal(events[0]!.args, {
      index: BigInt(index),
      kind: bytes[0],
      accumulator: toHex(accumulator),
      timestamp: chain.timestamp,
      item: toHex(bytes),
    });
    assert.equal(decodeInboxItem(fromHex(events[0]!.args['item'] as Hex)), item);
    assert.is(await chain.read(inbox, 'length'), BigInt(index + 1));
    assert.is(await chain.read(inbox, 'accumulatorAt', [BigInt(index + 1)]), toHex(accumulator));
    assert.is(await chain.read(inbox, 'timestampOf', [BigInt(index)]), chain.timestamp);
  }
  const end = BigInt(items.length);
  await reverts(chain.call(inbox, 'accumulatorAt', [end + 1n]), 'BeyondQueue', [end, end + 1n]);
  await reverts(chain.call(inbox, 'timestampOf', [end]), 'BeyondQueue', [end, end]);
});

test('deposits come from the Vault, governance messages from Governance', async () => {
  const { chain, inbox } = await newInbox();
  const deposit = chain.call(inbox, 'enqueueDeposit', [0, alice, 0, 1n], { from: governance });
  await reverts(deposit, 'NotTheCaller', [vault, governance]);
  const message = chain.call(inbox, 'enqueueGovernance', ['0x01'], { from: vault });
  await reverts(message, 'NotTheCaller', [governance, vault]);
});

test('payloads have 1 to 4096 bytes', async () => {
  const { chain, inbox } = await newInbox();
  const long = toHex(new Uint8Array(MAX_INBOX_PAYLOAD_BYTES + 1));
  for (const [bytes, size] of [
    ['0x', 0],
    [long, 4_097],
  ] as const) {
    await reverts(chain.call(inbox, 'enqueueForced', [bytes]), 'PayloadSizeOutOfRange', [4_096, size]);
    const message = chain.call(inbox, 'enqueueGovernance', [bytes], { from: governance });
    await reverts(message, 'PayloadSizeOutOfRange', [4_096, size]);
  }
});

test('an L1 block holds a limited number of forced items, and any number of deposits', async () => {
  const { chain, inbox } = await newInbox();
  const force = () => chain.call(inbox, 'enqueueForced', ['0x01']);
  const deposit = () => chain.call(inbox, 'enqueueDeposit', [0, alice, 0, 1n], { from: vault });
  for (let round = 0; round < 2; round++) {
    for (let item = 0; item < LIMIT; item++) {
      await force();
      await deposit();
      await deposit();
    }
    await reverts(force(), 'TooManyForcedItems', [LIMIT]);
    await deposit();
    await reverts(force(), 'TooManyForcedItems', [LIMIT]);
    chain.mine(0n);
  }
  await force();
});

test('the fee is exact and stays', async () => {
  const { chain, inbox } = await newInbox(100n);
  await chain.fund(alice, 1_000n);
  for (const value of [0n, 99n, 101n]) {
    const forced = chain.call(inbox, 'enqueueForced', ['0x01'], { from: alice, value });
    await reverts(forced, 'WrongFee', [100n, value]);
  }
  await chain.call(inbox, 'enqueueForced', ['0x01'], { from: alice, value: 100n });
  assert.is(await chain.balance(inbox.address), 100n);
});

test.run();
