/** What every method family is given: the node, its names, and the moment an answer speaks of. */
import { ACCOUNT, accountIdOf, type Account } from '../../state/records/account.ts';
import { INSTRUMENT, type Instrument } from '../../state/records/instrument.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import type { AccountId, Address } from '../../state/units.ts';
import { RpcError } from '../schema/errors.ts';
import type { At } from '../schema/scalars.ts';
import { Directory, type Market } from './directory.ts';
import type { NodeView } from './view.ts';

/** What people call the numbers of the chain. */
export type Names = Readonly<{
  market: (instrument: number) => string;
  underlying: (id: number) => string;
  asset: (id: number) => string;
}>;

export class Service {
  readonly node: NodeView;
  readonly directory: Directory;
  readonly names: Names;

  constructor(node: NodeView) {
    this.node = node;
    const { state } = node.executor;
    this.directory = Directory.of(
      node.network,
      (id) => state.read(INSTRUMENT, id),
      (id) => state.read(UNDERLYING, id),
    );
    this.names = {
      market: (id) => this.directory.marketOf(id).symbol,
      underlying: (id) => node.network.underlyings.find((one) => one.id === id)?.symbol ?? `#${id}`,
      asset: (id) => this.directory.assetOf(id).symbol,
    };
  }

  /** The newest state: executed and signed, not yet on L1. */
  at(): At {
    const { executor } = this.node;
    return {
      height: executor.height,
      seq: executor.sequence,
      safety: 'soft',
      time: executor.timestamp,
    };
  }

  /** How far a height has come. */
  safetyOf(height: number): At['safety'] {
    const { final, safe, posted } = this.node.heads;
    if (height <= final.height) return 'final';
    if (height <= safe.height) return 'safe';
    return height <= posted.height ? 'posted' : 'soft';
  }

  /** An account that exists. @throws RpcError */
  account(owner: string, subaccount: number): { id: AccountId; account: Account } {
    const id = accountIdOf(owner.toLowerCase() as Address, subaccount);
    const account = this.node.executor.state.read(ACCOUNT, id);
    if (account === undefined) {
      throw new RpcError('ACCOUNT_UNKNOWN', { param: 'owner', received: `${owner}/${subaccount}` });
    }
    return { id, account };
  }

  /** A market that is listed. @throws RpcError */
  market(symbol: string, param = 'market'): Market & { record: Instrument } {
    const market = this.directory.market(symbol, param);
    const record = this.node.executor.state.read(INSTRUMENT, market.instrument);
    if (record !== undefined) return { ...market, record };
    const expected = 'an option that is listed; market_list shows expiries and strikes';
    throw new RpcError('MARKET_NOT_FOUND', { param, expected, received: symbol });
  }
}
