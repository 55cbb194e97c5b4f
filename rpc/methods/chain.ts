/** Blocks and what is in them, from the store; heads from memory. */
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import { refusalName, type RefusalCode } from '../../state/refusals.ts';
import { transactionOf } from '../../state/transactions/all.ts';
import type { Digest } from '../../state/units.ts';
import { blockSigner, transactionHash, type SealedBlock } from '../../node/chain/block.ts';
import { findTransaction, readBlock } from '../../node/chain/executor.ts';
import {
  getBatchDefinition,
  getBlockDefinition,
  getReceiptDefinition,
  getTransactionDefinition,
  headsDefinition,
} from '../schema/chain.ts';
import { implement, type Method } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import type { Service } from './service.ts';

export function chainMethods(service: Service): Method[] {
  const { node } = service;
  return [
    implement(headsDefinition, () => {
      const { soft, posted, safe, final } = node.heads;
      const stateRoot = toHex(node.executor.state.root);
      return { soft, posted, safe, final, stateRoot, at: service.at() };
    }),
    implement(getBlockDefinition, async ({ height, transactions }) => {
      const block = await readBlock(node.store, height);
      if (block === undefined) {
        const expected = `at most ${node.executor.height}; the newest is sealed within a moment`;
        throw new RpcError('BLOCK_NOT_FOUND', { param: 'height', expected, received: height });
      }
      return { block: blockJson(service, block, transactions), at: service.at() };
    }),
    implement(getTransactionDefinition, async ({ hash }) => {
      const { place, transaction } = await locate(service, hash as Digest);
      const type = transactionOf(transaction.bytes[0]);
      return {
        ...place,
        type: type?.name ?? 'unknown',
        body: type === undefined ? null : plainJson(bodyOf(type.layout, transaction.bytes)),
        bytes: toHex(transaction.bytes),
        at: service.at(),
      };
    }),
    implement(getReceiptDefinition, async ({ hash }) => {
      const { place, transaction } = await locate(service, hash as Digest);
      const { code, root } = transaction;
      return {
        ...place,
        ok: code === 0,
        code,
        refusal: code === 0 ? null : (refusalName(code as RefusalCode) ?? null),
        stateRoot: toHex(root),
        at: service.at(),
      };
    }),
    implement(getBatchDefinition, async ({ index }) => {
      if (node.batches === undefined) throw new RpcError('PROOFS_NOT_SERVED');
      const batch = await node.batches.get(index);
      if (batch === undefined) throw new RpcError('BATCH_NOT_FOUND', { param: 'index', received: index });
      return { ...batch, at: service.at() };
    }),
  ];
}

/** A block as clients read it; the channel `heads` sends the same without transactions. */
export function blockJson(service: Service, block: SealedBlock, withTransactions: boolean) {
  const { header, hash, signature, transactions } = block;
  const domainSeparator = fromHex(service.node.domainSeparator);
  return {
    ...header,
    hash,
    signature,
    signer: blockSigner(domainSeparator, block),
    safety: service.safetyOf(header.height),
    ...(withTransactions
      ? {
          transactions: transactions.map(({ bytes, root, code }) => ({
            hash: transactionHash(bytes),
            type: transactionOf(bytes[0])?.name ?? 'unknown',
            code,
            root: toHex(root),
          })),
        }
      : {}),
  };
}

async function locate(service: Service, hash: Digest) {
  const { node } = service;
  const found = await findTransaction(node.store, hash);
  const block = found === undefined ? undefined : await readBlock(node.store, found.height);
  if (found === undefined || block === undefined) {
    throw new RpcError('TRANSACTION_NOT_FOUND', {
      param: 'hash',
      expected: 'the hash of a transaction in a sealed block',
    });
  }
  const { height, index } = found;
  const sequence = block.header.firstSequence + index;
  const safety = service.safetyOf(height);
  return { place: { hash, height, index, sequence, safety }, transaction: block.transactions[index]! };
}

function bodyOf(layout: Parameters<typeof decode>[0], bytes: Uint8Array): unknown {
  try {
    return decode(layout, bytes.subarray(1));
  } catch {
    return null; // A refused item of the inbox may be any bytes.
  }
}

/** The same value with integers beyond JSON as strings, and bytes as hex. */
export function plainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Float64Array) return [...value];
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainJson(item)]));
}
