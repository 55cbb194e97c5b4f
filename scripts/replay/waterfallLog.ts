// Follows every dollar that others paid for accounts in auction: what these owed is what fund, holders and all together lost.
import type { Effect } from '../../state/effects.ts';
import type { AccountId, MicroUsd } from '../../state/units.ts';
import { number, type ReportSection } from './reportText.ts';
import type { Point } from './statistics.ts';

/** Money as micro-dollars in decimal text: exact. */
export type WaterfallSummary = Readonly<{
  vaultBids: number;
  vaultValueFirstUsd: number;
  vaultValueLastUsd: number;
  /** Positions closed against holders, and holders that gave up profit. */
  deleveraged: number;
  holders: number;
  /** Accounts whose losses were written off. */
  socialized: number;
  /** By the fund to bidders; then what was paid for accounts in auction: by the fund, by holders, by all. */
  fundToBidders: string;
  fund: string;
  claims: string;
  losses: string;
  /** What those accounts owed, from all other entries of their ledgers, and what was left to them. */
  owed: string;
  left: string;
  deficit: string;
  repaid: string;
  withdrawalRate: number;
  /** Sums that should be zero [1e-6 USD]. */
  differences: Readonly<Record<string, string>>;
}>;

/** The state where the replay looks at it. */
export type WaterfallState = Readonly<{
  cashOf: ReadonlyMap<AccountId, MicroUsd>;
  claims: MicroUsd;
  insurance: MicroUsd;
  deficit: MicroUsd;
  withdrawalRate: number;
}>;
export type WaterfallSample = Readonly<{ fundUsd: number; vaultUsd: number; deficitUsd: number; claimsUsd: number; auctionedUsd: number }>;

const MICRO_USD = 1e6;
const HELP: ReadonlySet<string> = new Set(['insurance', 'deleveraging', 'loss']);
type Flow = { own: bigint; help: bigint };

export class WaterfallLog {
  readonly #isVault: (id: AccountId) => boolean;
  readonly #flows = new Map<AccountId, Flow>();
  readonly #holders = new Set<AccountId>();
  #counts = { vaultBids: 0, deleveraged: 0, socialized: 0 };
  #sums = { fundToBidders: 0n, fund: 0n, claims: 0n, paidBack: 0n, losses: 0n, repaid: 0n, fromFund: 0n };
  #first: WaterfallSample | null = null;
  #last: WaterfallSample | null = null;
  readonly #lines = new Map<string, Point[]>();

  constructor(isVault: (id: AccountId) => boolean) {
    this.#isVault = isVault;
  }

  /** A step: its effects, and the deficit before and after it. */
  step(effects: readonly Effect[], deficitBefore: MicroUsd, deficitAfter: MicroUsd): void {
    const bidder = effects.find((effect) => effect.kind === 'bid')?.bidder;
    const holders = new Set(effects.flatMap((effect) => (effect.kind === 'deleveraged' ? [effect.holder] : [])));
    let loss = 0n;
    for (const effect of effects) {
      if (effect.kind === 'cash') {
        const isHelp = HELP.has(effect.reason) && effect.account !== bidder && !holders.has(effect.account);
        const flow = this.#flowOf(effect.account);
        if (isHelp) flow.help += effect.amount;
        else flow.own += effect.amount;
        if (effect.reason === 'recovery') this.#sums.paidBack += effect.amount;
        if (effect.reason === 'insurance') this.#sums[isHelp ? 'fund' : 'fundToBidders'] += effect.amount;
      } else if (effect.kind === 'bid') {
        this.#sums.fromFund += effect.fromFund;
        if (this.#isVault(effect.bidder)) this.#counts.vaultBids += 1;
      } else if (effect.kind === 'deleveraged') {
        this.#counts.deleveraged += 1;
        this.#sums.claims += effect.haircut;
        if (effect.haircut > 0n) this.#holders.add(effect.holder);
      } else if (effect.kind === 'socialized') {
        this.#counts.socialized += 1;
        this.#sums.fromFund += effect.fromFund;
        loss += effect.loss;
      }
    }
    this.#sums.losses += loss;
    this.#sums.repaid += deficitBefore + loss - deficitAfter;
  }

  #flowOf(account: AccountId): Flow {
    let flow = this.#flows.get(account);
    if (flow === undefined) this.#flows.set(account, (flow = { own: 0n, help: 0n }));
    return flow;
  }

