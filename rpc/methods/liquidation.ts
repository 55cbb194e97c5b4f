/** Liquidations: who is near one, what is for sale, what happened, and why. */
import { existing } from '../../state/access.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { accountIdOf } from '../../state/records/account.ts';
import { AUCTION } from '../../state/records/auction.ts';
import type { Address, Digest } from '../../state/units.ts';
import { transactionHash } from '../../node/chain/block.ts';
import { findTransaction, readBlock } from '../../node/chain/executor.ts';
import { recover } from '../../node/crypto/recover.ts';
import { implement, type Method } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import { atRiskDefinition, auctionsDefinition, historyDefinition } from '../schema/liquidation.ts';
import { explainDefinition } from '../schema/liquidationExplain.ts';
import { atRisk } from './atRisk.ts';
import { auctionJson, liquidationJson } from './auctionViews.ts';
import { explainLiquidation, namesIn } from './explainLiquidation.ts';
import { cursorOf, pageOf } from './pages.ts';
import type { Service } from './service.ts';
import { SearchLane } from './whatIf/search.ts';

export function liquidationMethods(service: Service): Method[] {
  const { history } = service.node;
  const lane = new SearchLane();
  return [
    implement(auctionsDefinition, ({ limit }) => {
      const { state } = service.node.executor;
      const ids = [...state.idsOf(AUCTION)];
      const largest = ids.map((id) => ({ id, size: existing(state, AUCTION, id).maintenance }));
      largest.sort((a, b) => (a.size > b.size ? -1 : a.size < b.size ? 1 : 0));
      return { auctions: largest.slice(0, limit).map(({ id }) => auctionJson(service, id)), total: ids.length, at: service.at() };
    }),
    implement(atRiskDefinition, ({ healthBelow, limit }) => lane.run((breather) => atRisk(service, healthBelow, limit, breather))),
    implement(historyDefinition, async ({ owner, subaccount, limit, cursor }) => {
      const account = owner === undefined ? null : accountIdOf(owner.toLowerCase() as Address, subaccount);
      const entries = await history.liquidations(account, limit, cursorOf(cursor));
      const { items, next } = pageOf(entries, limit, ({ sequence }) => sequence);
      return { entries: items.map((entry) => liquidationJson(service, entry)), ...next, at: service.at() };
    }),
    implement(explainDefinition, async ({ seq, hash }) => {
      const sequence = seq ?? (await sequenceOf(service, hash));
      const evidence = await history.evidence(sequence);
      if (evidence === undefined) {
        const expected = 'the seq of an entry of liquidation_history';
        throw new RpcError('LIQUIDATION_NOT_FOUND', { param: seq === undefined ? 'hash' : 'seq', expected, received: seq ?? hash });
      }
      const { facts, root } = explainLiquidation(evidence, service.names, { recover });
      return {
        hash: transactionHash(evidence.bytes),
        seq: sequence,
        height: evidence.height,
        safety: service.safetyOf(evidence.height),
        facts,
        names: namesIn(evidence.witness, service.names),
        evidence: {
          transaction: toHex(evidence.bytes),
          rootBefore: toHex(evidence.rootBefore),
          root: toHex(root),
          witness: toHex(evidence.witness),
        },
        at: service.at(),
      };
    }),
  ];
}

/** Where a transaction is in the order of all. @throws RpcError */
async function sequenceOf({ node }: Service, hash: string | undefined): Promise<number> {
  if (hash === undefined) throw new RpcError('INVALID_PARAMS', { param: 'seq', expected: 'seq or hash', received: 'neither' });
  const found = await findTransaction(node.store, hash as Digest);
  const block = found === undefined ? undefined : await readBlock(node.store, found.height);
  if (found === undefined || block === undefined) {
    throw new RpcError('TRANSACTION_NOT_FOUND', { param: 'hash', expected: 'the hash of a transaction in a sealed block' });
  }
  return block.header.firstSequence + found.index;
}
