// A liquidator that anybody can run: it watches auctions, simulates, bids, and closes what it got. JSON-RPC alone.
import type { TidepoolClient } from '../../rpc/client/client.ts';
import { RemoteError } from '../../rpc/client/transport.ts';
import { fromDecimal, fromSignedDecimal, lotsText, ticksText, toDecimal } from '../../rpc/methods/units.ts';
import { getDefinition, positionsDefinition } from '../../rpc/schema/account.ts';
import { auctionsDefinition } from '../../rpc/schema/liquidation.ts';
import { simulateDefinition } from '../../rpc/schema/simulate.ts';
import { timeDefinition } from '../../rpc/schema/system.ts';
import type { ActionInput } from '../../rpc/schema/tx.ts';
import type { Address } from '../../state/units.ts';
import { appraise, type Appetite, type Auction } from './appraisal.ts';

export type BotOptions = Readonly<{
  client: TidepoolClient;
  key: Uint8Array;
  owner: Address;
  subaccount: number;
  appetite: Appetite;
  /** How far from the mark a closing order may fill; 0: what is taken is kept. */
  slippage: number;
  /** One line of JSON for each thing done, or not done and why. */
  onEvent: (event: Readonly<Record<string, unknown>>) => void;
}>;

/** Seconds a signed message lives: a bid that comes late is no bid. */
const BID_SECONDS = 10;
const ORDER_SECONDS = 30;
const SHARE_DECIMALS = 18;
const WAD = 10n ** 18n;
/** How often a share is halved until initial margin would hold. */
const HALVINGS = 8;

export class LiquidatorBot {
  readonly #o: BotOptions;
  #looking: Promise<void> | null = null;
  #isAskedAgain = false;
  #lastNonce = 0n;

  constructor(options: BotOptions) {
    this.#o = options;
  }

  /** Looks at every start and bid as it happens. Returns the way out. Between events call `look` by the clock: prices fall. */
  watch(): Promise<() => Promise<void>> {
    return this.#o.client.subscribe('liquidations', {}, () => void this.look());
  }

  /**
   * Looks once at all auctions: bids for what is worth it, closes what is held. One look at a time; one that is
   * asked for meanwhile follows. Never throws: trouble is an event, and the next look tries again.
   */
  look(): Promise<void> {
    if (this.#looking !== null) {
      this.#isAskedAgain = true;
      return this.#looking;
    }
    this.#looking = this.#rounds().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #rounds(): Promise<void> {
    do {
      this.#isAskedAgain = false;
      try {
        const { auctions } = await this.#o.client.call(auctionsDefinition, {});
        for (const auction of auctions) await this.#consider(auction);
        if (this.#o.slippage > 0) await this.#hedge();
      } catch (error) {
        this.#tell('trouble', { error: String(error) });
      }
    } while (this.#isAskedAgain);
  }

  #tell(event: string, facts: Readonly<Record<string, unknown>>): void {
    this.#o.onEvent({ event, ...facts });
  }

  async #consider(auction: Auction): Promise<void> {
    const { owner, subaccount, appetite } = this.#o;
    if (auction.owner.toLowerCase() === owner && auction.subaccount === subaccount) return;
    const appraisal = appraise(auction, appetite);
    if (!appraisal.bid) {
      this.#tell('passed', { account: auction.account, reason: appraisal.reason });
      return;
    }
    let share = BigInt(Math.floor(appraisal.share * 1e15)) * 10n ** 3n;
    for (let halvings = 0; !(await this.#isAffordable(auction, share)); halvings++) {
      if (halvings === HALVINGS) {
        this.#tell('passed', { account: auction.account, reason: 'initial margin would not hold' });
        return;
      }
      share /= 2n;
    }
    await this.#bid(auction, share, appraisal.profitUsd);
  }

  /** Would this account meet its initial margin with that share in it? Asked of the settlement engine. */
  async #isAffordable({ positions, collateral, offer }: Auction, share: bigint): Promise<boolean> {
    const { client, owner, subaccount } = this.#o;
    const { directory } = await client.signingContext();
    const cash = directory.assetOf(0).symbol;
    const part = (usd: string): bigint => (fromSignedDecimal(usd, 6)! * share) / WAD;
    const paid = collateral.reduce((sum, { value }) => sum + part(value), -part(offer!.compensation));
    const amounts = collateral.map(({ asset, balance }) => {
      const { decimals } = directory.asset(asset);
      return { asset, amount: toDecimal((fromDecimal(balance, decimals)! * share) / WAD, decimals) };
    });
    const sizes = positions.map(({ market, size }) => {
      const { lotSize } = directory.market(market);
      return { market, size: lotsText((fromSignedDecimal(size, 8)! * share) / WAD / lotSize, { tickSize: 1n, lotSize }) };
    });
    try {
      const { after } = await client.call(simulateDefinition, {
        ...{ owner, subaccount },
        balances: [{ asset: cash, amount: toDecimal(-paid, 6) }, ...amounts].filter(({ amount }) => amount !== '0'),
        positions: sizes.filter(({ size }) => size !== '0'),
      });
      return Number(after.freeCollateral) >= 0;
    } catch (error) {
      if (error instanceof RemoteError) return false; // Too little cash, too many positions, or nothing to simulate.
      throw error;
    }
  }

