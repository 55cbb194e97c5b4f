/** A served node on a clock turned by hand, with a leveraged account, and prices that fall when told to. */
import { VirtualClock } from '../../../node/ports/clock.ts';
import { Liquidator, type LiquidatorOptions } from '../../../node/liquidation/liquidator.ts';
import { concat } from '../../../state/codec/bytes.ts';
import { encode } from '../../../state/codec/layout.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { governance, type GovernanceAction } from '../../../state/transactions/governance.ts';
import { alice, bob, carol, PRICES, type Person } from '../../support/world.ts';
import { head, price, serveNode, type ServedNode } from './support.ts';

const USD = 1_000_000n;

export type Fallen = ServedNode &
  Readonly<{
    clock: VirtualClock;
    liquidator: Liquidator;
    /** BTC at `usd`, `seconds` later; then the liquidator does its turns. */
    moveTo: (usd: number, seconds?: number) => Promise<void>;
    /** The same behind the liquidator's back, in steps that the protocol takes. */
    quietly: (usd: number) => Promise<void>;
    /** Lets the price fall as fast as the protocol allows, to `usd`. */
    fall: (from: number, usd: number) => Promise<void>;
    /** `who` buys `size` BTC from bob at 100,000. */
    leverage: (who: Person, size: string, cash: bigint) => Promise<void>;
    /** An order for BTC, good for ten minutes of the clock. */
    order: (who: Person, side: 'buy' | 'sell', size: string, usd: number) => Promise<unknown>;
    /** What governance puts into the inbox. */
    govern: <T>(action: GovernanceAction<T>, body: T) => void;
  }>;

/** Alice is long 1 BTC at 100,000 with 23,000 USD; bob is short it; carol has a million in cash. */
export async function fallenNode(options: Partial<LiquidatorOptions> = {}): Promise<Fallen> {
  const clock = new VirtualClock(Math.floor(Date.now() / 1_000) * 1_000);
  const served = await serveNode({ clock });
  const { node, http, fund } = served;
  const liquidator = new Liquidator({ sequencer: node.sequencer, ...options });
  const leverage = async (who: Person, size: string, cash: bigint): Promise<void> => {
    fund(who, cash);
    const order = { type: 'order', market: 'BTC-PERP', size, price: '100000' } as const;
    await http.submit({ ...order, side: 'sell', ...head(bob) }, bob.key);
    await http.submit({ ...order, side: 'buy', ...head(who) }, who.key);
  };
  const order = (who: Person, side: 'buy' | 'sell', size: string, usd: number): Promise<unknown> => {
    const expiry = clock.nowSeconds() + 600;
    return http.submit({ type: 'order', market: 'BTC-PERP', size, price: String(usd), side, ...head(who), expiry }, who.key);
  };
  const quietly = async (usd: number, seconds = 10): Promise<void> => {
    await clock.advance(seconds * 1_000);
    await node.sequencer.seal();
    price(node, clock.nowSeconds(), { ...PRICES, 1: BigInt(usd) * 10n ** 8n });
  };
  const moveTo = async (usd: number, seconds = 10): Promise<void> => {
    await quietly(usd, seconds);
    liquidator.pricesMoved();
    while (liquidator.turn());
    await node.sequencer.settled();
  };
  fund(bob, 2_000_000n * USD);
  fund(carol, 1_000_000n * USD);
  await leverage(alice, '1', 23_000n * USD);
  return {
    ...served,
    clock,
    liquidator,
    moveTo,
    leverage,
    quietly,
    order,
    govern: (action, body) => {
      const payload = concat(Uint8Array.of(action.action), encode(action.layout, body));
      const { outcome } = node.sequencer.run(encodeTransaction(governance, payload), true);
      if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`);
    },
    fall: async (from, usd) => {
      for (let at = from - 2_000; at > usd; at -= 2_000) await moveTo(at);
      await moveTo(usd);
    },
    close: async () => {
      liquidator.stop();
      await served.close();
    },
  };
}
