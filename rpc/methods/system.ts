/** Who this node is, what to sign with, and how it is doing. */
import { existing } from '../../state/access.ts';
import { DOMAIN_NAME, DOMAIN_VERSION } from '../../state/codec/typedData.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { priceIsFresh } from '../../state/risk/portfolio.ts';
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
  const { network, binding, deployment, sequencerAddress, domainSeparator } = service.node;
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
    sequencer: sequencerAddress,
    domain: {
      name: DOMAIN_NAME,
      version: DOMAIN_VERSION,
      chainId: binding.chainId,
      verifyingContract: binding.rollup,
    },
    domainSeparator,
    types: TYPES,
    at: service.at(),
  };
}

/** Blocks follow what happens; with a keeper something happens every few seconds. */
const BLOCK_AGE_SECONDS_MAX = 60;

/** What an operator looks at first; /healthz says the same. */
export function health(service: Service) {
  const { network, executor, clock, heads } = service.node;
  const { state } = executor;
  const now = clock.nowSeconds();
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  const prices = network.underlyings.map(({ id, symbol }) => {
    const underlying = existing(state, UNDERLYING, id);
    const { oracleTime } = underlying;
    return {
      underlying: symbol,
      ageSeconds: oracleTime === 0 ? null : Math.max(0, now - oracleTime),
      fresh: priceIsFresh(underlying, parameters, Math.max(now, oracleTime)),
    };
  });
  const blockAgeSeconds = now - executor.timestamp;
  const stale = prices.filter(({ fresh }) => !fresh).map(({ underlying }) => underlying);
  const problems = [
    ...(stale.length === 0 ? [] : [`no fresh price of ${stale.join(', ')}`]),
    ...(blockAgeSeconds <= BLOCK_AGE_SECONDS_MAX ? [] : [`no block for ${blockAgeSeconds} seconds`]),
  ];
  return {
    ok: problems.length === 0,
    problems,
    openTransactions: executor.openTransactions,
    blocksNotPosted: Math.max(0, executor.height - heads.posted.height),
    blockAgeSeconds,
    prices,
    at: service.at(),
  };
}
