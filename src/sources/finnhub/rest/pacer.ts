/**
 * When the next call may go out. All of one key share one budget, whatever the call is for, and are
 * spread evenly over it. Pure: times are given, in µs of one clock.
 */
export class Pacer {
  /**
   * Between two calls of a round, µs: the round divided among the symbols, stretched when the
   * budget asks for more.
   */
  readonly evenMicros: number;
  /** Between any two calls, µs: the budget. */
  readonly leastMicros: number;
  #calledAt = Number.NEGATIVE_INFINITY;
  #roundAt = Number.NEGATIVE_INFINITY;
  #blockedUntil = Number.NEGATIVE_INFINITY;
  #waits = 0;

  constructor(symbols: number, roundMs: number, callsPerMinute: number) {
    this.leastMicros = 60e6 / callsPerMinute;
    this.evenMicros = Math.max(this.leastMicros, (roundMs * 1_000) / symbols);
  }

  /** How often calls were held back because upstream said so. */
  get waits(): number {
    return this.#waits;
  }

  /**
   * The earliest time of the next call. One of a round keeps some way from the one before it in the
   * round; a retry need not, and is only held to the budget.
   */
  earliest(retry: boolean): number {
    const budget = Math.max(this.#calledAt + this.leastMicros, this.#blockedUntil);
    return retry ? budget : Math.max(this.#roundAt + this.evenMicros, budget);
  }

  called(now: number, retry = false): void {
    this.#calledAt = now;
    if (!retry) this.#roundAt = now;
  }

  /** No call before `until`. A block under way is only ever lengthened. */
  block(now: number, until: number): void {
    if (until <= Math.max(now, this.#blockedUntil)) return;
    if (this.#blockedUntil <= now) this.#waits += 1;
    this.#blockedUntil = until;
  }
}