  sample(timeSeconds: number, sample: WaterfallSample): void {
    this.#first ??= sample;
    this.#last = sample;
    for (const [name, y] of Object.entries(sample)) {
      const line = this.#lines.get(name) ?? [];
      this.#lines.set(name, line);
      line.push({ x: timeSeconds, y });
    }
  }

  line(name: keyof WaterfallSample): readonly Point[] {
    return this.#lines.get(name) ?? [];
  }

  /** Against the state as it is at the end. */
  summary({ cashOf, claims, deficit, withdrawalRate }: WaterfallState): WaterfallSummary {
    const sums = this.#sums;
    let [owed, left, offLedger] = [0n, 0n, 0n];
    for (const [account, { own, help }] of this.#flows) {
      const cash = cashOf.get(account) ?? 0n;
      const off = own + help - cash;
      offLedger += off < 0n ? -off : off;
      if (help === 0n) continue;
      owed += help - cash;
      left += cash;
    }
    const covered = sums.fund + sums.claims + sums.losses;
    const differences = {
      'owed and left to them, less fund, claims and losses': owed + left - covered,
      'cash of all accounts less their ledgers': offLedger,
      'claims in the state and paid back, less haircuts': claims + sums.paidBack - sums.claims,
      'deficit less losses that nobody repaid': deficit - (sums.losses - sums.repaid),
      'what the fund paid less what bids and losses say': sums.fund + sums.fundToBidders - sums.fromFund,
    };
    return {
      ...this.#counts,
      holders: this.#holders.size,
      vaultValueFirstUsd: this.#first?.vaultUsd ?? 0,
      vaultValueLastUsd: this.#last?.vaultUsd ?? 0,
      fundToBidders: String(sums.fundToBidders),
      fund: String(sums.fund),
      claims: String(sums.claims),
      losses: String(sums.losses),
      owed: String(owed),
      left: String(left),
      deficit: String(deficit),
      repaid: String(sums.repaid),
      withdrawalRate,
      differences: Object.fromEntries(Object.entries(differences).map(([name, value]) => [name, String(value)])),
    };
  }
}

export const isExact = ({ differences }: WaterfallSummary): boolean => Object.values(differences).every((value) => value === '0');

/** Nothing where nobody owed and no vault stood by. */
export function waterfallSections(log: WaterfallSummary | null): ReportSection[] {
  if (log === null) return [];
  const usd = (micro: string): string => `${number(Number(micro) / MICRO_USD, 2)} USD`;
  if (log.vaultValueFirstUsd === 0 && log.deleveraged + log.socialized + log.vaultBids === 0) return [];
  return [
    {
      title: 'Waterfall',
      rows: [
        ['vault', `${number(log.vaultValueFirstUsd, 2)} USD at first, ${number(log.vaultValueLastUsd, 2)} at the end, ${number(log.vaultBids)} bids`],
        ['fund to bidders', usd(log.fundToBidders)],
        ['deleveraging', `${number(log.deleveraged)} closed, ${number(log.holders)} holders gave up ${usd(log.claims)}`],
        ['losses', `${usd(log.losses)} of ${number(log.socialized)} accounts, ${usd(log.repaid)} repaid, ${usd(log.deficit)} left`],
        ['rate of withdrawals', number(log.withdrawalRate, 6)],
        ['owed by accounts that were helped', `${usd(log.owed)} = fund ${usd(log.fund)} + claims ${usd(log.claims)} + losses ${usd(log.losses)} - left ${usd(log.left)}`],
        ...Object.entries(log.differences).map(([name, value]): [string, string] => [name, value === '0' ? 'exact' : `OFF BY ${value}`]),
      ],
    },
  ];
}
