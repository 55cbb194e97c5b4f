/** A dollar's way from L1 to a trade and back to L1, on every L1 there is, over a restart. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { audit } from '../../../node/auditor/auditor.ts';
import type { Devnet, DevnetOptions } from '../../../node/devnet.ts';
import { findAnvil, startAnvil, type Anvil } from '../../../node/l1/anvil.ts';
import { existing } from '../../../state/access.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { ASSET, CASH_ASSET } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import {
  beginDevnet,
  BTC_PERP,
  fastOptions,
  look,
  markTicks,
  newDirectory,
  openDevnet,
  passL1Time,
  Person,
  startDevnet,
  stopDevnet,
  stopDevnets,
  USD,
} from './world.ts';

const test = suite('devnet: life cycle');
const CHALLENGE_SECONDS = 60;

const cashOf = (devnet: Devnet, { account }: Person): bigint =>
  devnet.node.executor.state.read(ACCOUNT, account)?.cash ?? 0n;
const lotsOf = (devnet: Devnet, { account }: Person): bigint =>
  positionOf(existing(devnet.node.executor.state, ACCOUNT, account), BTC_PERP)?.size ?? 0n;

const headOf = ({ node: { executor } }: Devnet) => ({ height: executor.height, root: toHex(executor.state.root) });

async function requireAudit(devnet: Devnet): Promise<void> {
  const report = await audit(devnet.provider, devnet.deployment, devnet.node.network);
  assert.is(report.divergence, null);
  assert.is(report.batches, devnet.watcher.batches.length);
  assert.is(report.height, devnet.heads.posted.height);
  assert.is(report.root, devnet.watcher.batches.at(-1)!.header.postRoot);
}

/** Two deposits, a trade, and an order that stays open. */
async function trade(devnet: Devnet): Promise<void> {
  const alice = new Person(devnet, 4);
  const bob = new Person(devnet, 5);
  assert.is(cashOf(devnet, alice), 0n);
  await alice.deposit(10_000n * USD);
  await bob.deposit(20_000n * USD);
  assert.is(cashOf(devnet, alice), 10_000n * USD);
  assert.is(cashOf(devnet, bob), 20_000n * USD);

  const { sequencer } = devnet.node;
  const ticks = markTicks(devnet);
  const resting = await sequencer.placeOrder(bob.order(false, 30n, ticks));
  assert.is(resting.result.record.status, 'open');
  const taking = await sequencer.placeOrder(alice.order(true, 20n, ticks));
  assert.is(taking.result.record.status, 'filled');
  assert.is(taking.result.record.filledLots, 20);
  assert.is(lotsOf(devnet, alice), 20n);
  assert.is(lotsOf(devnet, bob), -20n);
}

/** Every haircut has moved at a price: the keeper names the assets in its marks. */
function requireHaircuts({ node }: Devnet): void {
  const { state } = node.executor;
  const assets = [...state.idsOf(ASSET)].filter((id) => id !== CASH_ASSET);
  assert.ok(assets.length > 0 && assets.every((id) => existing(state, ASSET, id).haircutPrice > 0n));
}

async function withdrawAndClaim(devnet: Devnet): Promise<void> {
  const { sequencer, executor } = devnet.node;
  const alice = new Person(devnet, 4);
  const index = existing(executor.state, CHAIN, 0).withdrawalCount;
  const before = cashOf(devnet, alice);
  const amount = 1_000n * USD;
  const { result } = await sequencer.submitAction(
    alice.action(withdraw, { asset: 0, amount, recipient: alice.address }),
  );
  assert.is(cashOf(devnet, alice), before - amount);
  assert.is(await devnet.withdrawals.of(index), null);

  await devnet.flush();
  assert.ok(devnet.heads.posted.height >= result.height);
  assert.ok(devnet.heads.final.height < result.height);
  assert.is((await devnet.withdrawals.of(index))?.final, false);
  await passL1Time(devnet, CHALLENGE_SECONDS + 2);
  assert.ok(devnet.heads.final.height >= result.height);
  assert.is(devnet.heads.safetyOf(result.height), 'final');
  assert.is(await alice.claim(index), amount);
  // Paid once: the same proof again is refused by L1.
  let refusal = '';
  await alice.claim(index).catch((error: Error) => (refusal = error.message));
  assert.match(refusal, /revert/i);
}

async function live(options: DevnetOptions): Promise<void> {
  const first = await startDevnet(options);
  const moves: string[] = [];
  first.heads.onChange(({ safety, to, from }) => {
    if (to.height > from.height && moves.at(-1) !== safety && safety !== 'safe') moves.push(safety);
  });
  await trade(first);
  await withdrawAndClaim(first);
  requireHaircuts(first);
  assert.equal([...new Set(moves)], ['soft', 'posted', 'final']);
  await first.flush();
  await requireAudit(first);
  const bob = new Person(first, 5);
  const openBefore = first.node.sequencer.desk.open(bob.account).map((o) => [o.digest, o.remainingLots]);
  assert.is(openBefore.length, 1);
  await stopDevnet(first);
  const { height, root } = headOf(first);

  const second = await openDevnet(options);
  assert.equal(headOf(second), { height, root });
  await beginDevnet(second);
  await look(second);
  assert.equal(
    second.node.sequencer.desk.open(bob.account).map((o) => [o.digest, o.remainingLots]),
    openBefore,
  );
  assert.ok(second.heads.final.height > 0);
  assert.is(second.watcher.batches.length >= first.watcher.batches.length, true);
  await withdrawAndClaim(second);
  await second.flush();
  await requireAudit(second);
  await stopDevnet(second);
}

test('embedded L1: deposit, trade, withdraw, claim, restart, again', async () => {
  await live(fastOptions(newDirectory()));
});

let anvil: Anvil | null = null;
test.after(async () => {
  await stopDevnets();
  await anvil?.stop();
});
const binary = findAnvil();
if (!binary.found) console.log(`SKIP devnet life cycle on anvil: ${binary.reason}`);
else {
  test('anvil: deposit, trade, withdraw, claim, restart, again', async () => {
    anvil = await startAnvil();
    await live({ ...fastOptions(newDirectory()), l1: anvil.url, confirmations: 0 });
  });
}
test.run();
