/** The records that a margin follows from, each proved against one root. */
import { existing } from '../../state/access.ts';
import { ACCOUNT, ownerOf, type Account } from '../../state/records/account.ts';
import { ASSET } from '../../state/records/asset.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import type { Kind, RecordId } from '../../state/records/kind.ts';
import { OWNER } from '../../state/records/owner.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { POOL } from '../../state/records/pool.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import type { AccountId } from '../../state/units.ts';
import { proveRecord } from './proof.ts';
import type { Service } from './service.ts';

/** About 80 records at most, at some 50 us each. */
export function marginWitness(service: Service, id: AccountId, account: Account) {
  const { state } = service.node.executor;
  const prove = <T, Id extends RecordId>(kind: Kind<T, Id>, recordId: Id) => ({
    kind: kind.name,
    ...proveRecord(service, kind.type, kind.idBytes(recordId)),
  });
  const instruments = account.positions.map(({ instrument }) => instrument);
  const assets = account.collaterals.map(({ asset }) => asset);
  const underlyings = [
    ...instruments.map((instrument) => existing(state, INSTRUMENT, instrument).underlying),
    ...assets.map((asset) => existing(state, ASSET, asset).underlying),
  ];
  return [
    prove(CHAIN, 0),
    prove(PARAMETERS, PARAMETERS_PAGE),
    prove(POOL, 0),
    prove(ACCOUNT, id),
    prove(OWNER, ownerOf(id)),
    ...instruments.map((instrument) => prove(INSTRUMENT, instrument)),
    ...assets.map((asset) => prove(ASSET, asset)),
    ...[...new Set(underlyings)].sort((a, b) => a - b).map((underlying) => prove(UNDERLYING, underlying)),
  ];
}
