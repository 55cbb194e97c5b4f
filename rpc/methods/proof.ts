/** Proofs against the newest root, and against the one that L1 pays by. */
import { StateGone } from '../../node/chain/replayed.ts';
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { ACCOUNT, accountIdOf } from '../../state/records/account.ts';
import { kindOf } from '../../state/records/all.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { recordKey } from '../../state/tree/node.ts';
import { prove } from '../../state/tree/proof.ts';
import type { Address } from '../../state/units.ts';
import { implement, type Method } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import { accountDefinition, recordDefinition, withdrawalDefinition } from '../schema/proof.ts';
import type { Service } from './service.ts';

export function proofMethods(service: Service): Method[] {
  return [
    implement(accountDefinition, ({ owner, subaccount }) => {
      const id = fromHex(accountIdOf(owner.toLowerCase() as Address, subaccount));
      return { ...proveRecord(service, ACCOUNT.type, id), at: service.at() };
    }),
    implement(recordDefinition, ({ type, id }) => ({
      ...proveRecord(service, type, fromHex(id)),
      at: service.at(),
    })),
    implement(withdrawalDefinition, ({ withdrawal }) => proveWithdrawal(service, withdrawal)),
  ];
}

/** A record as it stands, or that there is none, against the newest root. @throws RpcError */
export function proveRecord(service: Service, type: number, id: Uint8Array) {
  const { state } = service.node.executor;
  const kind = type < 256 ? kindOf(type, id) : undefined;
  if (kind === undefined) {
    throw new RpcError('INVALID_PARAMS', { param: 'type', expected: 'a record type', received: type });
  }
  const key = recordKey(type, id);
  return {
    type,
    id: toHex(id),
    key: toHex(key),
    value: valueOf(service, kind, id),
    root: toHex(state.root),
    proof: toHex(prove(state.tree, key)),
  };
}

function valueOf({ node }: Service, kind: NonNullable<ReturnType<typeof kindOf>>, id: Uint8Array) {
  let recordId: ReturnType<typeof kind.idOf>;
  try {
    recordId = kind.idOf(id);
  } catch {
    const expected = `the id of a record of kind ${kind.name}`;
    throw new RpcError('INVALID_PARAMS', { param: 'id', expected, received: toHex(id) });
  }
  const value = node.executor.state.bytesOf(kind, recordId);
  return value === undefined ? null : toHex(value);
}

async function proveWithdrawal(service: Service, withdrawal: number) {
  const { proofs, executor } = service.node;
  if (withdrawal >= existing(executor.state, CHAIN, 0).withdrawalCount) {
    const expected = 'the index that account_ledger shows as withdrawal';
    throw new RpcError('WITHDRAWAL_NOT_FOUND', { param: 'withdrawal', expected, received: withdrawal });
  }
  if (proofs === undefined) throw new RpcError('PROOFS_NOT_SERVED');
  const proof = await proofs.withdrawal(withdrawal).catch((error: unknown) => {
    throw error instanceof StateGone ? new RpcError('PROOFS_NOT_SERVED', { detail: error.message }) : error;
  });
  if (proof === undefined) {
    const expected = 'a posted batch that holds it; chain_heads shows what is posted and final';
    throw new RpcError('WITHDRAWAL_NOT_FINAL', { param: 'withdrawal', expected });
  }
  return { withdrawal, ...proof, at: service.at() };
}