  async #bid(auction: Auction, share: bigint, profitUsd: number): Promise<void> {
    const { client, key } = this.#o;
    const text = toDecimal(share, SHARE_DECIMALS);
    const [maxPrice, { account }] = [auction.offer!.price, auction];
    try {
      await client.submit(
        {
          type: 'bid',
          ...(await this.#head(BID_SECONDS)),
          ...{ fromOwner: auction.owner, fromSubaccount: auction.subaccount, share: text, maxPrice },
          // What was appraised is what is bought: another's bid in between makes it another auction.
          expected: auction.expected,
        },
        key,
      );
      this.#tell('bid', { account, share: text, maxPrice, profitUsd: profitUsd.toFixed(2) });
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.#tell('refused', { account, share: text, maxPrice, reason: error.data?.['name'] });
    }
  }

  /** Owner, subaccount and a nonce that rises, also after a restart. */
  async #head(seconds: number) {
    const { client, owner, subaccount } = this.#o;
    const [{ account }, { millis }] = await Promise.all([
      client.call(getDefinition, { owner, subaccount }),
      client.call(timeDefinition, {}),
    ]);
    const floor = BigInt(account.actionNonce) > this.#lastNonce ? BigInt(account.actionNonce) : this.#lastNonce;
    this.#lastNonce = BigInt(millis) > floor ? BigInt(millis) : floor + 1n;
    return { owner, subaccount, nonce: String(this.#lastNonce), expiry: Math.floor(millis / 1_000) + seconds };
  }

  /** Closes what this account holds: takes what the book has within the slippage. What is left waits for the next look. */
  async #hedge(): Promise<void> {
    const { client, key, owner, subaccount, slippage } = this.#o;
    const { positions } = await client.call(positionsDefinition, { owner, subaccount });
    const { directory } = await client.signingContext();
    for (const { market, size, markPrice } of positions) {
      const isLong = !size.startsWith('-');
      const { tickSize, lotSize } = directory.market(market);
      const bound = (Number(markPrice) * (isLong ? 1 - slippage : 1 + slippage) * 1e8) / Number(tickSize);
      const ticks = Math.max(1, isLong ? Math.ceil(bound) : Math.floor(bound));
      const order: ActionInput & { type: 'order' } = {
        type: 'order',
        ...(await this.#head(ORDER_SECONDS)),
        market,
        side: isLong ? 'sell' : 'buy',
        size: isLong ? size : size.slice(1),
        price: ticksText(ticks, { tickSize, lotSize }),
        timeInForce: 'ioc',
        reduceOnly: true,
      };
      try {
        const outcome = await client.submit(order, key);
        if ('filledSize' in outcome) this.#tell('hedged', { market, side: order.side, size: outcome.filledSize, of: order.size });
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        this.#tell('not hedged', { market, reason: error.data?.['name'] });
      }
    }
  }
}
