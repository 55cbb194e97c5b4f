/**
 * What it takes to disprove the most expensive step of every kind, payload included: one wrong root
 * in a full batch, one `proveStep`. Prints the table of the README.
 *
 *   npm run gas [-- <part of a kind or a case>]
 */
import { encodeDeployData, encodeFunctionData, getContractAddress, type Hex } from 'viem';
import { fraudProof, inbox, rollup } from '../../../../genesis/contracts/abi.ts';
import {
  encodePayload,
  encodePostBatch,
  genesisHash,
  PAYLOAD_HEAD_BYTES,
  payloadHash,
  TABLE_ENTRY_BYTES,
  type BatchHeader,
  type BatchStep,
} from '../../../../genesis/contracts/batch.ts';
import { DEVNET_L1_PARAMETERS } from '../../../../genesis/contracts/deploy.ts';
import { encodeProveStep } from '../../../../genesis/contracts/fraudProof.ts';
import { findAnvil } from '../../../../node/l1/anvil.ts';
import { toHex } from '../../../../state/codec/bytes.ts';
import type { Digest } from '../../../../state/units.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';
import { anvilChain, embeddedChain, type GasChain } from './gasChains.ts';
import { STEP_CONTRACTS } from './twin.ts';
import { worstCases } from './worstCases.ts';

/** No step may take more. */
const BUDGET = 10_000_000n;
const FILLER_BYTES = 234;
/** Leaves room for the table in 120,000 bytes. */
const FULL = 115_000;
const ROOT_BYTES = 32;
const ZERO: Digest = `0x${'00'.repeat(32)}`;

/** The step behind other transactions of a full batch, the root after it wrong by a bit. */
function wrongPayload({ bytes, root }: LoggedStep): Uint8Array {
  const wrong = root.slice();
  wrong[0]! ^= 1;
  const steps: BatchStep[] = [{ body: bytes, rootAfter: wrong }];
  const room = FULL - bytes.length;
  const fillers = Math.floor(room / (FILLER_BYTES + TABLE_ENTRY_BYTES));
  for (let i = 1; i <= fillers; i++) {
    steps.push({ body: new Uint8Array(FILLER_BYTES).fill(1 + (i % 255)), rootAfter: wrong });
  }
  return encodePayload(steps);
}

/** Gas of the proof that `step` is wrong: a rollup whose genesis is the state before it, one batch. */
async function gasOf(chain: GasChain, stepContracts: readonly Hex[], step: LoggedStep): Promise<bigint> {
  const { sender, chainId } = chain;
  const nonce = BigInt(await chain.nonce());
  const fraudProofAt = getContractAddress({ from: sender, nonce: nonce + 2n });
  const inboxAt = await chain.create(encodeDeployData({ ...inbox, args: [sender, sender, 0n, 32] }));
  const config = {
    ...DEVNET_L1_PARAMETERS,
    ...{ inbox: inboxAt, genesisRoot: toHex(step.before), parameterHash: ZERO },
    ...{ sequencer: sender, fraudProof: fraudProofAt },
  };
  const rollupAt = await chain.create(encodeDeployData({ ...rollup, args: [config] }));
  type Families = [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex];
  await chain.create(encodeDeployData({ ...fraudProof, args: [rollupAt, ...(stepContracts as Families)] }));
  const bond = encodeFunctionData({ abi: rollup.abi, functionName: 'bond' });
  await chain.send(rollupAt, bond, DEVNET_L1_PARAMETERS.bondAmount);

  const payload = wrongPayload(step);
  const { timestamp, anchorNumber, anchorHash } = await chain.now();
  const txCount = new DataView(payload.buffer).getUint32(1);
  const tableEnd = PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * txCount;
  const header: BatchHeader = {
    index: 0n,
    parentHash: genesisHash(chainId, config.genesisRoot, ZERO),
    preRoot: config.genesisRoot,
    postRoot: toHex(payload.subarray(tableEnd - ROOT_BYTES, tableEnd)),
    ...{ firstHeight: 1n, lastHeight: 1n, txCount, firstTimestamp: timestamp, lastTimestamp: timestamp },
    ...{ anchorNumber, anchorHash, inboxCursor: 0n, inboxAccumulator: ZERO, parameterHash: ZERO },
    ...{ payloadHash: payloadHash(payload), payloadBytes: payload.length },
  };
  await chain.send(rollupAt, toHex(encodePostBatch(header, payload)));
  return chain.send(fraudProofAt, encodeProveStep(header, payload, 0, step.witness));
}

async function gasOn(chain: GasChain, steps: readonly LoggedStep[]): Promise<bigint[]> {
  const stepContracts: Hex[] = [];
  for (const { bytecode } of Object.values(STEP_CONTRACTS)) {
    stepContracts.push(await chain.create(bytecode));
  }
  const gas: bigint[] = [];
  for (const step of steps) gas.push(await gasOf(chain, stepContracts, step));
  return gas;
}

const [wanted = ''] = process.argv.slice(2);
const cases = worstCases().filter(({ kind, what }) => `${kind} ${what}`.includes(wanted));
const steps = cases.map(({ step }) => step);
const columns: { name: string; gas: bigint[] }[] = [];
for (const open of [embeddedChain, ...(findAnvil().found ? [anvilChain] : [])]) {
  const chain = await open();
  columns.push({ name: chain.name, gas: await gasOn(chain, steps) });
  await chain.stop();
}
const thousands = (gas: bigint): string => `${Math.round(Number(gas) / 1_000).toLocaleString('en-US')} k`;
console.log(`| step | most expensive | witness | ${columns.map(({ name }) => `gas, ${name}`).join(' | ')} |`);
console.log(`|---|---|---|${columns.map(() => '---|').join('')}`);
cases.forEach(({ kind, what, step }, i) => {
  const size = `${(step.witness.length / 1_000).toFixed(1)} KB`;
  console.log(`| ${kind} | ${what} | ${size} | ${columns.map(({ gas }) => thousands(gas[i]!)).join(' | ')} |`);
});
const most = columns.flatMap(({ gas }) => gas).reduce((a, b) => (a > b ? a : b));
console.log(`\nmost: ${thousands(most)} of ${thousands(BUDGET)}`);
process.exit(most <= BUDGET ? 0 : 1);
