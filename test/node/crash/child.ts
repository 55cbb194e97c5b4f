/**
 * A process made to be killed: a devnet under load. On `go` it opens the directory, checks what the
 * parent says was acknowledged, and prints every further acknowledgement once it has it.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { seededRandom } from '../../../node/ports/random.ts';
import { beginDevnet, fastOptions, markTicks, openDevnet, Person, USD } from '../devnet/world.ts';
import { L1CallFailed } from '../../../rpc/cli/l1.ts';
import { checkAcknowledged, type Acknowledgement } from './check.ts';

const [directory, acknowledgedFile, seed] = process.argv.slice(2) as [string, string, string];
const say = (what: object): void => void writeSync(1, `${JSON.stringify(what)}\n`);

say({ kind: 'loaded' });
await new Promise<void>((resolve) => createInterface({ input: process.stdin }).once('line', () => resolve()));
const devnet = await openDevnet({ ...fastOptions(directory), batchSeconds: 1, l1BlockSeconds: 1 });
const people = [4, 5, 6, 7].map((index) => new Person(devnet, index));
await beginDevnet(devnet);
const lines = readFileSync(acknowledgedFile, 'utf8').split('\n').filter((line) => line !== '');
const acknowledged = lines.map((line) => JSON.parse(line) as Acknowledgement);
say({ kind: 'checked', ...(await checkAcknowledged(devnet, people.map((p) => p.account), acknowledged)) });

const random = seededRandom(seed);
const { sequencer } = devnet.node;
if (acknowledged.length === 0) for (const person of people) await person.deposit(1_000_000n * USD);
say({ kind: 'ready' });

async function placeOne(person: Person): Promise<void> {
  const ticks = markTicks(devnet) + BigInt(random.nextInt(7)) - 3n;
  const request = person.order(random.nextBool(0.5), BigInt(1 + random.nextInt(9)), ticks);
  const { record } = (await sequencer.placeOrder(request)).result;
  say({ kind: 'ack', digest: record.digest, status: record.status, filledLots: record.filledLots });
  const open = sequencer.desk.open(person.account);
  if (open.length < 4) return;
  const { result } = await sequencer.cancelOrder(person.cancel(open[0]!.digest));
  say({ kind: 'ack', digest: result.digest, status: result.status, filledLots: result.filledLots });
}

/** Deposits over L1 go on all the while, so that inbox items meet the kill too. */
async function depositForEver(): Promise<void> {
  for (;;) {
    // A deposit that the process before had sent may be mined first and take the allowance of this one.
    await people[0]!.deposit(USD).catch((error: unknown) => {
      if (!(error instanceof L1CallFailed)) throw error;
    });
  }
}
void depositForEver();
for (;;) {
  // A refusal is an answer: another order may have taken what this one was after.
  await Promise.all(people.map((person) => placeOne(person).catch((error: Error) => {
    if (error.name !== 'Rejection') throw error;
  })));
}
