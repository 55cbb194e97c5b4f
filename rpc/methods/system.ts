/** Who this node is, what to sign with, and how it is doing. */
import { DOMAIN_NAME, DOMAIN_VERSION } from '../../state/codec/typedData.ts';
import { doubtsOf, priceAges } from '../operation/doubts.ts';
import { implement, type Method } from '../schema/core.ts';
import { healthDefinition, infoDefinition, timeDefinition } from '../schema/system.ts';
import type { Service } from './service.ts';
import { TYPED_STRUCTS } from './signing.ts';
import { priceText } from './units.ts';

export const VERSION = '0.1.0';

const TYPES = Object.fromEntries(
  TYPED_STRUCTS.map(({ name, fields }) => [name, fields.map((field) => ({ ...field }))]),
);

export function systemMethods(service: Service): Method[] {
  const { node } = service;
  return [
    implement(infoDefinition, () => info(service)),
    implement(timeDefinition, () => ({
      seconds: node.clock.nowSeconds(),
      millis: node.clock.nowMillis(),
      at: service.at(),
    })),
    implement(healthDefinition, () => health(service)),
  ];
}

function info(service: Service) {
  const { network, binding, deployment, sequencer } = service.node;
  const { chains } = service.directory;
  const { vault, inbox, rollup, fraudProof, governance } = deployment;
  return {
    name: 'tidepool' as const,
    version: VERSION,
    network: network.name,
    l1ChainId: binding.chainId,
    contracts: { vault, inbox, rollup, fraudProof, governance },
    tokens: network.assets.map(({ symbol, asset, decimals }) => ({
      symbol,
      asset,
      token: deployment.tokens[asset] ?? binding.tokens[asset]!,
      decimals,
    })),
    options: chains.map(({ underlying: id, symbol, strikeStep, tickSize, lotSize }) => ({
      underlying: symbol,
      id,
      strikeStep: priceText(strikeStep),
      tickSize: priceText(tickSize),
      stepSize: priceText(lotSize),
    })),
    sequencer: sequencer.address,
    domain: {
      name: DOMAIN_NAME,
      version: DOMAIN_VERSION,
      chainId: binding.chainId,
      verifyingContract: binding.rollup,
    },
    domainSeparator: sequencer.domainSeparator,
    types: TYPES,
    at: service.at(),
  };
}

/** What an operator looks at first: the reasons of /readyz in words, and the figures behind them. */
function health(service: Service) {
  const { node } = service;
  const { executor, clock, heads } = node;
  const problems = doubtsOf(node).map(({ detail }) => detail);
  return {
    ok: problems.length === 0,
    problems,
    openTransactions: executor.openTransactions,
    blocksNotPosted: Math.max(0, executor.height - heads.posted.height),
    blockAgeSeconds: clock.nowSeconds() - executor.timestamp,
    prices: priceAges(node),
    at: service.at(),
  };
}
