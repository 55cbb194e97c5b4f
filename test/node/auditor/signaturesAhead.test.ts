/** What is recovered ahead of a replay is what the replay asks for; what can not be read is passed by. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodePayload } from '../../../genesis/contracts/batch.ts';
import { recoverAhead } from '../../../node/auditor/signaturesAhead.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { applyTransaction } from '../../../state/transition.ts';
import type { Recover } from '../../../state/codec/signature.ts';
import { alice, bob, World } from '../../support/world.ts';

const test = suite('signatures ahead');

/** Recovery that must have been told everything before it is asked. */
class Prepared extends SignatureRecovery {
  readonly known = new Set<string>();

  constructor() {
    super(0);
  }

  override prepare(...[digest, signature, lane]: Parameters<SignatureRecovery['prepare']>) {
    this.known.add(Buffer.from(digest).toString('hex'));
    return super.prepare(digest, signature, lane);
  }
}

test('the replay of trades and prices asks for nothing that was not recovered', async () => {
  const world = new World();
  world.block();
  for (const { account } of [alice, bob]) world.deposit(account, 10n ** 12n);
  world.tick();
  world.tradeBetween(alice, bob, 5n, 1_000_000n);
  world.tick();
  world.tradeBetween(bob, alice, 3n, 1_000_000n);
  const recovery = new Prepared();
  const payload = encodePayload(world.steps.map(({ bytes, root }) => ({ body: bytes, rootAfter: root })));
  await recoverAhead(payload, world.domainSeparator, recovery);

  let asked = 0;
  const recover: Recover = (digest, ...rest) => {
    asked += 1;
    assert.ok(recovery.known.has(Buffer.from(digest).toString('hex')), 'known ahead');
    return recovery.recover(digest, ...rest);
  };
  const { state } = new World();
  for (const { bytes, root } of world.steps) assert.equal(applyTransaction(state, bytes, { recover }).root, root);
  assert.ok(asked >= 8, `${asked} signatures`);
});

test('garbage is passed by', async () => {
  const { domainSeparator } = new World();
  const body = fc.tuple(fc.constantFrom(11, 12, 1, 200), fc.uint8Array({ maxLength: 300 }));
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(body, { minLength: 1, maxLength: 4 }).map((bodies) =>
      encodePayload(bodies.map(([type, rest]) => ({ body: Uint8Array.of(type, ...rest), rootAfter: new Uint8Array(32) }))),
    ),
  );
  const property = fc.asyncProperty(payload, (bytes) => recoverAhead(bytes, domainSeparator, new SignatureRecovery(0)));
  await fc.assert(property, { seed: 3, numRuns: 500 });
});

test.run();
