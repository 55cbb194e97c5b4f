/** How another operator takes over: bonds, derives the chain from L1, and waits for the seat. */
import type { Seconds } from '../../state/units.ts';
import type { Clock } from '../ports/clock.ts';
import { DerivationError, DerivedChain, type DerivationOptions } from './derivedChain.ts';
import type { Seat } from './seat.ts';

export type SuccessionOptions = DerivationOptions &
  Readonly<{
    seat: Seat;
    clock: Clock;
    pollMillis: number;
    /** Told while the seat is another's: how long it still is at least, and how far the chain has come. */
    onWait: (seconds: Seconds, height: number) => void;
    onTrouble: (what: string, error: unknown) => void;
  }>;

/**
 * When it resolves the node's directory holds the chain that L1 has, and the seat is free.
 * @throws DerivationError where a batch on L1 is wrong
 */
export async function succeed(options: SuccessionOptions): Promise<void> {
  await options.seat.bond();
  for (;;) {
    const chain = await DerivedChain.begin(options);
    try {
      await chain.follow();
      if (await untilFree(chain, options)) {
        await chain.finish();
        return;
      }
    } catch (error) {
      await chain.close();
      if (!(error instanceof DerivationError && error.code === 'L1_WENT_BACK')) throw error;
      options.onTrouble('the chain is derived again', error);
      continue;
    }
    await chain.close();
  }
}

/** Follows the holder of the seat until it is free. False: the chain must be begun anew. */
async function untilFree(chain: DerivedChain, { seat, clock, pollMillis, onWait, onTrouble }: SuccessionOptions): Promise<boolean> {
  for (;;) {
    try {
      const seconds = await seat.opensIn();
      // Once more, after the seat was seen free: what its holder posted before that is the chain too.
      await chain.follow();
      if (seconds === 0) return true;
      onWait(seconds, chain.height);
    } catch (error) {
      if (error instanceof DerivationError) throw error;
      onTrouble('L1 can not be followed', error);
      if (chain.isBroken) return false;
    }
    await clock.sleep(pollMillis);
  }
}
