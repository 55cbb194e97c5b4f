// The traders at work: each sees its view, decides, signs, and sends JSON-RPC like anybody else.
import { performance } from 'node:perf_hooks';
import { addressOfKey } from '../../node/crypto/recover.ts';
import { Directory } from '../../rpc/methods/directory.ts';
import { lotsText, ticksText, toDecimal } from '../../rpc/methods/units.ts';
import type { ActionInput } from '../../rpc/schema/tx.ts';
import { signAction, type SigningContext } from '../../rpc/client/signer.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import { accountIdOf } from '../../state/records/account.ts';
import type { AccountId, Address } from '../../state/units.ts';
import type { Door, Outcome } from './door.ts';
import type { Trader } from './population.ts';
import type { ReplayStatistics } from './statistics.ts';
import type { Intent, Style } from './traders.ts';
import type { Views } from './views.ts';

/** An order that waits does so for this long at most: its record then leaves the state. */
const RESTING_SECONDS = 3_600;
/** One that takes what is there at once needs no more than to outlive the block. */
const TAKING_SECONDS = 600;
/**
 * A trader is asked in one step of so many. Makers, who move a whole ladder at a time, would
 * otherwise be nearly all of the traffic.
 */
const TURNS: Readonly<Record<Style, number>> = {
  ...{ maker: 30, trend: 5, hedger: 5, basis: 5, holder: 5, noise: 5, leveraged: 3, liquidator: 1 },
  ...{ optionMaker: 10, coveredCall: 10, vertical: 5, calendar: 5, longStraddle: 5, shortStraddle: 5 },
};
/** What may happen to a cancel between the look at the book and its arrival. */
const LATE: ReadonlySet<string> = new Set(['ORDER_NOT_FOUND', 'ORDER_ALREADY_FINISHED']);
const SHARE_DECIMALS = 15;

export class Member {
  readonly trader: Trader;
  readonly key: Uint8Array;
  readonly owner: Address;
  readonly id: AccountId;
  #nonce = 0;

  constructor(trader: Trader, seed: string) {
    this.trader = trader;
    this.key = keccak256(Buffer.from(`tidepool.replay/${seed}/${trader.name}`, 'utf8'));
    this.owner = addressOfKey(this.key);
    this.id = accountIdOf(this.owner, 0);
  }

  nextNonce(): string {
    this.#nonce += 1;
    return String(this.#nonce);
  }
}

export type CrowdOptions = Readonly<{
  members: readonly Member[];
  door: Door;
  views: Views;
  signing: SigningContext;
  statistics: ReplayStatistics;
}>;

export class Crowd {
  readonly #o: CrowdOptions;
  #steps = 0;

  constructor(options: CrowdOptions) {
    this.#o = options;
  }

  /** Asks those whose turn it is, one after the other: their order is part of the result. */
  async step(nowSeconds: number): Promise<void> {
    const { members, views } = this.#o;
    for (const member of members) {
      const { index, style } = member.trader;
      if ((this.#steps + index) % TURNS[style] !== 0) continue;
      const view = views.trader(member.id, nowSeconds);
      if (view === null) continue;
      const intents = member.trader.decide(view, member.trader.random);
      if (intents.length > 0) await this.#act(member, intents, nowSeconds);
    }
    this.#steps += 1;
  }

  async #act(member: Member, intents: readonly Intent[], now: number): Promise<void> {
    const { door, signing } = this.#o;
    const envelopes = intents.map((intent) =>
      signAction(signing, actionOf(member, intent, now, signing.directory), member.key),
    );
    const startedMillis = performance.now();
    const outcomes = await door.submit(envelopes);
    const millis = performance.now() - startedMillis;
    for (const [i, intent] of intents.entries()) this.#count(member, intent, outcomes[i]!, millis);
  }

  #count({ trader }: Member, intent: Intent, outcome: Outcome, millis: number): void {
    const { statistics } = this.#o;
    if (intent.kind === 'place' || intent.kind === 'bid') {
      if (outcome.ok) statistics.orderAccepted(trader.style, millis);
      else statistics.orderRefused(trader.style, outcome.error.data.name, millis);
      return;
    }
    if (outcome.ok) {
      const { cancelled } = outcome.result as { cancelled?: readonly string[] };
      statistics.orderCancelled(cancelled?.length ?? 1);
    } else if (!LATE.has(outcome.error.data.name)) {
      throw new Error(`${trader.name}: a cancel was refused: ${JSON.stringify(outcome.error)}`);
    }
  }
}

function actionOf(member: Member, intent: Intent, now: number, directory: Directory): ActionInput {
  const seconds = intent.kind === 'place' && !intent.marketable ? RESTING_SECONDS : TAKING_SECONDS;
  const head = { owner: member.owner, nonce: member.nextNonce(), expiry: now + seconds };
  if (intent.kind === 'bid') {
    const { owner: fromOwner, subaccount: fromSubaccount, maxPrice, expected } = intent;
    const share = toDecimal(BigInt(Math.ceil(intent.share * 10 ** SHARE_DECIMALS)), SHARE_DECIMALS);
    return { type: 'bid', ...head, fromOwner, fromSubaccount, share, maxPrice, expected };
  }
  if (intent.kind === 'cancel') return { type: 'cancel', ...head, order: intent.id };
  if (intent.kind === 'cancelAll') {
    const { market } = intent;
    const where = market === null ? {} : { market: directory.marketOf(market).symbol };
    return { type: 'cancelAll', ...head, ...where };
  }
  const market = directory.marketOf(intent.market);
  return {
    ...{ type: 'order', ...head, market: market.symbol, side: intent.side },
    size: lotsText(intent.sizeLots, market),
    price: ticksText(intent.priceTicks, market),
    timeInForce: TIME_IN_FORCE[intent.timeInForce],
    ...{ postOnly: intent.postOnly, reduceOnly: intent.reduceOnly },
  };
}

const TIME_IN_FORCE = { GTC: 'gtc', IOC: 'ioc', FOK: 'fok' } as const;
