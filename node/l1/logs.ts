/** Logs of our contracts, read in bounded ranges and parsed as hostile input. */
import { decodeEventLog } from 'viem/utils';
import { inbox as inboxContract, rollup as rollupContract } from '../../genesis/contracts/abi.ts';
import { batchHash, type BatchHeader } from '../../genesis/contracts/batch.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import type { Address, Digest } from '../../state/units.ts';
import type { Deployment } from './deployment.ts';
import type { L1Provider } from './provider.ts';

type Where = Readonly<{ blockNumber: number; blockHash: Digest; transactionHash: Digest }>;
export type ItemLog = Where &
  Readonly<{ kind: 'item'; index: number; item: Uint8Array; accumulator: Digest; timestamp: number }>;
export type BatchLog = Where & Readonly<{ kind: 'batch'; index: number; hash: Digest; header: BatchHeader }>;
export type DeletionLog = Where & Readonly<{ kind: 'deletion'; index: number }>;
export type ContractLog = ItemLog | BatchLog | DeletionLog;

/** Blocks per request: public RPCs refuse more. */
const RANGE_BLOCKS = 2_000;
const ABI = [...inboxContract.abi, ...rollupContract.abi];

/** Every log of Inbox and Rollup in [from, to], in L1 order. Logs of others are never asked for. */
export async function readLogs(
  provider: L1Provider,
  deployment: Deployment,
  from: number,
  to: number,
): Promise<ContractLog[]> {
  const logs: ContractLog[] = [];
  for (let start = from; start <= to; start += RANGE_BLOCKS) {
    const raw = await provider.publicClient.getLogs({
      address: [deployment.inbox, deployment.rollup],
      fromBlock: BigInt(start),
      toBlock: BigInt(Math.min(to, start + RANGE_BLOCKS - 1)),
    });
    for (const log of raw) {
      const parsed = parseLog(deployment, log as RawLog);
      if (parsed !== null) logs.push(parsed);
    }
  }
  return logs;
}

type RawLog = {
  address: string;
  data: Digest;
  topics: [Digest, ...Digest[]];
  blockNumber: bigint | null;
  blockHash: Digest | null;
  transactionHash: Digest | null;
};

/** A log as ours, or null: another event, a pending log, or bytes that do not parse. */
function parseLog(deployment: Deployment, log: RawLog): ContractLog | null {
  if (log.blockNumber === null || log.blockHash === null || log.transactionHash === null) return null;
  const where = {
    blockNumber: Number(log.blockNumber),
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
  };
  const from = log.address.toLowerCase() as Address;
  let event: { eventName: string; args: Readonly<Record<string, unknown>> };
  try {
    event = decodeEventLog({ abi: ABI, data: log.data, topics: log.topics }) as never;
  } catch {
    return null; // Not an event of these contracts: nothing we follow.
  }
  const { eventName, args } = event;
  const index = Number(args['index'] as bigint);
  if (eventName === 'ItemEnqueued' && from === deployment.inbox) {
    return {
      kind: 'item',
      ...where,
      index,
      item: fromHex(args['item'] as string),
      accumulator: args['accumulator'] as Digest,
      timestamp: Number(args['timestamp'] as bigint),
    };
  }
  if (from !== deployment.rollup) return null;
  if (eventName === 'BatchPosted') {
    const header = args['header'] as BatchHeader;
    return { kind: 'batch', ...where, index, hash: batchHash(header), header };
  }
  if (eventName === 'BatchesDeleted') {
    return { kind: 'deletion', ...where, index: Number(args['fromIndex'] as bigint) };
  }
  return null;
}

