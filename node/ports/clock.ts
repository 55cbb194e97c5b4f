// Time as a port: the system's clock for a running node, one turned by hand for tests and replays.

/** Work a timer does; a promise is awaited before the timer counts as done. */
export type TimerCallback = () => void | Promise<void>;
/** Stops a timer; harmless when it has fired or was cancelled before. */
export type CancelTimer = () => void;

export interface Clock {
  /** Unix time in whole seconds, rounded down. */
  nowSeconds(): number;
  /** Unix time in whole milliseconds. */
  nowMillis(): number;
  /** Calls `callback` once, `delayMillis` from now. A callback that throws stops the process. */
  setTimer(delayMillis: number, callback: TimerCallback): CancelTimer;
  /** Calls `callback` every `periodMillis`, never twice at once: a slow call delays the next. */
  interval(periodMillis: number, callback: TimerCallback): CancelTimer;
  /** Resolves `delayMillis` from now. */
  sleep(delayMillis: number): Promise<void>;
  /** Resolves when what has come in meanwhile was served; at once where time is turned by hand. */
  turn(): Promise<void>;
}

function requireDelay(name: string, millis: number, minimum: number): void {
  if (!Number.isFinite(millis) || millis < minimum) {
    throw new RangeError(`${name}: expected at least ${minimum} ms, received ${millis}`);
  }
}

/** `setTimeout` fires at once for delays beyond this; longer waits are made of shorter ones. */
const LONGEST_TIMEOUT_MILLIS = 0x7fffffff;

export class SystemClock implements Clock {
  nowMillis(): number {
    return Date.now();
  }

  nowSeconds(): number {
    return Math.floor(this.nowMillis() / 1000);
  }

  setTimer(delayMillis: number, callback: TimerCallback): CancelTimer {
    requireDelay('setTimer', delayMillis, 0);
    let remaining = delayMillis;
    let handle: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const wait = Math.min(remaining, LONGEST_TIMEOUT_MILLIS);
      remaining -= wait;
      handle = setTimeout(() => (remaining > 0 ? arm() : void callback()), wait);
    };
    arm();
    return () => clearTimeout(handle);
  }

  interval(periodMillis: number, callback: TimerCallback): CancelTimer {
    requireDelay('interval', periodMillis, 1);
    let isCancelled = false;
    let due = this.nowMillis() + periodMillis;
    let cancelTimer: CancelTimer;
    const fire = async (): Promise<void> => {
      await callback();
      if (isCancelled) return;
      // Due times keep the grid; those that passed while the callback ran are skipped.
      const late = Math.max(0, this.nowMillis() - due);
      due += periodMillis * (1 + Math.floor(late / periodMillis));
      cancelTimer = this.setTimer(Math.max(0, due - this.nowMillis()), fire);
    };
    cancelTimer = this.setTimer(periodMillis, fire);
    return () => {
      isCancelled = true;
      cancelTimer();
    };
  }

  sleep(delayMillis: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(delayMillis, resolve));
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

type VirtualTimer = { dueMillis: number; order: number; callback: TimerCallback; isLive: boolean };

/**
 * Time that moves only when told. Timers fire in order of their due time, those of one instant in
 * the order they were set, each awaited before the next: a run depends on nothing but its inputs.
 */
export class VirtualClock implements Clock {
  #nowMillis: number;
  #orders = 0;
  #isAdvancing = false;
  readonly #heap: VirtualTimer[] = [];
  readonly #settle: () => Promise<void>;

  /** `settle` is awaited after every callback so that code it woke up runs before time moves on. */
  constructor(startMillis = 0, settle: () => Promise<void> = settleOnce) {
    this.#nowMillis = startMillis;
    this.#settle = settle;
  }

  nowMillis(): number {
    return this.#nowMillis;
  }

  nowSeconds(): number {
    return Math.floor(this.#nowMillis / 1000);
  }

  /** Timers that have yet to fire. */
  get pendingTimers(): number {
    return this.#heap.reduce((count, timer) => count + (timer.isLive ? 1 : 0), 0);
  }

  /** When the next timer is due, or null when none is set. */
  nextDueMillis(): number | null {
    return this.#dropCancelled()?.dueMillis ?? null;
  }

  setTimer(delayMillis: number, callback: TimerCallback): CancelTimer {
    requireDelay('setTimer', delayMillis, 0);
    return this.#setTimerAt(this.#nowMillis + delayMillis, callback);
  }

  interval(periodMillis: number, callback: TimerCallback): CancelTimer {
    requireDelay('interval', periodMillis, 1);
    let isCancelled = false;
    let due = this.#nowMillis + periodMillis;
    let cancelTimer: CancelTimer;
    const fire = async (): Promise<void> => {
      await callback();
      if (isCancelled) return;
      due += periodMillis;
      cancelTimer = this.#setTimerAt(due, fire);
    };
    cancelTimer = this.#setTimerAt(due, fire);
    return () => {
      isCancelled = true;
      cancelTimer();
    };
  }

  sleep(delayMillis: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(delayMillis, resolve));
  }

  turn(): Promise<void> {
    return Promise.resolve();
  }

  /** Moves time forward by `millis`; see `advanceTo`. */
  advance(millis: number): Promise<void> {
    requireDelay('advance', millis, 0);
    return this.advanceTo(this.#nowMillis + millis);
  }

  /**
   * Fires every timer due up to `targetMillis`, also those set on the way, and stands at that time.
   * A callback that throws stops the clock at its instant and rejects; the timers left stay set.
   */
  async advanceTo(targetMillis: number): Promise<void> {
    if (this.#isAdvancing) throw new Error('VirtualClock: advance was called while advancing');
    if (!(targetMillis >= this.#nowMillis)) {
      throw new RangeError(`VirtualClock: cannot go from ${this.#nowMillis} to ${targetMillis}`);
    }
    this.#isAdvancing = true;
    try {
      for (;;) {
        const next = this.#dropCancelled();
        if (next === undefined || next.dueMillis > targetMillis) break;
        this.#pop();
        this.#nowMillis = next.dueMillis;
        next.isLive = false;
        await next.callback();
        await this.#settle();
      }
      this.#nowMillis = targetMillis;
    } finally {
      this.#isAdvancing = false;
    }
  }

  #setTimerAt(dueMillis: number, callback: TimerCallback): CancelTimer {
    const timer = { dueMillis, order: this.#orders++, callback, isLive: true };
    this.#push(timer);
    return () => {
      timer.isLive = false;
    };
  }

  /** The next live timer; cancelled ones are forgotten when they reach the top. */
  #dropCancelled(): VirtualTimer | undefined {
    while (this.#heap[0] !== undefined && !this.#heap[0].isLive) this.#pop();
    return this.#heap[0];
  }

  #push(timer: VirtualTimer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, heap[parent] as VirtualTimer)) break;
      heap[index] = heap[parent] as VirtualTimer;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as VirtualTimer)) child++;
      if (!isBefore(heap[child] as VirtualTimer, last)) break;
      heap[index] = heap[child] as VirtualTimer;
      index = child;
    }
    heap[index] = last;
  }
}

const isBefore = (a: VirtualTimer, b: VirtualTimer): boolean =>
  a.dueMillis < b.dueMillis || (a.dueMillis === b.dueMillis && a.order < b.order);

/** One turn of the event loop: every promise that is ready has run by then. */
const settleOnce = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
