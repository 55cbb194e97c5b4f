// eth_getLogs: which logs of which blocks, by address and topics, through the index of blocks with
// logs.
import { Bloom } from '@ethereumjs/vm';
import { hexToBytes } from '@ethereumjs/util';
import type { Address, Hash } from 'viem';
import type { Chain } from './chain.ts';
import type { ChainStore, ExecutedBlock } from './chainStore.ts';
import { invalidParams, L1RpcError, RPC_CODE, refused } from './errors.ts';
import { formatLogs, type Json } from './format.ts';
import { readAddress, readArray, readBlock, readHash, readObject } from './params.ts';
import type { BlockReference } from './params.ts';

/** Logs of one answer, as the large providers allow. */
export const LOGS_MAX = 10_000;
/** Blocks of one query: two weeks of Ethereum's. */
export const LOG_RANGE_BLOCKS_MAX = 100_000n;
const ADDRESSES_MAX = 1_000;
const TOPICS_MAX = 4;
const TOPIC_ALTERNATIVES_MAX = 1_000;

export type LogFilter = {
  readonly blockHash: Hash | null;
  readonly from: BlockReference;
  readonly to: BlockReference;
  /** Empty means any. */
  readonly addresses: readonly Address[];
  /** One list of alternatives for each position; empty means any. */
  readonly topics: readonly (readonly Hash[])[];
};

export function readLogFilter(value: unknown): LogFilter {
  const object = readObject('0', value);
  const blockHash =
    object.blockHash === undefined ? null : readHash('0.blockHash', object.blockHash);
  if (blockHash !== null && (object.fromBlock !== undefined || object.toBlock !== undefined)) {
    throw invalidParams('cannot specify both blockHash and fromBlock/toBlock: choose one of them');
  }
  const topics = readArray('0.topics', object.topics ?? [], TOPICS_MAX);
  return {
    blockHash,
    from: readBlock('0.fromBlock', object.fromBlock, 'latest'),
    to: readBlock('0.toBlock', object.toBlock, 'latest'),
    addresses: readAlternatives('0.address', object.address, ADDRESSES_MAX, readAddress),
    topics: topics.map((topic, index) =>
      readAlternatives(`0.topics[${index}]`, topic, TOPIC_ALTERNATIVES_MAX, readHash),
    ),
  };
}

function readAlternatives<T>(
  name: string,
  value: unknown,
  lengthMax: number,
  read: (name: string, value: unknown) => T,
): readonly T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [read(name, value)];
  return readArray(name, value, lengthMax).map((one, index) => read(`${name}[${index}]`, one));
}

/** `heightOf` resolves a block reference to a height on the canonical chain. */
export async function findLogs(
  chain: Chain,
  filter: LogFilter,
  heightOf: (reference: BlockReference) => Promise<bigint>,
): Promise<Json[]> {
  if (filter.blockHash !== null) {
    const executed = await chain.store.findByHash(hexToBytes(filter.blockHash));
    if (executed === undefined) throw refused('unknown block');
    return matching(executed, filter);
  }
  const [first, to] = [await heightOf(filter.from), await heightOf(filter.to)];
  if (first > to) throw invalidParams('invalid block range params: fromBlock is after toBlock');
  const head = chain.head.header.number;
  const last = to < head ? to : head;
  if (last - first >= LOG_RANGE_BLOCKS_MAX) {
    const message = `query exceeds max block range ${LOG_RANGE_BLOCKS_MAX}`;
    throw new L1RpcError(RPC_CODE.limitExceeded, message);
  }
  return collect(chain.store, filter, first, last);
}

async function collect(
  store: ChainStore,
  filter: LogFilter,
  first: bigint,
  last: bigint,
): Promise<Json[]> {
  const logs: Json[] = [];
  for await (const [number, bits] of store.blooms(first, last)) {
    if (!mayMatch(new Bloom(bits), filter)) continue;
    const executed = await store.findByNumber(number);
    if (executed !== undefined) logs.push(...matching(executed, filter));
    if (logs.length > LOGS_MAX) {
      const message = `query returned more than ${LOGS_MAX} results: ask for fewer blocks`;
      throw new L1RpcError(RPC_CODE.limitExceeded, message);
    }
  }
  return logs;
}

/** False only when no log of the block can match. */
function mayMatch(bloom: Bloom, filter: LogFilter): boolean {
  const hasOne = (alternatives: readonly (Address | Hash)[]): boolean =>
    alternatives.length === 0 || alternatives.some((one) => bloom.check(hexToBytes(one)));
  return hasOne(filter.addresses) && filter.topics.every(hasOne);
}

function matching(executed: ExecutedBlock, filter: LogFilter): Json[] {
  return formatLogs(executed).filter((log) => {
    const topics = log.topics as readonly Hash[];
    const { addresses } = filter;
    if (addresses.length > 0 && !addresses.includes(log.address as Address)) return false;
    if (filter.topics.length > topics.length) return false;
    return filter.topics.every(
      (alternatives, index) =>
        alternatives.length === 0 || alternatives.includes(topics[index] as Hash),
    );
  });
}
