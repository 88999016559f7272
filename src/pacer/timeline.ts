import type { SourceItem } from '../sources/source.js';
import type { Schedule } from './schedule.js';

/**
 * What becomes of a feed that is late. `kept`: an open loop, as a benchmark needs it: every item
 * keeps its time, and its lateness is measured. `forgiven`: a feed later than `FORGIVEN_US` goes on
 * from there, as a server's should: after a suspended laptop or a stalled disk, subscribers get no
 * burst of everything that was missed.
 */
export type Lateness = 'kept' | 'forgiven';

const FORGIVEN_US = 1_000_000;

/** A schedule laid on the clock: absolute times, so that lateness of one item delays no other. */
export class Timeline {
  readonly #schedule: Schedule;
  readonly #lateness: Lateness;
  #origin: number | undefined;
  #count = 0;

  /**
   * `origin`: when the schedule begins, µs; absent = its first item is due when first asked about.
   */
  constructor(schedule: Schedule, lateness: Lateness, origin?: number) {
    this.#schedule = schedule;
    this.#lateness = lateness;
    this.#origin = origin;
  }

  /** Clock reading (µs) at which `item`, the next one, is due, however often it is asked. */
  dueAt(item: SourceItem, now: number): number {
    const offset = this.#schedule.dueMicros(this.#count, item);
    this.#origin ??= now - offset;
    const due = this.#origin + offset;
    if (this.#lateness === 'kept' || now - due <= FORGIVEN_US) return due;
    this.#origin += now - due;
    return now;
  }

  /** The next item is published, or left out: from here on it is the one after it. */
  advance(): void {
    this.#count += 1;
  }
}
