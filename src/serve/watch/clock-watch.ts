import type { Clock, Timer } from '../../core/clock.js';
import type { ServerLog } from '../log.js';
import type { ClockStatus } from '../stats.js';

const PERIOD_MS = 1_000;

/**
 * Lets a server's clock follow the wall clock, and tells of it. Between two looks message times are
 * those of before: a second at most.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #log: ServerLog;
  #steps = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, log: ServerLog) {
    this.#clock = clock;
    this.#log = log;
    this.#again();
  }

  get status(): ClockStatus {
    return { steps: this.#steps, stepMicros: this.#clock.step ?? 0 };
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #again(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#look();
      this.#again();
    }, PERIOD_MS);
  }

  #look(): void {
    const change = this.#clock.follow?.() ?? 0;
    if (change === 0) return;
    this.#steps += 1;
    const fields = { step_s: Number((change / 1e6).toFixed(3)) };
    const meaning =
      change > 0
        ? 'the wall clock was set forward, or the machine suspended: message times follow it'
        : 'the wall clock was set back: message times follow it, and repeat';
    this.#log.warn(fields, meaning);
  }
}
