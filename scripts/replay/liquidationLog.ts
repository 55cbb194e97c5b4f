// Counts what auctions did during a replay: starts, bids, who paid what, and whether it could be explained.
import type { Effect } from '../../state/effects.ts';
import { number, type ReportSection } from './reportText.ts';

export type LiquidationSummary = Readonly<{
  /** Starts by kind, a restart of an auction that ran out among them; ends; accounts that were ever sold. */
  solvent: number;
  insolvent: number;
  ended: number;
  accounts: number;
  bids: number;
  /** USD: to bidders, to the fund by accounts, by the fund; to starters and as much again to the fund. */
  compensationUsd: number;
  penaltyUsd: number;
  fromFundUsd: number;
  rewardUsd: number;
  /** In auction at most and at the end, below maintenance margin without an auction at the end. */
  runningMost: number;
  runningLast: number;
  unattendedLast: number;
  /** The insurance fund when trading began and at the end, USD. */
  fundFirstUsd: number;
  fundLastUsd: number;
  /** Explanations that were checked from their witness alone, and those that held. */
  explained: number;
  verified: number;
}>;

const MICRO_USD = 1e6;

export class LiquidationLog {
  readonly #accounts = new Set<string>();
  #counts = { solvent: 0, insolvent: 0, ended: 0, bids: 0, explained: 0, verified: 0 };
  #usd = { compensationUsd: 0, penaltyUsd: 0, fromFundUsd: 0, rewardUsd: 0 };
  #running = { runningMost: 0, runningLast: 0, unattendedLast: 0 };
  #fund: { first: number; last: number } | null = null;

  effect(effect: Effect): void {
    switch (effect.kind) {
      case 'auctionStarted':
        this.#counts[effect.isSolvent ? 'solvent' : 'insolvent'] += 1;
        this.#accounts.add(effect.account);
        this.#usd.rewardUsd += Number(effect.reward) / MICRO_USD;
        break;
      case 'bid':
        this.#counts.bids += 1;
        this.#usd.compensationUsd += Number(effect.compensation) / MICRO_USD;
        this.#usd.penaltyUsd += Number(effect.penalty) / MICRO_USD;
        this.#usd.fromFundUsd += Number(effect.fromFund) / MICRO_USD;
        break;
      case 'auctionEnded':
        this.#counts.ended += 1;
        break;
    }
  }

  /** One look: auctions that run, accounts below maintenance margin in none, and the fund. */
  sample(running: number, unattended: number, fundUsd: number): void {
    this.#running = { runningMost: Math.max(this.#running.runningMost, running), runningLast: running, unattendedLast: unattended };
    this.#fund = { first: this.#fund?.first ?? fundUsd, last: fundUsd };
  }

  explained(holds: boolean): void {
    this.#counts.explained += 1;
    if (holds) this.#counts.verified += 1;
  }

  summary(): LiquidationSummary {
    const fund = { fundFirstUsd: this.#fund?.first ?? 0, fundLastUsd: this.#fund?.last ?? 0 };
    return { ...this.#counts, ...this.#usd, ...this.#running, ...fund, accounts: this.#accounts.size };
  }
}

/** Nothing where nobody fell. */
export function liquidationSections(log: LiquidationSummary): ReportSection[] {
  const usd = (value: number): string => `${number(value, 2)} USD`;
  if (log.solvent + log.insolvent === 0) return [];
  return [
    {
      title: 'Liquidation',
      rows: [
        ['auctions', `${number(log.solvent)} solvent, ${number(log.insolvent)} insolvent, of ${number(log.accounts)} accounts`],
        ['ended', `${number(log.ended)}, ${number(log.runningMost)} ran at most, ${number(log.runningLast)} at the end`],
        ['bids', number(log.bids)],
        ['compensation to bidders', usd(log.compensationUsd)],
        ['penalties to the fund', usd(log.penaltyUsd)],
        ['rewards of starts', `${usd(log.rewardUsd)}, and as much to the fund`],
        ['paid by the fund', usd(log.fromFundUsd)],
        ['insurance fund', `${usd(log.fundFirstUsd)} at first, ${usd(log.fundLastUsd)} at the end`],
        ['below maintenance, not in auction, at the end', number(log.unattendedLast)],
        ['explanations verified offline', `${number(log.verified)} of ${number(log.explained)}`],
      ],
    },
  ];
}
