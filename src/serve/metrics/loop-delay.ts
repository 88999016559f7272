import { Histogram, type Registry } from 'prom-client';

const PERIOD_MS = 10;
/** Seconds. Node's timers are a millisecond late at rest. */
const BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/**
 * How late a timer of the event loop was, every time, since the start: buckets that only grow, so
 * that any number of scrapers can each take the increase over their own time. Whatever blocks the
 * loop makes one timer late by up to as long.
 */
export class LoopDelay {
  readonly #histogram: Histogram;
  readonly #timer: NodeJS.Timeout;
  #before = performance.now();

  constructor(registry: Registry) {
    this.#histogram = new Histogram({
      name: 'lab_event_loop_delay_seconds',
      help: 'How late timers of the event loop were, one every 10 ms, since the start',
      buckets: BUCKETS,
      registers: [registry],
    });
    this.#timer = setInterval(() => this.#look(), PERIOD_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    this.#histogram.observe(Math.max(0, now - this.#before - PERIOD_MS) / 1e3);
    this.#before = now;
  }
}
